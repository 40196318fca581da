"""A charity that no public register holds: made known, asked for data, and its public body states its public task."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commonweal.cli.app import run
from commonweal.core import NotFoundError

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

SHELTER = {"number": "charity-eng:263710", "name": "Shelter", "kind": "charity", "nation": "E"}
STEWARD, LEAD, ANALYST = "ruth.lane@shelter", "ola.king@shelter", "tom.reid@lambeth"
ASK = {"dataset": "shelter/claimants", "recipient": "lambeth", "purpose": "homelessness", "gateway": "rli-request"}
TASK = "Finding homes for people who have none, Housing Act 1996 Part 7."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_home: "Callable[[Path], Home]") -> "Home":
    return new_home(tmp_path_factory.mktemp("partners") / "home")


@pytest.fixture(scope="module")
def served(home: "Home", serving: "Callable[[Home], AbstractContextManager[ServedHere]]") -> Iterator["ServedHere"]:
    with serving(home) as node:
        node.do("/api/v1/partners", SHELTER)
        node.join("shelter", "Ruth Lane", "steward")
        node.join("charity-eng:263710", "Ola King", "information-governance", "asset-owner")
        node.join("lambeth", "Tom Reid", "analyst", "asset-owner")
        published = node.publish(
            ASK["dataset"], node.claimants_source(), "claimants.odcs.yaml", by=STEWARD, access="closed"
        )
        assert published.is_success, published.text
        yield node


def test_a_public_body_that_asks_a_charity_states_its_public_task_and_it_is_signed(served: "ServedHere") -> None:
    silent = served.send("POST", "/api/v1/requests", served.person(ANALYST), json=ASK)
    assert (silent.status_code, silent.json()["code"]) == (400, "request.public-task")
    request = served.do("/api/v1/requests", {**ASK, "answers": {"public-task": TASK}}, by=ANALYST)["request"]
    served.do(f"/api/v1/requests/{request}/ruling", {"permit": True, "tokenise": ["nino"]}, by=LEAD)
    agreement = served.do(f"/api/v1/requests/{request}/agreement", by=LEAD)["agreement"]
    (signed,) = served.events(subject=agreement, name="agreement.signed")
    assert signed["facts"]["public_task"] == TASK
    document = served.send("GET", f"/api/v1/agreements/{agreement}/documents/dsa.json", served.person(LEAD))
    assert TASK in document.text


def test_whoever_could_be_taken_for_another_body_is_not_made_known(served: "ServedHere") -> None:
    known = served.send("GET", "/api/v1/partners", served.person()).json()
    taken = [
        {"name": "Department for Education", "number": "company:00445790"},
        {"name": "DWP", "number": "company:00445790"},
        {"name": "Shelter", "number": "charity-sco:SC002327"},
        {"name": "Shelter Scotland", "number": "charity-eng:263710"},
        {"name": "Shelter Scotland", "number": "charity-sco:SC002327", "slug": "lambeth"},
    ]
    for each in taken:
        answer = served.send("POST", "/api/v1/partners", served.person(), json={**SHELTER, **each})
        assert (answer.status_code, answer.json()["code"]) == (400, "identity.known-body"), each
    assert served.send("GET", "/api/v1/partners", served.person()).json() == known


@pytest.mark.parametrize(
    "wrong", [{"kind": "council"}, {"kind": "guild"}, {"number": "263710"}, {"nation": "X"}], ids=str
)
def test_a_malformed_partner_is_refused(served: "ServedHere", wrong: dict[str, str]) -> None:
    answer = served.send("POST", "/api/v1/partners", served.person(), json={**SHELTER, "name": "Crisis", **wrong})
    assert (answer.status_code, answer.json()["code"]) == (400, "identity.malformed-partner")


def test_the_same_partner_twice_is_one(served: "ServedHere") -> None:
    assert served.do("/api/v1/partners", SHELTER)["body"] == "shelter"
    assert len(served.events(name="partner.added")) == 1


def test_a_partner_is_known_after_a_restart_and_nowhere_else(
    tmp_path: Path,
    new_home: "Callable[[Path], Home]",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = new_home(tmp_path / "other")
    monkeypatch.setenv("COMMONWEAL_UNLOCK", other.unlock)
    added = _run(
        capsys, "partners", "add", "charity-eng:263710", "Shelter", "--kind", "charity", "--home", other.folder
    )
    assert added["register"] == "charity-eng:263710"
    with other.open() as node:
        assert node.parts.register.resolve("SHELTER").kind.value == "charity"
    with new_home(tmp_path / "third").open() as node, pytest.raises(NotFoundError):
        node.parts.register.resolve("Shelter")


def test_a_charity_runs_a_node_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "a secret of the test, long enough")
    made = _run(
        capsys, "init", "Shelter", "--partner", SHELTER["number"], "--kind", "charity", "--home", tmp_path / "node"
    )
    assert made["operator"] == "local.operator@shelter"
    people = _run(capsys, "people", "list", "--home", tmp_path / "node")
    assert people["bodies"][0]["name"] == "Shelter"


def _run(capsys: pytest.CaptureFixture[str], *command: object) -> dict[str, Any]:
    capsys.readouterr()
    assert run([*map(str, command), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found
