"""Restoring: a backup becomes a home again, or leaves nothing behind."""

import json
import os
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from commonweal.adapters.archive import ArchiveDamagedError, ArchiveReader, Arriving
from commonweal.adapters.blobs import LocalBlobs
from commonweal.adapters.durable import sync_folder
from commonweal.adapters.folder import make_private_folder, write_whole
from commonweal.adapters.new_file import explained, new_file
from commonweal.adapters.new_folder import filling
from commonweal.adapters.sql import CHECKPOINT, open_stopped, verify_database
from commonweal.adapters.sql.wraps import Wrap, list_one_of_each
from commonweal.audit import LogProofError, parse_tile_path
from commonweal.core import Clock, ProofError, SystemClock, to_rfc3339
from commonweal.keys import (
    BlobNameError,
    Custodian,
    CustodianUnavailableError,
    KekContext,
    SealedFileError,
    UnknownKeyError,
    parse_header,
    unwrap_with_kek,
)
from commonweal.node.audit.verifying import HomeReport, verify_home
from commonweal.node.custody import MissingExtraError, custody_files, find_secret, open_custodian
from commonweal.node.parts import NODE_KEY
from commonweal.node.settings import (
    BLOBS,
    DATABASE,
    KEY_LEDGER,
    KEYSTORE,
    KMS_SECRET,
    LOG,
    RESTORED,
    SETTINGS_FILE,
    MissingSecretError,
    Settings,
    read_settings,
)

from .keeping import verified_manifest
from .manifest import BackupManifest, opening, read_backup_manifest

