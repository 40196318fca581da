import hashlib
import io
from typing import Any

import pyrage
import pytest

from commonweal.keys import (
    HybridIdentity,
    HybridRecipient,
    Identity,
    NotARecipientError,
    PayloadReader,
    PayloadWriter,
    Recipient,
    RecipientError,
    SealedFileError,
    Stanza,
    X25519Identity,
    X25519Recipient,
    build_header,
    new_file_key,
    parse_header,
    parse_identity,
    parse_recipient,
    seal_header,
    unwrap_header,
)
from commonweal.keys.bech32 import encode_bech32

# The examples of c2sp.org/age; the long post-quantum recipient by its SHA-256.
X25519_IDENTITY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
X25519_RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
HYBRID_IDENTITY = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
HYBRID_RECIPIENT_SHA256 = "a091dd7e0ee9d62b75173dcc98441a0424baa941e66a8776e570a4ae60ff61ea"


class Memory:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def pread(self, offset: int, size: int, /) -> bytes:
        return self.data[offset : offset + size]


def seal(plain: bytes, recipients: list[X25519Recipient] | list[HybridRecipient]) -> bytes:
    file_key, payload = new_file_key(), io.BytesIO()
    with PayloadWriter(payload, file_key) as writer:
        writer.write(plain)
    return seal_header(file_key, recipients) + payload.getvalue()


def unseal(sealed: bytes, identity: Identity) -> bytes:
    header = parse_header(sealed)
    file_key = unwrap_header(header, [identity])
    return PayloadReader(Memory(sealed), file_key, len(sealed) - header.size, start=header.size).read()


def test_the_examples_of_the_specification() -> None:
    classical, hybrid = parse_identity(X25519_IDENTITY), parse_identity(HYBRID_IDENTITY)
    assert str(classical.recipient) == X25519_RECIPIENT
    assert hashlib.sha256(str(hybrid.recipient).encode()).hexdigest() == HYBRID_RECIPIENT_SHA256
    assert (classical.reveal(), hybrid.reveal()) == (X25519_IDENTITY, HYBRID_IDENTITY)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 300_000])
def test_pyrage_opens_what_we_seal_and_we_open_what_pyrage_seals(size: int) -> None:
    plain = bytes(n % 256 for n in range(size))
    ours = X25519Identity.generate()
    theirs: Any = pyrage.x25519.Identity.from_str(ours.reveal())
    assert str(theirs.to_public()) == str(ours.recipient)
    assert pyrage.decrypt(seal(plain, [ours.recipient]), [theirs]) == plain
    assert unseal(pyrage.encrypt(plain, [theirs.to_public()]), ours) == plain


def test_every_post_quantum_recipient_of_a_file_opens_it() -> None:
    holders = [HybridIdentity.generate(), HybridIdentity.generate()]
    sealed = seal(b"twice", [holder.recipient for holder in holders])
    assert [unseal(sealed, holder) for holder in holders] == [b"twice", b"twice"]
    with pytest.raises(NotARecipientError):
        unseal(sealed, HybridIdentity.generate())


def test_post_quantum_and_classical_recipients_do_not_mix() -> None:
    mixed: list[Recipient] = [HybridIdentity.generate().recipient, X25519Identity.generate().recipient]
    with pytest.raises(RecipientError, match="cannot share"):
        seal_header(new_file_key(), mixed)


def test_a_file_for_nobody_or_for_too_many_is_not_sealed() -> None:
    with pytest.raises(RecipientError, match="at least one"):
        seal_header(new_file_key(), [])
    with pytest.raises(RecipientError, match="1 to 128"):
        seal_header(new_file_key(), [X25519Identity.generate().recipient] * 129)


@pytest.mark.parametrize("identity", [X25519Identity.generate(), HybridIdentity.generate()])
def test_strings_come_back_and_the_secret_stays_out_of_logs(identity: Identity) -> None:
    assert parse_identity(identity.reveal()) == identity
    assert parse_recipient(str(identity.recipient)) == identity.recipient
    assert identity.reveal() not in f"{identity} {identity!r}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age1",
        "nonsense",
        X25519_RECIPIENT[:-1],
        X25519_RECIPIENT.upper(),
        X25519_IDENTITY,
        encode_bech32("age", bytes(31)),
        encode_bech32("age", bytes(32)),
        encode_bech32("age1pq", bytes(1216)),
        encode_bech32("age1pq", b"\xff" * 1216),
        encode_bech32("age1tag", bytes(33)),
    ],
)
def test_an_unsound_recipient_is_refused(text: str) -> None:
    with pytest.raises(RecipientError) as caught:
        parse_recipient(text)
    assert caught.value.outcome.exit_code == 2


@pytest.mark.parametrize("text", ["", X25519_RECIPIENT, X25519_IDENTITY.lower(), X25519_IDENTITY[:-1] + "Q"])
def test_an_unsound_identity_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(RecipientError) as caught:
        parse_identity(text)
    assert text == "" or text not in str(caught.value)


@pytest.mark.parametrize("identity", [X25519Identity.generate(), HybridIdentity.generate()])
@pytest.mark.parametrize("fault", ["no argument", "extra argument", "short share", "short body", "zero share"])
def test_a_malformed_stanza_of_ones_own_type_is_refused(identity: Identity, fault: str) -> None:
    file_key = new_file_key()
    sound = identity.recipient.wrap(file_key)
    args, body = {
        "no argument": ((), sound.body),
        "extra argument": ((*sound.args, "more"), sound.body),
        "short share": (("A" * 40,), sound.body),
        "short body": (sound.args, sound.body[:-1]),
        "zero share": (("A" * len(sound.args[0]),), sound.body),
    }[fault]
    header = parse_header(build_header(file_key, [Stanza(sound.type, args, body)]))
    with pytest.raises(SealedFileError):
        unwrap_header(header, [identity])


def test_a_recipient_made_from_an_unsound_key_cannot_be_sealed_to() -> None:
    with pytest.raises(RecipientError):
        X25519Recipient(bytes(32)).wrap(new_file_key())
    with pytest.raises(RecipientError):
        HybridRecipient(b"\xff" * 1216).wrap(new_file_key())
