"""A source that does not fit in the engine's memory is refused; nothing of it is kept, and the node goes on."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonweal.adapters.duckdb import Limits, Publisher, Releaser

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

STEWARD = "priya.shah@department-for-work-pensions"
CONTRACT = "claimants.odcs.yaml"
CLOSED = {"access": "closed", "marking": "OFFICIAL-SENSITIVE"}
PEOPLE = 60_000


def claimants() -> bytes:
    rows = (
        f"QQ{number:06}A,A rather long name of person {number},1961-07-05,SW2 7ZQ,E09000022,61.37\n"
        for number in range(PEOPLE)
    )
    return ("nino,name,date_of_birth,postcode,council,award\n" + "".join(rows)).encode()


def blobs_of(home: "Home") -> set[str]:
    return {path.name for path in (home.folder / "blobs").rglob("*") if path.is_file()}


def test_a_publication_that_does_not_fit_keeps_nothing(
    served: "ServedHere", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    served.publish_claimants()
    before, listed = blobs_of(served.home), served.search()
    with monkeypatch.context() as little:
        little.setattr(Publisher.__init__, "__defaults__", (Limits("12MiB", 1),))
        refused = served.publish("dwp/many", claimants(), CONTRACT, by=STEWARD, **CLOSED)
    assert refused.json()["code"] == "engine.out-of-memory", refused.text
    assert "person" not in refused.text
    assert refused.json()["advice"]
    left = blobs_of(served.home) - before
    assert all(each.startswith("stage-") for each in left), "only the upload itself waits"
    assert served.search() == listed
    assert not (tmp_path / ".tmp").exists()
    assert served.publish("dwp/many", claimants(), CONTRACT, by=STEWARD, **CLOSED).json()["rows"] == PEOPLE


def test_a_release_that_does_not_fit_is_none(served: "ServedHere", monkeypatch: pytest.MonkeyPatch) -> None:
    served.publish_claimants()
    assert served.publish("dwp/claimants", claimants(), CONTRACT, by=STEWARD, **CLOSED).status_code == 201
    agreed = served.agree_on_claimants()
    before = blobs_of(served.home)
    with monkeypatch.context() as little:
        little.setattr(Releaser.__init__, "__defaults__", (Limits("1MiB", 1),))
        refused = served.send("GET", agreed.data_path("csv"), agreed.reader)
    assert refused.json()["code"] == "engine.out-of-memory", refused.text
    assert blobs_of(served.home) == before
    assert served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 200
