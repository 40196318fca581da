"""The ledger of keys that lie in a device: what each is for and in which state, without any key."""

import hashlib
import json
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import rfc8785

from commonweal.adapters.durable import sync_folder
from commonweal.adapters.folder import write_whole
from commonweal.core import Json, from_rfc3339
from commonweal.keys import (
    KekReference,
    KeyNameError,
    KeyPurpose,
    KeyState,
    KeystoreDamagedError,
    UnknownKeyError,
    require_key_id,
)

_FORMAT = "commonweal-key-ledger/1"
_MAX_SIZE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of one key. `public` is a signing key's public half, `sealed` a secret under the device's own key."""

    key_id: str
    version: int
    purpose: KeyPurpose
    created: str
    state: KeyState = KeyState.ACTIVE
    public: bytes = b""
    sealed: bytes = b""

    @property
    def label(self) -> str:
        """The key's name in the device."""
        return f"{self.key_id}/v{self.version}"

    def identity(self) -> bytes:
        """Return what a secret of this entry is bound to, as RFC 8785 JSON."""
        return rfc8785.dumps({"id": self.key_id, "version": self.version, "purpose": self.purpose.value})

    def moved_to(self, state: KeyState) -> "Entry":
        """Return the entry in another state; what is destroyed stays so, and its sealed secret goes."""
        if self.state is KeyState.DESTROYED:
            return self
        return replace(self, state=state, sealed=b"" if state is KeyState.DESTROYED else self.sealed)

    def as_json(self) -> dict[str, Json]:
        """Return the entry as the ledger's file holds it."""
        return {
            "id": self.key_id,
            "version": self.version,
            "purpose": self.purpose.value,
            "created": self.created,
            "state": self.state.value,
            "public": self.public.hex(),
            "sealed": self.sealed.hex(),
        }


class KeyLedger:
    """The entries of one custodian in one file, written whole at each change. Safe to use from several threads."""

    def __init__(self, path: Path, label: str, entries: tuple[Entry, ...]) -> None:
        """Not for callers: see `create` and `open`."""
        self._path = path
        self.label = label
        self.entries = entries
        self.lock = threading.RLock()

    @classmethod
    def create(cls, path: Path, label: str) -> "KeyLedger":
        """Make an empty ledger; `label` tells this node's keys from others in the same device.

        Raises:
            KeyNameError: a file is there already.
            StoreError: the file cannot be written.
        """
        if path.exists():
            raise KeyNameError("A key ledger exists already.", advice="Open it, or move it out of the way.")
        ledger = cls(path, label, ())
        ledger.replace(())
        return ledger

    @classmethod
    def open(cls, path: Path) -> "KeyLedger":
        """Read the ledger at `path`.

        Raises:
            KeystoreDamagedError: the file is missing, unreadable or not as it was written.
        """
        try:
            with path.open("rb") as file:
                content = file.read(_MAX_SIZE + 1)
        except OSError:
            raise KeystoreDamagedError("The node's key ledger is missing or cannot be read.") from None
        label, entries = _parse(content)
        return cls(path, label, entries)

    def require_new(self, key_id: str) -> None:
        """Accept an identifier that is sound and was never in use.

        Raises:
            KeyNameError: it is malformed or taken.
        """
        require_key_id(key_id)
        if any(entry.key_id == key_id for entry in self.entries):
            raise KeyNameError("A key of that identifier exists or has existed.")

    def find(self, key_id: str, purpose: KeyPurpose, version: int | None = None) -> Entry:
        """Return the newest version, or the one asked for, that is not destroyed.

        Raises:
            UnknownKeyError: there is none.
        """
        for entry in reversed(self.entries):
            if (entry.key_id, entry.purpose) == (key_id, purpose) and version in (None, entry.version):
                if entry.state is not KeyState.DESTROYED:
                    return entry
                break
        raise UnknownKeyError("The custodian holds no such key.")

    def find_kek(self, kek: KekReference) -> Entry:
        """Return the entry of one version of a key-encryption key; errors as `find`."""
        return self.find(kek.kek_id, KeyPurpose.KEY_ENCRYPTION, kek.version)

    def held(self, key_id: str) -> tuple[Entry, ...]:
        """Return every version of a key that is not destroyed.

        Raises:
            UnknownKeyError: there is none.
        """
        found = tuple(each for each in self.entries if each.key_id == key_id and each.state is not KeyState.DESTROYED)
        if not found:
            raise UnknownKeyError("The custodian holds no such key.")
        return found

    def add(self, entry: Entry, before: KeyState = KeyState.RETIRED) -> None:
        """Write a new version down; earlier ones of the same key are then in the state `before`."""
        with self.lock:
            self.replace((*self._marked(entry.key_id, before, entry.version), entry))

    def mark_destroyed(self, key_id: str, before: int | None = None) -> None:
        """Write every version of a key, or those `before` one, down as destroyed, without their sealed secrets."""
        with self.lock:
            self.replace(self._marked(key_id, KeyState.DESTROYED, before))

    def _marked(self, key_id: str, state: KeyState, before: int | None) -> tuple[Entry, ...]:
        return tuple(
            each.moved_to(state) if each.key_id == key_id and (before is None or each.version < before) else each
            for each in self.entries
        )

    def replace(self, entries: tuple[Entry, ...]) -> None:
        """Write the ledger with these entries, durably, then hold them.

        Raises:
            StoreError: the file cannot be written; the old entries stand.
        """
        body: dict[str, Json] = {"format": _FORMAT, "label": self.label, "keys": [each.as_json() for each in entries]}
        document = {**body, "digest": _digest(body)}
        write_whole(self._path, json.dumps(document, indent=1).encode(), mode=0o600)
        sync_folder(self._path.parent)
        self.entries = entries


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def _parse(content: bytes) -> tuple[str, tuple[Entry, ...]]:
    try:
        document = json.loads(content[:_MAX_SIZE])
        if document.pop("digest") != _digest(document) or document["format"] != _FORMAT:
            raise ValueError("not as it was written")
        return str(document["label"]), tuple(_parse_entry(each) for each in document["keys"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise KeystoreDamagedError("The key ledger is damaged: it is not as it was written.") from None


def _parse_entry(stored: dict[str, Any]) -> Entry:
    from_rfc3339(stored["created"])
    return Entry(
        str(stored["id"]),
        int(stored["version"]),
        KeyPurpose(stored["purpose"]),
        stored["created"],
        KeyState(stored["state"]),
        bytes.fromhex(stored["public"]),
        bytes.fromhex(stored["sealed"]),
    )
