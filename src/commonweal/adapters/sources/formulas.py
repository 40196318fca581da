"""What a workbook's stored values leave out: formulas that were never calculated, and errors."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from .telling import many

_PIECE = 1 << 20
_OVERLAP = 1 << 16
_EMPTY_FORMULA = re.compile(
    rb"<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(rb"<(?:\w+:)?c\s[^<>]*\bt=[\"']e[\"']")
_ODS_FORMULA = re.compile(rb"<table:table-cell\s(?=[^<>]*table:formula=)(?![^<>]*value-type=)[^<>]*>")
_NEVER = re.compile(rb"(?!)")


@dataclass(frozen=True, slots=True)
class Lost:
    """How many cells of a sheet hold a formula without a result, and how many an error such as a division by zero."""

    formulas: int = 0
    errors: int = 0

    def is_telling(self) -> bool:
        """Say whether any value is missing."""
        return bool(self.formulas or self.errors)

    def notes(self) -> list[str]:
        """Say in words what is missing."""
        notes = []
        if self.formulas:
            notes.append(
                f"{many(self.formulas, 'cell')} with a formula whose result was never stored: they are empty here. "
                "Open the workbook, let it calculate, and save it."
            )
        if self.errors:
            notes.append(f"{many(self.errors, 'cell')} with an error in place of a value: they are empty here.")
        return notes


def count_uncalculated(packed: bytes, sheet: str, form: str) -> Lost:
    """Return what the values of a sheet leave out; for an old Excel workbook nothing is known."""
    if form not in {"xlsx", "ods"}:
        return Lost()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        if form == "ods":
            return Lost(_count(archive, "content.xml", _ODS_FORMULA, _NEVER)[0])
        part = _part_of(archive, sheet)
        return Lost(*_count(archive, part, _EMPTY_FORMULA, _ERROR)) if part else Lost()


def _count(archive: zipfile.ZipFile, part: str, *patterns: re.Pattern[bytes]) -> tuple[int, ...]:
    totals = [0] * len(patterns)
    for block in _blocks(archive, part):
        for place, pattern in enumerate(patterns):
            totals[place] += sum(1 for _ in pattern.finditer(block))
    return tuple(totals)


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a part's content in blocks that end where a cell ends, unless a cell is very long."""
    held = b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            held += piece
            end = max(held.rfind(b"</c>"), held.rfind(b":c>"), held.rfind(b"</table:table-cell>")) + 1
            end = held.find(b">", end) + 1 if end else 0
            if end or len(held) > _PIECE + _OVERLAP:
                yield held[: end or len(held)]
                held = held[end or len(held) :]
    yield held


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the part of the archive that holds a sheet of Excel, '' where it is not told."""
    book = "xl/workbook.xml"
    names = archive.namelist()
    if book not in names or "xl/_rels/workbook.xml.rels" not in names:
        return ""
    wanted = next(
        (each for each in _elements(archive, book) if each[0] == "sheet" and each[1].get("name") == sheet), None
    )
    identifier = next((value for name, value in wanted[1].items() if name.endswith(":id")), "") if wanted else ""
    for _, found in _elements(archive, "xl/_rels/workbook.xml.rels"):
        if identifier and found.get("Id") == identifier:
            target = posixpath.normpath(posixpath.join("/xl", found.get("Target", ""))).lstrip("/")
            return target if target in names else ""
    return ""


def _elements(archive: zipfile.ZipFile, part: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: found.append((name.rpartition(":")[2], attributes))
    try:
        parser.Parse(archive.read(part), True)  # noqa: FBT003  expat's signature
    except expat.ExpatError:
        return []
    return found
