"""The `file:` keystore: its file, and everything that can be wrong with it."""

import hashlib
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.adapters.keystore import FileCustodian
from commonweal.core import CommonwealError, StoreError
from commonweal.keys import KekReference, KeyNameError, KeystoreDamagedError, WrongSecretError

SECRET = b"a secret of the tests"


class FixedClock:
    def now(self) -> datetime:
        return datetime(2020, 4, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    return tmp_path / "private" / "keystore.json"


def reopened(keystore: Path, secret: bytes = SECRET) -> FileCustodian:
    return FileCustodian.open(keystore, secret, clock=FixedClock())


def test_a_keystore_opens_again_with_everything_in_it(keystore: Path) -> None:
    before = FileCustodian.create(keystore, SECRET, clock=FixedClock(), protection="software, same machine")
    kek, secret, public_key = before.create_kek("kek"), before.new_secret("token"), before.new_signing_key("node")
    wrap = before.wrap(kek, b"key", b"context")
    after = FileCustodian.open(keystore, SECRET, clock=FixedClock(), protection="software, same machine")
    assert (after.get_secret("token"), after.public_key("node")) == (secret, public_key)
    assert after.unwrap(kek, wrap, b"context") == b"key"
    assert after.list_keys() == before.list_keys()
    assert {(each.place, each.protection) for each in after.list_keys()} == {
        (f"file:{keystore}", "software, same machine")
    }


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

    @settings(max_examples=60)
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
