"""A body's own rule pack on a running node: adopted, in force at once, proved at every start, superseded, withdrawn."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from commonweal.law import UntrustedPackError
from commonweal.node import Caller, common_pack

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

LEAD, DWP_LEAD = "maya.lindqvist@cabinet-office", "margaret.okafor@department-for-work-pensions"
NEW_ACT = """
scope: local
version: "2026.1"
as_of: 2026-11-21
disclaimer: An invented Act, for tests only.
purposes:
  - {code: lighthouse-keeping, title: Keeping lighthouses, description: Finding keepers for lighthouses.}
gateways:
  - id: lighthouse-s1
    title: Keepers of lighthouses
    kind: power
    source: {act: Lighthouse Act 2026, provision: section 1}
    extent: [E, W]
    confidence: secondary
    in_force: "yes"
    as_of: 2026-11-21
    fit:
      - {from: [department-for-work-pensions], to: [council], purposes: [lighthouse-keeping, research]}
    preconditions: {checked_here: [], needs_a_person: [the light is lit]}
"""
TIGHTER = (
    NEW_ACT.replace("2026.1", "2026.2")
    + """
  - id: wra12-s130-131
    title: Between DWP and councils
    kind: power
    source: {act: Welfare Reform Act 2012, provision: sections 130 to 133}
    confidence: secondary
    in_force: "yes"
    as_of: 2026-11-21
    fit:
      - {from: [department-for-work-pensions], to: [council], purposes: [council-tax-reduction]}
    preconditions: {checked_here: [], needs_a_person: [the harbour master agrees]}
