"""The closing statement: a node that stops cleanly leaves a signed digest of its whole database behind.

The log proves events; this proves the state beside them, byte for byte, for as long as the folder lies still.
"""

import hashlib
from contextlib import suppress
from pathlib import Path

from commonweal.adapters.folder import write_whole
from commonweal.core import ProofError, StoreError
from commonweal.keys import Custodian, ManifestError, read_manifest, sign_manifest
from commonweal.node.settings import DATABASE

_FILE = "closed.json"


def sign_closing(home: Path, custodian: Custodian, key_id: str) -> None:
    """Leave the statement, once nothing writes to the database any more; a full disk leaves none."""
    statement = {"statement": "home.closed", "database": _digest(home / DATABASE)}
    with suppress(StoreError):
        write_whole(home / _FILE, sign_manifest(custodian, key_id, statement))


def remove_closing(home: Path) -> None:
    """Take the statement back, before anything writes."""
    (home / _FILE).unlink(missing_ok=True)


def verify_closing(home: Path, public_key: bytes) -> None:
    """Check the database against the statement, if there is one; a node that was killed leaves none.

    Raises:
        ProofError: the statement is not signed by the node's key, or the database is not the one it names.
    """
    path = home / _FILE
    if not path.exists():
        return
    try:
        statement = read_manifest(public_key, path.read_bytes())
    except (ManifestError, OSError):
        raise ProofError("The closing statement is not one that this node signed.") from None
    journal = home / f"{DATABASE}-wal"
    if statement.get("database") != _digest(home / DATABASE) or (journal.exists() and journal.stat().st_size):
        raise ProofError("The database is not the one that the node left when it stopped.")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
