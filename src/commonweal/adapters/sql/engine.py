"""The node's SQLite database: how it is opened to write, to read, and as a stopped copy."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TypeAlias

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from commonweal.core import InputError, StoreError

from .errors import store_error, translate_errors

_Pragmas: TypeAlias = tuple[tuple[str, str], ...]

_EVERY: _Pragmas = (
    ("busy_timeout", "5000"),
    ("foreign_keys", "ON"),
    ("secure_delete", "ON"),
    ("synchronous", "FULL"),
    ("temp_store", "MEMORY"),
)
_WRITING: _Pragmas = (("journal_mode", "WAL"), *_EVERY)
_READING: _Pragmas = (*_EVERY, ("query_only", "ON"))


def open_writing(url: str) -> Engine:
    """Return the engine of the one writer of the database at `sqlite:///PATH`, made if it is not there.

    Every connection is in WAL mode and durable at commit (synchronous FULL), overwrites what it deletes
    (secure_delete), checks foreign keys, keeps temporary tables out of files, and begins each transaction
    with the write lock (BEGIN IMMEDIATE).

    Raises:
        InputError: `url` is not `sqlite:///PATH`.
        StoreError: at first use, when the file is damaged, locked or cannot be opened.
    """
    return _open(_path_of(url), "rwc", _WRITING, "BEGIN IMMEDIATE")


def open_reading(url: str) -> Engine:
    """Return an engine for readers of the database at `sqlite:///PATH`; it refuses every write.

    A transaction sees one moment of the store. Safe to use from any thread.

    Raises:
        InputError: `url` is not `sqlite:///PATH`.
        StoreError: at first use, when the file is missing, damaged or cannot be opened.
    """
    return _open(_path_of(url), "rw", _READING, "BEGIN")


def truncate_journal(engine: Engine) -> None:
    """Fold the write-ahead log of a writing engine into its database and empty it: nothing old is left in either.

    Raises:
        StoreError: a reader holds an old moment of the store for too long.
    """
    connection = engine.raw_connection()
    try:
        [(busy, *_)] = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise store_error(error) from error
    finally:
        connection.close()
    if busy:
        raise StoreError("the database's journal is in use and could not be emptied", advice="Try again in a minute.")


@contextmanager
def open_stopped(path: Path) -> Iterator[Engine]:
    """Lend an engine over a copy of a stopped node's database, which is never changed by reading it.

    A copy without a write-ahead log is read in place, also from a folder that cannot be written. One whose
    write-ahead log still holds commits (the node was killed) is read from a private copy of both, since
    SQLite would otherwise write beside the evidence.

    Raises:
        StoreError: there is no such file, or no room for the private copy.
    """
    if not path.is_file():
        raise StoreError("the node's database is not there", advice="Check the folder given to `--home`.")
    journal = path.with_name(f"{path.name}-wal")
    if not journal.is_file() or journal.stat().st_size == 0:
        yield from _lent(_open(path, "ro&immutable=1", _READING, "BEGIN", pooled=False))
        return
    with ExitStack() as kept:
        copy = _private_copy((path, journal), kept)
        yield from _lent(_open(copy / path.name, "rw", _READING, "BEGIN", pooled=False))


def _private_copy(files: Iterable[Path], kept: ExitStack) -> Path:
    try:
        folder = Path(kept.enter_context(TemporaryDirectory(prefix="commonweal-")))
        for file in files:
            copyfile(file, folder / file.name)
    except OSError as error:
        raise StoreError(
            "the node's database could not be copied to the temporary folder to be read",
            advice="Free space there, or set TMPDIR to a folder with room for the database.",
        ) from error
    return folder


def _lent(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _path_of(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = make_url("none://")
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        raise InputError("a store's address is sqlite:///PATH")
    return Path(str(parsed.database)).absolute()


def _open(path: Path, mode: str, pragmas: _Pragmas, begin: str, *, pooled: bool = True) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=lambda: _connect(path, mode, pragmas),
        hide_parameters=True,
        **({"pool_size": 8, "max_overflow": 56} if pooled else {"poolclass": NullPool}),
    )
    translate_errors(engine)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _connect(path: Path, mode: str, pragmas: _Pragmas) -> sqlite3.Connection:
    connection = None
    try:
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        for name, value in pragmas:
            connection.execute(f"PRAGMA {name}={value}").fetchall()
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise store_error(error) from error
    return connection
