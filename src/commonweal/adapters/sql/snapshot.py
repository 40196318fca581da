"""A copy of the database at one moment, taken while others write."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from .engine import open_stopped
from .errors import StoreDamagedError, store_error


def take_snapshot(reading: Engine, target: Path) -> None:
    """Copy one moment of a live database to `target`, which must not exist, mode 0600; the writer goes on meanwhile.

    Raises:
        StoreFullError: the disk of `target` is full.
        StoreError: the database cannot be read, or `target` not be written.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with reading.connect() as connection, closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        try:
            copy.execute("PRAGMA synchronous=OFF").fetchall()  # whoever keeps the copy makes it durable
            source.backup(copy)
        except sqlite3.Error as error:
            raise store_error(error) from error


def verify_database(path: Path) -> None:
    """Check the pages, rows and indexes of a stopped database against each other (SQLite's `integrity_check`).

    Raises:
        StoreDamagedError: they disagree.
        StoreError: the file cannot be read.
    """
    with open_stopped(path) as engine, engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars().all()
    if found != ["ok"]:
        raise StoreDamagedError("the node's database is damaged")
