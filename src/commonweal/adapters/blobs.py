"""Blobs in a local folder: written aside, synced, then linked into place, so that none is ever half there."""

import contextlib
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from commonweal.core import StoreError, StoreFullError
from commonweal.keys import BlobNameError, UnknownBlobError

from .durable import sync_folder
from .folder import make_private_folder

_BLOB_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
_UNFINISHED = "unfinished"


class LocalBlobs:
    """A `keys.BlobStore` under `root`; folders are 0700 and files 0600.

    A blob lies at `root/XX/ID`, where XX is the identifier's last two characters. What a crash leaves behind lies
    in `root/unfinished` and is never visible: `sweep` removes it. A store that is `only_read` makes no folder and
    changes none, so that it can look at a copy that belongs to somebody else.
    """

    def __init__(self, root: Path, *, only_read: bool = False) -> None:
        self._root = root
        if not only_read:
            with _explained():
                make_private_folder(root / _UNFINISHED)

    def create(self, blob_id: str) -> "LocalBlobWriter":
        """Begin a blob; see `keys.BlobStore.create`."""
        place = self._place(blob_id)
        if place.exists():
            raise _taken(blob_id)
        return LocalBlobWriter(place, self._root / _UNFINISHED / f"{blob_id}.{secrets.token_hex(4)}")

    def open(self, blob_id: str) -> "LocalBlobReader":
        """Open a committed blob; see `keys.BlobStore.open`."""
        return LocalBlobReader(self._existing(blob_id))

    def size(self, blob_id: str) -> int:
        """Return the length of a committed blob in bytes; see `keys.BlobStore.size`."""
        return self._existing(blob_id).stat().st_size

    def digest(self, blob_id: str) -> str:
        """Return the SHA-256 of a committed blob; see `keys.BlobStore.digest`."""
        with _explained(), self._existing(blob_id).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def delete(self, blob_id: str) -> None:
        """Remove a committed blob; see `keys.BlobStore.delete`."""
        place = self._existing(blob_id)
        with _explained():
            place.unlink()
            sync_folder(place.parent)

    def hold(self, blob_id: str) -> Path:
        """Give a committed blob a second name, under which it outlives `delete` until that is removed, or `sweep`.

        Raises:
            UnknownBlobError: there is no such blob.
            StoreError: the folder cannot be written.
        """
        place, second = self._existing(blob_id), self._root / _UNFINISHED / f"{blob_id}.{secrets.token_hex(4)}"
        with _explained():
            try:
                os.link(place, second)
            except FileNotFoundError:
                raise UnknownBlobError(f"The store holds no blob {blob_id}.") from None
        return second

    def find_blobs(self) -> Iterator[str]:
        """Yield the identifier of every committed blob."""
        for place in self._root.glob("??/*"):
            if _BLOB_ID.fullmatch(place.name) and place == self._place(place.name):
                yield place.name

    def sweep(self) -> int:
        """Remove what crashed writers left and return how many. Only while nothing is being written."""
        left = list((self._root / _UNFINISHED).iterdir())
        with _explained():
            for place in left:
                place.unlink()
        return len(left)

    def _place(self, blob_id: str) -> Path:
        if not _BLOB_ID.fullmatch(blob_id):
            raise BlobNameError("That is not a blob identifier.")
        return self._root / blob_id[-2:].rjust(2, "0") / blob_id

    def _existing(self, blob_id: str) -> Path:
        place = self._place(blob_id)
        if not place.is_file():
            raise UnknownBlobError(f"The store holds no blob {blob_id}.")
        return place


class LocalBlobReader:
    """A committed blob, open for reading by position from any thread; a `keys.BlobReader`."""

    def __init__(self, place: Path) -> None:
        with _explained():
            self._file = place.open("rb", buffering=0)
        self._size = os.fstat(self._file.fileno()).st_size

    @property
    def size(self) -> int:
        """The blob's length in bytes."""
        return self._size

    def pread(self, offset: int, size: int, /) -> bytes:
        """Return the `size` bytes at `offset`; fewer only where the blob ends."""
        pieces = []
        with _explained():
            while size and (piece := os.pread(self._file.fileno(), size, offset)):
                pieces.append(piece)
                offset, size = offset + len(piece), size - len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Release the blob. Safe to repeat."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class LocalBlobWriter:
    """A blob in the making; a `keys.BlobWriter`."""

    def __init__(self, place: Path, aside: Path) -> None:
        self._place = place
        self._aside = aside
        with _explained():
            self._file = os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)

    def write(self, data: bytes | bytearray | memoryview, /) -> int:
        """Append all of `data`; see `keys.BlobWriter.write`."""
        view = rest = memoryview(data).cast("B")
        with _explained():
            while rest:
                rest = rest[os.write(self._file.fileno(), rest) :]
        return len(view)

    def commit(self, *, durable: bool = True) -> None:
        """Make the blob durable, then visible; see `keys.BlobWriter.commit`."""
        with _explained():
            if durable:
                os.fsync(self._file.fileno())
            self._file.close()
            self._publish()

    def abort(self) -> None:
        """Forget the blob. Safe to repeat, and after `commit` without effect."""
        self._file.close()
        self._aside.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def _publish(self) -> None:
        make_private_folder(self._place.parent)
        try:
            os.link(self._aside, self._place)
        except FileExistsError:
            raise _taken(self._place.name) from None
        self._aside.unlink()
        sync_folder(self._place.parent)
        sync_folder(self._place.parent.parent)


def _taken(blob_id: str) -> BlobNameError:
    return BlobNameError(f"The store already holds a blob {blob_id}; blobs never change.")


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFullError("The disk that holds the sealed files is full.") from None
        raise StoreError(
            f"The folder of sealed files cannot be used: {error.strerror}.",
            advice="Check the folder's disk, owner and permissions.",
        ) from None
