"""What every room shares: errors, events, time and identifiers."""

from .clock import Clock, SystemClock, from_rfc3339, new_identifier, to_rfc3339
from .errors import (
    AmbiguousError,
    CommonwealError,
    InputError,
    LogStoppedError,
    NotFoundError,
    Outcome,
    ProofError,
    RefusedError,
    StoreError,
    StoreFullError,
    UnauthenticatedError,
    UnreadableFileError,
)
from .event import Actor, Event, Json
from .words import words_of

__all__ = [
    "Actor",
    "AmbiguousError",
    "Clock",
    "CommonwealError",
    "Event",
    "InputError",
    "Json",
    "LogStoppedError",
    "NotFoundError",
    "Outcome",
    "ProofError",
    "RefusedError",
    "StoreError",
    "StoreFullError",
    "SystemClock",
    "UnauthenticatedError",
    "UnreadableFileError",
    "from_rfc3339",
    "new_identifier",
    "to_rfc3339",
    "words_of",
]
