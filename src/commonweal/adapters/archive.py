"""A tar file (POSIX 1003.1, GNU sizes) in one canonical form: what it holds determines every byte of it.

Members come first, then `members.txt` with a line `SHA-256 SIZE NAME` for each of them, then a seal of fixed length:
the caller's words over the digest of that list. Whoever reads compares each header, each byte of padding and the end
with what they must be, so no tar that any other program made, and none that was touched, is read at all.
"""

import hashlib
import tarfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Protocol

from commonweal.core import ProofError

INDEX = "members.txt"
SEAL = "manifest.json"
SEAL_SIZE = 4096
PIECE = 1 << 20
_BLOCK = 512
_END = bytes(2 * _BLOCK)
_TRAILER = _BLOCK + SEAL_SIZE + len(_END)
_IN_MEMORY = 1 << 20


class ArchiveDamagedError(ProofError):
    """The bytes are not an archive of this form, or not all of one."""

    code = "backup.damaged"
    default_advice = "Use another backup; keep this file as evidence if it was whole when it was made."


@dataclass(frozen=True, slots=True)
class Source:
    """One member to be written: its length is known before it is read; `digest` is its SHA-256 if that is known too."""

    name: str
    size: int
    open: Callable[[], Iterator[bytes]]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """What a seal vouches for: the list of members (its SHA-256), how many they are, and the archive's whole length."""

    digest: str
    members: int
    size: int


@dataclass(frozen=True, slots=True)
class Arriving:
    """One member as it is read; its `pieces` are taken before the next member comes."""

    name: str
    size: int
    pieces: Iterator[bytes]


class Reading(Protocol):
    """Gives the next bytes of an archive: exactly `size` of them, fewer only at the end."""

    def __call__(self, size: int, /) -> bytes:
        """Return the next bytes."""
        ...


def archive_size(members: Iterable[Source]) -> int:
    """Return the length in bytes of the archive of these members."""
    lines = total = 0
    for each in members:
        total += _BLOCK + _padded(each.size)
        lines += len(_line("0" * 64, each.size, each.name))
    return total + _BLOCK + _padded(lines) + _TRAILER


def write_archive(
    members: Iterable[Source], *, size: int, at: int, seal: Callable[[Index], bytes]
) -> Generator[bytes, None, None]:
    """Yield the bytes of an archive in constant memory.

    Args:
        members: what it holds, in the order in which it is written.
        size: the whole length, from `archive_size`.
        at: the moment that stands at every member, in seconds since 1970.
        seal: returns the last member for the index of all others; at most `SEAL_SIZE` bytes.

    Raises:
        ProofError: a member is not of its stated length or digest; what was yielded before is then no archive.
    """
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as lines:
        count = 0
        for count, each in enumerate(members, 1):  # noqa: B007  the last count is what is wanted
            yield _header(each.name, each.size, at)
            lines.write(_line((yield from _copied(each)), each.size, each.name))
        length = lines.tell()
        lines.seek(0)
        index = Source(INDEX, length, lambda: _pieces_of(lines))  # type: ignore[arg-type]  # a spooled file reads as any
        yield _header(INDEX, length, at)
        digest = yield from _copied(index)
    yield _header(SEAL, SEAL_SIZE, at)
    yield seal(Index(digest, count, size)).ljust(SEAL_SIZE)
    yield _END


