"""Keeping backups: taking one in as it arrives, naming it, and removing those of the same node that have expired."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from commonweal.adapters.archive import ArchiveDamagedError, ArchiveReader, ByteStream, Reading
from commonweal.adapters.new_file import explained, give_name, written_aside
from commonweal.core import ProofError, UnreadableFileError

from .manifest import BackupManifest, opening, parse_backup_manifest, read_backup_manifest


def keep_backup(pieces: Iterator[bytes], place: Path, *, fingerprint: str) -> tuple[Path, BackupManifest]:
    """Write a backup as its bytes arrive, and give it its name once it is proved and durable; else nothing stays.

    Args:
        pieces: the bytes of the backup; what this iterator raises leaves here, and nothing stays.
        place: the file, or a folder that exists: the file is then named by its node and moment.
        fingerprint: that of the node's key.

    Returns:
        The file's path and its manifest.

    Raises:
        ArchiveDamagedError: what arrived is no whole backup.
        ProofError: it is another node's.
        StoreFullError: the disk is full.
        StoreError: the file cannot be written.
    """
    folder, name = (place, "commonweal-backup") if place.is_dir() else (place.parent, place.name)
    aside = folder / f".{name}.part"
    with written_aside(aside) as file:
        manifest = prove_archive(ByteStream(pieces, file.write))
        if manifest.fingerprint != fingerprint:
            raise ProofError("The backup is not signed by the key of the node that was asked.")
        target = _free_name(place, manifest) if place.is_dir() else place
        give_name(file, aside, target)
    return target, manifest


def prove_archive(read: Reading) -> BackupManifest:
    """Read a whole backup, keep nothing of it, and return its manifest once every digest is verified.

    Raises:
        ArchiveDamagedError: something of it is not what its node wrote and signed.
    """
    reader = ArchiveReader(read)
    for member in reader.members():
        for _ in member.pieces:
            pass
    return verified_manifest(reader)


def verified_manifest(reader: ArchiveReader) -> BackupManifest:
    """Return the manifest of an archive that was read to its end, if it vouches for what was read.

    Raises:
        ArchiveDamagedError: it does not.
    """
    manifest = parse_backup_manifest(reader.seal)
    if manifest.index != reader.index or int(manifest.made.timestamp()) != reader.at:
        raise ArchiveDamagedError("What this backup holds is not what its manifest says.")
    return manifest


def _free_name(folder: Path, manifest: BackupManifest) -> Path:
    stem = f"commonweal-{manifest.node}-{manifest.made:%Y%m%dT%H%MZ}"
    place, number = folder / f"{stem}.tar", 1
    while place.exists():
        number += 1
        place = folder / f"{stem}-{number}.tar"
    return place


def remove_expired(folder: Path, newest: BackupManifest, now: datetime) -> list[tuple[Path, BackupManifest]]:
    """Remove the expired backups of the same node in a folder, and return what was removed.

    A file is removed only if it is a plain file named as `keep_backup` names them, whose manifest is signed by the key
    of `newest`, names its node, and says that its day has come.

    Raises:
        StoreError: one cannot be removed.
    """
    gone = []
    for place in sorted(folder.glob(f"commonweal-{newest.node}-*.tar")):
        found = _find_manifest(place)
        if found is not None and (found.node, found.key) == (newest.node, newest.key) and now >= found.expires:
            with explained(place):
                place.unlink()
            gone.append((place, found))
    return gone


def _find_manifest(place: Path) -> BackupManifest | None:
    if place.is_symlink() or not place.is_file():
        return None
    with suppress(ArchiveDamagedError, UnreadableFileError), opening(place) as file:
        return read_backup_manifest(file)
    return None