"""
)
ASK = {"dataset": "dwp/claimants", "recipient": "lambeth", "purpose": "research", "gateway": "lighthouse-s1"}
PACKS = "/api/v1/law/packs"


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def joined(text: str) -> str:
    return digest_of(f"{common_pack().digest}+{digest_of(text)}")


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> Iterator["ServedHere"]:
    with serving(new_home(tmp_path_factory.mktemp("packs") / "home")) as node:
        node.publish_claimants()
        node.join("lambeth", "Tom Reid", "analyst", "asset-owner")
        node.join("DWP", "Margaret Okafor", "information-governance")
        node.join("cabinet-office", "Maya Lindqvist", "information-governance")
        yield node


@pytest.fixture
def bare(served: "ServedHere") -> "ServedHere":
    """The node with no pack but the common one."""
    for each in served.node.rule_packs.list()[1:]:
        put(served, f"{PACKS}/{each.pack.digest}/withdrawal", {}, LEAD)
    return served


def put(served: "ServedHere", path: str, form: dict[str, Any], by: str) -> Any:
    return served.send("POST", path, served.person(by), json=form)


def explained(served: "ServedHere", **asked: str) -> dict[str, Any]:
    answer: dict[str, Any] = served.do("/api/v1/explanations", {**ASK, **asked}, by="tom.reid@lambeth")
    return answer


def ways(served: "ServedHere", purpose: str) -> dict[str, Any]:
    query = {"from": "DWP", "to": "lambeth", "purpose": purpose, "data": "benefits"}
    answer: dict[str, Any] = served.send("GET", "/api/v1/law/ways", params=query).json()
    return answer


def test_a_new_act_turns_a_refusal_into_a_persons_decision_without_a_restart(bare: "ServedHere") -> None:
    served = bare
    before = explained(served, gateway="")
    assert before["outcome"] == "refuse"
    assert put(served, "/api/v1/explanations", ASK, "tom.reid@lambeth").json()["code"] == "law.unknown-gateway"

    for text, code in (
        ("no pack", "law.pack-malformed"),
        (NEW_ACT.replace("scope: local\n", ""), "law.pack-malformed"),
        (NEW_ACT.replace("lighthouse-keeping, research", "gardening"), "law.pack-malformed"),
        ("x" * (1 << 20), "web.body-too-large"),
    ):
        refused = put(served, PACKS, {"pack": text}, LEAD)
        assert (refused.status_code >= 400, refused.json()["code"]) == (True, code), refused.text
    assert put(served, PACKS, {"pack": NEW_ACT}, DWP_LEAD).json()["code"] == "identity.role"
    assert put(served, PACKS, {"pack": NEW_ACT, "trust": "me"}, LEAD).status_code == 400
    assert explained(served, gateway="")["pack"] == before["pack"] == common_pack().digest

    adopted = put(served, PACKS, {"pack": NEW_ACT}, LEAD).json()
    assert (adopted["version"], adopted["digest"]) == ("2026.4+2026.1", joined(NEW_ACT))
    assert [(each["scope"], each["adopted_by"]) for each in adopted["packs"]][1] == ("local", LEAD)
    after = explained(served)
    assert (after["outcome"], after["pack"]) == ("person", joined(NEW_ACT))
    assert "the light is lit" in json.dumps(after)
    asked = served.do("/api/v1/requests", ASK, by="tom.reid@lambeth")
    assert asked["outcome"] == "person"
    assert ways(served, "keeping lighthouses")["gateways"][0]["id"] == "lighthouse-s1"
    assert "Lighthouse Act 2026" in served.send("GET", "/law", {"Accept": "text/html"}).text
    about = [each for each in served.events() if each["subject"] == digest_of(NEW_ACT)]
    event = next(each for each in about if each["name"] == "rule_pack.adopted")
    assert event["facts"]["in_force"] == joined(NEW_ACT)
    assert put(served, PACKS, {"pack": NEW_ACT}, LEAD).json()["code"] == "law.pack-not-newer"

    newer = put(served, PACKS, {"pack": TIGHTER}, LEAD).json()
    assert [each["id"] for each in newer["differences"]] == ["wra12-s130-131"]
    usual = explained(served, purpose="council-tax-reduction", gateway="wra12-s130-131")
    assert "the harbour master agrees" in json.dumps(usual)
    page = served.send("GET", "/law", {"Accept": "text/html"}).text
    assert "differs" in page
    assert digest_of(TIGHTER) in page

    withdrawal = f"{PACKS}/{digest_of(TIGHTER)}/withdrawal"
    assert put(served, withdrawal, {}, DWP_LEAD).json()["code"] == "identity.role"
    assert put(served, f"{PACKS}/{digest_of(NEW_ACT)}/withdrawal", {}, LEAD).status_code == 404
    assert put(served, withdrawal, {}, LEAD).json()["digest"] == common_pack().digest
    assert explained(served, gateway="")["pack"] == common_pack().digest
    assert put(served, PACKS, {"pack": NEW_ACT}, LEAD).status_code == 201


def test_answers_are_of_one_pack_or_the_other_while_it_changes(bare: "ServedHere") -> None:
    served, node, done = bare, bare.node, list[bool]()
    seen = set[tuple[str, bool]]()

    def read() -> None:
        while not done:
            pack = node.parts.pack
            seen.add((pack.digest, "lighthouse-s1" in pack.gateways))

    readers = [Thread(target=read) for _ in range(3)]
    for each in readers:
        each.start()
    for _ in range(3):
        put(served, PACKS, {"pack": NEW_ACT}, LEAD)
        put(served, f"{PACKS}/{digest_of(NEW_ACT)}/withdrawal", {}, LEAD)
    done.append(True)
    for each in readers:
        each.join()
    assert seen <= {(common_pack().digest, False), (joined(NEW_ACT), True)}
    adoptions = [Thread(target=put, args=(served, PACKS, {"pack": text}, LEAD)) for text in (NEW_ACT, TIGHTER) * 2]
    for each in adoptions:
        each.start()
    for each in adoptions:
        each.join()
    held = node.rule_packs.list()
    assert [each.pack.version for each in held[1:]] == ["2026.2"]
    assert node.parts.pack.digest == joined(TIGHTER)


def contents(folder: Path) -> dict[str, str]:
    files = sorted(each for each in folder.rglob("*") if each.is_file() and not each.name.endswith((".lock", "-shm")))
    return {str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


TAMPERED = {
    "bytes": ("UPDATE local_pack SET content = CAST(replace(CAST(content AS TEXT), 'lit', 'out') AS BLOB)", "bytes"),
    "bytes and digest": ("UPDATE local_pack SET content = :content, digest = :digest", "does not say"),
    "signature": ("UPDATE local_pack SET signature = zeroblob(64)", "did not sign"),
    "person": ("UPDATE local_pack SET person = 'someone.else@cabinet-office'", "did not sign"),
    "an older one put back": ("UPDATE local_pack SET ended = '' WHERE version = '2026.1'", "does not say"),
}


def test_a_pack_is_applied_after_a_restart_and_a_tampered_one_is_refused_and_nothing_changed(
    a_home: "Home", tmp_path: Path
) -> None:
    with a_home.open() as node:
        operator = node.parts.settings.operator
        caller = Caller(node.bodies.get_person(operator), is_operator=True)
        for text in (NEW_ACT, TIGHTER):
            node.rule_packs.adopt(caller, text.encode())
    with a_home.open() as node:
        assert node.parts.pack.digest == joined(TIGHTER)
        assert node.rule_packs.list()[1].person == operator
    a_home.verify()
    pristine = (a_home.folder / "node.db").read_bytes()
    forged = NEW_ACT.replace("lit", "out").encode()
    values = {"content": forged, "digest": hashlib.sha256(forged).hexdigest()}
    for change, said in TAMPERED.values():
        (a_home.folder / "node.db").write_bytes(pristine)
        with closing(sqlite3.connect(a_home.folder / "node.db")) as database:
            where = "" if "WHERE" in change else " WHERE ended = ''"
            assert database.execute(change + where, values).rowcount == 1
            database.commit()
        before = contents(a_home.folder)
        with pytest.raises(UntrustedPackError, match=said), a_home.open():
            pass
        assert contents(a_home.folder) == before
    (a_home.folder / "node.db").write_bytes(pristine)
    with a_home.open() as node:
        assert node.parts.pack.version == "2026.4+2026.2"