_ASIDE = "restoring"
_WRONG_NAME = "This backup holds a name twice, or one that is no node's."


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: the backup, the proof of its log and sealed files, and where the unlock secret was found.

    `secret` is empty when the secret is not on this machine; `missing` then says why. `shut` counts the sealed files
    whose keys have been destroyed in their device since; it is 0 when the secret is missing.
    """

    manifest: BackupManifest
    settings: Settings
    report: HomeReport
    secret: str
    missing: str
    shut: int


def restore_home(
    file: Path, home: Path, *, against: bytes | None = None, fingerprint: str = "", clock: Clock | None = None
) -> Restored:
    """Make a home folder of a backup, and prove all of it before it can be opened.

    1. The folder is empty or not there. It is so again if any later step fails.
    2. The manifest at the end of the file is signed by the key in it, which is the one expected if a fingerprint is
       given; the file is as long as it says; its day has not come.
    3. Each member is of a name that a node writes, canonical in every byte, and of the digest that the manifest vouches
       for; there is no other, and none twice.
    4. The settings name the node, key and custodian of the manifest, and the files are those that such a node has.
    5. The database is sound, the log proves itself and is of the size and root of the manifest, it extends `against`,
       and each sealed file has its digest (`verify_home`).
    6. The unlock secret, if this machine has it, opens the custodian, whose key signs as the node and whose
       key-encryption keys each open a wrap. Nothing is signed for the log: the next start records `node.restored`
       before it answers anybody.
    7. The files take their places, the settings last, so that a crash leaves no folder that is a node.

    Args:
        file: the backup.
        home: the folder to make.
        against: a checkpoint kept from before, which the restored log must extend.
        fingerprint: that of the log's key, from `/health` of the node that was.
        clock: the source of time.

    Raises:
        InputError: the folder holds something already.
        UnreadableFileError: the file cannot be read.
        ArchiveDamagedError: steps 2 to 4 fail.
        BackupExpiredError: its day has come.
        ProofError: another key signed it, or step 5 fails; LogForkError: the log does not extend `against`.
        WrongSecretError: the secret on this machine is another's.
        StoreFullError: the disk is full.
    """
    now = (clock or SystemClock()).now()
    # 1
    with filling(home), opening(file) as stream:
        aside = home / _ASIDE
        make_private_folder(aside)
        # 2
        manifest = read_backup_manifest(stream)
        if fingerprint and fingerprint != manifest.fingerprint:
            raise ProofError(
                "The backup is not signed by the key expected.", advice="Compare with `/health` of the node you know."
            )
        manifest.verify_time(now)
        # 3
        _unpack(stream, manifest, aside)
        # 4
        settings = _matching_settings(aside, manifest)
        # 5
        report = _verify_log(aside, manifest, against)
        # 6
        secret, missing, shut = _try_secret(aside, settings)
        _leave_word(aside, manifest, until=to_rfc3339(now + timedelta(days=settings.backup_days)))
        # 7
        _put_in_place(aside, home)
    return Restored(manifest, settings, report, secret, missing, shut)


def _unpack(stream: BinaryIO, manifest: BackupManifest, aside: Path) -> None:
    stream.seek(0)
    blobs = LocalBlobs(aside / BLOBS)
    reader = ArchiveReader(stream.read)
    for member in reader.members():
        folder, _, name = member.name.partition("/")
        if folder == BLOBS:
            _write_blob(blobs, name, member)
        else:
            _write_file(aside / _safe_name(member.name), member)
    if verified_manifest(reader) != manifest:
        raise ArchiveDamagedError("The backup changed while it was read.")


def _write_blob(blobs: LocalBlobs, name: str, member: Arriving) -> None:
    try:
        with blobs.create(name) as writer:
            for piece in member.pieces:
                writer.write(piece)
            writer.commit()
    except BlobNameError:
        raise ArchiveDamagedError(_WRONG_NAME) from None


def _write_file(place: Path, member: Arriving) -> None:
    if place.exists():
        raise ArchiveDamagedError(_WRONG_NAME)
    with new_file(place) as file:
        for piece in member.pieces:
            file.write(piece)


def _safe_name(name: str) -> str:
    """Return a name that has one place under a home: a file of the node, or a tile of its log."""
    if name in {SETTINGS_FILE, DATABASE, KEYSTORE, KEY_LEDGER, KMS_SECRET, f"{LOG}/{CHECKPOINT}"}:
        return name
    try:
        return f"{LOG}/{parse_tile_path(name.removeprefix(f'{LOG}/')).path}"
    except LogProofError:
        raise ArchiveDamagedError(_WRONG_NAME) from None


def _matching_settings(aside: Path, manifest: BackupManifest) -> Settings:
    settings = read_settings(aside)
    told = (settings.node, settings.origin, settings.body, settings.custodian, settings.public_key)
    if told != (manifest.node, manifest.origin, manifest.body, manifest.custodian, manifest.key.hex()):
        raise ArchiveDamagedError("The settings in this backup are not those of the node that signed it.")
    files = {each.name for each in aside.iterdir()} - {BLOBS, LOG}
    if files != {SETTINGS_FILE, DATABASE, *custody_files(settings.custodian)}:
        raise ArchiveDamagedError("This backup does not hold the files of such a node.")
    return settings


def _verify_log(aside: Path, manifest: BackupManifest, against: bytes | None) -> HomeReport:
    verify_database(aside / DATABASE)
    report = verify_home(aside, against=against)
    if (report.log.size, report.log.root.hex()) != (manifest.log_size, manifest.log_root):
        raise ProofError("The log in this backup is not the one that its manifest names.")
    return report


def _try_secret(aside: Path, settings: Settings) -> tuple[str, str, int]:
    """Return where the unlock secret was found, once it has proved to fit, or why it was not; and what stays shut."""
    try:
        secret = find_secret(aside, settings.node, settings.custodian)
    except (MissingSecretError, MissingExtraError, CustodianUnavailableError) as error:
        return "", f"{error} {error.advice()}", 0
    with closing(open_custodian(aside, settings.custodian, secret, SystemClock())) as custodian:
        _verify_signing(custodian, settings)
        with open_stopped(aside / DATABASE) as engine, engine.connect() as connection:
            shut = sum(count for wrap, count in list_one_of_each(connection) if not _opens(custodian, wrap))
    return secret.place, "", shut


def _opens(custodian: Custodian, wrap: Wrap) -> bool:
    file = wrap.file
    context = KekContext(file.body, file.dataset, str(file.version), file.agreement)
    try:
        unwrap_with_kek(custodian, parse_header(wrap.row.header), context)
    except (SealedFileError, UnknownKeyError):
        return False
    return True


def _verify_signing(custodian: Custodian, settings: Settings) -> None:
    message = b"commonweal restore"
    signature = custodian.sign(NODE_KEY, message)
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(settings.public_key)).verify(signature, message)
    except InvalidSignature:
        raise ProofError("The keys in this backup are not those of the node that signed it.") from None


def _leave_word(aside: Path, manifest: BackupManifest, until: str) -> None:
    told = {"backup": manifest.backup, "log_size": manifest.log_size, "others_expire": until}
    write_whole(aside / RESTORED, json.dumps(told).encode() + b"\n", mode=0o600)


def _put_in_place(aside: Path, home: Path) -> None:
    with explained(home):
        for folder, _, _ in os.walk(aside):
            sync_folder(Path(folder))
        for each in sorted(aside.iterdir(), key=lambda found: found.name == SETTINGS_FILE):
            each.rename(home / each.name)
            sync_folder(home)
        aside.rmdir()
        sync_folder(home)
        sync_folder(home.absolute().parent)
