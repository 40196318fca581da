"""How much and how long a node reads from elsewhere."""

import time
from dataclasses import dataclass

from .errors import SourceLimitError


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes at most, seconds in all, seconds without an answer, redirects, and bytes of one part of an object."""

    size: int = 16 << 30
    seconds: float = 7200
    stall: float = 60
    statement: int = 600
    redirects: int = 5
    part: int = 64 << 20


class Meter:
    """Counts what has come since it was made.

    Raises:
        SourceLimitError: more, or for longer, than the limits allow.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._end = time.monotonic() + limits.seconds
        self.size = 0

    def count(self, size: int) -> None:
        """Take so many more bytes into account; errors as the class."""
        self.size += size
        if self.size > self._limits.size:
            raise SourceLimitError(f"The source is larger than {self._limits.size >> 20:,} MiB.")
        if time.monotonic() > self._end:
            raise SourceLimitError(f"The source took longer than {self._limits.seconds:,.0f} seconds.")
