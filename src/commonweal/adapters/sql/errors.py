"""What the database says when it fails, in the words of the node's error tree."""

import sqlite3

from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext

from commonweal.core import StoreError, StoreFullError


class StoreDamagedError(StoreError):
    """The file is not a database, or part of it is damaged, or its tables are not a node's."""

    code = "store.damaged"
    default_advice = "Stop the node, keep the file as evidence, and restore the home from a backup that verifies."


class StoreBusyError(StoreError):
    """Another process holds the database's write lock."""

    code = "store.busy"
    default_advice = "Stop the other process that writes to this home, or use `--node URL` to ask it."


class UnrecordedWorkError(StoreError):
    """A unit of work recorded no event, so its change was refused."""

    code = "store.unrecorded"
    default_advice = "This is a fault in Commonweal: report the command you gave."


_FULL = (StoreFullError, "the disk that holds the node's database is full", "")
_MEANINGS: dict[int, tuple[type[StoreError], str, str]] = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,  # no room for the index of the write-ahead log, at opening
    sqlite3.SQLITE_CORRUPT: (StoreDamagedError, "the node's database is damaged", ""),
    sqlite3.SQLITE_NOTADB: (StoreDamagedError, "the node's database file is not a database", ""),
    sqlite3.SQLITE_BUSY: (StoreBusyError, "another process is writing to the node's database", ""),
    sqlite3.SQLITE_LOCKED: (StoreBusyError, "the node's database is locked", ""),
    sqlite3.SQLITE_IOERR: (
        StoreError,
        "the disk that holds the node's database failed to read or write",
        "Check the disk and the system's log, then repeat the command.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        StoreError,
        "the node's database cannot be opened",
        "Check the path and that this user may read and write the home folder.",
    ),
    sqlite3.SQLITE_READONLY: (
        StoreError,
        "the node's database may not be written",
        "Check that this user may write the home folder, and that its disk is mounted for writing.",
    ),
}


def store_error(error: sqlite3.Error) -> StoreError:
    """Return the failure to show for `error`; the SQL, its parameters and the data stay out of it."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    unforeseen = (StoreDamagedError, "the node's database is not as this version made it", "")
    kind, message, advice = _MEANINGS.get(code) or _MEANINGS.get(code & 0xFF, unforeseen)
    return kind(message, advice=advice)


def translate_errors(engine: Engine) -> None:
    """Make every failure of the database on `engine` a `StoreError`.

    A broken constraint stays SQLAlchemy's `IntegrityError`, which a store may expect and handle; so do
    mistakes of our own in using the driver.
    """

    @event.listens_for(engine, "handle_error", retval=True)
    def _translate(context: ExceptionContext) -> StoreError | None:
        error = context.original_exception
        if not isinstance(error, sqlite3.DatabaseError):
            return None
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            return None
        return store_error(error)
