"""The manifest of a backup: whose it is, of which moment, until when, and what it holds, under the node's signature."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import rfc8785

from commonweal.adapters.archive import ArchiveDamagedError, Index, read_seal
from commonweal.audit import LogKey
from commonweal.core import CommonwealError, Json, Outcome, UnreadableFileError, from_rfc3339, to_rfc3339
from commonweal.keys import Custodian, ManifestError, read_manifest, sign_manifest
from commonweal.node.parts import NODE_KEY

_FORMAT = "commonweal-backup/1"


class BackupExpiredError(CommonwealError):
    """The day has come after which a backup must not be used: what was shredded since would come back with it."""

    code = "backup.expired"
    outcome = Outcome.REFUSED
    default_advice = "Restore a newer backup; nothing overrides the day that stands in a backup."


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup says of itself.

    `made` is the moment of its making, `expires` when it must be used no more; `log_size` and `log_root` are those of
    the checkpoint in it; `index` vouches for its members. `key` is the public key that signed its log and this.
    """

    backup: str
    node: str
    origin: str
    body: str
    custodian: str
    key: bytes
    made: datetime
    expires: datetime
    log_size: int
    log_root: str
    index: Index

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the key in hexadecimal, as `/health` of the node shows it."""
        return LogKey(self.origin, self.key).fingerprint

    def verify_time(self, now: datetime) -> None:
        """Accept a backup whose day has not come.

        Raises:
            BackupExpiredError: it has.
        """
        if now >= self.expires:
            raise BackupExpiredError(f"This backup of {self.made:%-d %B %Y} expired on {self.expires:%-d %B %Y}.")

    def sign(self, custodian: Custodian) -> bytes:
        """Return the manifest under the node's signature, in its one canonical form."""
        return sign_manifest(custodian, NODE_KEY, self.as_json())

    def as_json(self) -> dict[str, Json]:
        """Return the manifest as it is signed (RFC 8785)."""
        index: dict[str, Json] = {
            "digest": self.index.digest,
            "members": self.index.members,
            "size": self.index.size,
        }
        return {
            "format": _FORMAT,
            "backup": self.backup,
            "node": self.node,
            "origin": self.origin,
            "body": self.body,
            "custodian": self.custodian,
            "key": self.key.hex(),
            "made": to_rfc3339(self.made),
            "expires": to_rfc3339(self.expires),
            "log_size": self.log_size,
            "log_root": self.log_root,
            "index": index,
        }


def parse_backup_manifest(signed: bytes) -> BackupManifest:
    """Return the manifest in `signed`, once it is verified to be signed by the key in it, and canonical.

    Raises:
        ArchiveDamagedError: it is not.
    """
    try:
        found = _parse(read_manifest(_key_in(signed), signed), signed)
    except (ManifestError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ArchiveDamagedError("The manifest of this backup is not one that a node signed.") from None
    return found


def _key_in(signed: bytes) -> bytes:
    return bytes.fromhex(json.loads(signed)["manifest"]["key"])


def _parse(manifest: dict[str, Any], signed: bytes) -> BackupManifest:
    index = manifest["index"]
    found = BackupManifest(
        backup=str(manifest["backup"]),
        node=str(manifest["node"]),
        origin=str(manifest["origin"]),
        body=str(manifest["body"]),
        custodian=str(manifest["custodian"]),
        key=bytes.fromhex(manifest["key"]),
        made=from_rfc3339(manifest["made"]),
        expires=from_rfc3339(manifest["expires"]),
        log_size=int(manifest["log_size"]),
        log_root=str(manifest["log_root"]),
        index=Index(str(index["digest"]), int(index["members"]), int(index["size"])),
    )
    if found.as_json() != manifest or rfc8785.dumps(json.loads(signed)) != signed:
        raise ValueError("not in the one form that a node writes")
    return found


@contextmanager
def opening(path: Path) -> Iterator[BinaryIO]:
    """Open a backup's file to read.

    Raises:
        UnreadableFileError: it is not there, is no file, or may not be read.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableFileError(f"The backup {path} cannot be read: {error.strerror}.") from None
    with file:
        yield file


def read_backup_manifest(file: BinaryIO) -> BackupManifest:
    """Return the verified manifest at the end of a backup's file, whose length must be the one it names.

    Raises:
        ArchiveDamagedError: there is none, or the file is longer or shorter.
    """
    found = parse_backup_manifest(read_seal(file))
    if os.fstat(file.fileno()).st_size != found.index.size:
        raise ArchiveDamagedError("This backup is not as long as its manifest says.")
    return found
