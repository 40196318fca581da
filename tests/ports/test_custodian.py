"""What every custodian promises, run over each of them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from moto import mock_aws
from tests.ports.devices import PIN, TOKEN

from commonweal.adapters.custody import DeviceCustodian, KmsSecret, OpenBaoDevice, Pkcs11Device
from commonweal.adapters.keystore import FileCustodian
from commonweal.keys import (
    Custodian,
    KekReference,
    KekWrap,
    KeyNameError,
    KeyPurpose,
    KeyState,
    SealedFileError,
    UnknownKeyError,
)

SECRET = b"a secret of the tests"
MADE = datetime(2020, 4, 1, 9, 30, tzinfo=UTC)


class FixedClock:
    def now(self) -> datetime:
        return MADE


@pytest.fixture(params=["file", "pkcs11", "openbao", "awskms"])
def custodian(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Custodian]:
    make = {"file": make_file, "pkcs11": make_pkcs11, "openbao": make_openbao, "awskms": make_awskms}[request.param]
    with closing(make(request, tmp_path)) as made:
        yield made


def make_file(_: pytest.FixtureRequest, folder: Path) -> Custodian:
    return FileCustodian.create(folder / "private" / "keystore.json", SECRET, clock=FixedClock())


def make_pkcs11(request: pytest.FixtureRequest, folder: Path) -> Custodian:
    device = Pkcs11Device(request.getfixturevalue("token_url"), PIN)
    return DeviceCustodian.create(folder / "keys.json", device, label=folder.name, clock=FixedClock())


def make_openbao(request: pytest.FixtureRequest, folder: Path) -> Custodian:
    device = OpenBaoDevice(request.getfixturevalue("vault"), TOKEN)
    return DeviceCustodian.create(folder / "keys.json", device, label=folder.name, clock=FixedClock())


def make_awskms(request: pytest.FixtureRequest, folder: Path) -> Custodian:
    """An emulator plays KMS; the real one was not tried."""
    monkeypatch = request.getfixturevalue("monkeypatch")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        made = boto3.client("kms", region_name="eu-west-2").create_key()["KeyMetadata"]["KeyId"]
        secret = KmsSecret(f"awskms:{made}?region=eu-west-2", "node").make(folder / "unlock.kms")
    return FileCustodian.create(folder / "keystore.json", secret, clock=FixedClock())


def test_a_wrap_opens_with_its_key_and_its_associated_data_alone(custodian: Custodian) -> None:
    kek, other = custodian.create_kek("kek/one"), custodian.create_kek("kek/other")
    wrap = custodian.wrap(kek, b"sixteen byte key", b"context")
    assert custodian.unwrap(kek, wrap, b"context") == b"sixteen byte key"
    for key, data in ((kek, b"other"), (other, b"context"), (custodian.rotate_kek("kek/one"), b"context")):
        with pytest.raises(SealedFileError):
            custodian.unwrap(key, wrap, data)
    with pytest.raises(SealedFileError):
        custodian.unwrap(kek, KekWrap(b"short", b""), b"context")


def test_many_wraps_open_in_one_call_and_a_wrong_one_spoils_no_other(custodian: Custodian) -> None:
    kek = custodian.create_kek("kek")
    wraps = custodian.wrap_all(kek, [(b"key %d" % number, b"context %d" % number) for number in range(230)])
    bound = [(wrap, b"context %d" % number) for number, wrap in enumerate(wraps)]
    assert custodian.unwrap_all(kek, bound) == [b"key %d" % number for number in range(230)]
    bound[3] = (wraps[4], b"context 3")
    bound[5] = (KekWrap(b"short", b""), b"context 5")
    bound[7] = (KekWrap(wraps[7].nonce, bytes(len(wraps[7].ciphertext))), b"context 7")
    opened = custodian.unwrap_all(kek, bound)
    assert [number for number, each in enumerate(opened) if each is None] == [3, 5, 7]
    assert (custodian.unwrap_all(kek, []), custodian.wrap_all(kek, [])) == ([], [])
    assert custodian.unwrap_all(kek, [(wraps[0], b"other")]) == [None]


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


def test_a_secret_is_known_by_its_purpose(custodian: Custodian) -> None:
    seed = custodian.new_secret("receiving", KeyPurpose.RECEIVING)
    assert custodian.get_secret("receiving", KeyPurpose.RECEIVING) == seed
    with pytest.raises(UnknownKeyError):
        custodian.get_secret("receiving")
    with pytest.raises(UnknownKeyError):
        custodian.rotate_secret("receiving")


def test_a_rotated_secret_is_another_and_the_old_one_is_destroyed(custodian: Custodian) -> None:
    old = custodian.new_secret("link")
    new = custodian.rotate_secret("link")
    assert custodian.get_secret("link") == new != old
    assert custodian.rotate_secret("link") == custodian.get_secret("link") != new
    destroyed, active = KeyState.DESTROYED, KeyState.ACTIVE
    assert [(r.version, r.state) for r in custodian.list_keys()] == [(1, destroyed), (2, destroyed), (3, active)]


def test_what_was_sealed_to_a_receiving_key_still_opens_after_it_was_rotated(custodian: Custodian) -> None:
    old = custodian.new_secret("receiving", KeyPurpose.RECEIVING)
    new = custodian.rotate_secret("receiving", KeyPurpose.RECEIVING)
    assert custodian.get_secret("receiving", KeyPurpose.RECEIVING) == new
    assert custodian.get_secret("receiving", KeyPurpose.RECEIVING, 1) == old
    assert [r.state for r in custodian.list_keys()] == [KeyState.RETIRED, KeyState.ACTIVE]


def test_retired_versions_can_be_destroyed_while_the_current_one_lives(custodian: Custodian) -> None:
    first = custodian.create_kek("kek")
    wrap = custodian.wrap(first, b"key", b"")
    second = custodian.rotate_kek("kek")
    kept = custodian.wrap(second, b"key", b"")
    custodian.rotate_kek("kek")
    assert custodian.destroy_retired("kek") == 2
    assert custodian.destroy_retired("kek") == 0
    for kek, gone in ((first, wrap), (second, kept)):
        with pytest.raises(UnknownKeyError):
            custodian.unwrap(kek, gone, b"")
    third = custodian.current_kek("kek")
    assert custodian.unwrap(third, custodian.wrap(third, b"key", b""), b"") == b"key"
    assert [r.state for r in custodian.list_keys()] == [KeyState.DESTROYED, KeyState.DESTROYED, KeyState.ACTIVE]
    assert custodian.rotate_kek("kek").version == 4
    assert [r.state for r in custodian.list_keys()][:3] == [KeyState.DESTROYED, KeyState.DESTROYED, KeyState.RETIRED]


def test_only_what_cannot_be_copied_is_destroyed_at_once(custodian: Custodian) -> None:
    custodian.create_kek("kek")
    assert custodian.destroys_at_once is not custodian.list_keys()[0].place.startswith("file:")


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
    assert all(record.place.partition(":")[0] in {"file", "pkcs11", "openbao"} for record in records)
    assert all(record.protection for record in records)
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
        lambda c: c.rotate_secret("kek"),
        lambda c: c.destroy_retired("token"),
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
