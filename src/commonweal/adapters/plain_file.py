"""A file of this machine as the engine reads a sealed one: any range of it, from any thread."""

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commonweal.core import UnreadableFileError

_CHANGED = "Copy it first, or wait until nothing writes to it any more, and run the command again."


class PlainFile(io.RawIOBase):
    """A local file, read only; each thread has its own position, as in `keys.PayloadReader`.

    Raises:
        UnreadableFileError: it is not there, is no file, or may not be read.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        try:
            self._file = path.open("rb")
            self._state = os.fstat(self._file.fileno())
            self._size = self._state.st_size
        except OSError as error:
            raise UnreadableFileError(f"{path} cannot be read: {error.strerror}.") from None
        self._path = path
        self._positions: dict[int, int] = {}
        self._owns = True

    @property
    def size(self) -> int:
        """The size of the file in bytes when it was opened."""
        return self._size

    def reopen(self) -> "PlainFile":
        """Return another reader of the same file, with positions of its own; this one must outlive it."""
        twin = PlainFile.__new__(PlainFile)
        io.RawIOBase.__init__(twin)
        twin._file, twin._size, twin._positions, twin._owns = self._file, self._size, {}, False  # noqa: SLF001  a twin
        return twin

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes from this thread's position, all that remain if negative or None."""
        offset = self.tell()
        found = os.pread(self._file.fileno(), max(0, self._size - offset) if size is None or size < 0 else size, offset)
        self._positions[threading.get_ident()] = offset + len(found)
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move this thread's position and return it, counted from the start.

        Raises:
            ValueError: the position would be negative, or `whence` is unknown.
        """
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: self._size}.get(whence)
        if origin is None or origin + offset < 0:
            raise ValueError("no such position")
        self._positions[threading.get_ident()] = origin + offset
        return origin + offset

    def tell(self) -> int:
        """Return this thread's position."""
        return self._positions.get(threading.get_ident(), 0)

    def verify_unchanged(self) -> None:
        """Check that nobody has written to the file since it was opened.

        Raises:
            UnreadableFileError: somebody has, so that what was read may be of two states.
        """
        state, first = os.fstat(self._file.fileno()), self._state
        if (state.st_size, state.st_mtime_ns) != (first.st_size, first.st_mtime_ns):
            raise UnreadableFileError(f"{self._path} was changed while it was read.", advice=_CHANGED)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Let go of the file; a twin leaves it open."""
        if self._owns and not self.closed:
            self._file.close()
        super().close()


@contextmanager
def opened_file(path: Path) -> Iterator[PlainFile]:
    """Give a file to read, and check at the end, also at a bad one, that it did not change meanwhile.

    Raises:
        UnreadableFileError: it cannot be read, or was changed.
    """
    with PlainFile(path) as file:
        try:
            yield file
        finally:
            file.verify_unchanged()
