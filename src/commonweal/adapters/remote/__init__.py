"""Sources by address: web addresses, databases and stores of objects, read as streams of bytes."""

from .address import RemoteSource, is_address, parse_address
from .errors import (
    AddressRefusedError,
    MissingDriverError,
    QueryError,
    SourceAddressError,
    SourceBrokenOffError,
    SourceChangedError,
    SourceLimitError,
    SourceUnreachableError,
)
from .guard import Guard, is_public
from .limits import Limits
from .opening import Remote, find_source
from .own_guard import OwnGuard

__all__ = [
    "AddressRefusedError",
    "Guard",
    "Limits",
    "MissingDriverError",
    "OwnGuard",
    "QueryError",
    "Remote",
    "RemoteSource",
    "SourceAddressError",
    "SourceBrokenOffError",
    "SourceChangedError",
    "SourceLimitError",
    "SourceUnreachableError",
    "find_source",
    "is_address",
    "is_public",
    "parse_address",
]
