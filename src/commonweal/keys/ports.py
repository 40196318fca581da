"""The ports of the room: what a custodian of keys and a store of blobs promise."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from .model import KekReference, KekWrap, KeyPurpose, KeyRecord


class PositionedReader(Protocol):
    """Bytes that can be read by position, from any thread, without a shared cursor."""

    def pread(self, offset: int, size: int, /) -> bytes:
        """Return the `size` bytes at `offset`; fewer only where the bytes end."""
        ...


class BlobReader(PositionedReader, AbstractContextManager["BlobReader"], Protocol):
    """An open blob; close it when the last reader over it is done."""

    @property
    def size(self) -> int:
        """Return the blob's length in bytes."""
        ...

    def close(self) -> None:
        """Release the blob. Safe to repeat."""
        ...


class BlobWriter(AbstractContextManager["BlobWriter"], Protocol):
    """A blob in the making: invisible until `commit`, gone if the `with` block ends without it."""

    def write(self, data: bytes | bytearray | memoryview, /) -> int:
        """Append all of `data` and return its length.

        Raises:
            StoreFullError: the disk is full; nothing of the blob will be kept.
            StoreError: the store failed otherwise.
        """
        ...

    def commit(self, *, durable: bool = True) -> None:
        """Make the blob durable, then visible, in one step.

        One whose key ends with this process need not be `durable`: a power cut takes the key, too.

        Raises:
            BlobNameError: a blob of that identifier exists; it is left untouched.
            StoreFullError: the disk is full; nothing of the blob was kept.
        """
        ...

    def abort(self) -> None:
        """Forget the blob. Safe to repeat, and after `commit` without effect."""
        ...


class BlobStore(Protocol):
    """Immutable blobs by identifier. Identifiers are `[a-z0-9-]`, never a path."""

    def create(self, blob_id: str) -> BlobWriter:
        """Begin a blob.

        Raises:
            BlobNameError: the identifier is malformed or in use.
        """
        ...

    def open(self, blob_id: str) -> BlobReader:
        """Open a committed blob for reading by position.

        Raises:
            UnknownBlobError: there is none of that identifier.
            BlobNameError: the identifier is malformed.
        """
        ...

    def size(self, blob_id: str) -> int:
        """Return the length in bytes of a committed blob; errors as `open`."""
        ...

    def digest(self, blob_id: str) -> str:
        """Return the SHA-256 of a committed blob in lower-case hexadecimal; errors as `open`."""
        ...

    def delete(self, blob_id: str) -> None:
        """Remove a committed blob; errors as `open`."""
        ...

    def find_blobs(self) -> Iterator[str]:
        """Yield the identifier of every committed blob, in no order."""
        ...


class Custodian(Protocol):
    """Keeps key-encryption keys, signing keys and token secrets. Safe to call from several threads.

    Every method that names a key raises `UnknownKeyError` when the custodian does not hold it, holds it for
    another purpose or has destroyed it; every method that makes one raises `KeyNameError` when the
    identifier is malformed or was ever in use.
    """

    @property
    def destroys_at_once(self) -> bool:
        """Say whether a destroyed key is gone everywhere: true where no copy of a key can be made, as in a device."""
        ...

    def create_kek(self, kek_id: str) -> KekReference:
        """Make version 1 of a key-encryption key (AES-256) and return its reference."""
        ...

    def rotate_kek(self, kek_id: str) -> KekReference:
        """Make the next version the current one; earlier versions still unwrap."""
        ...

    def current_kek(self, kek_id: str) -> KekReference:
        """Return the version that new wraps should name."""
        ...

    def wrap(self, kek: KekReference, plaintext: bytes, associated_data: bytes) -> KekWrap:
        """Seal `plaintext` under AES-256-GCM with a fresh nonce."""
        ...

    def unwrap(self, kek: KekReference, wrap: KekWrap, associated_data: bytes) -> bytes:
        """Open what `wrap` sealed.

        Raises:
            SealedFileError: the wrap, the key or the associated data is not the one sealed with.
        """
        ...

    def wrap_all(self, kek: KekReference, plaintexts: Sequence[tuple[bytes, bytes]]) -> list[KekWrap]:
        """Seal each plaintext with its associated data as `wrap` does, in as few calls as a device allows."""
        ...

    def unwrap_all(self, kek: KekReference, wraps: Sequence[tuple[KekWrap, bytes]]) -> list[bytes | None]:
        """Open each wrap with its associated data; None stands for one that `unwrap` would not open."""
        ...

    def new_signing_key(self, key_id: str) -> bytes:
        """Make an Ed25519 key and return its 32-byte public key."""
        ...

    def public_key(self, key_id: str) -> bytes:
        """Return the 32-byte Ed25519 public key of a signing key."""
        ...

    def sign(self, key_id: str, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature (RFC 8032) of `message`."""
        ...

    def destroy_retired(self, kek_id: str) -> int:
        """Destroy every version of a key-encryption key but the current one, for good, and return how many those were.

        What only they wrapped can never be opened again.
        """
        ...

    def new_secret(self, key_id: str, purpose: KeyPurpose = KeyPurpose.TOKENS) -> bytes:
        """Make 32 random bytes, such as an agreement's token key or the seed of an identity, and return them."""
        ...

    def get_secret(self, key_id: str, purpose: KeyPurpose = KeyPurpose.TOKENS, version: int | None = None) -> bytes:
        """Return the 32 bytes of a secret, the current ones unless a held version is named."""
        ...

    def rotate_secret(self, key_id: str, purpose: KeyPurpose = KeyPurpose.TOKENS) -> bytes:
        """Make the next version of a secret and return its 32 bytes.

        Earlier versions are destroyed; those of a receiving key retire, since what was sealed to them must still open.
        """
        ...

    def destroy(self, key_id: str) -> None:
        """Destroy every version of a key for good; its records stay, marked destroyed."""
        ...

    def list_keys(self) -> tuple[KeyRecord, ...]:
        """Return the record of every version of every key, oldest first."""
        ...

    def list_own_keys(self) -> tuple[KeyRecord, ...]:
        """Return the record of each key that the custodian needs for itself, such as one that secrets are sealed by.

        Nothing else may name them; they are made with the custodian, so `created` is at the latest.
        """
        ...

    def close(self) -> None:
        """Let go of what the keys lie in. Safe to repeat."""
        ...
