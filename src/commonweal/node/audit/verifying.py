"""The proof of a whole home folder: needs no secret, no running node and no engine."""

import time
from dataclasses import dataclass
from pathlib import Path

from commonweal.adapters.blobs import LocalBlobs
from commonweal.adapters.folder import is_locked
from commonweal.adapters.sql import open_stopped, verify_home_log
from commonweal.adapters.sql.datasets import list_sealed_files
from commonweal.audit import LogKey, LogReport
from commonweal.core import CommonwealError, ProofError
from commonweal.node.settings import BLOBS, DATABASE, LOG, read_settings

from .closing import verify_closing

_SECOND_LOOKS = 3
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class HomeReport:
    """What verifying a home folder proved: the log, and how many sealed files hold what the log says."""

    log: LogReport
    sealed_files: int
    fingerprint: str


def verify_home(home: Path, *, against: bytes | None = None, fingerprint: str = "") -> HomeReport:
    """Prove a home folder, or a stopped copy of one anywhere, without the unlock secret.

    1. The public key in the home is the one whose fingerprint the caller was given, if one was.
    2. The log proves itself (`verify_log` lists the steps), and extends the checkpoint `against`.
    3. The database is byte for byte the one that the node left, if it stopped cleanly.
    4. Every sealed file that is held has the digest that was recorded when it was written.

    Raises:
        ProofError: a step fails; the message names the event, tile or file.
        StoreError: the folder cannot be read.
    """
    settings = read_settings(home)
    # 1
    key = LogKey(settings.origin, bytes.fromhex(settings.public_key))
    if fingerprint and fingerprint != key.fingerprint:
        raise ProofError(
            "The log's public key is not the one expected.", advice="Compare with `/health` of the node you know."
        )
    for _ in range(_SECOND_LOOKS):
        try:
            return _verify_parts(home, key, against)
        except ProofError:
            if not is_locked(home):
                raise
            time.sleep(_PAUSE_SECONDS)  # the node serves, and its folder moved under the reader: look again
    return _verify_parts(home, key, against)


def _verify_parts(home: Path, key: LogKey, against: bytes | None) -> HomeReport:
    # 2
    report = verify_home_log(home / DATABASE, home / LOG, key, against=against)
    # 3
    verify_closing(home, key.public_key)
    # 4
    with open_stopped(home / DATABASE) as engine, engine.connect() as connection:
        held = list_sealed_files(connection)
    blobs = LocalBlobs(home / BLOBS, only_read=True)
    for each in held:
        _verify_blob(blobs, each.id, each.digest)
    return HomeReport(report, len(held), key.fingerprint)


def _verify_blob(blobs: LocalBlobs, sealed_file: str, digest: str) -> None:
    try:
        found = blobs.digest(sealed_file)
    except CommonwealError:
        raise ProofError(f"Sealed file {sealed_file} is missing.") from None
    if found != digest:
        raise ProofError(f"Sealed file {sealed_file} is not what was written.")