def gathered(pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """Yield the same bytes in pieces of at least `PIECE` each, but for the last."""
    held = bytearray()
    with closing(pieces):
        for piece in pieces:
            held += piece
            if len(held) >= PIECE:
                yield bytes(held)
                held.clear()
        if held:
            yield bytes(held)


def _copied(source: Source) -> Generator[bytes, None, str]:
    digest, length = hashlib.sha256(), 0
    for piece in source.open():
        digest.update(piece)
        length += len(piece)
        yield piece
    found = digest.hexdigest()
    if length != source.size or source.digest not in {"", found}:
        raise ProofError(f"{source.name} is not what was written.")
    yield bytes(_padded(length) - length)
    return found


def _pieces_of(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def read_seal(file: BinaryIO) -> bytes:
    """Return the seal of an archive that can be sought in, without reading the rest.

    Raises:
        ArchiveDamagedError: there is none at its end.
    """
    if file.seek(0, 2) < _TRAILER:
        raise ArchiveDamagedError("This is no whole backup: it is too short.")
    file.seek(-_TRAILER, 2)
    trailer = file.read(_TRAILER)
    if _name(trailer[:_BLOCK]) != SEAL or trailer[-len(_END) :] != _END:
        raise ArchiveDamagedError("This is no whole backup: its end is missing.")
    return trailer[_BLOCK : _BLOCK + SEAL_SIZE].rstrip(b" ")


class ArchiveReader:
    """Reads an archive from its first byte to its last, in constant memory, and refuses whatever is not canonical.

    After `members` is exhausted, `index`, `seal` and `at` say what the archive says of itself; the caller compares the
    seal with the index.
    """

    index: Index
    seal: bytes
    at: int

    def __init__(self, read: Reading) -> None:
        self._read = read
        self._taken = 0

    def members(self) -> Iterator[Arriving]:
        """Yield each member before the list.

        Raises:
            ArchiveDamagedError: a header, a length, padding, the list or the end is not what it must be; the member
                that was yielded last may then be wrong too.
        """
        lines, count = hashlib.sha256(), 0
        name, size = self._next()
        while name != INDEX:
            digest = hashlib.sha256()
            pieces = self._pieces(size, digest.update)
            yield Arriving(name, size, pieces)
            self._finish(pieces, size)
            lines.update(_line(digest.hexdigest(), size, name))
            count += 1
            name, size = self._next()
        self._finish_list(size, lines.hexdigest(), count)

    def _finish_list(self, size: int, expected: str, count: int) -> None:
        listed = hashlib.sha256()
        self._finish(self._pieces(size, listed.update), size)
        if listed.hexdigest() != expected:
            raise ArchiveDamagedError("What this backup holds is not what its list says.")
        if self._next() != (SEAL, SEAL_SIZE):
            raise ArchiveDamagedError("This backup has no manifest after its list.")
        self.seal = self._exactly(SEAL_SIZE).rstrip(b" ")
        if self._exactly(len(_END)) != _END or self._read(1):
            raise ArchiveDamagedError("This backup does not end where it must.")
        self.index = Index(expected, count, self._taken)

    def _next(self) -> tuple[str, int]:
        header = self._exactly(_BLOCK)
        name, size, at = _name(header), _number(header[124:136]), _number(header[136:148])
        if not self._taken - _BLOCK:
            self.at = at
        if at != self.at or _header(name, size, at) != header:
            raise ArchiveDamagedError("A header of this backup is not one that Commonweal writes.")
        return name, size

    def _pieces(self, size: int, update: Callable[[bytes], None]) -> Iterator[bytes]:
        while size:
            piece = self._exactly(min(size, PIECE))
            update(piece)
            size -= len(piece)
            yield piece

    def _finish(self, pieces: Iterator[bytes], size: int) -> None:
        for _ in pieces:
            pass
        if any(self._exactly(_padded(size) - size)):
            raise ArchiveDamagedError("The padding of this backup is not empty.")

    def _exactly(self, size: int) -> bytes:
        found = self._read(size) if size else b""
        if len(found) != size:
            raise ArchiveDamagedError("This backup is cut short.")
        self._taken += size
        return found


def _header(name: str, size: int, at: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, at, 0o600
    try:
        header = member.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")
    except ValueError:
        raise ArchiveDamagedError("A header of this backup cannot be written.") from None
    if len(header) != _BLOCK:
        raise ArchiveDamagedError("A name in this backup is longer than any that Commonweal writes.")
    return header


def _name(header: bytes) -> str:
    try:
        return header[:100].rstrip(b"\0").decode("ascii")
    except UnicodeDecodeError:
        raise ArchiveDamagedError("A name in this backup is not one that Commonweal writes.") from None


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.rstrip(b"\0 "), 8)
    except ValueError:
        raise ArchiveDamagedError("A number in a header of this backup is not one that Commonweal writes.") from None


def _line(digest: str, size: int, name: str) -> bytes:
    return f"{digest} {size} {name}\n".encode("ascii")


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


class ByteStream:
    """Turns pieces of any length into exact reads (`Reading`), and hands each piece to `seen` as it comes."""

    def __init__(self, pieces: Iterator[bytes], seen: Callable[[bytes], object]) -> None:
        self._pieces = pieces
        self._seen = seen
        self._held = bytearray()

    def __call__(self, size: int, /) -> bytes:
        """Return the next `size` bytes, fewer only at the end."""
        while len(self._held) < size and (piece := next(self._pieces, None)) is not None:
            self._seen(piece)
            self._held += piece
        found = bytes(self._held[:size])
        del self._held[:size]
        return found
