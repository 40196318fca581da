"""Looking for people under a folder, in any form in which a program might leave them."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Claimant

MAGIC = b"PAR1"
_EDGE = 64
_BLOCK = 4096


def needles_of(people: "Iterable[Claimant]") -> Sequence[bytes]:
    """Return every form of every particular of these people."""
    every = (form for each in people for value in each.values() for form in forms_of(value))
    return tuple(dict.fromkeys(every))


def forms_of(value: str) -> Iterator[bytes]:
    """Yield a value as text, UTF-16, JSON, hexadecimal and base64 (wherever it begins within a group of three)."""
    for text in (value, value.lower()):
        plain = text.encode()
        yield from (plain, text.encode("utf-16-le"), text.encode("utf-16-be"), plain.hex().encode())
        yield plain.hex().upper().encode()
        yield json.dumps(text)[1:-1].encode()
        for shift in range(3):
            yield b64encode(bytes(shift) + plain)[4 if shift else 0 :].rstrip(b"=")[:-1]


def found_in(name: str, content: bytes, needles: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """Return which needles lie in a content, each with the content's name."""
    return [(name, needle) for needle in needles if needle in content]


def found_under(folder: Path, needles: Sequence[bytes]) -> list[tuple[str, bytes]]:
    """Return which needles lie in which files under a folder, or in their names."""
    files = ((path.name, bytes(path) + b"\n" + content) for path, content in _files(folder))
    return [found for name, content in files for found in found_in(name, content, needles)]


class Search:
    """Searches one folder again and again; of a file that was clean it reads on only what has changed since."""

    def __init__(self, folder: Path, needles: Sequence[bytes]) -> None:
        self._folder = folder
        self._needles = needles
        self._margin = max(map(len, needles))
        self._clean: dict[Path, bytes] = {}

    def found(self) -> list[tuple[str, bytes]]:
        """Return which needles lie in which files, or in their names."""
        return [found for path, content in _files(self._folder) for found in self._found_in(path, content)]

    def _found_in(self, path: Path, content: bytes) -> list[tuple[str, bytes]]:
        pieces = [bytes(path), *self._changed(self._clean.get(path, b""), content)]
        found = [each for piece in pieces for each in found_in(path.name, piece, self._needles)]
        if not found:
            self._clean[path] = content
        return found

    def _changed(self, before: bytes, now: bytes) -> Iterator[bytes]:
        for start in range(0, len(now), _BLOCK):
            if now[start : start + _BLOCK] != before[start : start + _BLOCK]:
                yield now[max(0, start - self._margin) : start + _BLOCK + self._margin]


def parquet_under(folder: Path) -> list[str]:
    """Return the files that begin or end as Parquet does, give or take what a sealed file has around it.

    Parquet packs its pages, so that no value in them can be searched for; its magic stands in the open.
    """
    edges = [(path.name, content[:_EDGE] + content[-_EDGE:]) for path, content in _files(folder)]
    return [name for name, edge in edges if MAGIC in edge]


def _files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        try:
            if path.is_file():
                yield path, path.read_bytes()
        except FileNotFoundError:
            continue  # gone meanwhile, as staged files are
