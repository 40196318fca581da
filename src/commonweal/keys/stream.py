"""The payload of a sealed file: 64 KiB chunks under ChaCha20-Poly1305, as age v1 lays them out."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import SealedFileError

NONCE_SIZE = 16
CHUNK_SIZE = 64 * 1024
TAG_SIZE = 16
SEALED_CHUNK_SIZE = CHUNK_SIZE + TAG_SIZE


def derive_payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """Return the 32-byte payload key of a file key and the payload's 16-byte nonce."""
    return HKDF(algorithm=SHA256(), length=32, salt=nonce, info=b"payload").derive(file_key)


def chunk_nonce(index: int, *, last: bool) -> bytes:
    """Return the 12-byte nonce of a chunk: its big-endian number, then 1 for the last chunk and 0 else."""
    return index.to_bytes(11, "big") + bytes([last])


@dataclass(frozen=True, slots=True)
class PayloadLayout:
    """Where the chunks of a payload lie; sizes in bytes.

    The last chunk may be short, and is empty only when the whole payload is.
    """

    chunks: int
    plain_size: int

    @classmethod
    def of(cls, payload_size: int) -> "PayloadLayout":
        """Return the layout of a payload of `payload_size` bytes, nonce included.

        Raises:
            SealedFileError: no payload can have that size.
        """
        body = payload_size - NONCE_SIZE
        chunks = -(-body // SEALED_CHUNK_SIZE)
        last = body - (chunks - 1) * SEALED_CHUNK_SIZE
        if body < TAG_SIZE or last < TAG_SIZE or (chunks > 1 and last == TAG_SIZE):
            raise SealedFileError("The sealed file's payload is cut short or has bytes left over.")
        return cls(chunks, body - chunks * TAG_SIZE)

    @staticmethod
    def offset(index: int) -> int:
        """Return where in the payload chunk `index` starts."""
        return NONCE_SIZE + index * SEALED_CHUNK_SIZE

    def plain_length(self, index: int) -> int:
        """Return how many bytes of data chunk `index` holds."""
        return min(CHUNK_SIZE, self.plain_size - index * CHUNK_SIZE)

    def is_last(self, index: int) -> bool:
        """Return whether chunk `index` ends the payload."""
        return index == self.chunks - 1


def payload_size_of(plain_size: int) -> int:
    """Return the size of the payload that seals `plain_size` bytes, nonce and tags included."""
    chunks = max(1, -(-plain_size // CHUNK_SIZE))
    return NONCE_SIZE + plain_size + chunks * TAG_SIZE
