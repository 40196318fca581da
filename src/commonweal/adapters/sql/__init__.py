"""The node's store on SQLite: one writer, many readers, and the audit log they share."""

from .engine import open_reading, open_stopped, open_writing
from .errors import StoreBusyError, StoreDamagedError, UnrecordedWorkError
from .log import Log, LogProof
from .migrate import migrate
from .verify import verify_home_log
from .writer import Transaction, Writer

__all__ = [
    "Log",
    "LogProof",
    "StoreBusyError",
    "StoreDamagedError",
    "Transaction",
    "UnrecordedWorkError",
    "Writer",
    "migrate",
    "open_reading",
    "open_stopped",
    "open_writing",
    "verify_home_log",
]
