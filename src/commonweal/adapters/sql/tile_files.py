"""The public files of the log: tiles and the checkpoint, laid out as C2SP tlog-tiles says."""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from commonweal.audit import (
    TILE_WIDTH,
    EntryNotFoundError,
    LogProofError,
    Tile,
    decode_tile,
    encode_tile,
    parse_tile_path,
)
from commonweal.core import StoreError, StoreFullError


class TileFiles(Mapping[Tile, bytes]):
    """The tiles stored in a log's folder, by address; files that are not tiles are not seen.

    Iterating lists the folder; looking a tile up reads its file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, tile: Tile) -> bytes:
        """Return the bytes of a stored tile; `KeyError` if it is not stored."""
        content = read_file(self._folder / tile.path)
        if content is None:
            raise KeyError(tile)
        return content

    def __contains__(self, tile: object) -> bool:
        """Return whether a tile is stored, without reading it."""
        return isinstance(tile, Tile) and (self._folder / tile.path).is_file()

    def __iter__(self) -> Iterator[Tile]:
        for file in self._folder.glob("tile/**/*"):
            if file.is_file():
                try:
                    yield parse_tile_path(file.relative_to(self._folder).as_posix())
                except LogProofError:
                    continue

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def read(self, tile: Tile) -> bytes:
        """Return the bytes of `tile`, cut from a wider version if its own file has gone.

        A partial tile is removed once its successor is written, while a reader may still hold the
        checkpoint that needs it.

        Raises:
            EntryNotFoundError: the log has no such tile yet.
            LogProofError: the stored file is not a tile of its width.
        """
        for stored in (tile, *(other for other in self._versions(tile) if other.width > tile.width)):
            content = self.get(stored)
            if content is not None:
                return encode_tile(tile.level, decode_tile(stored, content)[: tile.width])
        raise EntryNotFoundError(f"the log has no {tile.path}")

    def write(self, tile: Tile, content: bytes) -> None:
        """Store a tile durably; it is seen whole or not at all.

        Raises:
            StoreFullError: the disk is full.
            StoreError: the folder cannot be written.
        """
        write_durably(self._folder, tile.path, content)

    def remove_narrower(self, tile: Tile) -> None:
        """Remove the partial versions of `tile` that it has replaced."""
        for stored in self._versions(tile):
            if stored.width < tile.width:
                (self._folder / stored.path).unlink(missing_ok=True)
        if tile.width == TILE_WIDTH:
            with suppress(OSError):
                (self._folder / f"{tile.path}.p").rmdir()

    def _versions(self, tile: Tile) -> list[Tile]:
        whole = Tile(tile.level, tile.index)
        folder = self._folder / f"{whole.path}.p"
        widths = [int(file.name) for file in folder.glob("*") if file.name.isdecimal()]
        partial = [Tile(tile.level, tile.index, width) for width in widths if 0 < width < TILE_WIDTH]
        return [*partial, *([whole] if (self._folder / whole.path).is_file() else [])]


def read_file(path: Path) -> bytes | None:
    """Return the bytes of a file of the log, or None if it is not there.

    Raises:
        StoreError: the file is there and cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _file_error(error) from error


def write_durably(folder: Path, path: str, content: bytes) -> None:
    """Write `content` to `folder/path` so that it survives power loss and is never seen in part.

    Raises:
        StoreFullError: the disk is full; nothing was changed.
        StoreError: the folder cannot be written.
    """
    unfinished, target = folder / "unfinished", folder / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise _file_error(error) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _file_error(error: OSError) -> StoreError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StoreFullError("the disk that holds the log's public files is full")
    return StoreError(
        "the log's public files cannot be read or written",
        advice="Check the disk and that this user may write the log folder of the home.",
    )
