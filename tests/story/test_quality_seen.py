"""What people see of quality over a real node: refusals that help, a profile for who may read, and a defect's life."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.datasets import list_versions, shred_version
from commonweal.adapters.sql.documents import load
from commonweal.adapters.sql.state import dataset_version
from commonweal.core import Actor, Event
from commonweal.publish import DatasetVersion

if TYPE_CHECKING:
    from tests.conftest import Agreed, Home, ServedHere

STEWARD, ANALYST = "priya.shah@department-for-work-pensions", "ann.analyst@lambeth"
STRANGER = "sid.stranger@croydon"
CLAIMANTS = "/api/v1/datasets/dwp/claimants"


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[..., Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> "Iterator[ServedHere]":
    with serving(new_home(tmp_path_factory.mktemp("quality") / "home")) as served:
        served.publish_claimants()
        served.join("lambeth", "Ann Analyst", "analyst")
        served.join("croydon", "Sid Stranger", "steward", "analyst")
        yield served


@pytest.fixture(scope="module")
def agreed(served: "ServedHere") -> "Agreed":
    return served.agree_on_claimants()


def refused(served: "ServedHere", path: str, form: dict[str, Any], *, by: str) -> tuple[int, str]:
    answer = served.send("POST", path, served.person(by), json=form)
    return answer.status_code, answer.json()["code"]


def test_the_gate_shows_shapes_and_what_to_do_and_the_log_neither(served: "ServedHere") -> None:
    source = served.claimants_source().splitlines()
    spoilt = source[2].replace(source[2].split(b",")[0], b"ab 12 Zeta-9", 1)
    sent = b"\n".join((*source[:2], spoilt, *source[3:], b""))
    stopped = served.publish("dwp/spoilt", sent, "claimants.odcs.yaml", by=STEWARD, access="closed").json()
    assert stopped["code"] == "publish.gate-stopped"
    found = next(each for each in stopped["findings"] if each["field"] == "nino")
    assert (found["rows"], found["shapes"]) == ([2], ["AA 99 AAAA-9"])
    assert found["how_to_mend"] in found["told"]
    assert found["sentence"] in stopped["reasons"]
    assert "Zeta" not in str(stopped)
    event = served.events(name="publication.stopped")[0]
    assert found["sentence"] in event["facts"]["reasons"]
    assert not [word for word in ("AA 99", "Zeta", found["how_to_mend"]) if word in str(event)]


def test_values_of_a_profile_are_for_those_who_may_read_the_data(served: "ServedHere", agreed: "Agreed") -> None:
    assert agreed.id
    path = f"{CLAIMANTS}/versions/1/profile"
    callers = (STEWARD, ANALYST, STRANGER)
    told = {by: served.send("GET", path, served.person(by)).json()["profile"] for by in callers}
    public = served.send("GET", CLAIMANTS).json()["quality"]
    assert told[STEWARD] == told[ANALYST]
    assert told[STRANGER] == public["profile"]
    assert not any(each["top"] or each["bars"] or each["least"] for each in public["profile"].values())
    names = {name for name, each in told[STEWARD].items() if each["top"] or each["bars"] or each["least"]}
    assert names <= {"council", "award"}, "no field that is about a person shows a value"
    assert public["dimensions"][0]["dimension"] == "completeness"
    assert [each["version"] for each in public["trend"]] == [1]


def test_open_data_shows_its_profile_to_anybody_on_its_page(served: "ServedHere") -> None:
    dataset = served.publish_open()
    page = served.send("GET", f"/datasets/{dataset}", {"Accept": "text/html"}).text
    assert "What the fields hold" in page
    assert "app-columns__bar" in page
    figures = served.send("GET", f"/datasets/{dataset}/profile.csv").text.splitlines()
    contract = served.send("GET", f"/api/v1/datasets/{dataset}").json()
    assert len(figures) == 1 + len(contract["fields"])
    assert served.send("GET", f"/datasets/{dataset}/trend.csv").text.count("\n") == 2


def test_a_defect_is_seen_by_the_two_bodies_and_carries_its_fix(served: "ServedHere", agreed: "Agreed") -> None:
    form = {"text": "Two people share it.", "field": "nino", "row": 3}
    assert refused(served, f"{CLAIMANTS}/defects", form, by=STRANGER) == (403, "publish.not-a-consumer")
    assert refused(served, f"{CLAIMANTS}/defects", {"text": "x"}, by=ANALYST) == (400, "publish.defect-malformed")
    raised = served.do(f"{CLAIMANTS}/defects", form, by=ANALYST)
    path = f"/api/v1/defects/{raised['defect']}"
    assert (raised["status"], raised["agreement"], raised["version"]) == ("raised", agreed.id, 1)
    assert served.send("GET", path, served.person(STRANGER)).status_code == 404
    assert served.send("GET", "/api/v1/defects", served.person(STRANGER)).json() == {"defects": []}
    assert refused(served, f"{path}/answer", {"outcome": "accepted"}, by=ANALYST)[1] == "identity.role"
    assert refused(served, f"{path}/closing", {}, by=STEWARD)[0] == 403
    served.do(f"{path}/answer", {"outcome": "accepted", "text": "It is."}, by=STEWARD)
    early = {"outcome": "mended", "version": 2}
    assert refused(served, f"{path}/answer", early, by=STEWARD) == (400, "publish.defect-malformed")
    terms = {"access": "closed", "marking": "OFFICIAL-SENSITIVE", "title": "Again"}
    again = served.publish(
        "dwp/claimants", served.claimants_source(), "claimants.odcs.yaml", by=STEWARD, **terms
    ).json()
    served.do(f"{path}/answer", {"outcome": "mended", "version": again["version"]}, by=STEWARD)
    seen = [served.send("GET", path, served.person(each)).json() for each in (ANALYST, STEWARD)]
    assert seen[0] == seen[1]
    assert (seen[0]["status"], seen[0]["mended_in"]) == ("mended", again["version"])
    assert [each["status"] for each in seen[0]["steps"]] == ["accepted", "mended"]
    assert refused(served, f"{path}/answer", {"outcome": "accepted"}, by=STEWARD) == (403, "publish.defect-settled")
    served.do(f"{path}/closing", {}, by=ANALYST)
    names = [each["name"] for each in served.events(subject=raised["defect"]) if not each["name"].endswith("viewed")]
    assert sorted(names) == ["defect.answered", "defect.closed", "defect.mended", "defect.raised"]
    assert "Two people" not in str(served.events(subject=raised["defect"]))


def test_a_body_cannot_bury_a_steward(served: "ServedHere", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commonweal.node.publish.defects.MOST_OPEN", 2)
    form = {"text": "It is wrong.", "row": 1}
    dataset = served.publish_open()
    for _ in range(2):
        served.do(f"/api/v1/datasets/{dataset}/defects", form, by=ANALYST)
    assert refused(served, f"/api/v1/datasets/{dataset}/defects", form, by=ANALYST)[1] == "publish.too-many-defects"


def test_a_shredded_version_keeps_no_value_in_its_profile(served: "ServedHere") -> None:
    dataset = served.publish_open()
    parts = served.node.parts
    with parts.read() as connection:
        version = list_versions(connection, dataset)[0]
    assert any(each.shows_values for each in version.profile.values())

    def shred(transaction: Transaction) -> None:
        shred_version(transaction.connection, version.id)
        transaction.record(
            Event("wraps.deleted", parts.clock.now(), "lambeth", dataset, Actor("ngozi.bello@lambeth", "lambeth"))
        )

    parts.writer.submit(shred)
    with parts.read() as connection:
        query = select(dataset_version.c.document).where(dataset_version.c.id == version.id)
        left = load(DatasetVersion, connection.execute(query).scalar_one())
    assert left.profile.keys() == version.profile.keys()
    assert not any(each.shows_values for each in left.profile.values())
