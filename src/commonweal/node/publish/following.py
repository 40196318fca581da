"""How far a staged source has been read while it is published, for whoever sent it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock

from commonweal.adapters.sealed import OfferedFile
from commonweal.publish import SourceFormat


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of `size` bytes were read in the pass that runs, and about how many rows these are, if that is known."""

    size: int
    read: int
    rows: int | None


class Progress:
    """How far the passes over one source are; any thread may tell of a block or ask."""

    def __init__(self, size: int) -> None:
        self._size, self._read = size, 0
        self._row: float | None = None
        self._lock = Lock()

    def follow(self, content: OfferedFile, form: SourceFormat) -> "Followed":
        """Return `content` as a file whose reading counts from now on; of a CSV the rows are known, too."""
        with self._lock:
            self._size, self._read, self._row = content.size, 0, None
        return Followed(content, partial(self._take, form))

    def _take(self, form: SourceFormat, at: int, block: bytes) -> None:
        """Count a block; one from the very beginning begins a pass, and tells how long a row is on average."""
        with self._lock:
            if at == 0 and form is SourceFormat.CSV:
                self._row = len(block) / (block.count(b"\n") or 1)
            self._read = min(self._size, len(block) + (self._read if at else 0))

    def reach(self) -> Reach:
        """Return how far the pass that runs is."""
        with self._lock:
            rows = None if self._row is None else round(self._read / self._row)
            return Reach(self._size, self._read, rows)


class Followed:
    """An offered file that tells of every block that is read of it, and where it began."""

    def __init__(self, file: OfferedFile, tell: Callable[[int, bytes], None]) -> None:
        self._file = file
        self._tell = tell

    @property
    def size(self) -> int:
        """Return its length in bytes."""
        return self._file.size

    def reopen(self) -> "Followed":
        """Return another reader of the same file, which tells the same."""
        return Followed(self._file.reopen(), self._tell)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes from this thread's position."""
        at = self._file.tell()
        block = self._file.read(size)
        self._tell(at, block)
        return block

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move this thread's position and return it."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return this thread's position."""
        return self._file.tell()

    def close(self) -> None:
        """Let go of it."""
        self._file.close()
