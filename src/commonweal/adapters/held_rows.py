"""Rows held in memory for as long as they are looked at: written as a text, read by the engine."""

import io
import threading

MOST = 64 << 20
"""Bytes that are held; what comes after is let go."""


class HeldRows:
    """Takes up to `most` bytes of rows, whole pieces only, and offers them; each thread reads from its own position."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held = bytearray()
        self._positions: dict[int, int] = {}
        self.is_whole = True

    @property
    def size(self) -> int:
        """Return how many bytes are held."""
        return len(self._held)

    def write(self, data: bytes, /) -> int:
        """Take in the next rows, unless they are too many by now."""
        self.is_whole = self.is_whole and len(self._held) + len(data) <= self._most
        if self.is_whole:
            self._held += data
        return len(data)

    def reopen(self) -> "HeldRows":
        """Return another reader of the same rows, with positions of its own."""
        twin = HeldRows(self._most)
        twin._held = self._held
        return twin

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes from this thread's position, all that remain if negative or None."""
        offset = self.tell()
        end = self.size if size is None or size < 0 else offset + size
        found = bytes(self._held[offset:end])
        self._positions[threading.get_ident()] = offset + len(found)
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move this thread's position and return it, counted from the start."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: self.size}[whence]
        self._positions[threading.get_ident()] = max(0, origin + offset)
        return self.tell()

    def tell(self) -> int:
        """Return this thread's position."""
        return self._positions.get(threading.get_ident(), 0)

    def close(self) -> None:
        """Keep the rows: they go when nobody has them any more."""
