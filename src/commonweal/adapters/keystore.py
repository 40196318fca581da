"""The `file:` custodian: one private JSON file of keys, each sealed under a key made from the unlock secret."""

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from commonweal.core import Clock, Json, from_rfc3339, to_rfc3339
from commonweal.keys import (
    KekReference,
    KekWrap,
    KeyNameError,
    KeyPurpose,
    KeyRecord,
    KeyState,
    SealedFileError,
    UnknownKeyError,
    WrongSecretError,
    require_key_id,
)

from .durable import sync_folder
from .folder import make_private_folder, write_whole
from .keystore_file import FORMAT, StoredKey, StoreKeys, Unlock, parse_keystore, read_keystore

_MIN_SECRET = 12
_NONCE_SIZE = 12


class FileCustodian:
    """A `keys.Custodian` whose keys lie in one file, mode 0600, in a folder of mode 0700.

    Each key is under AES-256-GCM, with its identifier, version, purpose and date as associated data; an HMAC covers
    the whole file. Every change is durable before the method that made it returns. One process at a time
    may change a keystore; the node's folder lock sees to that.

    A destroyed key leaves the file at once. Whether the disk keeps the old blocks is the disk's business: they
    are worth nothing without the unlock secret.
    """

    def __init__(
        self,
        path: Path,
        unlock: Unlock,
        keys: StoreKeys,
        entries: tuple[StoredKey, ...],
        *,
        clock: Clock,
        protection: str,
    ) -> None:
        """Not for callers: see `create` and `open`."""
        self._path = path
        self._unlock = unlock
        self._keys = keys
        self._entries = entries
        self._clock = clock
        self._protection = protection
        self._lock = threading.RLock()

    @property
    def destroys_at_once(self) -> bool:
        """A file can be copied, and a backup is a copy; see `keys.Custodian.destroys_at_once`."""
        return False

    @classmethod
    def create(cls, path: Path, secret: bytes, *, clock: Clock, protection: str = "software") -> "FileCustodian":
        """Make an empty keystore that `secret` unlocks.

        Args:
            path: the file, which must not exist.
            secret: the unlock secret, 12 bytes or more.
            clock: dates the keys.
            protection: what guards the unlock secret, as the key register should say it.

        Raises:
            WrongSecretError: the secret is too short.
            KeyNameError: a file is there already.
            StoreError: the file cannot be written.
        """
        if len(secret) < _MIN_SECRET:
            raise WrongSecretError(f"An unlock secret has at least {_MIN_SECRET} bytes.")
        if path.exists():
            raise KeyNameError("A keystore exists already.", advice="Open it, or move it out of the way.")
        unlock = Unlock(secrets.token_bytes(16))
        custodian = cls(path, unlock, unlock.derive(secret), (), clock=clock, protection=protection)
        make_private_folder(path.parent)
        custodian._replace_entries(())
        return custodian

    @classmethod
    def open(cls, path: Path, secret: bytes, *, clock: Clock, protection: str = "software") -> "FileCustodian":
        """Unlock the keystore at `path`; arguments as `create`.

        Raises:
            WrongSecretError: `secret` does not unlock it.
            KeystoreDamagedError: the file is missing, unreadable or not as it was written.
        """
        content = read_keystore(path)
        unlock, entries, digest, mac = parse_keystore(content)
        keys = unlock.derive(secret)
        if not hmac.compare_digest(hmac.digest(keys.file, digest, "sha256"), mac):
            raise WrongSecretError("The unlock secret does not open the keystore.")
        return cls(path, unlock, keys, entries, clock=clock, protection=protection)

    def create_kek(self, kek_id: str) -> KekReference:
        """Make version 1 of a key-encryption key; see `keys.Custodian.create_kek`."""
        self._add(kek_id, KeyPurpose.KEY_ENCRYPTION, secrets.token_bytes(32))
        return KekReference(kek_id, 1)

    def rotate_kek(self, kek_id: str) -> KekReference:
        """Make the next version of a key-encryption key; see `keys.Custodian.rotate_kek`."""
        with self._lock:
            current = self.current_kek(kek_id)
            successor = KekReference(kek_id, current.version + 1)
            fresh = self._seal(successor, KeyPurpose.KEY_ENCRYPTION, secrets.token_bytes(32))
            retired = self._with_state(kek_id, KeyState.RETIRED)
            self._replace_entries((*retired, fresh))
        return successor

    def current_kek(self, kek_id: str) -> KekReference:
        """Return the version that new wraps should name; see `keys.Custodian.current_kek`."""
        return KekReference(kek_id, self._find(kek_id, KeyPurpose.KEY_ENCRYPTION).version)

    def wrap(self, kek: KekReference, plaintext: bytes, associated_data: bytes) -> KekWrap:
        """Seal `plaintext`; see `keys.Custodian.wrap`."""
        key = self._reveal(self._find(kek.kek_id, KeyPurpose.KEY_ENCRYPTION, kek.version))
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return KekWrap(nonce, AESGCM(key).encrypt(nonce, plaintext, associated_data))

    def unwrap(self, kek: KekReference, wrap: KekWrap, associated_data: bytes) -> bytes:
        """Open what `wrap` sealed; see `keys.Custodian.unwrap`."""
        key = self._reveal(self._find(kek.kek_id, KeyPurpose.KEY_ENCRYPTION, kek.version))
        try:
            return AESGCM(key).decrypt(wrap.nonce, wrap.ciphertext, associated_data)
        except (InvalidTag, ValueError):
            raise SealedFileError(
                f"Key-encryption key {kek} did not wrap this file key for this body, dataset, version and agreement."
            ) from None

    def wrap_all(self, kek: KekReference, plaintexts: Sequence[tuple[bytes, bytes]]) -> list[KekWrap]:
        """Seal each plaintext; see `keys.Custodian.wrap_all`."""
        return [self.wrap(kek, *each) for each in plaintexts]

    def unwrap_all(self, kek: KekReference, wraps: Sequence[tuple[KekWrap, bytes]]) -> list[bytes | None]:
        """Open each wrap; see `keys.Custodian.unwrap_all`."""
        return [self._try(kek, *each) for each in wraps]

    def _try(self, kek: KekReference, wrap: KekWrap, associated_data: bytes) -> bytes | None:
        try:
            return self.unwrap(kek, wrap, associated_data)
        except SealedFileError:
            return None

    def new_signing_key(self, key_id: str) -> bytes:
        """Make an Ed25519 key; see `keys.Custodian.new_signing_key`."""
        self._add(key_id, KeyPurpose.SIGNING, Ed25519PrivateKey.generate().private_bytes_raw())
        return self.public_key(key_id)

    def public_key(self, key_id: str) -> bytes:
        """Return the public key of a signing key; see `keys.Custodian.public_key`."""
        return self._signing_key(key_id).public_key().public_bytes_raw()

    def sign(self, key_id: str, message: bytes) -> bytes:
        """Return the Ed25519 signature of `message`; see `keys.Custodian.sign`."""
        return self._signing_key(key_id).sign(message)

    def destroy_retired(self, kek_id: str) -> int:
        """Destroy the versions before the current one; see `keys.Custodian.destroy_retired`."""
        with self._lock:
            current = self._find(kek_id, KeyPurpose.KEY_ENCRYPTION)
            gone = [each for each in self._entries if each.key_id == kek_id and each.sealed and each != current]
            dead = {each: replace(each, state=KeyState.DESTROYED, sealed=b"") for each in gone}
            self._replace_entries(tuple(dead.get(each, each) for each in self._entries))
        return len(gone)

    def new_secret(self, key_id: str, purpose: KeyPurpose = KeyPurpose.TOKENS) -> bytes:
        """Make 32 random bytes; see `keys.Custodian.new_secret`."""
        secret = secrets.token_bytes(32)
        self._add(key_id, purpose, secret)
        return secret

    def get_secret(self, key_id: str, purpose: KeyPurpose = KeyPurpose.TOKENS, version: int | None = None) -> bytes:
        """Return the 32 bytes of a secret; see `keys.Custodian.get_secret`."""
        return self._reveal(self._find(key_id, purpose, version))

    def rotate_secret(self, key_id: str, purpose: KeyPurpose = KeyPurpose.TOKENS) -> bytes:
        """Make the next version of a secret; see `keys.Custodian.rotate_secret`."""
        with self._lock:
            secret, successor = secrets.token_bytes(32), self._find(key_id, purpose).version + 1
            fresh = self._seal(KekReference(key_id, successor), purpose, secret)
            before = KeyState.RETIRED if purpose is KeyPurpose.RECEIVING else KeyState.DESTROYED
            self._replace_entries((*self._with_state(key_id, before), fresh))
        return secret

    def destroy(self, key_id: str) -> None:
        """Destroy every version of a key; see `keys.Custodian.destroy`."""
        with self._lock:
            if not any(entry.key_id == key_id and entry.sealed for entry in self._entries):
                raise UnknownKeyError("The keystore holds no such key.")
            self._replace_entries(self._with_state(key_id, KeyState.DESTROYED))

    def list_keys(self) -> tuple[KeyRecord, ...]:
        """Return the register's lines, oldest first; see `keys.Custodian.list_keys`."""
        return tuple(
            KeyRecord(
                key_id=entry.key_id,
                version=entry.version,
                purpose=entry.purpose,
                algorithm=entry.purpose.algorithm,
                created=from_rfc3339(entry.created),
                state=entry.state,
                place=f"file:{self._path}",
                protection=self._protection,
            )
            for entry in self._entries
        )

    def list_own_keys(self) -> tuple[KeyRecord, ...]:
        """Return none: what seals the keystore is made from the unlock secret; see `keys.Custodian.list_own_keys`."""
        return ()

    def close(self) -> None:
        """Do nothing: the file is open only while it is read or written."""

    def _find(self, key_id: str, purpose: KeyPurpose, version: int | None = None) -> StoredKey:
        """Return the newest version, or the one asked for, that is not destroyed."""
        for entry in reversed(self._entries):
            if (entry.key_id, entry.purpose) == (key_id, purpose) and version in (None, entry.version):
                if entry.sealed:
                    return entry
                break
        raise UnknownKeyError("The keystore holds no such key.")

    def _signing_key(self, key_id: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._reveal(self._find(key_id, KeyPurpose.SIGNING)))

    def _add(self, key_id: str, purpose: KeyPurpose, key: bytes) -> None:
        require_key_id(key_id)
        with self._lock:
            if any(entry.key_id == key_id for entry in self._entries):
                raise KeyNameError("A key of that identifier exists or has existed.")
            self._replace_entries((*self._entries, self._seal(KekReference(key_id, 1), purpose, key)))

    def _with_state(self, key_id: str, state: KeyState) -> tuple[StoredKey, ...]:
        keep = state is not KeyState.DESTROYED
        return tuple(
            replace(entry, state=state, sealed=entry.sealed if keep else b"")
            if entry.key_id == key_id and entry.sealed
            else entry
            for entry in self._entries
        )

    def _seal(self, key_version: KekReference, purpose: KeyPurpose, key: bytes) -> StoredKey:
        created = to_rfc3339(self._clock.now())
        entry = StoredKey(key_version.kek_id, key_version.version, purpose, created, KeyState.ACTIVE, b"")
        nonce = secrets.token_bytes(_NONCE_SIZE)
        ciphertext = AESGCM(self._keys.entries).encrypt(nonce, key, rfc8785.dumps(entry.identity()))
        return replace(entry, sealed=nonce + ciphertext)

    def _reveal(self, entry: StoredKey) -> bytes:
        nonce, ciphertext = entry.sealed[:_NONCE_SIZE], entry.sealed[_NONCE_SIZE:]
        return AESGCM(self._keys.entries).decrypt(nonce, ciphertext, rfc8785.dumps(entry.identity()))

    def _replace_entries(self, entries: tuple[StoredKey, ...]) -> None:
        body: dict[str, Json] = {
            "format": FORMAT,
            "unlock": self._unlock.as_json(),
            "keys": [entry.as_json() for entry in entries],
        }
        digest = hashlib.sha256(rfc8785.dumps(body)).digest()
        mac = hmac.digest(self._keys.file, digest, "sha256")
        document = {**body, "digest": digest.hex(), "mac": mac.hex()}
        write_whole(self._path, json.dumps(document, indent=1).encode(), mode=0o600)
        sync_folder(self._path.parent)
        self._entries = entries
