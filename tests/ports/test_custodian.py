"""What every custodian promises, run over each of them."""

import hashlib
import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.adapters.keystore import FileCustodian
from commonweal.core import CommonwealError, StoreError
from commonweal.keys import (
    Custodian,
    KekReference,
    KekWrap,
    KeyNameError,
    KeyPurpose,
    KeyState,
    KeystoreDamagedError,
    SealedFileError,
    UnknownKeyError,
    WrongSecretError,
)

SECRET = b"a secret of the tests"
MADE = datetime(2020, 4, 1, 9, 30, tzinfo=UTC)


class FixedClock:
    def now(self) -> datetime:
        return MADE


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    return tmp_path / "private" / "keystore.json"


@pytest.fixture(params=["file"])
def custodian(request: pytest.FixtureRequest, keystore: Path) -> Custodian:
    assert request.param == "file"
    return FileCustodian.create(keystore, SECRET, clock=FixedClock())


def reopened(keystore: Path, secret: bytes = SECRET) -> FileCustodian:
    return FileCustodian.open(keystore, secret, clock=FixedClock())


def test_a_wrap_opens_with_its_key_and_its_associated_data_alone(custodian: Custodian) -> None:
    kek, other = custodian.create_kek("kek/one"), custodian.create_kek("kek/other")
    wrap = custodian.wrap(kek, b"sixteen byte key", b"context")
    assert custodian.unwrap(kek, wrap, b"context") == b"sixteen byte key"
    for key, data in ((kek, b"other"), (other, b"context"), (custodian.rotate_kek("kek/one"), b"context")):
        with pytest.raises(SealedFileError):
            custodian.unwrap(key, wrap, data)
    with pytest.raises(SealedFileError):
        custodian.unwrap(kek, KekWrap(b"short", b""), b"context")


def test_no_two_wraps_are_alike(custodian: Custodian) -> None:
    kek = custodian.create_kek("kek")
    assert len({custodian.wrap(kek, b"key", b"").nonce for _ in range(50)}) == 50


def test_a_signature_verifies_under_the_public_key(custodian: Custodian) -> None:
    public_key = custodian.new_signing_key("node")
    assert custodian.public_key("node") == public_key
    Ed25519PublicKey.from_public_bytes(public_key).verify(custodian.sign("node", b"message"), b"message")


def test_a_secret_stays_what_it_was(custodian: Custodian) -> None:
    secret = custodian.new_secret("token/agr-1")
    assert (custodian.get_secret("token/agr-1"), len(secret)) == (secret, 32)
    assert custodian.new_secret("token/agr-2") != secret


def test_the_register_says_what_is_held_and_shows_no_key(custodian: Custodian) -> None:
    custodian.create_kek("kek")
    custodian.rotate_kek("kek")
    custodian.new_signing_key("node")
    secret = custodian.new_secret("token")
    custodian.destroy("token")
    records = custodian.list_keys()
    assert [(r.key_id, r.version, r.purpose, r.algorithm, r.state, r.created) for r in records] == [
        ("kek", 1, KeyPurpose.KEY_ENCRYPTION, "AES-256-GCM", KeyState.RETIRED, MADE),
        ("kek", 2, KeyPurpose.KEY_ENCRYPTION, "AES-256-GCM", KeyState.ACTIVE, MADE),
        ("node", 1, KeyPurpose.SIGNING, "Ed25519", KeyState.ACTIVE, MADE),
        ("token", 1, KeyPurpose.TOKENS, "HMAC-SHA-256", KeyState.DESTROYED, MADE),
    ]
    assert all(record.place.startswith("file:") and record.protection == "software" for record in records)
    assert secret.hex() not in repr(records)


