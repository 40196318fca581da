"""Homes of before there were seals: sealed once, at the first start, and the log says so."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import StoredRequest, list_requests, save_request
from commonweal.adapters.sql.seals import RecordAlteredError
from commonweal.core import Actor, Event, Json
from commonweal.decide import Decision, Verdict
from commonweal.node import Node, create_home, open_home
from commonweal.request import AccessRequest


class ClockSetBack:
    """A clock that somebody sets back all the time, so that the keys of a home seem younger than its first event."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        self._now -= timedelta(minutes=1)
        return self._now


@pytest.fixture
def older_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home whose log began before it had the secret that seals its records."""
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "correct horse battery staple")
    home = tmp_path / "home"
    create_home(home, body="lambeth", operator="Olga Opera", port=8400, clock=ClockSetBack())
    return home


def ask(node: Node) -> None:
    now = datetime.now(UTC)
    asked = AccessRequest("req-1", "lambeth/halls", "lambeth", "croydon", "debt", "", ("hall",), (), "jo@croydon", now)

    def work(transaction: Transaction) -> None:
        save_request(transaction.connection, StoredRequest(asked, Decision(Verdict.PERSON, ())))
        transaction.record(Event("request.asked", now, "lambeth", asked.id, Actor("jo@croydon", "croydon")))

    node.parts.writer.submit(work)


def requests(home: Path) -> tuple[int, list[dict[str, Json]]]:
    """Open a home and return how many requests it reads, and what its log says of sealing."""
    with open_home(home) as node:
        told = [dict(each.event.facts) for each in node.parts.log.find_events(name="records.sealed")]
        with node.parts.read() as connection:
            return len(list_requests(connection)), told


def unseal(home: Path) -> None:
    with closing(sqlite3.connect(home / "node.db")) as database, database:
        database.execute("UPDATE access_request SET seal = NULL")


def test_an_older_home_is_sealed_once(older_home: Path) -> None:
    with closing(sqlite3.connect(older_home / "node.db")) as database, database:
        database.execute(
            "INSERT INTO access_request SELECT 'req-0', 'd', 'lambeth', 'croydon', 'asked', ?, ?, '', NULL",
            (OLD_REQUEST, '{"verdict": "person", "reasons": []}'),
        )
    once = [{"requests": 1, "agreements": 0}]
    assert requests(older_home) == (1, once)
    assert requests(older_home) == (1, once)
    unseal(older_home)
    with pytest.raises(RecordAlteredError):
        requests(older_home)


def test_a_row_without_a_seal_is_refused_in_a_home_that_had_seals_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "correct horse battery staple")
    create_home(tmp_path / "home", body="lambeth", operator="Olga Opera", port=8400)
    with open_home(tmp_path / "home") as node:
        ask(node)
    assert requests(tmp_path / "home") == (1, [])
    unseal(tmp_path / "home")
    with pytest.raises(RecordAlteredError) as caught:
        requests(tmp_path / "home")
    assert (caught.value.code, caught.value.outcome.exit_code) == ("store.altered", 6)


OLD_REQUEST = (
    '{"id": "req-0", "dataset": "lambeth/halls", "discloser": "lambeth", "recipient": "croydon", "purpose": "debt",'
    ' "gateway": "", "fields": ["hall"], "rows": [], "asked_by": "jo@croydon", "asked": "2026-01-02T03:04:05Z"}'
)
