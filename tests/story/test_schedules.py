"""Publishing from an address, by hand and on a timetable, over a real node: once, never twice, after a kill too."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.adapters.remote.web import Answer, serving
from tests.conftest import claimants_source, packaged

from commonweal.core import ProofError, from_rfc3339
from commonweal.node.publish.scheduling import Scheduling

if TYPE_CHECKING:
    from tests.conftest import Home, ServedApart, ServedHere

STEWARD = "priya.shah@department-for-work-pensions"
SECRET = "QUARTZCANARY-password"
QUERY = "SELECT *, 'QUARTZCANARY-password' AS x FROM claimants"
HEADER = "nino,name,date_of_birth,postcode,council,award"
DWP = "department-for-work-pensions"


class Source:
    """A SQLite file, and a web server that can be told to hang."""

    def __init__(self, folder: Path, claimants: bytes) -> None:
        self.file = folder / "claimants.db"
        self.claimants = claimants
        self.asked, self.hangs, self.status = 0, threading.Event(), 200
        self.port = 0
        with closing(sqlite3.connect(self.file)) as database:
            names = HEADER.split(",")
            database.execute(f"CREATE TABLE claimants (nino TEXT PRIMARY KEY, {', '.join(names[1:])})")
            for line in claimants.decode().splitlines()[1:]:
                database.execute("INSERT INTO claimants VALUES (?, ?, ?, ?, ?, ?)", line.split(","))
            database.commit()

    def execute(self, statement: str) -> None:
        with closing(sqlite3.connect(self.file)) as database:
            database.execute(statement)
            database.commit()

    def __call__(self, _: str, __: str, ___: Mapping[str, str], ____: bytes) -> Answer:
        self.asked += 1
        while self.hangs.is_set():
            time.sleep(0.05)
        return self.status, {"Content-Length": str(len(self.claimants))}, self.claimants

    @property
    def database(self) -> str:
        return f"sqlite:///{self.file}"

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.port}/claimants.csv?sig={SECRET}"


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    found = Source(tmp_path, claimants_source())
    with serving(found) as found.port:
        yield found


@pytest.fixture
def home(a_home: "Home", source: Source) -> "Home":
    settings = json.loads((a_home.folder / "node.json").read_bytes())
    settings["source_hosts"] = ["127.0.0.1", str(source.file.parent)]
    (a_home.folder / "node.json").write_text(json.dumps(settings))
    return a_home


@pytest.fixture
def open_node(home: "Home", serving: "Callable[[Home], AbstractContextManager[ServedHere]]") -> "Iterator[ServedHere]":
    with serving(home) as served:
        served.join("DWP", "Priya Shah", "steward")
        yield served


def form(address: str, **given: Any) -> dict[str, Any]:
    return {
        "address": address,
        "timetable": "daily at 06:30",
        "body": "DWP",
        "name": "claimants",
        "contract": packaged("claimants.odcs.yaml").decode(),
        "access": "closed",
        "marking": "OFFICIAL-SENSITIVE",
        "confirm": True,
        **given,
    }


def add(served: "ServedHere | ServedApart", address: str, **given: Any) -> str:
    return str(served.do("/api/v1/schedules", form(address, **given), by=STEWARD)["schedule"])


def run(served: "ServedHere | ServedApart", schedule: str) -> dict[str, Any]:
    found: dict[str, Any] = served.do(f"/api/v1/schedules/{schedule}/run", by=STEWARD)["runs"][0]
    return found


def test_a_database_is_published_on_a_timetable(open_node: "ServedHere", source: Source) -> None:
    served = open_node
    schedule = add(served, source.database, table="claimants", password=SECRET)
    assert served.node.scheduling.run_due() == 0
    served.home.clock.advance(timedelta(days=4))
    assert served.node.scheduling.run_due() == 1  # four were missed
    assert served.node.scheduling.run_due() == 0
    served.home.clock.advance(timedelta(days=1))
    assert served.node.scheduling.run_due() == 1
    source.execute("UPDATE claimants SET award = '70.00'")
    served.home.clock.advance(timedelta(days=1))
    assert served.node.scheduling.run_due() == 1
    source.execute("UPDATE claimants SET award = 'nothing'")
    served.home.clock.advance(timedelta(days=1))
    assert served.node.scheduling.run_due() == 1
    source.execute("DROP TABLE claimants")
    served.home.clock.advance(timedelta(days=1))
    assert served.node.scheduling.run_due() == 1
    found = served.send("GET", f"/api/v1/schedules/{schedule}", served.person(STEWARD)).json()
    assert [each["outcome"] for each in found["runs"]] == [
        "unreachable",
        "stopped",
        "published",
        "unchanged",
        "published",
    ]
    assert [each["version"] for each in found["runs"]] == [0, 0, 2, 1, 1]
    assert from_rfc3339(found["due"]) - served.home.clock.now() < timedelta(minutes=2)
    assert found["failures"] == 1
    events = {each["name"] for each in served.events(subject=schedule)}
    assert {"schedule.made", "schedule.begun", "schedule.ended", "schedule.viewed"} <= events
    published = served.events(name="dataset.published")[-1]
    assert published["actor"]["person"] == STEWARD


def test_open_data_stays_open_from_morning_to_morning(open_node: "ServedHere", source: Source) -> None:
    served = open_node
    source.claimants = b"council,pupils\nLeeds,120\nWakefield,80\n"
    contract = """
