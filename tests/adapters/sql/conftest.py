"""A small store with its log, on a temporary folder and a fixed clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, text

from commonweal.adapters.sql import Log, Transaction, Writer, migrate, open_reading, open_writing, verify_home_log
from commonweal.audit import LogKey, LogReport
from commonweal.core import Actor, Event

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = LogKey("node.example/log", PRIVATE_KEY.public_key().public_bytes_raw())


class FixedClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Store:
    """A store under test; `thing` is a table of state beside the log."""

    home: Path
    writing: Engine
    reading: Engine
    writer: Writer
    log: Log

    @classmethod
    def open(cls, home: Path) -> "Store":
        url = f"sqlite:///{home / 'node.db'}"
        writing, reading = open_writing(url), open_reading(url)
        migrate(writing)
        with writing.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS thing (name TEXT PRIMARY KEY)"))
        writer = Writer(writing, FixedClock())
        return cls(home, writing, reading, writer, Log(writer, reading, home / "log", KEY, PRIVATE_KEY.sign))

    @staticmethod
    def event(subject: str, *, name: str = "thing.made", body: str = "dwp", note: str = "") -> Event:
        return Event(name, NOW, body, subject, Actor("ada", body), {"note": note})

    def record(self, subject: str, *, name: str = "thing.made", body: str = "dwp", note: str = "") -> int:
        event = self.event(subject, name=name, body=body, note=note)
        return self.writer.submit(lambda transaction: transaction.record(event))

    def record_many(self, count: int) -> None:
        def work(transaction: Transaction) -> None:
            for number in range(count):
                transaction.record(self.event(f"agr-{number}"))

        self.writer.submit(work)

    def make(self, thing: str, *, note: str = "") -> int:
        """Store a thing and its event in one unit of work."""

        def work(transaction: Transaction) -> int:
            transaction.connection.execute(text("INSERT INTO thing VALUES (:name)"), {"name": thing})
            return transaction.record(self.event(thing, note=note))

        return self.writer.submit(work)

    def things(self) -> list[str]:
        with self.reading.connect() as connection:
            return list(connection.execute(text("SELECT name FROM thing ORDER BY rowid")).scalars())

    def subjects(self) -> list[str]:
        query = "SELECT json_extract(event, '$.subject') FROM audit_event ORDER BY idx"
        with self.reading.connect() as connection:
            return list(connection.execute(text(query)).scalars())

    def verify(self, *, against: bytes | None = None) -> LogReport:
        return verify_home_log(self.home / "node.db", self.home / "log", KEY, against=against)

    def close(self) -> None:
        self.writer.close()
        self.reading.dispose()


@pytest.fixture
def opened() -> Iterator[Callable[[Path], Store]]:
    """Open stores that are closed after the test."""
    stores: list[Store] = []

    def opening(home: Path) -> Store:
        stores.append(Store.open(home))
        return stores[-1]

    yield opening
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[[Path], Store], tmp_path: Path) -> Store:
    return opened(tmp_path)