@pytest.mark.parametrize(
    "use",
    [
        lambda c: c.current_kek("none"),
        lambda c: c.rotate_kek("none"),
        lambda c: c.wrap(KekReference("none", 1), b"", b""),
        lambda c: c.wrap(KekReference("kek", 2), b"", b""),
        lambda c: c.unwrap(KekReference("none", 1), KekWrap(bytes(12), bytes(32)), b""),
        lambda c: c.wrap(KekReference("node", 1), b"", b""),
        lambda c: c.sign("kek", b""),
        lambda c: c.public_key("token"),
        lambda c: c.get_secret("kek"),
        lambda c: c.destroy("none"),
    ],
)
def test_a_key_unknown_or_of_another_purpose_is_refused(
    custodian: Custodian, use: Callable[[Custodian], object]
) -> None:
    custodian.create_kek("kek")
    custodian.new_signing_key("node")
    custodian.new_secret("token")
    with pytest.raises(UnknownKeyError) as caught:
        use(custodian)
    assert caught.value.outcome.exit_code == 5


def test_a_destroyed_key_is_gone_and_its_name_spent(custodian: Custodian) -> None:
    kek = custodian.create_kek("kek")
    custodian.rotate_kek("kek")
    wrap = custodian.wrap(kek, b"key", b"")
    custodian.destroy("kek")
    for use in (lambda: custodian.unwrap(kek, wrap, b""), lambda: custodian.destroy("kek")):
        with pytest.raises(UnknownKeyError):
            use()
    with pytest.raises(KeyNameError):
        custodian.create_kek("kek")


@pytest.mark.parametrize("key_id", ["", "a b", "../x", "é", "taken"])
def test_a_malformed_or_taken_identifier_is_refused(custodian: Custodian, key_id: str) -> None:
    custodian.new_secret("taken")
    for make in (custodian.create_kek, custodian.new_signing_key, custodian.new_secret):
        with pytest.raises(KeyNameError):
            make(key_id)


def test_several_threads_may_make_and_use_keys(custodian: Custodian) -> None:
    kek = custodian.create_kek("kek")

    def use(n: int) -> bool:
        made = custodian.new_secret(f"secret-{n}")
        wrap = custodian.wrap(kek, made, b"")
        return custodian.get_secret(f"secret-{n}") == custodian.unwrap(kek, wrap, b"") == made

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(use, range(24)))
    assert len(custodian.list_keys()) == 25


def test_a_keystore_opens_again_with_everything_in_it(keystore: Path) -> None:
    before = FileCustodian.create(keystore, SECRET, clock=FixedClock(), protection="software, same machine")
    kek, secret, public_key = before.create_kek("kek"), before.new_secret("token"), before.new_signing_key("node")
    wrap = before.wrap(kek, b"key", b"context")
    after = FileCustodian.open(keystore, SECRET, clock=FixedClock(), protection="software, same machine")
    assert (after.get_secret("token"), after.public_key("node")) == (secret, public_key)
    assert after.unwrap(kek, wrap, b"context") == b"key"
    assert after.list_keys() == before.list_keys()


def test_only_its_owner_can_read_the_file_and_no_key_lies_in_it(keystore: Path) -> None:
    custodian = FileCustodian.create(keystore, SECRET, clock=FixedClock())
    secret = custodian.new_secret("token")
    assert stat.S_IMODE(keystore.stat().st_mode) == 0o600
    assert stat.S_IMODE(keystore.parent.stat().st_mode) == 0o700
    assert list(keystore.parent.iterdir()) == [keystore]
    assert secret not in keystore.read_bytes()
    assert secret.hex() not in keystore.read_text()


def test_a_wrong_secret_is_refused_by_name(keystore: Path) -> None:
    FileCustodian.create(keystore, SECRET, clock=FixedClock())
    for wrong in (b"another secret", b""):
        with pytest.raises(WrongSecretError) as caught:
            reopened(keystore, wrong)
        assert (caught.value.code, caught.value.outcome.exit_code) == ("keys.wrong-secret", 1)