kind: DataContract
apiVersion: v3.1.0
id: pupils
version: 1.0.0
schema:
  - name: pupils
    properties:
      - {name: council, logicalType: string, classification: not-personal}
      - {name: pupils, logicalType: string, classification: not-personal}
"""
    told = {"name": "pupils", "contract": contract, "access": "open", "marking": "OFFICIAL"}
    schedule = add(served, source.web, confirm=False, **told)
    assert run(served, schedule)["outcome"] == "refused"  # nobody has confirmed anything yet
    upload = served.upload(source.claimants, by=STEWARD).json()["upload"]
    first = {"body": "DWP", "upload": upload, "confirm": True, **told}
    assert served.do("/api/v1/datasets", first, by=STEWARD)["carried"] == []
    source.claimants += b"Leeds,70\n"
    assert run(served, schedule)["outcome"] == "published"
    place = "/api/v1/datasets/department-for-work-pensions/pupils"
    assert [each["confirmed"] for each in served.send("GET", place).json()["fields"]] == [True, True]
    assert served.send("GET", "/open/department-for-work-pensions/pupils.csv").status_code == 200
    described = [each["facts"].get("carried") for each in served.events(name="dataset.described")]
    assert described == [None, ["council", "pupils"]]

    # Values that come to be of people are asked about again, and nothing is published meanwhile.
    source.claimants = b"council,pupils\n" + b"".join(b"%d,1\n" % each for each in (4505577104, 9434765919, 9876543210))
    held = run(served, schedule)
    assert (held["outcome"], held["version"]) == ("refused", 0)
    assert "confirmed as not personal against strong evidence" in held["sentence"]

    # What its steward classifies otherwise stays so, and opens again only when they confirm it anew.
    source.claimants = b"council,pupils\nLeeds,121\n"
    for classification, wanted in (("personal", "refused"), ("not-personal", "refused")):
        said = {"fields": ["pupils"], "classification": classification, "reason": "A test."}
        assert served.do(f"{place}/classification", said, by=STEWARD)["access"] == "shared"
        assert run(served, schedule)["outcome"] == wanted
    assert served.send("GET", "/open/department-for-work-pensions/pupils.csv").status_code == 404
    upload = served.upload(source.claimants, by=STEWARD).json()["upload"]
    served.do("/api/v1/datasets", {**first, "upload": upload}, by=STEWARD)
    assert served.send("GET", "/open/department-for-work-pensions/pupils.csv").status_code == 200


def test_no_secret_is_told_or_lies_open(open_node: "ServedHere", source: Source) -> None:
    served = open_node
    schedule = add(served, source.web)
    assert run(served, schedule)["outcome"] == "published"
    add(served, source.database, name="other", query=QUERY, password=SECRET)
    everything = json.dumps(served.events())
    listed = served.send("GET", "/api/v1/schedules", served.person(STEWARD)).text
    assert "/claimants.csv" in everything
    assert "/claimants.csv" in listed
    assert SECRET not in everything + listed
    served.node.parts.writer.empty_journal()
    for path in served.home.folder.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path


def test_a_key_that_rotates_takes_the_secrets_along(open_node: "ServedHere", source: Source) -> None:
    served = open_node
    schedule = add(served, source.web)
    kek = f"kek-{DWP}"
    custodian, rotating = served.node.parts.custodian, served.node.rotating
    custodian.rotate_kek(kek)
    rotating.finish(kek)
    assert custodian.destroy_retired(kek) == 1
    assert run(served, schedule)["outcome"] == "published"
    with closing(sqlite3.connect(served.home.folder / "node.db")) as database:
        database.execute("UPDATE schedule SET document = replace(document, '127.0.0.1', 'evil.example')")
        database.commit()
    assert run(served, schedule)["outcome"] == "failed"  # what was sealed is for that address alone
    custodian.rotate_kek(kek)
    with pytest.raises(ProofError, match=r"What 1 schedules of .* need to read their sources is damaged"):
        rotating.finish(kek)
    [left] = [each.left for each in rotating.rotations() if each.kek.kek_id == kek]
    assert left == 1


def test_two_workers_never_run_one_twice(open_node: "ServedHere", source: Source) -> None:
    served, node = open_node, open_node.node
    add(served, source.web)
    served.home.clock.advance(timedelta(days=2))
    workers = [Scheduling(node.parts, node.bodies, node.fetching, node.publishing) for _ in range(4)]
    threads = [threading.Thread(target=each.run_due) for each in workers]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert source.asked == 1
    assert len(served.events(name="schedule.begun")) == 1


def test_a_source_that_is_not_clean_waits_for_its_steward(open_node: "ServedHere", source: Source) -> None:
    served = open_node
    clean = source.claimants
    source.claimants = b"Claimants of the week\r\n\r\n" + clean
    schedule = add(served, source.web)
    assert run(served, schedule)["outcome"] == "held"
    source.claimants, source.status = clean, 503
    assert run(served, schedule)["outcome"] == "unreachable"
    source.status = 200
    assert run(served, schedule)["outcome"] == "published"


def test_a_steward_who_is_one_no_more_is_refused(open_node: "ServedHere", source: Source) -> None:
    served = open_node
    schedule = add(served, source.web)
    with closing(sqlite3.connect(served.home.folder / "node.db")) as database:
        database.execute("UPDATE person SET document = replace(document, 'steward', 'auditor') WHERE id = ?", [STEWARD])
        database.commit()
    served.home.clock.advance(timedelta(days=1))
    assert served.node.scheduling.run_due() == 1
    [ended] = served.events(name="schedule.ended")
    assert ended["facts"]["outcome"] == "refused"
    assert STEWARD in ended["facts"]["sentence"]
    assert not source.asked
    assert served.send("GET", f"/api/v1/schedules/{schedule}", served.person(STEWARD)).status_code == 403


def test_a_schedule_is_paused_resumed_and_removed(open_node: "ServedHere", source: Source) -> None:
    served = open_node
    schedule = add(served, source.web)
    place = f"/api/v1/schedules/{schedule}"
    assert served.do(f"{place}/pause", by=STEWARD)["status"] == "paused"
    assert served.send("POST", f"{place}/pause", served.person(STEWARD)).status_code == 403
    served.home.clock.advance(timedelta(days=2))
    assert served.node.scheduling.run_due() == 0
    assert served.do(f"{place}/resumption", by=STEWARD)["status"] == "active"
    assert served.node.scheduling.run_due() == 0
    served.do(f"{place}/removal", by=STEWARD)
    assert served.send("GET", place, served.person(STEWARD)).status_code == 404
    assert served.send("GET", "/api/v1/schedules", served.person(STEWARD)).json() == {"schedules": []}


REFUSED: tuple[tuple[dict[str, Any], int], ...] = (
    ({"timetable": "at dawn"}, 400),
    ({"address": "file:///etc/passwd"}, 400),
    ({"address": "postgresql://u:p@db/x", "table": "t"}, 400),
    ({"contract": "kind: nothing"}, 400),
    ({"name": "Not A Name"}, 400),
    ({"upload": "stage-1"}, 400),
    ({"body": "lambeth"}, 403),
)


def test_what_cannot_be_a_schedule_is_refused(open_node: "ServedHere", source: Source) -> None:
    for given, status in REFUSED:
        wanted = {**form(source.web), **given}
        answer = open_node.send("POST", "/api/v1/schedules", open_node.person(STEWARD), json=wanted)
        assert answer.status_code == status, (given, answer.text)


def test_a_node_goes_nowhere_that_nobody_allowed(served: "ServedHere", source: Source) -> None:
    served.join("DWP", "Priya Shah", "steward")
    for given in ({"address": source.web}, {"address": source.database, "table": "claimants"}):
        answer = served.send("POST", "/api/v1/uploads/address", served.person(STEWARD), json=given)
        assert (answer.status_code, answer.json()["code"]) == (403, "remote.address-refused")
    assert not source.asked


def test_the_nodes_own_files_are_no_source(
    a_home: "Home", serving: "Callable[[Home], AbstractContextManager[ServedHere]]"
) -> None:
    settings = json.loads((a_home.folder / "node.json").read_bytes())
    (a_home.folder / "node.json").write_text(json.dumps({**settings, "source_hosts": ["/"]}))
    with serving(a_home) as served:
        given = {"address": f"sqlite:///{a_home.folder / 'node.db'}", "table": "person"}
        answer = served.send("POST", "/api/v1/uploads/address", served.person(), json=given)
        assert answer.json()["code"] == "remote.address-refused"


def test_a_run_that_was_killed_is_run_again(
    home: "Home", source: Source, serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]"
) -> None:
    source.hangs.set()
    with serving_apart(home) as served:
        served.join("DWP", "Priya Shah", "steward")
        schedule = add(served, source.web)
        asking = threading.Thread(target=_ask_in_vain, args=(served, schedule))
        asking.start()
        _eventually(lambda: source.asked == 1)
        served.process.kill()
        asking.join()
    (home.folder / "serve.json").unlink()
    source.hangs.clear()
    with serving_apart(home) as served:
        place = f"/api/v1/schedules/{schedule}"
        _eventually(lambda: bool(served.send("GET", place, served.person(STEWARD)).json()["runs"]))
        [again] = served.send("GET", place, served.person(STEWARD)).json()["runs"]
        names = [each["name"] for each in served.events(subject=schedule)]
    assert (again["outcome"], again["version"]) == ("published", 1)
    assert [each for each in names if each != "schedule.viewed"] == [
        "schedule.made",
        "schedule.begun",
        "schedule.run-lost",
        "schedule.begun",
        "schedule.ended",
    ]


def _ask_in_vain(served: "ServedApart", schedule: str) -> None:
    with pytest.raises(httpx.TransportError):
        run(served, schedule)


def _eventually(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.05)
