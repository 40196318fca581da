"""The connection to the keys is lost in the middle of an act: nothing is half done, and the node goes on by itself."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from tests.ports.devices import TOKEN
from tests.ports.relay import Relay, relaying

from commonweal.node import create_home

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

CONTRACT = "claimants.odcs.yaml"
STEWARD = "priya.shah@department-for-work-pensions"
ENCRYPT, DECRYPT = b"/transit/encrypt/", b"/transit/decrypt/"


@pytest.fixture
def relay(vault: str) -> Iterator[Relay]:
    port = urlsplit(vault.removeprefix("openbao:")).port
    assert port
    with relaying(port) as found:
        yield found


@pytest.fixture
def served(
    relay: Relay,
    a_home: "Home",
    tmp_path: Path,
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
    monkeypatch: pytest.MonkeyPatch,
) -> "Iterator[ServedHere]":
    """A node whose keys lie beyond the relay, with a closed dataset."""
    monkeypatch.setenv("COMMONWEAL_UNLOCK", TOKEN.decode())
    folder, url = tmp_path / "beyond", f"openbao:http://127.0.0.1:{relay.port}/transit"
    create_home(folder, body="cabinet-office", operator="Olu Adeyemi", port=8400, custodian=url)
    with serving(replace(a_home, folder=folder, unlock=TOKEN.decode())) as found:
        found.publish_claimants()
        yield found
    replace(a_home, folder=folder).verify()


def blobs_of(served: "ServedHere") -> set[str]:
    return {path.name for path in (served.home.folder / "blobs").rglob("*") if path.is_file()}


def refuse_for_now(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "keys.custodian-unavailable"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["advice"]
    assert "Traceback" not in answer.text


def test_a_publication_cut_off_in_its_wrap_is_none(served: "ServedHere", relay: Relay) -> None:
    def publish() -> httpx.Response:
        source = served.claimants_source()
        form = {"access": "closed", "marking": "OFFICIAL-SENSITIVE"}
        return served.publish("dwp/second", source, CONTRACT, by=STEWARD, **form)

    before, datasets = blobs_of(served), served.search()
    relay.lose = ENCRYPT
    refuse_for_now(publish())
    assert relay.is_lost
    staged = blobs_of(served) - before
    assert all(each.startswith("stage-") for each in staged), "only the upload itself may wait to be published"
    assert served.search() == datasets
    assert served.send("GET", "/health").status_code == 200
    relay.mend()
    assert publish().status_code == 201
    assert served.search() > datasets


@pytest.mark.parametrize("lost", [ENCRYPT, DECRYPT])
def test_a_delivery_cut_off_from_its_keys_is_none(served: "ServedHere", relay: Relay, lost: bytes) -> None:
    agreed = served.agree_on_claimants()
    before = blobs_of(served)
    relay.lose = lost
    refuse_for_now(served.send("GET", agreed.data_path("csv"), agreed.reader))
    assert relay.is_lost
    assert blobs_of(served) == before
    relay.mend()
    read = served.send("GET", agreed.data_path("csv"), agreed.reader)
    assert read.status_code == 200
    assert len(read.text.splitlines()) == 3


def test_a_tenancy_cut_off_in_its_key_can_be_given_again(served: "ServedHere", relay: Relay) -> None:
    relay.lose = b"/transit/keys/"
    refuse_for_now(served.send("POST", "/api/v1/bodies", served.person(), json={"body": "southwark"}))
    assert relay.is_lost
    relay.mend()
    served.do("/api/v1/bodies", {"body": "southwark"})
    served.do("/api/v1/people", {"body": "southwark", "name": "Femi Adewale", "roles": ["steward"]})
