import base64
import io
from collections.abc import Callable

import pytest

from commonweal.keys import (
    ARMOR_BEGIN,
    MAX_WORK_FACTOR,
    ArmorReader,
    ArmorWriter,
    HybridIdentity,
    HybridTagRecipient,
    NotARecipientError,
    PassphraseIdentity,
    PassphraseRecipient,
    RecipientError,
    SealedFileError,
    Stanza,
    TagRecipient,
    X25519Identity,
    build_header,
    new_file_key,
    open_file,
    parse_recipient,
    seal_file,
    seal_header,
)
from commonweal.keys.bech32 import encode_bech32

# The P-256 example of c2sp.org/age.
TAG = "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e"
WORDS = "correct horse battery staple"
PLAIN = b"Every council holds what another needs.\n" * 3000
IDENTITY = X25519Identity.generate()


def seal(plain: bytes = PLAIN) -> bytes:
    target = io.BytesIO()
    seal_file(io.BytesIO(plain), target, [IDENTITY.recipient])
    return target.getvalue()


def unseal(sealed: bytes) -> bytes:
    return b"".join(open_file(io.BufferedReader(io.BytesIO(sealed)), [IDENTITY]))


def armored(sealed: bytes) -> bytes:
    text = io.BytesIO()
    with ArmorWriter(text) as writer:
        for start in range(0, len(sealed), 1000):
            writer.write(sealed[start : start + 1000])
    return text.getvalue()


@pytest.mark.parametrize("size", [0, 1, 47, 48, 65_535, 65_536, 65_537, 200_000])
def test_what_is_sealed_is_opened_with_and_without_armor(size: int) -> None:
    plain = (PLAIN * 2)[:size]
    sealed = seal(plain)
    assert unseal(sealed) == plain
    assert unseal(armored(sealed)) == plain
    assert unseal(b" \r\n\t" + armored(sealed).replace(b"\n", b"\r\n") + b"\n \n") == plain


def test_a_file_of_no_size_is_no_sealed_file() -> None:
    header = build_header(new_file_key(), [IDENTITY.recipient.wrap(bytes(16))])
    for cut in (b"", header[:40], seal(b"")[:-1], seal(b"")[: -16 - 8]):
        with pytest.raises(SealedFileError):
            unseal(cut)


def lines_of(text: bytes) -> list[bytes]:
    return text.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: b"x" + text, "does not begin as an age"),
        (lambda text: b"\n" * 70_000 + text, "does not begin as an age"),
        (lambda text: text + b"x", "follows"),
        (lambda text: text + b" " * 70_000, "follows"),
        (lambda text: text.replace(b"BEGIN AGE", b"BEGIN CAGE"), "does not begin"),
        (lambda text: b"".join(lines_of(text)[:-1]), "cut short"),
        (lambda text: b"".join([*lines_of(text)[:2], b"\n", *lines_of(text)[2:]]), "wrong length"),
        (lambda text: b"".join([*lines_of(text)[:1], b"QUFB\n", *lines_of(text)[1:]]), "wrong length"),
        (lambda text: text.replace(lines_of(text)[1], b"A" * 65 + b"\n"), "wrong length"),
        (lambda text: text.replace(lines_of(text)[1], b"A" * 80 + b"\n"), "too long"),
        (lambda text: text.replace(lines_of(text)[1], b"!" * 64 + b"\n"), "malformed"),
        (lambda text: b"".join([*lines_of(text)[:-2], b"QUF=\n", *lines_of(text)[-1:]]), "canonical"),
    ],
)
def test_armor_is_strict(spoil: Callable[[bytes], bytes], told: str) -> None:
    with pytest.raises(SealedFileError, match=told):
        unseal(spoil(armored(seal())))


def test_space_without_end_before_armor_is_refused() -> None:
    text = io.BytesIO((b" " * 60_000 + b"\n") * 2 + ARMOR_BEGIN)
    with pytest.raises(SealedFileError, match="Too much space"):
        ArmorReader(text).read(1)


def test_armor_can_be_written_and_closed_once() -> None:
    text = io.BytesIO()
    writer = ArmorWriter(text)
    assert writer.writable()
    writer.close()
    writer.close()
    assert io.BufferedReader(ArmorReader(io.BytesIO(text.getvalue()))).read() == b""


def test_a_passphrase_opens_what_it_sealed() -> None:
    file_key = new_file_key()
    stanza = PassphraseRecipient(WORDS, work_factor=10).wrap(file_key)
    assert PassphraseIdentity(WORDS).unwrap([stanza]) == file_key
    assert PassphraseIdentity("another").unwrap([stanza]) is None
    assert PassphraseIdentity(WORDS).unwrap([IDENTITY.recipient.wrap(file_key)]) is None
    assert WORDS not in repr(PassphraseRecipient(WORDS)) + repr(PassphraseIdentity(WORDS))


SALT = base64.b64encode(bytes(16)).decode().rstrip("=")


@pytest.mark.parametrize(
    ("args", "body", "told"),
    [
        ((SALT,), bytes(32), "malformed"),
        ((SALT, "10"), bytes(31), "malformed"),
        ((SALT[:-2], "10"), bytes(32), "base64|salt"),
        (("AAAA", "10"), bytes(32), "salt"),
        ((SALT, "010"), bytes(32), "work factor"),
        ((SALT, "+9"), bytes(32), "work factor"),
        ((SALT, str(MAX_WORK_FACTOR + 1)), bytes(32), "more work"),
        ((SALT, "9" * 5000), bytes(32), "more work"),
    ],
)
def test_each_must_of_a_passphrase_stanza(args: tuple[str, ...], body: bytes, told: str) -> None:
    with pytest.raises(SealedFileError, match=told):
        PassphraseIdentity(WORDS).unwrap([Stanza("scrypt", args, body)])


def test_a_passphrase_stands_alone() -> None:
    with pytest.raises(RecipientError, match="no other"):
        seal_header(new_file_key(), [PassphraseRecipient(WORDS, work_factor=10), HybridIdentity.generate().recipient])


def test_a_tagged_recipient_is_known_by_its_string() -> None:
    recipient = parse_recipient(TAG)
    assert isinstance(recipient, TagRecipient)
    assert str(recipient) == TAG
    assert recipient.wrap(new_file_key()).type == "p256tag"


@pytest.mark.parametrize(
    "text",
    [
        encode_bech32("age1tag", b"\x02" + b"\xff" * 32),
        encode_bech32("age1tag", b"\x04" + bytes(32)),
        encode_bech32("age1tagpq", b"\xff" * 1249),
        encode_bech32("age1tagpq", bytes(1184) + b"\x04" + bytes(64)),
        encode_bech32("age1tagpq", bytes(1248)),
    ],
)
def test_an_unsound_tagged_recipient_is_refused(text: str) -> None:
    with pytest.raises(RecipientError):
        parse_recipient(text)


def test_a_hybrid_tag_is_post_quantum_and_a_plain_one_is_not() -> None:
    assert HybridTagRecipient.post_quantum
    with pytest.raises(RecipientError, match="cannot share"):
        seal_header(new_file_key(), [parse_recipient(TAG), HybridIdentity.generate().recipient])


def test_nobody_else_opens_it() -> None:
    stream = io.BufferedReader(io.BytesIO(seal()))
    with pytest.raises(NotARecipientError):
        list(open_file(stream, [X25519Identity.generate(), PassphraseIdentity(WORDS)]))
