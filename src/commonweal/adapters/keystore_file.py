"""The file of the `file:` custodian: its form, read back as it was written or not at all."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from commonweal.core import Json, from_rfc3339
from commonweal.keys import KeyPurpose, KeyState, KeystoreDamagedError

FORMAT = "commonweal-keystore/1"

_MAX_SIZE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Unlock:
    """How the unlock secret becomes a key: Argon2id (RFC 9106) and its cost, memory in KiB."""

    salt: bytes
    memory: int = 19 * 1024
    iterations: int = 2
    lanes: int = 1

    def __post_init__(self) -> None:
        bounded = (
            len(self.salt) == 16
            and 8 * 1024 <= self.memory <= 1024 * 1024
            and 1 <= self.iterations <= 16
            and 1 <= self.lanes <= 8
        )
        if not bounded:
            raise ValueError("the cost of unlocking is out of bounds")

    def derive(self, secret: bytes) -> "StoreKeys":
        """Return the keys of a keystore that `secret` unlocks."""
        root = Argon2id(
            salt=self.salt, length=32, iterations=self.iterations, lanes=self.lanes, memory_cost=self.memory
        ).derive(secret)
        return StoreKeys(_subkey(root, b"entries"), _subkey(root, b"file"))

    def as_json(self) -> dict[str, Json]:
        """Return it as the file holds it."""
        return {
            "kdf": "argon2id",
            "salt": self.salt.hex(),
            "memory": self.memory,
            "iterations": self.iterations,
            "lanes": self.lanes,
        }


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """What seals the entries of a keystore, and what proves the file."""

    entries: bytes
    file: bytes


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One version of one key; `sealed` is its nonce and ciphertext, empty once destroyed."""

    key_id: str
    version: int
    purpose: KeyPurpose
    created: str
    state: KeyState
    sealed: bytes

    def identity(self) -> dict[str, Json]:
        """Return what the sealed key is bound to."""
        return {
            "id": self.key_id,
            "version": self.version,
            "purpose": self.purpose.value,
            "created": self.created,
        }

    def as_json(self) -> dict[str, Json]:
        """Return the entry as the file holds it."""
        return {**self.identity(), "state": self.state.value, "sealed": self.sealed.hex()}


def _subkey(root: bytes, label: bytes) -> bytes:
    info = FORMAT.encode() + b" " + label
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(root)


def read_keystore(path: Path) -> bytes:
    """Return what a keystore's file holds.

    Raises:
        KeystoreDamagedError: it is missing, cannot be read or is too large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_SIZE + 1)
    except FileNotFoundError:
        raise KeystoreDamagedError("The node's keystore is missing.") from None
    except OSError as error:
        raise KeystoreDamagedError(
            f"The keystore cannot be read: {error.strerror}.", advice="Check the file's owner and permissions."
        ) from None
    if len(content) > _MAX_SIZE:
        raise KeystoreDamagedError("The keystore is larger than a keystore can be.")
    return content


def parse_keystore(content: bytes) -> tuple[Unlock, tuple[StoredKey, ...], bytes, bytes]:
    """Return how a keystore is unlocked, its entries, and the digest and MAC of the file.

    Raises:
        KeystoreDamagedError: it is not as it was written.
    """
    try:
        document = json.loads(content)
        stored, mac = _parse_hex(document.pop("digest")), _parse_hex(document.pop("mac"))
        digest = hashlib.sha256(rfc8785.dumps(document)).digest()
        if digest != stored or document["format"] != FORMAT:
            raise ValueError("not as it was written")
        entries = tuple(_parse_entry(entry) for entry in document["keys"])
        return _parse_unlock(document["unlock"]), entries, digest, mac
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise KeystoreDamagedError("The keystore is damaged: it is not as it was written.") from None


def _parse_hex(text: str) -> bytes:
    found = bytes.fromhex(text)
    if found.hex() != text:  # also in upper case or with spaces, which is not how it was written
        raise ValueError("not lower-case hexadecimal")
    return found


def _parse_unlock(stored: Mapping[str, Any]) -> Unlock:
    cost = (int(stored[name]) for name in ("memory", "iterations", "lanes"))
    return Unlock(bytes.fromhex(stored["salt"]), *cost)


def _parse_entry(stored: Mapping[str, Any]) -> StoredKey:
    from_rfc3339(stored["created"])
    return StoredKey(
        str(stored["id"]),
        int(stored["version"]),
        KeyPurpose(stored["purpose"]),
        stored["created"],
        KeyState(stored["state"]),
        bytes.fromhex(stored["sealed"]),
    )
