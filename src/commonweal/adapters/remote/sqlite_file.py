"""A SQLite file that may only be read: no other file attached, no setting changed, one state of it."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from .limits import Limits

_STEPS = 100_000
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_LOOKS = frozenset(
    {"table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list", "read_uncommitted"}
)


def open_file(path: Path, limits: Limits) -> Engine:
    """Return an engine over one SQLite file, whose statements end after the limits' time."""
    engine = create_engine(
        "sqlite://", creator=lambda: _connect(path, limits), poolclass=NullPool, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _connect(path: Path, limits: Limits) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA busy_timeout=5000").fetchall()
    end = time.monotonic() + limits.statement
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    connection.set_authorizer(_authorise)
    return connection


def _authorise(act: int, first: str | None, second: str | None, *_: object) -> int:
    looks = act == sqlite3.SQLITE_PRAGMA and first is not None and first.lower() in _LOOKS
    looks &= first != "read_uncommitted" or second is None
    if act in _ALLOWED or looks or act == sqlite3.SQLITE_TRANSACTION:
        is_loading = act == sqlite3.SQLITE_FUNCTION and second is not None and second.lower() == "load_extension"
        return sqlite3.SQLITE_DENY if is_loading else sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
