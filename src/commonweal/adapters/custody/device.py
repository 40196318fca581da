"""A custodian over a device: keys are made in it and never leave it; a ledger beside it says what they are for."""

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from commonweal.core import Clock, from_rfc3339, to_rfc3339
from commonweal.keys import (
    KekReference,
    KekWrap,
    KeyPurpose,
    KeyRecord,
    KeyState,
    SealedFileError,
    UnknownKeyError,
)

from .ledger import Entry, KeyLedger

_ROOT = "root-of-secrets"
_NONCE_SIZE = 12
_TAG_SIZE = 16


class Device(Protocol):
    """What makes, uses and destroys keys by label. Safe to call from several threads.

    Every method raises `CustodianUnavailableError` when the device does not answer and `WrongSecretError` when it does
    not accept the secret that unlocks it; those that use a key raise `UnknownKeyError` when it is not there.
    """

    @property
    def place(self) -> str:
        """Where the keys lie, as a URL without secrets."""
        ...

    @property
    def protection(self) -> str:
        """What guards them there, in words for the key register."""
        ...

    def close(self) -> None:
        """Let go of the device; the next use takes it up again. Safe to repeat."""
        ...

    def make_kek(self, label: str) -> None:
        """Make an AES-256 key that never leaves the device; one of that label that is there already will do."""
        ...

    def wrap(self, label: str, plaintexts: Sequence[tuple[bytes, bytes]]) -> list[KekWrap]:
        """Seal each plaintext with its associated data under AES-256-GCM with a fresh 12-byte nonce."""
        ...

    def unwrap(self, label: str, wraps: Sequence[tuple[KekWrap, bytes]]) -> list[bytes | None]:
        """Open each wrap with its associated data; None when the wrap, the key or the associated data is another."""
        ...

    def make_signing_key(self, label: str) -> bytes:
        """Make an Ed25519 key that never leaves the device and return its 32-byte public key."""
        ...

    def sign(self, label: str, message: bytes) -> bytes:
        """Return the 64-byte signature of `message`."""
        ...

    def destroy(self, label: str) -> None:
        """Destroy a key for good; one that is not there is no error."""
        ...


