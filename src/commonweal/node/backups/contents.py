"""What goes into a backup: one moment of the database, and everything that this moment names."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from commonweal.adapters.archive import PIECE, Source
from commonweal.adapters.blobs import LocalBlobs
from commonweal.adapters.new_file import explained
from commonweal.adapters.sql import CHECKPOINT, TileFiles, open_stopped, stored_note, take_snapshot
from commonweal.adapters.sql.datasets import SealedFile, get_sealed_file, list_sealed_files
from commonweal.audit import Checkpoint, EntryNotFoundError, LogKey, Tile, tiles_of, verify_checkpoint
from commonweal.core import CommonwealError, NotFoundError, Outcome, ProofError
from commonweal.keys import KeyState
from commonweal.node.custody import custody_files
from commonweal.node.parts import Parts
from commonweal.node.settings import BLOBS, DATABASE, LOG, SETTINGS_FILE

_ATTEMPTS = 5
_LOOKS = 10
_PAUSE_SECONDS = 0.05


class BackupUnsettledError(CommonwealError):
    """Sealed files or keys were removed, again and again, while the database was copied."""

    code = "backup.unsettled"
    outcome = Outcome.UNREACHABLE
    default_advice = "Repeat the command when fewer agreements are being revoked and keys destroyed."


class _Changed(Exception):  # noqa: N818  not a failure: the copy is taken again
    """Something that the copy names was removed meanwhile."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The members of a backup, and the checkpoint of the log among them."""

    members: list[Source]
    checkpoint: Checkpoint


def settle_contents(parts: Parts, folder: Path, undoing: ExitStack) -> Contents:
    """Copy the database into `folder` and hold everything that the copy names, so that it cannot go before `undoing`.

    Sealed files never change, so each gets a second name. One that was removed meanwhile (an agreement was
    revoked, something was shredded), or a key destroyed meanwhile, has the copy taken again, five times at most.

    Raises:
        BackupUnsettledError: it changed every time.
        ProofError: a sealed file that is still held is missing.
        StoreFullError: the node's disk has no room for a copy of its database.
    """
    for attempt in range(_ATTEMPTS):
        place = folder / str(attempt)
        place.mkdir(mode=0o700)
        with ExitStack() as held, suppress(_Changed):
            contents = _contents(parts, place, held)
            undoing.push(held.pop_all())
            return contents
        shutil.rmtree(place)
    raise BackupUnsettledError(f"What the node holds changed {_ATTEMPTS} times while it was copied.")


def _contents(parts: Parts, place: Path, held: ExitStack) -> Contents:
    living = _living_keys(parts)
    take_snapshot(parts.reading, place / DATABASE)
    small = (SETTINGS_FILE, *custody_files(parts.settings.custodian))
    for name in small:
        with explained(place / name):
            shutil.copyfile(parts.home / name, place / name)
    with open_stopped(place / DATABASE) as engine, engine.connect() as connection:
        blobs = [_hold(parts, each, held) for each in list_sealed_files(connection)]
        log, checkpoint = _log(parts, connection, place)
    if living - _living_keys(parts):
        raise _Changed
    files = [_file(name, place / name) for name in (*small, DATABASE)]
    return Contents([*files, *log, *blobs], checkpoint)


def _living_keys(parts: Parts) -> set[tuple[str, int]]:
    keys = parts.custodian.list_keys()
    return {(each.key_id, each.version) for each in keys if each.state is not KeyState.DESTROYED}


def _hold(parts: Parts, file: SealedFile, held: ExitStack) -> Source:
    try:
        second = LocalBlobs(parts.home / BLOBS, only_read=True).hold(file.id)
    except NotFoundError:
        with parts.read() as connection:
            if _is_held(connection, file.id):
                raise ProofError(f"Sealed file {file.id} is missing.") from None
        raise _Changed from None
    held.callback(second.unlink, missing_ok=True)
    return _file(f"{BLOBS}/{file.id}", second, file.digest)


def _is_held(connection: Connection, sealed_file: str) -> bool:
    try:
        get_sealed_file(connection, sealed_file)
    except NotFoundError:
        return False
    return True


def _log(parts: Parts, connection: Connection, place: Path) -> tuple[list[Source], Checkpoint]:
    """Return the log's public files as they were when the checkpoint in the copied database was signed."""
    note = stored_note(connection)
    if note is None:
        raise ProofError("The log's signed checkpoint is missing.")
    key = LogKey(parts.settings.origin, bytes.fromhex(parts.settings.public_key))
    checkpoint = verify_checkpoint(note, key)
    files = TileFiles(parts.home / LOG)
    with explained(place / CHECKPOINT):
        (place / CHECKPOINT).write_bytes(note)
    members = [_file(f"{LOG}/{CHECKPOINT}", place / CHECKPOINT)]
    members += [_tile(files, each) for each in tiles_of(checkpoint.size)]
    return members, checkpoint


def _tile(files: TileFiles, tile: Tile) -> Source:
    return Source(f"{LOG}/{tile.path}", len(_read_tile(files, tile)), lambda: iter((_read_tile(files, tile),)))


def _read_tile(files: TileFiles, tile: Tile) -> bytes:
    """Read a tile; one that is being replaced by a wider one is looked for again."""
    for _ in range(_LOOKS):
        try:
            return files.read(tile)
        except EntryNotFoundError:
            time.sleep(_PAUSE_SECONDS)
    return files.read(tile)


def _file(name: str, path: Path, digest: str = "") -> Source:
    return Source(name, path.stat().st_size, partial(_pieces, path), digest)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            yield piece
