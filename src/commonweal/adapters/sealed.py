"""Sealed files as DuckDB sees them: a file system of exactly the names it was given."""

import contextlib
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import duckdb
import fsspec

from commonweal.core import CommonwealError, InputError
from commonweal.keys import PayloadWriter

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_OFFERS = itertools.count()
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class OfferedFile(Protocol):
    """A file that can be offered: `keys.PayloadReader` is one. Each thread has its own position."""

    @property
    def size(self) -> int:
        """Return its length in bytes."""
        ...

    def reopen(self) -> "OfferedFile":
        """Return another reader of the same file, with positions of its own."""
        ...

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes from this thread's position."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move this thread's position and return it."""
        ...

    def tell(self) -> int:
        """Return this thread's position."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class SealedFiles(fsspec.AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """The sealed files one DuckDB database may touch, under `commonweal+age://NAME`.

    Make one for each `duckdb.connect()` and hand it to `register_filesystem`; every cursor of that database
    then shares it, so a database serves one reader's statements at a time. It lists nothing and finds nothing
    that was not offered. Run statements inside `explained()`: DuckDB turns an error met while it reads or
    writes into text, and this gives the error back.
    """

    protocol = "commonweal+age"
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self._readers: dict[str, tuple[OfferedFile, datetime]] = {}
        self._writers: dict[str, PayloadWriter] = {}
        self._watchers: dict[str, Callable[[bytes], None]] = {}
        self._failure: CommonwealError | None = None
        self._lock = threading.Lock()
        self.learnt: dict[str, object] = {}
        """What was found out about an offered file by its URL, so that it need not be found out again."""

    def offer(self, name: str, reader: OfferedFile) -> str:
        """Let the connection read `reader` as often as it likes, and return the URL to read it by.

        Raises:
            InputError: `name` is malformed or taken.
        """
        # DuckDB can be set to cache what it reads by URL and time of change (`parquet_metadata_cache`,
        # `cache_local_files`): two offers with one time would be read as one file.
        changed = _EPOCH + timedelta(seconds=next(_OFFERS))
        with self._lock:
            url = self._claim(name)
            self._readers[name] = (reader, changed)
        return url

    def accept(self, name: str, writer: PayloadWriter) -> str:
        """Let the connection write `writer`, once, and return the URL to write it by.

        DuckDB closes the payload when its `COPY` ends; the caller commits what lies under it.

        Raises:
            InputError: `name` is malformed or taken.
        """
        with self._lock:
            url = self._claim(name)
            self._writers[name] = writer
        return url

    def withdraw(self, name: str) -> None:
        """Forget `name`, if it is known."""
        with self._lock:
            self._readers.pop(name, None)
            self._writers.pop(name, None)
            self.learnt.pop(f"{self.protocol}://{name}", None)

    @contextlib.contextmanager
    def watching(self, url: str, look: Callable[[bytes], None]) -> Iterator[None]:
        """Show `look` every block that is read of an offered file by whoever opens it within the block.

        What it raises ends the reading.
        """
        name = self._strip_protocol(url)
        self._watchers[name] = look
        try:
            yield
        finally:
            del self._watchers[name]

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Raise the error that a sealed file gave DuckDB in place of DuckDB's own."""
        self._failure = None
        try:
            yield
        except duckdb.Error:
            if self._failure is None:
                raise
            raise self._failure from None

    def info(self, path: str, **_: object) -> dict[str, object]:
        """Return the name, size and type of an offered file.

        Raises:
            FileNotFoundError: nothing of that name is offered.
        """
        reader, changed = self._offered(path)
        return {"name": self._strip_protocol(path), "size": reader.size, "type": "file", "mtime": changed}

    def modified(self, path: str) -> datetime:
        """Return a time that no other offer has; errors as `info`."""
        return self._offered(path)[1]

    def created(self, path: str) -> datetime:
        """Return the same as `modified`."""
        return self.modified(path)

    def glob(self, path: str, **_: object) -> list[str]:
        """Return the file of exactly that name, if it is offered; patterns match nothing."""
        return [self._strip_protocol(path)] if self.exists(path) else []

    def exists(self, path: str, **_: object) -> bool:
        """Return whether a file of that name is offered."""
        return self._strip_protocol(path) in self._readers

    def ls(self, path: str, detail: bool = True, **_: object) -> list[Any]:  # noqa: FBT001, FBT002  fsspec's signature
        """Return the file of exactly that name, if it is offered, and never anything else."""
        return [self.info(found) if detail else found for found in self.glob(path)]

    def _open(self, path: str, mode: str = "rb", **_: object) -> "_ReadHandle | _WriteHandle":
        if mode == "rb":
            watcher = self._watchers.get(self._strip_protocol(path), _pass)
            return _ReadHandle(self._offered(path)[0].reopen(), self._note, watcher)
        with self._lock:
            writer = self._writers.pop(self._strip_protocol(path), None)
        if mode != "wb" or writer is None:
            raise FileNotFoundError("no sealed file of that name may be written")
        return _WriteHandle(writer, self._note)

    def _claim(self, name: str) -> str:
        if not _NAME.fullmatch(name) or name in self._readers or name in self._writers:
            raise InputError("A sealed file was offered under a name that is malformed or taken.")
        return f"{self.protocol}://{name}"

    def _offered(self, path: str) -> tuple[OfferedFile, datetime]:
        try:
            return self._readers[self._strip_protocol(path)]
        except KeyError:
            raise FileNotFoundError("no sealed file of that name is offered") from None

    def _note(self, failure: CommonwealError) -> None:
        self._failure = self._failure or failure


def _pass(_block: bytes) -> None:
    """Look at nothing."""


class _Noting:
    """Notes the first of our errors on its way out, before DuckDB turns it into text."""

    def __init__(self, note: Callable[[CommonwealError], None]) -> None:
        self._note = note

    @contextlib.contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except CommonwealError as failure:
            self._note(failure)
            raise


class _ReadHandle(_Noting):
    """An offered file as DuckDB drives it."""

    def __init__(
        self, file: OfferedFile, note: Callable[[CommonwealError], None], look: Callable[[bytes], None]
    ) -> None:
        super().__init__(note)
        self._file = file
        self._look = look

    def read(self, size: int = -1) -> bytes:
        with self._noting():
            block = self._file.read(size)
            self._look(block)
            return block

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


class _WriteHandle(_Noting):
    """An accepted file as DuckDB drives it."""

    def __init__(self, file: PayloadWriter, note: Callable[[CommonwealError], None]) -> None:
        super().__init__(note)
        self._file = file

    def write(self, data: bytes) -> int:
        with self._noting():
            return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        with self._noting():
            self._file.close()
