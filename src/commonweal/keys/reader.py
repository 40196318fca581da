"""Reading a payload: any range of it, from any thread, every chunk proved before a byte of it is given."""

import io
import threading
from collections import OrderedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from .errors import SealedFileError
from .ports import PositionedReader
from .stream import (
    CHUNK_SIZE,
    NONCE_SIZE,
    SEALED_CHUNK_SIZE,
    TAG_SIZE,
    PayloadLayout,
    chunk_nonce,
    derive_payload_key,
)

_RUN = 32
_CACHED_CHUNKS = 4


class PayloadReader(io.RawIOBase):
    """A binary file, read only and seekable, over the sealed payload in `raw`.

    Each thread has its own position, because DuckDB drives one handle from many threads and calls `seek`
    and `read` apart; `pread` needs no position at all. The last chunk is proved on construction, so `size` can be
    trusted: a payload cut or grown anywhere is refused at once. `raw` stays open when this is closed.

    Args:
        raw: where the payload lies.
        file_key: the 16-byte file key.
        payload_size: the payload's size in bytes, nonce included.
        start: where in `raw` the payload begins; in an `.age` file, the size of its header.

    Raises:
        SealedFileError: here or while reading, a chunk is not what was sealed at its place under this key.
    """

    def __init__(self, raw: PositionedReader, file_key: bytes, payload_size: int, *, start: int = 0) -> None:
        super().__init__()
        self._payload = _Payload(raw, file_key, payload_size, start)
        self._positions: dict[int, int] = {}

    @property
    def size(self) -> int:
        """The size of the data in bytes."""
        return self._payload.layout.plain_size

    def reopen(self) -> "PayloadReader":
        """Return another reader of the same payload, with positions of its own; nothing is proved again."""
        twin = PayloadReader.__new__(PayloadReader)
        io.RawIOBase.__init__(twin)
        twin._payload, twin._positions = self._payload, {}  # noqa: SLF001  a twin is one of us
        return twin

    def pread(self, offset: int, size: int, /) -> bytes:
        """Return the `size` bytes of data at `offset`; fewer only where the data ends.

        Raises:
            ValueError: `offset` is negative.
        """
        if offset < 0:
            raise ValueError("no such position")
        wanted = io.BytesIO(bytes(max(0, min(size, self.size - offset))))  # gives what it holds without a copy
        with wanted.getbuffer() as view:
            self._payload.fill(offset, view)
        return wanted.getvalue()

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes from this thread's position, all that remain if negative or None."""
        self._require_open()
        offset = self.tell()
        found = self.pread(offset, self.size if size is None or size < 0 else size)
        self._positions[threading.get_ident()] = offset + len(found)
        return found

    def readall(self) -> bytes:
        """Return all that remains from this thread's position."""
        return self.read()

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # narrower: no array, mmap
        """Fill `buffer` from this thread's position and return how many bytes were read."""
        self._require_open()
        offset, view = self.tell(), memoryview(buffer).cast("B")
        count = max(0, min(len(view), self.size - offset))
        self._payload.fill(offset, view[:count])
        self._positions[threading.get_ident()] = offset + count
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move this thread's position and return it, counted from the start.

        Raises:
            ValueError: the position would be negative, or `whence` is unknown.
        """
        self._require_open()
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: self.size}.get(whence)
        if origin is None or origin + offset < 0:
            raise ValueError("no such position")
        self._positions[threading.get_ident()] = origin + offset
        return origin + offset

    def tell(self) -> int:
        """Return this thread's position."""
        return self._positions.get(threading.get_ident(), 0)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def _require_open(self) -> None:
        if self.closed:
            raise ValueError("read of a closed payload")


class _Payload:
    """The chunks of one payload, with the last few partly used ones of each thread kept in the clear."""

    def __init__(self, raw: PositionedReader, file_key: bytes, payload_size: int, start: int) -> None:
        self.layout = PayloadLayout.of(payload_size)
        self._raw = raw
        self._start = start
        self._cipher = ChaCha20Poly1305(derive_payload_key(file_key, self._sealed(0, NONCE_SIZE)))
        # Keyed by thread, not threading.local: DuckDB's threads may be new to Python at every call.
        self._caches: dict[int, OrderedDict[int, bytes]] = {}
        self._chunk(self.layout.chunks - 1)

    def fill(self, offset: int, out: memoryview) -> None:
        """Fill `out` with the data at `offset`, all of which must lie within the payload."""
        while out:
            index, within = divmod(offset, CHUNK_SIZE)
            whole = 0 if within else self._whole_chunks(index, len(out))
            count = self._fill_run(index, whole, out) if whole else self._fill_part(index, within, out)
            offset, out = offset + count, out[count:]

    def _whole_chunks(self, index: int, length: int) -> int:
        run = min(length // CHUNK_SIZE, _RUN)
        ends_payload = self.layout.is_last(index) and length == self.layout.plain_length(index)
        return max(run, int(ends_payload))

    def _fill_part(self, index: int, within: int, out: memoryview) -> int:
        part = self._chunk(index)[within : within + len(out)]
        out[: len(part)] = part
        return len(part)

    def _fill_run(self, index: int, count: int, out: memoryview) -> int:
        length = sum(self.layout.plain_length(index + n) for n in range(count))
        sealed = memoryview(self._sealed(self.layout.offset(index), length + count * TAG_SIZE))
        for n in range(count):
            plain = out[n * CHUNK_SIZE : min((n + 1) * CHUNK_SIZE, length)]
            self._open(index + n, sealed[n * SEALED_CHUNK_SIZE : (n + 1) * SEALED_CHUNK_SIZE], plain)
        return length

    def _chunk(self, index: int) -> bytes:
        cache = self._caches.setdefault(threading.get_ident(), OrderedDict())
        if index not in cache:
            plain = bytearray(self.layout.plain_length(index))
            sealed = self._sealed(self.layout.offset(index), len(plain) + TAG_SIZE)
            self._open(index, memoryview(sealed), memoryview(plain))
            cache[index] = bytes(plain)
            if len(cache) > _CACHED_CHUNKS:
                cache.popitem(last=False)
        return cache[index]

    def _open(self, index: int, sealed: memoryview, plain: memoryview) -> None:
        nonce = chunk_nonce(index, last=self.layout.is_last(index))
        try:
            self._cipher.decrypt_into(nonce, sealed, None, plain)
        except InvalidTag:
            raise SealedFileError(f"Chunk {index} of the sealed file is not what was sealed there.") from None

    def _sealed(self, offset: int, size: int) -> bytes:
        sealed = self._raw.pread(self._start + offset, size)
        if len(sealed) != size:
            raise SealedFileError("The sealed file's payload is cut short.")
        return sealed
