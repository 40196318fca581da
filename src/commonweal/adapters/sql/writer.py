"""The one writer: queued units of work, each a savepoint, committed together with their events."""

import secrets
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event as Signal
from threading import Lock, Thread, current_thread
from typing import Any, Generic, TypeAlias, TypeVar, cast

from sqlalchemy import Connection, Engine, insert, select, update

from commonweal.audit import SALT_SIZE, LogForkError, canonical_json, commit
from commonweal.core import Clock, CommonwealError, Event, LogStoppedError, StoreError, StoreFullError, to_rfc3339

from .engine import truncate_journal
from .errors import UnrecordedWorkError, store_error
from .tables import audit_checkpoint

T = TypeVar("T")

_GROUP = 256
_PROBE_SECONDS = 1.0

_APPEND = (
    "INSERT INTO audit_event (idx, salt, event, entry)"
    " SELECT coalesce(max(idx) + 1, 0), ?, ?, ? FROM audit_event RETURNING idx"
)


class Transaction:
    """What a unit of work is lent: a connection for the stores, and the log.

    Both belong to the writer's thread and to this unit alone: they must not be kept, and the unit must
    neither commit nor roll back.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.recorded = 0

    def record(self, event: Event) -> int:
        """Append `event` to the log in this transaction; return the index it will have once durable.

        Raises:
            EventFormError: the event cannot be written as canonical JSON.
            StoreError: the database cannot be written.
        """
        text = canonical_json(event)
        salt = secrets.token_bytes(SALT_SIZE)
        [(index,)] = _execute(self.connection, _APPEND, (salt, text.decode(), commit(salt, text)))
        self.recorded += 1
        return int(index)


@dataclass(frozen=True, slots=True)
class _Unit(Generic[T]):
    work: Callable[[Transaction], T]
    needs_event: bool = True
    answer: "Future[T]" = field(default_factory=Future)


_Result: TypeAlias = tuple[_Unit[Any], Any, Exception | None]


class Writer:
    """Commits units of work, one group at a time, on its own thread.

    A unit's state and events are durable together or not at all, and before `submit` returns. While
    callers wait for the disk others queue up, so the next commit carries them all (group commit).

    When a commit fails because of the disk, everyone in that group is told, `stopped` becomes a sentence,
    and the writer tries again with each new unit and once a second; the first commit that succeeds ends it.
    `committed` is set after every commit that added events, for the one that publishes them.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.committed = Signal()
        self._engine = engine
        self._clock = clock
        self._stopped: str | None = None
        self._queue: SimpleQueue[_Unit[Any] | None] = SimpleQueue()
        self._closed = False
        self._gate = Lock()
        self._thread = Thread(target=self._run, name="commonweal-writer", daemon=True)
        self._thread.start()

    @property
    def stopped(self) -> str | None:
        """Return why and since when nothing can be written, or None while all is well."""
        return self._stopped

    def submit(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction of its own and return its result once it is durable.

        An exception of `work` undoes this unit only and reaches this caller only.

        Raises:
            UnrecordedWorkError: `work` recorded no event; its change is undone.
            StoreFullError: the disk is full; nothing of this unit was kept.
            LogStoppedError: the commit failed for another reason; nothing of this unit is acknowledged.
            StoreError: the writer is closed.
        """
        return self._enqueue(_Unit(work))

    def replace_checkpoint(self, old: bytes | None, new: bytes) -> None:
        """Store the note `new` where `old` is stored now, durably.

        Raises:
            LogForkError: another note is stored: somebody else has signed this log.
            StoreError: as for `submit`.
        """

        def work(transaction: Transaction) -> None:
            stored = transaction.connection.execute(select(audit_checkpoint.c.note)).scalar_one_or_none()
            if stored != old:
                raise LogForkError("another checkpoint was stored while this one was being signed")
            change = insert(audit_checkpoint).values(id=1) if stored is None else update(audit_checkpoint)
            transaction.connection.execute(change.values(note=new))

        self._enqueue(_Unit(work, needs_event=False))

    def empty_journal(self) -> None:
        """Leave nothing of what was deleted in the write-ahead log; errors as `truncate_journal`."""
        truncate_journal(self._engine)

    def close(self) -> None:
        """Finish what is queued, end the thread and let go of the engine's connections. May be called twice.

        Later units are refused. Once the readers have let go too, SQLite folds its write-ahead log into the
        database, and the home can be copied as it lies.
        """
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    def _enqueue(self, unit: _Unit[T]) -> T:
        if current_thread() is self._thread:
            raise RuntimeError("a unit of work must not submit another: it would wait for itself")
        with self._gate:
            if self._closed:
                raise StoreError("the node is stopping and takes no more changes")
            self._queue.put(unit)
        return unit.answer.result()

    def _run(self) -> None:
        running = True
        while running:
            group: list[_Unit[Any]] = []
            running = self._gather(group)
            if group or self._stopped:
                self._commit_group(group)

    def _gather(self, group: list[_Unit[Any]]) -> bool:
        """Fill `group` with what is queued; return False once the writer is closed."""
        try:
            unit = self._queue.get(timeout=_PROBE_SECONDS if self._stopped else None)
            while unit is not None:
                group.append(unit)
                if len(group) == _GROUP:
                    return True
                unit = self._queue.get_nowait()
        except Empty:
            return True
        return False

    def _commit_group(self, group: list[_Unit[Any]]) -> None:
        results: list[_Result] = []
        try:
            with self._engine.connect() as connection:
                recorded = self._run_group(connection, group, results)
        except BaseException as error:  # noqa: BLE001  every waiting caller must be told, whatever it was
            self._fail(group, error)
            return
        self._stopped = None
        if recorded:
            self.committed.set()
        for unit, result, fault in results:
            if fault is None:
                unit.answer.set_result(result)
            else:
                unit.answer.set_exception(fault)

    def _run_group(self, connection: Connection, group: list[_Unit[Any]], results: list[_Result]) -> int:
        recorded = 0
        with connection.begin():
            for unit in group:
                transaction = Transaction(connection)
                try:
                    results.append((unit, _run_unit(unit, transaction), None))
                    recorded += transaction.recorded
                except Exception as fault:
                    if not _in_transaction(connection):
                        raise
                    results.append((unit, None, fault))
            if not group:
                # A durable write that changes nothing: has the disk come back?
                connection.execute(update(audit_checkpoint).values(note=audit_checkpoint.c.note))
        return recorded

    def _fail(self, group: list[_Unit[Any]], error: BaseException) -> None:
        reason = str(error) if isinstance(error, CommonwealError) else "the writer met an unforeseen fault"
        self._stopped = f"The log cannot be written since {to_rfc3339(self._clock.now())}: {reason}."
        for unit in group:
            unit.answer.set_exception(_stopped_error(reason, error))


def _run_unit(unit: _Unit[T], transaction: Transaction) -> T:
    _execute(transaction.connection, "SAVEPOINT unit")
    try:
        result = unit.work(transaction)
        if unit.needs_event and not transaction.recorded:
            raise UnrecordedWorkError("a change without an event was refused")
    except BaseException:
        if _in_transaction(transaction.connection):
            _execute(transaction.connection, "ROLLBACK TO unit")
            _execute(transaction.connection, "RELEASE unit")
        raise
    _execute(transaction.connection, "RELEASE unit")
    return result


def _execute(connection: Connection, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
    # Straight to the driver: these run for every event, and SQLAlchemy's part of each cost four times SQLite's.
    try:
        return _driver(connection).execute(statement, values).fetchall()
    except sqlite3.Error as error:
        raise store_error(error) from error


def _in_transaction(connection: Connection) -> bool:
    """Return False once SQLite has undone the whole transaction by itself, as it may on a full disk."""
    return _driver(connection).in_transaction


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def _stopped_error(reason: str, cause: BaseException) -> CommonwealError:
    error = StoreFullError(reason) if isinstance(cause, StoreFullError) else LogStoppedError(reason)
    error.__cause__ = cause
    return error
