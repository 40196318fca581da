"""Whole `.age` files as people's own tools see them: `commonweal+age:///FOLDER/FILE.age`, read only, by fsspec."""

import atexit
import contextlib
import os
import re
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import fsspec

from commonweal.core import CommonwealError, InputError, UnreadableFileError
from commonweal.keys import (
    ARMOR_BEGIN,
    MAX_HEADER_SIZE,
    PassphraseIdentity,
    PayloadReader,
    SealedFileError,
    Unwrapper,
    parse_header,
    parse_identity,
    unwrap_header,
)

Place: TypeAlias = str | os.PathLike[str]
Note: TypeAlias = Callable[[CommonwealError], None]

_PATTERN = re.compile(r"[*?\[]")
_LARGEST_KEY_FILE = 1024 * 1024
_LETTING_GO_SECONDS = 0.25
_OPENED: "weakref.WeakSet[OpenedAgeFile]" = weakref.WeakSet()


class AgeFileSystem(fsspec.AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """The local files that identities open, each with the content that is sealed in it, under its own name.

    A file is opened where it lies: nothing of it is copied, it can be read at any place, and no more of it than a few
    chunks of 64 KiB is in memory. Each chunk is proved before a byte of it is given. Nothing can be written.

    Every thread that reads a file has a position of its own, which is what DuckDB's threads need: a file that is opened
    in one thread begins at 0 in another.
    """

    protocol = "commonweal+age"
    root_marker = "/"
    cachable = False  # an instance holds keys

    def __init__(
        self, identity: Place | Sequence[Place] = (), *, passphrase: Place | None = None, **options: Any
    ) -> None:
        """Read the keys to open files with.

        Args:
            identity: a file of identities, as `commonweal keygen` writes it, or several.
            passphrase: a file whose first line is a passphrase.
            options: those of every fsspec file system.

        Raises:
            InputError: no key is given.
            RecipientError: a line is no identity.
            UnreadableFileError: a file of keys cannot be read.
        """
        super().__init__(**options)
        self._failure: CommonwealError | None = None
        files = [identity] if isinstance(identity, str | os.PathLike) else list(identity)
        self._unwrappers: list[Unwrapper] = [parse_identity(line) for file in files for line in _lines(file)]
        if passphrase is not None:
            self._unwrappers.append(PassphraseIdentity(next(iter(_text(passphrase).splitlines()), "")))
        if not self._unwrappers:
            raise InputError(
                "No identity is given to open with.", advice="Give identity=FILE among the storage options."
            )

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Raise the error that a sealed file gave the tool in the block, in place of what the tool made of it.

        DuckDB makes text of an error that it meets while it reads; other tools pass it on as it is.
        """
        self._failure = None
        try:
            yield
        except Exception as error:
            if self._failure is None or error is self._failure:
                raise
            raise self._failure from None

    def info(self, path: str, **_: object) -> dict[str, object]:
        """Return the name, the type and, of a file, the size of what is sealed in it and the time of its change.

        Raises:
            FileNotFoundError: there is no such file or folder.
            SealedFileError: as `open`.
        """
        place = self._place(path)
        if place.is_dir():
            return {"name": str(place), "size": 0, "type": "directory"}
        with self._open(str(place)) as file:
            return {"name": str(place), "size": file.size, "type": "file", "mtime": self.modified(path)}

    def ls(self, path: str, detail: bool = True, **_: object) -> list[Any]:  # noqa: FBT001, FBT002  fsspec's signature
        """Return a file, or what a folder holds that is a folder or ends in `.age`; errors as `info`."""
        place = self._place(path)
        found = [each for each in sorted(place.iterdir()) if _is_shown(each)] if place.is_dir() else [place]
        return [self.info(str(each)) if detail else str(each) for each in found]

    def exists(self, path: str, **_: object) -> bool:
        """Return whether there is such a file or folder, whoever can open it."""
        return Path(self._strip_protocol(path)).exists()

    def glob(self, path: str, **options: Any) -> list[str]:
        """Return the files that a pattern names, unopened."""
        if _PATTERN.search(path):
            found: list[str] = super().glob(path, **options)
            return found
        return [self._strip_protocol(path)] if self.exists(path) else []

    def modified(self, path: str) -> datetime:
        """Return when the sealed file was last changed."""
        return datetime.fromtimestamp(self._place(path).stat().st_mtime, UTC)

    def created(self, path: str) -> datetime:
        """Return the same as `modified`."""
        return self.modified(path)

    def _open(self, path: str, mode: str = "rb", **_: object) -> "OpenedAgeFile":
        """Open a file to read.

        Raises:
            PermissionError: `mode` writes.
            FileNotFoundError: there is no such file.
            NotARecipientError: none of the identities opens it.
            SealedFileError: it is no age v1 file, is armored, or does not prove itself.
        """
        if mode != "rb":
            raise PermissionError("sealed files are only read")
        with _noting(self._keep):
            return OpenedAgeFile(self._place(path), self._unwrappers, self._keep)

    def _keep(self, failure: CommonwealError) -> None:
        self._failure = self._failure or failure

    def _place(self, path: str) -> Path:
        place = Path(self._strip_protocol(path))
        if not place.exists():
            raise FileNotFoundError(f"there is no {place}")
        return place


class OpenedAgeFile(PayloadReader):
    """What is sealed in a whole `.age` file: a binary file, read only and seekable, that owns the file under it."""

    def __init__(self, place: Path, unwrappers: Sequence[Unwrapper], note: Note) -> None:
        self._raw, self._note = _LocalFile(place), note
        try:
            start = self._raw.pread(0, MAX_HEADER_SIZE)
            if start.lstrip().startswith(ARMOR_BEGIN):
                raise SealedFileError(
                    "An armored file cannot be read at any place.", advice="Open it with `commonweal open`."
                )
            header = parse_header(start)
            file_key = unwrap_header(header, unwrappers)
            super().__init__(self._raw, file_key, self._raw.size - header.size, start=header.size)
        except BaseException:
            self._raw.close()
            raise
        _OPENED.add(self)

    def pread(self, offset: int, size: int, /) -> bytes:
        """Return the `size` bytes at `offset`; see `PayloadReader.pread`."""
        with _noting(self._note):
            return super().pread(offset, size)

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # as PayloadReader's
        """Fill `buffer` from this thread's position; see `PayloadReader.readinto`."""
        with _noting(self._note):
            return super().readinto(buffer)

    def close(self) -> None:
        """Release the file. Safe to repeat; also done when nobody holds it any more."""
        super().close()
        self._raw.close()


class _LocalFile:
    """A file that is read by position, from any thread; a `keys.PositionedReader`."""

    def __init__(self, place: Path) -> None:
        self._descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._descriptor).st_size

    def pread(self, offset: int, size: int, /) -> bytes:
        pieces = []
        while size and (piece := os.pread(self._descriptor, size, offset)):
            pieces.append(piece)
            offset, size = offset + len(piece), size - len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


@atexit.register
def _let_go() -> None:
    """Wait for threads that still hold a file: pyarrow's abort the process when they let go after the interpreter."""
    limit = time.monotonic() + _LETTING_GO_SECONDS
    while _OPENED and time.monotonic() < limit:
        time.sleep(0.005)


@contextlib.contextmanager
def _noting(note: Note) -> Iterator[None]:
    try:
        yield
    except CommonwealError as failure:
        note(failure)
        raise


def _is_shown(place: Path) -> bool:
    return place.is_dir() or place.suffix == ".age"


def _lines(file: Place) -> Iterator[str]:
    lines = (line.strip() for line in _text(file).splitlines())
    return (line for line in lines if line and not line.startswith("#"))


def _text(file: Place) -> str:
    try:
        with Path(file).open("rb") as opened:
            return opened.read(_LARGEST_KEY_FILE).decode()
    except (OSError, UnicodeDecodeError):
        raise UnreadableFileError(f"{file} cannot be read as text.") from None
