"""Claim: durable events cost little more than the disk: 0.6 of a bare group commit, 1.5 times a bare commit.

Limit: the standard library's sqlite3 on the same disk, WAL and synchronous=FULL, rows of the same sizes made
beforehand; one thread commits whatever the callers have queued, as one transaction with one sync. Ours: the log as a
node composes it (`adapters.sql`: writer, indexes of the events, and the publisher that signs tiles behind it), each
event canonicalised, salted and committed to. Timed: 32 callers until each of their events is durable, as events a
second; and one caller alone, as the median of its waits. Not timed: opening the stores; the pauses before each block in
which the publisher catches up, so that it does not run in the rival's time.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.measure import Act, Measure, Result, Scale, interleaved, interleaved_calls, profile_of
from commonweal.adapters.sql import Log, Transaction, Writer, migrate, open_reading, open_writing
from commonweal.audit import LogKey, canonical_json
from commonweal.core import Actor, Event, SystemClock

CLAIM = (
    "32 callers get 0.6 or more of the durable events a second of a bare SQLite group commit; "
    "one caller waits at most 1.5 times as long as for a bare commit."
)
CALLERS = 32
GROUP = 256
CATCH_UP_SECONDS = 0.5

EVENT = Event(
    "delivery.authorised",
    datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    "department-for-work-and-pensions",
    "agr-01kb9x3yt5e7w2m4n6p8q0r2s4",
    Actor("per-01kb9x3yt5e7w2m4n6p8q0r2s5", "london-borough-of-lambeth"),
    {
        "delivery": "dlv-01kb9x3yt5e7w2m4n6p8q0r2s6",
        "door": "delta-sharing",
        "recipient": "london-borough-of-lambeth",
        "release": "rel-01kb9x3yt5e7w2m4n6p8q0r2s7",
        "digest": "0f" * 32,
        "dataset": "department-for-work-and-pensions/council-tax-support",
        "version": 3,
        "fields": ["nino", "authority", "benefit", "award", "claimed"],
        "rows": 12345,
        "purpose": "council-tax-reduction",
        "policies": "1e" * 32,
    },
)
_ROW = (bytes(32), canonical_json(EVENT).decode(), bytes(32))


class BareStore:
    """Group commit with nothing around it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: SimpleQueue[Future[None] | None] = SimpleQueue()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def record(self) -> None:
        """Return once one row is durable."""
        done: Future[None] = Future()
        self._queue.put(done)
        done.result()

    def close(self) -> None:
        """End the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        with closing(open_bare(self._path)) as connection:
            while group := self._gather():
                insert_rows(connection, _ROW, len(group))
                for done in group:
                    done.set_result(None)

    def _gather(self) -> list[Future[None]]:
        group: list[Future[None]] = []
        done = self._queue.get()
        try:
            while done is not None:
                group.append(done)
                if len(group) == GROUP:
                    break
                done = self._queue.get_nowait()
        except Empty:
            pass
        return group


def open_bare(path: Path) -> sqlite3.Connection:
    """Return a connection that is as durable as the node's."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS event (idx INTEGER PRIMARY KEY, salt BLOB, event TEXT, entry BLOB)")
    return connection


def insert_rows(connection: sqlite3.Connection, row: tuple[bytes, str, bytes], count: int) -> None:
    """Insert rows in one durable transaction."""
    connection.execute("BEGIN IMMEDIATE")
    for _ in range(count):
        connection.execute("INSERT INTO event (salt, event, entry) VALUES (?, ?, ?)", row)
    connection.execute("COMMIT")


class NodeStore:
    """The node's own writer and log."""

    def __init__(self, home: Path) -> None:
        url = f"sqlite:///{home / 'node.db'}"
        writing, self._reading = open_writing(url), open_reading(url)
        migrate(writing)
        private = Ed25519PrivateKey.generate()
        key = LogKey("bench.example/log", private.public_key().public_bytes_raw())
        self._writer = Writer(writing, SystemClock())
        self._log = Log(self._writer, self._reading, home / "log", key, private.sign)
        self._log.start()

    def record(self) -> None:
        """Return once one event is durable."""
        self._writer.submit(_record)

    def grow(self, count: int) -> None:
        """Record many events in one commit."""
        self._writer.submit(lambda transaction: [_record(transaction) for _ in range(count)])

    def profile(self) -> str:
        """Say where the writer's thread spends its time on 500 events, the sync of their commit left out."""
        return self._writer.submit(lambda transaction: profile_of(lambda: [_record(transaction) for _ in range(500)]))

    def close(self) -> None:
        """Sign what is pending and close the store."""
        self._log.close()
        self._writer.close()
        self._reading.dispose()


def _record(transaction: Transaction) -> int:
    return transaction.record(EVENT)


@contextmanager
def _stores(first: int) -> Iterator[tuple[BareStore, NodeStore, sqlite3.Connection]]:
    with (
        TemporaryDirectory(prefix="commonweal-bench-") as folder,
        closing(open_bare(Path(folder, "one.db"))) as one,
        closing(open_bare(Path(folder, "bare.db"))) as many,
        closing(BareStore(Path(folder, "bare.db"))) as bare,
        closing(NodeStore(Path(folder))) as node,
    ):
        for connection in (one, many):
            insert_rows(connection, _ROW, first)
        node.grow(first)
        yield bare, node, one


def run(scale: Scale) -> Result:
    """Time 32 callers, then one, on each side."""
    each = scale.pick(full=100, quick=30, tiny=2)
    alone = scale.pick(full=200, quick=60, tiny=5)
    with (
        _stores(scale.pick(full=8000, quick=8000, tiny=100)) as (bare, node, one),
        ThreadPoolExecutor(CALLERS) as callers,
    ):
        acts: dict[str, Act] = {
            "bare": lambda: _together(callers, bare.record, each),
            "ours": lambda: _together(callers, node.record, each),
        }
        many = interleaved(acts, scale, prepare=_catch_up)
        single = interleaved_calls({"bare": lambda: insert_rows(one, _ROW, 1), "ours": node.record}, alone, scale)
        measures = [
            Measure("events a second with 32 callers", many.ratio("bare", "ours"), at_least=0.6),
            Measure("one caller's median wait", single.ratio("ours", "bare"), at_most=1.5),
        ]
        profile = "" if all(each.ok for each in measures) else node.profile()
    rates = {name: round(each * CALLERS / cost["wall"]) for name, cost in many.rivals("bare").items()}
    return Result(
        name="audit",
        claim=CLAIM,
        measures=measures,
        runs=scale.runs,
        rivals={f"32 callers, {name}": cost for name, cost in many.rivals("bare").items()}
        | {f"one caller, {name}": cost for name, cost in single.rivals("bare").items()},
        libraries=("sqlalchemy", "rfc8785"),
        profile=lambda: profile,
        notes={"events_a_second": rates, "events_a_run": each * CALLERS, "sqlite": sqlite3.sqlite_version},
    )


def _catch_up() -> None:
    time.sleep(CATCH_UP_SECONDS)


def _together(callers: ThreadPoolExecutor, record: Callable[[], None], each: int) -> None:
    def call(_: int) -> None:
        for _ in range(each):
            record()

    list(callers.map(call, range(CALLERS)))
