"""Devices when they fail: a wrong PIN, a missing token, a sealed vault, a lost connection, a damaged ledger."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from tests.ports.devices import PIN, TOKEN, free_port, make_token, serve_openbao

from commonweal.adapters.custody import Device, DeviceCustodian, KeyLedger, KmsSecret, OpenBaoDevice, Pkcs11Device
from commonweal.core import CommonwealError, InputError
from commonweal.keys import (
    CustodianUnavailableError,
    KekWrap,
    KeyNameError,
    KeystoreDamagedError,
    UnknownKeyError,
    WrongSecretError,
)


class FixedClock:
    def now(self) -> datetime:
        return datetime(2020, 4, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(params=["pkcs11", "openbao"])
def device(request: pytest.FixtureRequest) -> Iterator[Device]:
    if request.param == "pkcs11":
        made: Device = Pkcs11Device(request.getfixturevalue("token_url"), PIN)
    else:
        made = OpenBaoDevice(request.getfixturevalue("vault"), TOKEN)
    with closing(made):
        yield made


def test_a_key_made_twice_is_one_key(device: Device) -> None:
    device.make_kek("twice/v1")
    [wrap] = device.wrap("twice/v1", [(b"file key", b"context")])
    device.make_kek("twice/v1")
    assert device.unwrap("twice/v1", [(wrap, b"context")]) == [b"file key"]
    assert device.make_signing_key("signer/v1") == device.make_signing_key("signer/v1")


def test_a_key_that_is_not_there_is_called_so(device: Device) -> None:
    for use in (
        lambda: device.wrap("none", [(b"x", b"")]),
        lambda: device.unwrap("none", [(KekWrap(bytes(12), bytes(32)), b"")]),
        lambda: device.sign("none", b"x"),
    ):
        with pytest.raises(UnknownKeyError):
            use()
    device.destroy("none")


def test_a_destroyed_key_is_gone_from_the_device(device: Device) -> None:
    device.make_kek("gone/v1")
    [wrap] = device.wrap("gone/v1", [(b"file key", b"")])
    device.destroy("gone/v1")
    device.destroy("gone/v1")
    with pytest.raises(UnknownKeyError):
        device.unwrap("gone/v1", [(wrap, b"")])


def test_no_secret_lies_in_a_ledger(tmp_path: Path, device: Device) -> None:
    path = tmp_path / "keys.json"
    custodian = DeviceCustodian.create(path, device, label=f"n-{tmp_path.name}", clock=FixedClock())
    secret = custodian.new_secret("token")
    assert secret not in path.read_bytes()
    assert secret.hex() not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    again = DeviceCustodian.open(path, device, clock=FixedClock())
    assert again.get_secret("token") == secret
    assert again.list_keys() == custodian.list_keys()
    with pytest.raises(KeyNameError):
        DeviceCustodian.create(path, device, label="other", clock=FixedClock())


def test_a_secret_sealed_elsewhere_is_refused(tmp_path: Path, device: Device) -> None:
    path = tmp_path / "keys.json"
    custodian = DeviceCustodian.create(path, device, label=f"m-{tmp_path.name}", clock=FixedClock())
    for name in ("one", "two"):
        custodian.new_secret(name)
    ledger = KeyLedger.open(path)
    one, two = ledger.entries
    ledger.replace((one, replace(two, sealed=one.sealed)))
    with pytest.raises(UnknownKeyError):
        DeviceCustodian.open(path, device, clock=FixedClock()).get_secret("two")


def test_a_wrong_pin_is_refused_and_a_few_lock_the_token(tmp_path: Path) -> None:
    """In a process of its own: a process logs in to a token once for all its sessions."""
    url = make_token(tmp_path)
    program = (
        "import sys\n"
        "from commonweal.adapters.custody import Pkcs11Device\n"
        "try:\n"
        "    Pkcs11Device(sys.argv[1], sys.argv[2].encode()).make_kek('kek')\n"
        "except Exception as error:\n"
        "    print(error.code, error.outcome.exit_code)\n"
    )

    def attempt(pin: str) -> str:
        command = [sys.executable, "-c", program, url, pin]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert attempt("9999") == "keys.wrong-secret 1"
    assert attempt("1") == "keys.wrong-secret 1"
    assert attempt(PIN.decode()) == ""


def test_a_missing_token_or_module_is_called_so(token_url: str) -> None:
    module = token_url.partition("?")[2]
    for url in (f"pkcs11:token=another?{module}", "pkcs11:token=commonweal?module-path=/usr/lib/none.so"):
        with pytest.raises(CustodianUnavailableError) as caught:
            Pkcs11Device(url, PIN).make_kek("kek")
        assert (caught.value.outcome.exit_code, caught.value.outcome.status) == (7, 503)


@pytest.mark.parametrize("url", ["pkcs11:", "pkcs11:token=a", "pkcs11:?module-path=/x.so"])
def test_a_pkcs11_url_names_token_and_module(url: str) -> None:
    with pytest.raises(InputError):
        Pkcs11Device(url, PIN)


def test_a_pin_is_text() -> None:
    with pytest.raises(WrongSecretError):
        Pkcs11Device("pkcs11:token=a?module-path=/x.so", b"\xff")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the library tidies too
def test_a_lost_session_is_opened_again(token_url: str) -> None:
    with closing(Pkcs11Device(token_url, PIN)) as device:
        device.make_kek("lost/v1")
        [wrap] = device.wrap("lost/v1", [(b"file key", b"")])
        assert device._session is not None
        device._session.close()
        assert device.unwrap("lost/v1", [(wrap, b"")]) == [b"file key"]


@pytest.mark.parametrize(
    "url",
    [
        "openbao:",
        "openbao:http://vault.example/transit",
        "openbao:https://vault.example",
        "openbao:https://a:b@c/transit",
    ],
)
def test_a_vault_is_reached_by_tls_or_loopback_alone(url: str) -> None:
    with pytest.raises(InputError):
        OpenBaoDevice(url, TOKEN)


def test_a_token_is_printable() -> None:
    with pytest.raises(WrongSecretError):
        OpenBaoDevice("openbao:https://vault.example/transit", b"a\nb")


def test_a_vault_that_does_not_answer_refuses_is_sealed_and_comes_back() -> None:
    port = free_port()
    address = f"openbao:http://127.0.0.1:{port}"
    with (
        closing(OpenBaoDevice(f"{address}/transit", TOKEN)) as device,
        closing(OpenBaoDevice(f"{address}/transit", b"another")) as stranger,
        closing(OpenBaoDevice(f"{address}/elsewhere", TOKEN)) as lost,
    ):
        with pytest.raises(CustodianUnavailableError, match="does not answer"):
            device.make_kek("kek")
        with serve_openbao(port):
            device.make_kek("kek")
            with pytest.raises(WrongSecretError, match="token"):
                stranger.make_kek("kek")
            with pytest.raises(CustodianUnavailableError, match="no transit engine"):
                lost.make_kek("kek")
            headers = {"X-Vault-Token": TOKEN.decode()}
            httpx.put(f"http://127.0.0.1:{port}/v1/sys/seal", headers=headers).raise_for_status()
            with pytest.raises(CustodianUnavailableError, match="sealed"):
                device.wrap("kek", [(b"x", b"")])
        with pytest.raises(CustodianUnavailableError, match="does not answer"):
            device.wrap("kek", [(b"x", b"")])


LEDGER = {"format": "commonweal-key-ledger/1", "label": "n", "keys": []}


@given(st.binary(max_size=200) | st.sampled_from([json.dumps(LEDGER).encode(), b"[]", b"[" * 50_000, b"1e999"]))
def test_a_damaged_ledger_is_called_so(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("ledger") / "keys.json"
    path.write_bytes(content)
    with pytest.raises(KeystoreDamagedError):
        KeyLedger.open(path)


def test_a_missing_ledger_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(KeystoreDamagedError, match="missing"):
        KeyLedger.open(tmp_path / "keys.json")


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """AWS KMS as moto plays it; the real one was not tried."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        made = boto3.client("kms", region_name="eu-west-2").create_key()
        yield f"awskms:{made['KeyMetadata']['KeyId']}?region=eu-west-2"