class DeviceCustodian:
    """A `keys.Custodian` whose key-encryption and signing keys lie in a `Device`.

    A token secret has to come out to be used, so it lies in the ledger, sealed under a key of the device. The device
    acts first and the ledger follows: a crash between leaves a key that nothing was sealed under, or one destroyed
    twice.
    """

    def __init__(self, ledger: KeyLedger, device: Device, clock: Clock) -> None:
        """Not for callers: see `create` and `open`."""
        self._ledger = ledger
        self._device = device
        self._clock = clock

    @classmethod
    def create(cls, path: Path, device: Device, *, label: str, clock: Clock) -> "DeviceCustodian":
        """Make a custodian with an empty ledger at `path`; `label` begins the name of each of its keys in the device.

        Raises:
            KeyNameError: a ledger is there already.
        """
        with ExitStack() as undoing:
            undoing.callback(device.close)
            custodian = cls(KeyLedger.create(path, label), device, clock)
            device.make_kek(custodian._name(_ROOT))
            undoing.pop_all()
        return custodian

    @classmethod
    def open(cls, path: Path, device: Device, *, clock: Clock) -> "DeviceCustodian":
        """Open the custodian whose ledger is at `path`.

        Raises:
            KeystoreDamagedError: the ledger is missing or not as it was written.
        """
        return cls(KeyLedger.open(path), device, clock)

    @property
    def destroys_at_once(self) -> bool:
        """No key leaves the device, so none is in a backup; see `keys.Custodian.destroys_at_once`."""
        return True

    def create_kek(self, kek_id: str) -> KekReference:
        """Make version 1 of a key-encryption key; see `keys.Custodian.create_kek`."""
        with self._ledger.lock:
            self._ledger.require_new(kek_id)
            return self._make_kek(kek_id, 1)

    def rotate_kek(self, kek_id: str) -> KekReference:
        """Make the next version of a key-encryption key; see `keys.Custodian.rotate_kek`."""
        with self._ledger.lock:
            return self._make_kek(kek_id, self.current_kek(kek_id).version + 1)

    def _make_kek(self, kek_id: str, version: int) -> KekReference:
        entry = self._entry(kek_id, version, KeyPurpose.KEY_ENCRYPTION)
        self._device.make_kek(self._name(entry.label))
        self._ledger.add(entry)
        return KekReference(kek_id, version)

    def current_kek(self, kek_id: str) -> KekReference:
        """Return the version that new wraps should name; see `keys.Custodian.current_kek`."""
        return KekReference(kek_id, self._ledger.find(kek_id, KeyPurpose.KEY_ENCRYPTION).version)

    def wrap(self, kek: KekReference, plaintext: bytes, associated_data: bytes) -> KekWrap:
        """Seal `plaintext`; see `keys.Custodian.wrap`."""
        return self.wrap_all(kek, [(plaintext, associated_data)])[0]

    def wrap_all(self, kek: KekReference, plaintexts: Sequence[tuple[bytes, bytes]]) -> list[KekWrap]:
        """Seal each plaintext; see `keys.Custodian.wrap_all`."""
        label = self._name(self._ledger.find_kek(kek).label)
        return self._device.wrap(label, plaintexts) if plaintexts else []

    def unwrap(self, kek: KekReference, wrap: KekWrap, associated_data: bytes) -> bytes:
        """Open what `wrap` sealed; see `keys.Custodian.unwrap`."""
        [opened] = self.unwrap_all(kek, [(wrap, associated_data)])
        if opened is None:
            raise SealedFileError(
                f"Key-encryption key {kek} did not wrap this file key for this body, dataset, version and agreement."
            )
        return opened

    def unwrap_all(self, kek: KekReference, wraps: Sequence[tuple[KekWrap, bytes]]) -> list[bytes | None]:
        """Open each wrap; see `keys.Custodian.unwrap_all`."""
        label = self._name(self._ledger.find_kek(kek).label)
        formed = [number for number, (wrap, _) in enumerate(wraps) if _is_formed(wrap)]
        opened: list[bytes | None] = [None] * len(wraps)
        if formed:
            for number, found in zip(formed, self._device.unwrap(label, [wraps[each] for each in formed]), strict=True):
                opened[number] = found
        return opened

    def new_signing_key(self, key_id: str) -> bytes:
        """Make an Ed25519 key; see `keys.Custodian.new_signing_key`."""
        with self._ledger.lock:
            self._ledger.require_new(key_id)
            entry = self._entry(key_id, 1, KeyPurpose.SIGNING)
            public = self._device.make_signing_key(self._name(entry.label))
            self._ledger.add(self._entry(key_id, 1, KeyPurpose.SIGNING, public=public))
            return public

    def public_key(self, key_id: str) -> bytes:
        """Return the public key of a signing key; see `keys.Custodian.public_key`."""
        return self._ledger.find(key_id, KeyPurpose.SIGNING).public

    def sign(self, key_id: str, message: bytes) -> bytes:
        """Return the Ed25519 signature of `message`; see `keys.Custodian.sign`."""
        return self._device.sign(self._name(self._ledger.find(key_id, KeyPurpose.SIGNING).label), message)

    def destroy_retired(self, kek_id: str) -> int:
        """Destroy the versions before the current one; see `keys.Custodian.destroy_retired`."""
        with self._ledger.lock:
            current = self._ledger.find(kek_id, KeyPurpose.KEY_ENCRYPTION)
            gone = [each for each in self._ledger.held(kek_id) if each != current]
            for each in gone:
                self._device.destroy(self._name(each.label))
            self._ledger.mark_destroyed(kek_id, before=current.version)
        return len(gone)

    def new_secret(self, key_id: str, purpose: KeyPurpose = KeyPurpose.TOKENS) -> bytes:
        """Make 32 random bytes; see `keys.Custodian.new_secret`."""
        with self._ledger.lock:
            self._ledger.require_new(key_id)
            secret = secrets.token_bytes(32)
            self._ledger.add(self._sealed_entry(key_id, 1, purpose, secret))
            return secret

    def rotate_secret(self, key_id: str, purpose: KeyPurpose = KeyPurpose.TOKENS) -> bytes:
        """Make the next version of a secret; see `keys.Custodian.rotate_secret`."""
        with self._ledger.lock:
            secret, successor = secrets.token_bytes(32), self._ledger.find(key_id, purpose).version + 1
            fresh = self._sealed_entry(key_id, successor, purpose, secret)
            self._ledger.add(fresh, KeyState.RETIRED if purpose is KeyPurpose.RECEIVING else KeyState.DESTROYED)
            return secret

    def _sealed_entry(self, key_id: str, version: int, purpose: KeyPurpose, secret: bytes) -> Entry:
        identity = self._entry(key_id, version, purpose).identity()
        [wrap] = self._device.wrap(self._name(_ROOT), [(secret, identity)])
        return self._entry(key_id, version, purpose, sealed=wrap.nonce + wrap.ciphertext)

    def get_secret(self, key_id: str, purpose: KeyPurpose = KeyPurpose.TOKENS, version: int | None = None) -> bytes:
        """Return the 32 bytes of a secret; see `keys.Custodian.get_secret`."""
        entry = self._ledger.find(key_id, purpose, version)
        wrap = KekWrap(entry.sealed[:_NONCE_SIZE], entry.sealed[_NONCE_SIZE:])
        [secret] = self._device.unwrap(self._name(_ROOT), [(wrap, entry.identity())])
        if secret is None:
            raise UnknownKeyError("The custodian's device did not seal the secret that its ledger holds.")
        return secret

    def destroy(self, key_id: str) -> None:
        """Destroy every version of a key, in the device and at once; see `keys.Custodian.destroy`."""
        with self._ledger.lock:
            for entry in self._ledger.held(key_id):
                self._device.destroy(self._name(entry.label))
            self._ledger.mark_destroyed(key_id)

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
                place=self._device.place,
                protection=self._device.protection,
            )
            for entry in self._ledger.entries
        )

    def list_own_keys(self) -> tuple[KeyRecord, ...]:
        """Return the record of the key that secrets are sealed by; see `keys.Custodian.list_own_keys`."""
        created = min((each.created for each in self._ledger.entries), default=to_rfc3339(self._clock.now()))
        return (
            KeyRecord(
                key_id=_ROOT,
                version=1,
                purpose=KeyPurpose.KEY_ENCRYPTION,
                algorithm=KeyPurpose.KEY_ENCRYPTION.algorithm,
                created=from_rfc3339(created),
                state=KeyState.ACTIVE,
                place=self._device.place,
                protection=self._device.protection,
            ),
        )

    def close(self) -> None:
        """Let go of the device; see `keys.Custodian.close`."""
        self._device.close()

    def _name(self, label: str) -> str:
        return f"{self._ledger.label}/{label}"

    def _entry(
        self, key_id: str, version: int, purpose: KeyPurpose, *, public: bytes = b"", sealed: bytes = b""
    ) -> Entry:
        return Entry(key_id, version, purpose, to_rfc3339(self._clock.now()), public=public, sealed=sealed)


def _is_formed(wrap: KekWrap) -> bool:
    return len(wrap.nonce) == _NONCE_SIZE and len(wrap.ciphertext) >= _TAG_SIZE
