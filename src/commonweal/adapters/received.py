"""A sealed delivery as it arrives: written as it is, proved against its manifest, and only then opened."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from commonweal.deliver import ArrivingFile, SealedManifest
from commonweal.keys import PayloadReader

_PIECE = 1 << 20


class Received:
    """A sealed delivery that has proved to be its manifest's, in a file that has no name."""

    def __init__(self, file: BinaryIO, header: bytes, payload_size: int) -> None:
        self.header = header
        self._file = file
        self._payload_size = payload_size

    def pread(self, offset: int, size: int, /) -> bytes:
        """Return the `size` bytes at `offset`; fewer only where the file ends."""
        return os.pread(self._file.fileno(), size, offset)

    def open(self, file_key: bytes) -> PayloadReader:
        """Return what is sealed in it: a Parquet file.

        Raises:
            SealedFileError: it was sealed under another file key.
        """
        return PayloadReader(self, file_key, self._payload_size, start=len(self.header))


@contextmanager
def receive(pieces: Iterable[bytes], manifest: SealedManifest, folder: Path | None = None) -> Iterator[Received]:
    """Give a sealed delivery once all of it has arrived and is proved; nothing of it is left after the block.

    It waits, sealed, in `folder` or where the system keeps such files, readable by this user alone.

    Raises:
        SealedFileError: it is not what its manifest says.
    """
    with TemporaryFile(dir=folder) as file:
        header = take_in(pieces, manifest, file)
        file.flush()
        yield Received(file, header, manifest.payload_size)


def take_in(pieces: Iterable[bytes], manifest: SealedManifest, target: BinaryIO) -> bytes:
    """Write a sealed delivery to `target` as it arrives, and return its header; errors as `receive`."""
    arriving = ArrivingFile(manifest)
    for piece in pieces:
        arriving.add(piece)
        target.write(piece)
    return arriving.finish()


def pieces_of(reader: PayloadReader) -> Iterator[bytes]:
    """Yield what a reader reads, a mebibyte at a time."""
    while piece := reader.read(_PIECE):
        yield piece
