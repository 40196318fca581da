"""Byte ranges (RFC 9110 §14): one range a request; anything else is answered whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from commonweal.core import InputError
from commonweal.keys import BlobReader

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_CHUNK = 1 << 20


class RangeError(InputError):
    """A range that lies outside the file (RFC 9110 §15.5.17)."""

    code = "deliver.range"
    default_advice = "Ask with HEAD for the file's length first."


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to, not including, `end`; `whole` when no range was asked for."""

    start: int
    end: int
    whole: bool

    @property
    def length(self) -> int:
        """Return how many bytes there are."""
        return self.end - self.start

    def headers(self, size: int) -> dict[str, str]:
        """Return the headers of an answer with this range of a file of `size` bytes."""
        found = {"Accept-Ranges": "bytes", "Content-Length": str(self.length)}
        if not self.whole:
            found["Content-Range"] = f"bytes {self.start}-{self.end - 1}/{size}"
        return found


def parse_range(header: str | None, size: int) -> ByteRange:
    """Return the range that a `Range` header asks of a file of `size` bytes.

    Raises:
        RangeError: it begins beyond the end.
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or found.group(1) == found.group(2) == "":
        return ByteRange(0, size, whole=True)
    first, last = found.groups()
    start = max(size - int(last), 0) if first == "" else int(first)
    end = size if first == "" or last == "" else min(int(last) + 1, size)
    if start >= size or end <= start:
        raise RangeError(f"The file has {size} bytes, and the range asked for is not among them.")
    return ByteRange(start, end, whole=False)


def read_range(reader: BlobReader, wanted: ByteRange) -> Iterator[bytes]:
    """Yield a range of a file, a mebibyte at a time, and close it at the end."""
    with reader:
        offset = wanted.start
        while offset < wanted.end:
            piece = reader.pread(offset, min(_CHUNK, wanted.end - offset))
            if not piece:
                return
            offset += len(piece)
            yield piece
