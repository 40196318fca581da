"""Signing what the writer has committed, and writing the tiles that prove it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, Engine

from commonweal.audit import (
    EMPTY_ROOT,
    Checkpoint,
    EntryNotFoundError,
    Frontier,
    LogForkError,
    LogKey,
    LogProofError,
    Tile,
    sign_checkpoint,
    verify_checkpoint,
)

from .rows import read_entries, stored_note
from .tile_files import TileFiles, read_file, write_durably
from .writer import Writer

CHECKPOINT = "checkpoint"


class Publisher:
    """Extends the signed log to the events that are durable; never signs a history that does not extend it."""

    def __init__(
        self, writer: Writer, reading: Engine, folder: Path, key: LogKey, sign: Callable[[bytes], bytes]
    ) -> None:
        self._writer = writer
        self._reading = reading
        self._folder = folder
        self._files = TileFiles(folder)
        self._key = key
        self._sign = sign
        self._frontier: Frontier | None = None
        self._lock = Lock()

    def publish(self) -> Checkpoint:
        """Sign and publish every durable event; return the checkpoint that covers them. Safe from any thread.

        1. The stored note is this key's, and no shorter than the published one.
        2. The tree at the note's size is the note's: from the tiles, or else from the entries.
        3. Grow it by the new entries, and write every tile that changed.
        4. Sign the new root, and store the note in place of the one seen in step 1.
        5. Publish the note, then remove the partial tiles that were replaced.

        A crash between any two steps leaves a log that verifies and that the next call completes.

        Raises:
            LogForkError: step 1 or 2 fails, or another process has signed meanwhile.
            LogProofError: an event or the published checkpoint is damaged.
            StoreFullError: the disk is full; nothing was signed that is not written.
            StoreError: the store or the folder cannot be read or written.
        """
        with self._lock:
            with self._reading.connect() as connection:
                note = stored_note(connection)
                signed = self._verified(note)
                frontier = self._resumed(connection, signed)
                tiles = self._grow(frontier, read_entries(connection, frontier.size))
            if note is None or frontier.size > signed.size:
                note = self._signed(note, frontier)
            self._show(note, tiles)
            self._frontier = frontier
            return Checkpoint(self._key.origin, frontier.size, frontier.root())

    def _verified(self, note: bytes | None) -> Checkpoint:
        signed = Checkpoint(self._key.origin, 0, EMPTY_ROOT)
        if note is not None:
            signed = verify_checkpoint(note, self._key)
        published = self._published()
        if published is not None and _contradicts(verify_checkpoint(published, self._key), signed):
            raise LogForkError(
                "the store is older than the checkpoint it has published",
                advice="Restore the newest backup: signing again from here would fork the log.",
            )
        return signed

    def _published(self) -> bytes | None:
        return read_file(self._folder / CHECKPOINT)

    def _resumed(self, connection: Connection, signed: Checkpoint) -> Frontier:
        frontier, self._frontier = self._frontier, None
        if frontier is None or (frontier.size, frontier.root()) != (signed.size, signed.root):
            frontier = self._from_tiles(signed) or self._from_entries(connection, signed)
        return frontier

    def _from_tiles(self, signed: Checkpoint) -> Frontier | None:
        try:
            frontier = Frontier.resume(signed.size, self._files.read)
        except (EntryNotFoundError, LogProofError):
            return None
        return frontier if frontier.root() == signed.root else None

    def _from_entries(self, connection: Connection, signed: Checkpoint) -> Frontier:
        frontier = Frontier()
        self._grow(frontier, islice(read_entries(connection, 0), signed.size))
        if (frontier.size, frontier.root()) != (signed.size, signed.root):
            raise LogForkError("the events do not lead to the checkpoint that was signed over them")
        return frontier

    def _grow(self, frontier: Frontier, entries: Iterable[bytes]) -> list[Tile]:
        written = []
        for tile, content in _tiles_as_it_grows(frontier, entries):
            if self._files.get(tile) != content:
                self._files.write(tile, content)
            written.append(tile)
        return written

    def _signed(self, old: bytes | None, frontier: Frontier) -> bytes:
        note = sign_checkpoint(self._sign, self._key, frontier.size, frontier.root())
        self._writer.replace_checkpoint(old, note)
        return note

    def _show(self, note: bytes, tiles: Iterable[Tile]) -> None:
        if self._published() != note:
            write_durably(self._folder, CHECKPOINT, note)
        for tile in tiles:
            self._files.remove_narrower(tile)


def _contradicts(published: Checkpoint, signed: Checkpoint) -> bool:
    return published.size > signed.size or (published.size == signed.size and published.root != signed.root)


def _tiles_as_it_grows(frontier: Frontier, entries: Iterable[bytes]) -> Iterator[tuple[Tile, bytes]]:
    for entry in entries:
        yield from frontier.append(entry)
    yield from frontier.partial_tiles()
