"""Verifying the log of a stopped home, anywhere, with nothing but its public key."""

from pathlib import Path

from sqlalchemy import Connection

from commonweal.audit import LogKey, LogProofError, LogReport, verify_log

from .engine import open_stopped
from .errors import StoreDamagedError
from .publisher import CHECKPOINT
from .rows import read_rows, stored_note
from .tile_files import TileFiles, read_file


def verify_home_log(database: Path, folder: Path, key: LogKey, *, against: bytes | None = None) -> LogReport:
    """Prove the log of a stopped copy: its events, its tiles, and both its checkpoints.

    Nothing is written, so a copy on a read-only disk will do. The log must extend the checkpoint it has
    published and, when given, the note `against` that another body kept. `verify_log` lists the steps.

    Raises:
        LogForkError: the log is shorter than one of those checkpoints, or differs from it.
        LogProofError: anything else of the log does not match its proof, or cannot be read.
        StoreError: the database is not there or cannot be opened.
    """
    with open_stopped(database) as engine:
        try:
            with engine.connect() as connection:
                return _verify(connection, folder, key, against)
        except StoreDamagedError as error:
            raise LogProofError("the database that holds the log is damaged") from error


def _verify(connection: Connection, folder: Path, key: LogKey, against: bytes | None) -> LogReport:
    note, published = stored_note(connection), read_file(folder / CHECKPOINT)
    if note is None or published is None:
        raise LogProofError("the log's signed checkpoint is missing")
    notes = [published] if against is None else [published, against]
    return verify_log(read_rows(connection), TileFiles(folder), note, key, against=notes)
