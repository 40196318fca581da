"""Races: people approve, narrow, suspend and revoke while others read, and the log is in order whoever was first."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.story.reading_on import Reader

if TYPE_CHECKING:
    from tests.conftest import Home, Served, ServedHere

LEAD, ANALYST = "margaret.okafor@department-for-work-pensions", "tom.reid@lambeth"
CLAIMANTS = "department-for-work-pensions/claimants"
FIELDS, FEWER = ("nino", "postcode", "council", "award"), ("council", "award")
READERS = 4
PROGRAM = Path(__file__).parent / "reading_on.py"


@dataclass
class Readers:
    """Whoever reads: threads of this process and processes of their own, each told of every agreement."""

    url: str
    processes: "list[subprocess.Popen[str]]" = field(default_factory=list)
    pipes: list[Any] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    here: list[Reader] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, *, processes: int, threads: int) -> None:
        """Start so many of each."""
        for _ in range(processes):
            command = [sys.executable, str(PROGRAM), self.url]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.processes.append(process)
        for _ in range(threads):
            reader = Reader(self.url)
            self.here.append(reader)
            self.threads.append(threading.Thread(target=reader.read))
        for thread in self.threads:
            thread.start()

    def tell(self, agreed: dict[str, str]) -> None:
        """Tell every reader of a new agreement."""
        line = json.dumps(agreed) + "\n"
        with self.lock:
            for process in self.processes:
                assert process.stdin is not None
                process.stdin.write(line)
                process.stdin.flush()
            for reader in self.here:
                reader.agreements.append(agreed)

    def stop(self) -> list[dict[str, Any]]:
        """Let each read one last round, and return every hit of all of them."""
        for reader in self.here:
            reader.done.set()
        told = [hit for process in self.processes for hit in json.loads(process.communicate(timeout=60)[0])]
        for thread in self.threads:
            thread.join(60)
        return [*told, *(hit for reader in self.here for hit in reader.told)]

    def close(self) -> None:
        """End what is left after a failure."""
        for reader in self.here:
            reader.done.set()
        for process in self.processes:
            process.kill()
            process.wait(10)


@contextmanager
def reading(url: str, *, processes: int, threads: int) -> Iterator[Readers]:
    """Lend readers that have started."""
    readers = Readers(url)
    try:
        readers.start(processes=processes, threads=threads)
        yield readers
    finally:
        readers.close()


class Casework:
    """The people of both bodies, who do the same act at once and go on with whoever was first."""

    def __init__(self, served: "ServedHere", readers: Readers) -> None:
        self.served = served
        self.readers = readers
        self.revoked: dict[str, float] = {}

    def live(self, _: int) -> None:
        """Lead one agreement from its request to its revocation, each act done twice at the same moment."""
        agreement = self._agree()
        token = self.served.profile(agreement, by=ANALYST)["bearerToken"]
        table = f"/delta-sharing/shares/{agreement}/schemas/department_for_work_pensions/tables/claimants"
        self.readers.tell({"agreement": agreement, "token": str(token), "table": table})
        path = f"/api/v1/agreements/{agreement}"
        for act, form in (
            ("suspension", {"reason": "To look at it."}),
            ("resumption", {"reason": "All is well."}),
            ("narrowing", {"reason": "Less will do.", "fields": list(FEWER)}),
            ("revocation", {"reason": "It is over."}),
        ):
            if act != "resumption":
                self._await_readers(agreement)
            self._first_of_two(f"{path}/{act}", form, by=LEAD)
        self.revoked[agreement] = time.monotonic()

    def _await_readers(self, agreement: str) -> None:
        """Go on once there are more deliveries than readers, so that one of them at least was read to its end."""
        limit, wanted = time.monotonic() + 60, self._count(agreement) + READERS + 1
        while self._count(agreement) < wanted:
            assert time.monotonic() < limit, "the readers must be given something"
            time.sleep(0.02)

    def _count(self, agreement: str) -> int:
        return len(self.served.node.parts.log.find_events(subject=agreement, name="delivery.authorised", limit=10_000))

    def _agree(self) -> str:
        form = {"dataset": CLAIMANTS, "recipient": "lambeth", "purpose": "council-tax-reduction"}
        asked = self.served.do("/api/v1/requests", {**form, "gateway": "wra12-s130-131"}, by=ANALYST)
        path = f"/api/v1/requests/{asked['request']}"
        ruling = {"permit": True, "fields": list(FIELDS), "rows": ["council=E09000022"], "tokenise": ["nino"]}
        self._first_of_two(f"{path}/ruling", ruling, by=LEAD)
        return str(self._first_of_two(f"{path}/agreement", {}, by=ANALYST)["agreement"])

    def _first_of_two(self, path: str, form: dict[str, Any], *, by: str) -> Any:
        """Do an act twice at once: one succeeds, the other is refused; return what the first was answered."""

        def act(_: int) -> httpx.Response:
            return self.served.send("POST", path, self.served.person(by), json=form)

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(act, range(2)))
        done = [each for each in answers if each.is_success]
        assert len(done) == 1, (path, [each.text for each in answers])
        return done[0].json()


def prepare(served: "Served") -> None:
    served.publish_claimants()
    served.join("lambeth", "Tom Reid", "analyst", "asset-owner")
    served.join("DWP", "Margaret Okafor", "information-governance", "asset-owner")


def race(served: "ServedHere", *, agreements: int, at_once: int) -> None:
    prepare(served)
    with reading(served.url, processes=READERS // 2, threads=READERS // 2) as readers:
        casework = Casework(served, readers)
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(casework.live, range(agreements)))
        hits = readers.stop()
    assert len(casework.revoked) == agreements
    verify_hits(hits, casework.revoked)
    served.node.tally.close()
    for agreement in casework.revoked:
        verify_order(served, agreement)


def verify_hits(hits: Sequence[dict[str, Any]], revoked: dict[str, float]) -> None:
    """No reader, in whatever process, was given anything by a hit that began after the answer to the revocation."""
    late = [each for each in hits if each["began"] > revoked[each["agreement"]]]
    assert {each["status"] for each in late} == {403}, late
    assert {each["agreement"] for each in late} == set(revoked), "each was asked for after its end"
    given = [each for each in hits if each["status"] == 200]
    assert {each["agreement"] for each in given} == set(revoked), "each was read before its end"
    assert not [each for each in hits if each["status"] not in {200, 403, -200, 404}], "nothing else was answered"


def verify_order(served: "ServedHere", agreement: str) -> None:
    """Read an agreement's events in the order of the log, and prove that none is where it may not be."""
    rows = served.node.parts.log.find_events(subject=agreement, limit=100_000)
    events = [row.event for row in sorted(rows, key=lambda each: each.index)]
    names = [each.name for each in events]
    for once in ("signed", "suspended", "resumed", "narrowed", "revoked"):
        assert names.count(f"agreement.{once}") == 1, (once, names)
    signed, suspended, resumed, narrowed, revoked = (
        names.index(f"agreement.{each}") for each in ("signed", "suspended", "resumed", "narrowed", "revoked")
    )
    assert signed < suspended < resumed < narrowed < revoked
    given = [place for place, name in enumerate(names) if name in {"delivery.authorised", "release.written"}]
    assert given, "it was read"
    assert not [place for place in given if place < signed or suspended < place < resumed or place > revoked]
    wide = [place for place in given if set(facts_of(events[place])["fields"]) - set(FEWER)]
    assert not [place for place in wide if place > narrowed]
    assert "delivery.completed" not in names[revoked:], "what was sent is counted before the end"
    assert all(events[place].at <= events[revoked].at for place in given)
    authorised = {facts_of(each)["delivery"] for each in events if each.name == "delivery.authorised"}
    completed = [facts_of(each)["delivery"] for each in events if each.name == "delivery.completed"]
    assert set(completed) <= authorised
    assert completed


def facts_of(event: Any) -> dict[str, Any]:
    return dict(event.facts)


def test_no_delivery_comes_after_its_revocation(
    a_home: "Home", serving: "Callable[[Home], AbstractContextManager[ServedHere]]"
) -> None:
    with serving(a_home) as served:
        race(served, agreements=4, at_once=2)
    a_home.verify()


@pytest.mark.nightly
def test_no_delivery_comes_after_its_revocation_in_a_long_run(
    a_home: "Home", serving: "Callable[[Home], AbstractContextManager[ServedHere]]"
) -> None:
    with serving(a_home) as served:
        race(served, agreements=60, at_once=4)
    a_home.verify()
