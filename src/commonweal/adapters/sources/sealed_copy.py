"""A copy of a table for as long as it is needed, sealed on the disk under a key that is never stored."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from commonweal.keys import PayloadReader, PayloadWriter

T = TypeVar("T")


@contextmanager
def rewriting_in_a_temporary_file(write: "Callable[[PayloadWriter], T]") -> "Iterator[tuple[PayloadReader, T]]":
    """Give a reader of what `write` wrote, and what it returned; the file has no name and is gone after the block."""
    from commonweal.keys import PayloadReader, PayloadWriter, new_file_key

    file_key = new_file_key()
    with tempfile.TemporaryFile() as file:
        writer = PayloadWriter(file, file_key)
        result = write(writer)
        writer.close()
        file.flush()
        with PayloadReader(_Positioned(file), file_key, writer.payload_size) as content:
            yield content, result


class _Positioned:
    """Reads a file at any place, whole."""

    def __init__(self, file: IO[bytes]) -> None:
        self._number = file.fileno()

    def pread(self, offset: int, size: int, /) -> bytes:
        return os.pread(self._number, size, offset)
