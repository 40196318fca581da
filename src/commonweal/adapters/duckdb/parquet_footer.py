"""How many columns a Parquet file claims, from the first bytes of its footer: the engine takes minutes over 100,000."""

from collections.abc import Iterator
from typing import Protocol

_LENGTH = 4
_TAIL = 8
_STARTS = 32
_VERSION = 0x15
_SCHEMA = 0x19
_STRUCT = 0x0C
_LONG = 0x0F


class Readable(Protocol):
    """Bytes that can be read from any place."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to so many of the next bytes."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place among the bytes."""
        ...


def count_columns(file: Readable, size: int) -> int:
    """Return how many columns a file of `size` bytes claims, those that hold others counted; 0 where it is unknown.

    The footer is a `FileMetaData` in Thrift's compact protocol: field 1 is a number, field 2 the list of the schema's
    elements, the first of which is the table.
    """
    file.seek(max(0, size - _TAIL))
    length = int.from_bytes(file.read(_LENGTH), "little")
    file.seek(max(0, size - _TAIL - length))
    footer = iter(file.read(_STARTS))
    if next(footer, 0) != _VERSION:
        return 0
    _varint(footer)
    if next(footer, 0) != _SCHEMA:
        return 0
    listed = next(footer, 0)
    count = _varint(footer) if listed >> 4 == _LONG else listed >> 4
    return max(0, count - 1) if listed & _LONG == _STRUCT else 0


def _varint(following: Iterator[int]) -> int:
    value = shift = 0
    for each in following:
        value |= (each & 0x7F) << shift
        shift += 7
        if each < 0x80:
            break
    return value
