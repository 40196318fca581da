"""Writing a payload: plain bytes in, sealed chunks out, in constant memory."""

import secrets
import threading
from types import TracebackType
from typing import Protocol, Self

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from commonweal.core import StoreError

from .stream import CHUNK_SIZE, NONCE_SIZE, SEALED_CHUNK_SIZE, chunk_nonce, derive_payload_key

_RUN = 16


class Sink(Protocol):
    """Where sealed bytes go."""

    def write(self, data: memoryview, /) -> int | None:
        """Take all of `data` and return its length in bytes."""
        ...


class PayloadWriter:
    """A binary file, write only, whose bytes arrive sealed in `raw`.

    Several threads may write; the order of their calls is the order of the bytes. Closing seals the last
    chunk and leaves `raw` open for its owner to commit. Leaving a `with` block by an exception, or any failure
    of `raw`, abandons the payload instead: it has no last chunk, so no reader accepts it.
    """

    def __init__(self, raw: Sink, file_key: bytes) -> None:
        nonce = secrets.token_bytes(NONCE_SIZE)
        self._raw = raw
        self._cipher = ChaCha20Poly1305(derive_payload_key(file_key, nonce))
        self._lock = threading.Lock()
        self._held = bytearray()
        self._sealed = memoryview(bytearray(_RUN * SEALED_CHUNK_SIZE))
        self._index = self._plain_size = self._payload_size = 0
        self._closed = self._broken = self._complete = False
        self._emit(memoryview(nonce))

    @property
    def closed(self) -> bool:
        """Whether the payload is finished or abandoned."""
        return self._closed

    @property
    def plain_size(self) -> int:
        """How many bytes of data were sealed; ValueError before a close that succeeded."""
        self._require_complete()
        return self._plain_size

    @property
    def payload_size(self) -> int:
        """How many bytes went to `raw`; ValueError before a close that succeeded."""
        self._require_complete()
        return self._payload_size

    def write(self, data: bytes | bytearray | memoryview, /) -> int:
        """Append `data` and return its length in bytes.

        Raises:
            ValueError: the writer is closed.
            StoreError: `raw` took less than it was given, now or earlier; whatever `raw.write` raises passes
                unchanged.
        """
        view = memoryview(data).cast("B")
        with self._lock:
            if self._closed:
                raise ValueError("write to a closed payload")
            self._take(view)
            self._plain_size += len(view)
        return len(view)

    def flush(self) -> None:
        """Do nothing: a chunk is sealed when it is full."""

    def tell(self) -> int:
        """Return how many bytes of data have been written."""
        return self._plain_size

    def readable(self) -> bool:
        """Return False."""
        return False

    def writable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return False."""
        return False

    def close(self) -> None:
        """Seal the last chunk. Safe to repeat; errors as `write`."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._seal([memoryview(self._held)], last=True)
                self._complete = True

    def abandon(self) -> None:
        """Close without a last chunk, so that what was written never opens."""
        with self._lock:
            self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _require_complete(self) -> None:
        if not self._complete:
            raise ValueError("the payload is not complete")

    def _take(self, view: memoryview) -> None:
        """Seal every chunk that is certainly not the last, and hold the rest: 1 to 64 KiB."""
        room = CHUNK_SIZE - len(self._held)
        if len(view) > room:
            self._held += view[:room]
            self._seal([memoryview(bytes(self._held))], last=False)
            self._held.clear()
            view = self._seal_whole(view[room:])
        self._held += view

    def _seal_whole(self, view: memoryview) -> memoryview:
        while len(view) > CHUNK_SIZE:
            count = min((len(view) - 1) // CHUNK_SIZE, _RUN)
            self._seal([view[n * CHUNK_SIZE : (n + 1) * CHUNK_SIZE] for n in range(count)], last=False)
            view = view[count * CHUNK_SIZE :]
        return view

    def _seal(self, chunks: list[memoryview], *, last: bool) -> None:
        end = 0
        for chunk in chunks:
            start, end = end, end + len(chunk) + SEALED_CHUNK_SIZE - CHUNK_SIZE
            nonce = chunk_nonce(self._index, last=last)
            self._cipher.encrypt_into(nonce, chunk, None, self._sealed[start:end])
            self._index += 1
        self._emit(self._sealed[:end])

    def _emit(self, sealed: memoryview) -> None:
        complete, self._broken = not self._broken, True  # a gap must never be sealed over
        if not complete or self._raw.write(sealed) != len(sealed):
            raise StoreError("The store took only part of a sealed file; nothing of it was kept.")
        self._broken = False
        self._payload_size += len(sealed)