def test_kms_gives_a_secret_back_to_its_own_node_alone(tmp_path: Path, kms: str) -> None:
    secret = KmsSecret(kms, "node-a").make(tmp_path / "unlock.kms")
    assert secret not in (tmp_path / "unlock.kms").read_bytes()
    assert KmsSecret(kms, "node-a").open(tmp_path / "unlock.kms") == secret
    with pytest.raises(KeystoreDamagedError):
        KmsSecret(kms, "node-b").open(tmp_path / "unlock.kms")
    with pytest.raises(KeystoreDamagedError, match="missing"):
        KmsSecret(kms, "node-a").open(tmp_path / "none")
    with pytest.raises(CustodianUnavailableError):
        KmsSecret("awskms:none?region=eu-west-2", "node-a").make(tmp_path / "other.kms")


def test_kms_that_cannot_be_reached_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    away = KmsSecret(f"awskms:key?region=eu-west-2&endpoint=http://127.0.0.1:{free_port()}", "node")
    with pytest.raises(CommonwealError) as caught:
        away.make(tmp_path / "unlock.kms")
    assert caught.value.outcome.exit_code == 7
    assert not (tmp_path / "unlock.kms").exists()


@pytest.mark.parametrize("url", ["awskms:", "awskms:key?color=red"])
def test_a_kms_url_names_a_key(url: str) -> None:
    with pytest.raises(InputError):
        KmsSecret(url, "node")
