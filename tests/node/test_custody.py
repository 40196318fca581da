"""A node whose keys lie in a device does everything that one with a keystore does, and stops when the device does."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.ports.devices import PIN, TOKEN, free_port, serve_openbao

from commonweal.core import CommonwealError
from commonweal.node import create_home, examine_home, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.conftest import Home, ServedHere

    Serving = Callable[[Home], AbstractContextManager[ServedHere]]
    HomeOf = Callable[[Path, "Device"], Home]


@dataclass(frozen=True)
class Device:
    """Where a node's keys lie, and what unlocks it."""

    url: str
    secret: str


@pytest.fixture(params=["pkcs11", "openbao"])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Device:
    fixture, secret = {"pkcs11": ("token_url", PIN), "openbao": ("vault", TOKEN)}[request.param]
    monkeypatch.setenv("COMMONWEAL_UNLOCK", secret.decode())
    return Device(request.getfixturevalue(fixture), secret.decode())


@pytest.fixture
def home_of(a_home: "Home") -> "HomeOf":
    return lambda folder, device: replace(a_home, folder=folder, unlock=device.secret)


def test_a_node_works_with_its_keys_in_a_device(
    device: Device, tmp_path: Path, serving: "Serving", home_of: "HomeOf"
) -> None:
    folder = tmp_path / "in-a-device"
    create_home(folder, body="cabinet-office", operator="Olu Adeyemi", port=8400, custodian=device.url)
    assert read_settings(folder).custodian == device.url
    assert not (folder / "keystore.json").exists()
    home = home_of(folder, device)
    with serving(home) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        read = served.send("GET", agreed.data_path("csv"), agreed.reader)
        assert read.status_code == 200, read.text
        keys = served.node.parts.custodian.list_keys()
        assert {each.place for each in keys} == {device.url}
        assert any(each.key_id.startswith("kek-") for each in keys)
    with serving(home) as served:
        assert served.send("GET", agreed.data_path("csv"), agreed.reader).content == read.content
    assert all(each.ok for each in examine_home(folder)), examine_home(folder)
    home.verify()


def test_a_node_stops_with_its_device_and_goes_on_with_it(
    tmp_path: Path, serving: "Serving", home_of: "HomeOf", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", TOKEN.decode())
    port = free_port()
    with serve_openbao(port) as url:
        create_home(tmp_path / "in-a-device", body="cabinet-office", operator="Olu", port=8400, custodian=url)
        keys = {"X-Vault-Token": TOKEN.decode()}
        with serving(home_of(tmp_path / "in-a-device", Device(url, TOKEN.decode()))) as served:
            served.publish_claimants()
            agreed = served.agree_on_claimants()
            mount = f"http://127.0.0.1:{port}/v1/sys"
            httpx.post(f"{mount}/remount", json={"from": "transit", "to": "away"}, headers=keys).raise_for_status()
            stopped = served.send("GET", agreed.data_path("csv"), agreed.reader)
            assert (stopped.status_code, stopped.json()["code"]) == (503, "keys.custodian-unavailable")
            assert served.send("GET", "/health").status_code == 200
            httpx.post(f"{mount}/remount", json={"from": "away", "to": "transit"}, headers=keys).raise_for_status()
            eventually(lambda: served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 200)


def eventually(holds: "Callable[[], bool]") -> None:
    limit = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.1)


def test_a_wrong_secret_leaves_no_home_behind(vault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "another token")
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "new"):
        with pytest.raises(CommonwealError) as refused:
            create_home(tmp_path / folder, body="lambeth", operator="Jo", port=8400, custodian=vault)
        assert refused.value.code == "keys.wrong-secret"
    assert list((tmp_path / "empty").iterdir()) == []
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("url", ["", "floppy:", "file:/elsewhere"])
def test_a_custodian_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(CommonwealError) as refused:
        create_home(tmp_path / "in-a-device", body="lambeth", operator="Jo", port=8400, custodian=url)
    assert refused.value.outcome.exit_code == 2
