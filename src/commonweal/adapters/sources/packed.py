"""Zip and gzip: one file taken out as a stream, bombs refused; names in an archive never become paths."""

import gzip
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import IO

from .telling import Content, Output, Taken, list_names, many, refuse, shown_name

MOST_MEMBERS = 10_000
MOST_UNPACKED = 16 << 30
"""Bytes to which a source may unpack, as many as a source may have."""

MOST_RATIO = 200
_UNMEASURED = 32 << 20
_DIRECTORY = 8 << 20
_PIECE = 1 << 20
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
_TABLES = frozenset(
    {"csv", "tsv", "tab", "txt", "json", "ndjson", "jsonl", "geojson", "xml", "parquet"}
    | {"arrow", "arrows", "feather", "ipc", "xlsx", "xlsm", "xls", "ods", "gpkg", "dat"}
)
_UNSURE = frozenset({"txt", "xml", "dat", "json"})
_JUNK = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")


class _Bounded:
    """A content whose single reads are bounded: a directory that claims to be huge is not read."""

    def __init__(self, content: Content) -> None:
        self.seek, self.tell, self._content = content.seek, content.tell, content
        self.seekable = lambda: True

    def read(self, size: int = -1) -> bytes:
        found = self._content.read(min(size, _DIRECTORY + 1) if size >= 0 else _DIRECTORY + 1)
        if len(found) > _DIRECTORY:
            raise refuse("The directory of the zip archive is too large.")
        return found


def open_archive(content: Content) -> zipfile.ZipFile:
    """Return a zip archive that was looked through: few members, none over another, none that grows beyond measure.

    Raises:
        SourceError: it is damaged, or one of these does not hold.
    """
    content.seek(0)
    try:
        archive = zipfile.ZipFile(_Bounded(content))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise refuse("The zip archive is damaged or cut short.") from None
    members = sorted(archive.infolist(), key=lambda each: each.header_offset)
    if len(members) > MOST_MEMBERS:
        raise refuse(f"The zip archive has {len(members):,} members; {MOST_MEMBERS:,} is the most that is read.")
    if any(not each.filename for each in members):
        raise refuse("A member of the zip archive has no name.", "Pack it again.")
    if members and members[0].header_offset < 0:
        raise refuse("The zip archive is damaged or cut short.")
    for each, after in pairwise(members):
        if each.header_offset + _LOCAL_HEADER + each.compress_size > after.header_offset:
            raise refuse("The members of the zip archive overlap.")
    unpacked, packed = sum(each.file_size for each in members), sum(each.compress_size for each in members)
    _verify_growth(packed, unpacked, "zip archive")
    return archive


def unpack_zip(content: Content, member: str, output: Output) -> Taken:
    """Write one member of a zip archive and say which.

    Raises:
        SourceError: it holds no table or several and none is named, or the one chosen cannot be unpacked.
    """
    with open_archive(content) as archive:
        chosen, left = _choose(archive, member)
        if chosen.flag_bits & _ENCRYPTED:
            raise refuse("The zip archive is locked by a password.", "Pack it without a password.")
        if chosen.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise refuse("The zip archive is packed in a way that is not read.", "Pack it by the usual method.")
        try:
            with archive.open(chosen) as stream:
                _copy(_pieces(stream), output)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
            raise refuse("A member of the zip archive is damaged.") from None
    notes = (f"Left out: the {many(len(left), 'other file')} {list_names(left)} of the archive.",) if left else ()
    return Taken(f"the file “{shown_name(chosen.filename)}” of a zip archive", notes)


def _choose(archive: zipfile.ZipFile, member: str) -> tuple[zipfile.ZipInfo, list[str]]:
    found = {each.filename: each for each in archive.infolist() if not each.is_dir() and not _is_junk(each.filename)}
    if member:
        if member not in found:
            raise refuse(f"The zip archive has no file “{shown_name(member)}”.", f"It has: {list_names(list(found))}.")
        return found[member], [each for each in found if each != member]
    tables = _likely(list(found))
    if not tables:
        raise refuse("The zip archive holds no file.")
    if len(tables) > 1:
        raise refuse(
            f"The zip archive holds {len(tables)} tables: {list_names(tables)}.",
            "Name the one to read: --member NAME.",
        )
    return found[tables[0]], [each for each in found if each != tables[0]]


def _likely(names: Sequence[str]) -> list[str]:
    """Return the names that speak of a table; where none does, all of them."""
    tables = [each for each in names if _ending(each) in _TABLES]
    sure = [each for each in tables if _ending(each) not in _UNSURE]
    return sure if len(sure) == 1 else tables or list(names)


def _ending(name: str) -> str:
    return posixpath.splitext(name.lower().removesuffix(".gz"))[1][1:]


def _is_junk(name: str) -> bool:
    return name.lower().startswith(_JUNK[0]) or posixpath.basename(name).lower() in _JUNK[1:]


def unpack_gzip(content: Content, output: Output) -> Taken:
    """Write what a gzip file holds.

    Raises:
        SourceError: it is damaged, or grows beyond measure.
    """
    packed = content.seek(0, 2)
    content.seek(0)
    counting = _Counting(content)
    try:
        with gzip.GzipFile(fileobj=counting) as stream:
            _copy(_watched(stream, counting), output)
    except (OSError, EOFError, zlib.error, ValueError):
        raise refuse(f"What is packed with gzip is damaged or cut short ({packed:,} bytes).") from None
    return Taken("a file packed with gzip")


class _Counting:
    """A content that counts how many of its bytes were read."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        found = self._content.read(size)
        self.count += len(found)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._content.seek(offset, whence)


def _watched(stream: gzip.GzipFile, counting: _Counting) -> Iterator[bytes]:
    unpacked = 0
    for piece in _pieces(stream):
        unpacked += len(piece)
        _verify_growth(counting.count, unpacked, "file packed with gzip")
        yield piece


def _pieces(stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece


def _copy(pieces: Iterator[bytes], output: Output) -> None:
    written = 0
    for piece in pieces:
        written += len(piece)
        if written > MOST_UNPACKED:
            raise refuse(f"The source unpacks to more than {MOST_UNPACKED >> 30} GiB.")
        output.write(piece)


def _verify_growth(packed: int, unpacked: int, what: str) -> None:
    if unpacked > MOST_UNPACKED or unpacked > _UNMEASURED + packed * MOST_RATIO:
        raise refuse(
            f"The {what} unpacks to more than {MOST_RATIO} times its size, or to more than {MOST_UNPACKED >> 30} GiB.",
            "Publish the file unpacked.",
        )