def test_a_short_secret_or_an_existing_file_is_refused(keystore: Path) -> None:
    with pytest.raises(WrongSecretError):
        FileCustodian.create(keystore, b"short", clock=FixedClock())
    FileCustodian.create(keystore, SECRET, clock=FixedClock())
    with pytest.raises(KeyNameError):
        FileCustodian.create(keystore, SECRET, clock=FixedClock())


def test_a_missing_or_unreadable_keystore_is_called_so(keystore: Path) -> None:
    with pytest.raises(KeystoreDamagedError, match="missing") as caught:
        reopened(keystore)
    assert caught.value.outcome.exit_code == 1
    keystore.mkdir(parents=True)
    with pytest.raises(KeystoreDamagedError, match="cannot be read"):
        reopened(keystore)


def test_a_keystore_beyond_any_size_or_cost_is_refused_before_it_is_unlocked(keystore: Path) -> None:
    FileCustodian.create(keystore, SECRET, clock=FixedClock())
    document = json.loads(keystore.read_bytes())
    document["unlock"]["memory"] = 1 << 40
    body = {name: document[name] for name in ("format", "unlock", "keys")}
    document["digest"] = hashlib.sha256(rfc8785.dumps(body)).hexdigest()
    keystore.write_text(json.dumps(document))
    with pytest.raises(KeystoreDamagedError):
        reopened(keystore)
    os.truncate(keystore, (64 << 20) + 1)
    with pytest.raises(KeystoreDamagedError, match="larger"):
        reopened(keystore)


def damage(document: dict[str, object]) -> list[bytes]:
    unlock = document["unlock"]
    assert isinstance(unlock, dict)
    changed: list[object] = [
        [],
        {**document, "format": "other"},
        {**document, "keys": []},
        {**document, "digest": "00" * 32},
        {**document, "mac": "not hexadecimal"},
        {**document, "unlock": {**unlock, "memory": 1 << 40}},
        {name: value for name, value in document.items() if name != "mac"},
    ]
    return [json.dumps(each).encode() for each in changed]


def test_a_damaged_keystore_is_called_so(keystore: Path) -> None:
    FileCustodian.create(keystore, SECRET, clock=FixedClock()).create_kek("kek")
    content = keystore.read_bytes()
    damaged = [b"", b"\x00\xff", content[:-9], b"[" * 100_000, b"1e999", *damage(json.loads(content))]
    for each in damaged:
        keystore.write_bytes(each)
        with pytest.raises(KeystoreDamagedError) as caught:
            reopened(keystore)
        assert caught.value.code == "keys.keystore-damaged"
    keystore.write_bytes(content)
    assert reopened(keystore).current_kek("kek") == KekReference("kek", 1)


def test_any_bit_flipped_in_a_keystore_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    keystore = tmp_path_factory.mktemp("flip") / "keystore.json"
    FileCustodian.create(keystore, SECRET, clock=FixedClock()).create_kek("kek")
    content = keystore.read_bytes()

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, len(content) - 1), st.integers(0, 7))
    def flip(place: int, bit: int) -> None:
        changed = bytearray(content)
        changed[place] ^= 1 << bit
        keystore.write_bytes(changed)
        found = ""
        try:
            reopened(keystore)
        except CommonwealError as error:
            found = error.code
        expected = {"keys.keystore-damaged", "keys.wrong-secret"}
        assert found in expected or json.loads(changed) == json.loads(content)

    flip()


def test_a_keystore_that_cannot_be_written_changes_nothing(keystore: Path) -> None:
    custodian = FileCustodian.create(keystore, SECRET, clock=FixedClock())
    content = keystore.read_bytes()
    keystore.unlink()
    keystore.mkdir()
    with pytest.raises(StoreError):
        custodian.create_kek("kek")
    assert custodian.list_keys() == ()
    keystore.rmdir()
    keystore.write_bytes(content)
    assert custodian.create_kek("kek") == KekReference("kek", 1)
