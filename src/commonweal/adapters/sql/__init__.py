"""The node's store on SQLite: one writer, many readers, and the audit log they share."""

from .engine import open_reading, open_stopped, open_writing
from .errors import StoreBusyError, StoreDamagedError, UnrecordedWorkError
from .log import Log, LogProof
from .migrate import migrate
from .publisher import CHECKPOINT
from .rows import read_events, stored_note
from .snapshot import take_snapshot, verify_database
from .tile_files import TileFiles
from .verify import verify_home_log
from .writer import Transaction, Writer

__all__ = [
    "CHECKPOINT",
    "Log",
    "LogProof",
    "StoreBusyError",
    "StoreDamagedError",
    "TileFiles",
    "Transaction",
    "UnrecordedWorkError",
    "Writer",
    "migrate",
    "open_reading",
    "open_stopped",
    "open_writing",
    "read_events",
    "stored_note",
    "take_snapshot",
    "verify_database",
    "verify_home_log",
]
