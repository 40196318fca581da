"""The layout of fixed-width records: a field list, or a COBOL copybook (ISO/IEC 1989, the DATA DIVISION's records)."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from .rows import MAX_COLUMNS
from .telling import refuse

MAX_LAYOUT = 1 << 20
MAX_RECORD = 1 << 20

_PICTURE = re.compile(r"\bPIC(?:TURE)?(?:\s+IS)?\s+(\S+)", re.IGNORECASE)
_ENTRY = re.compile(r"(\d{1,2})\s+(\S+)\s*(.*)", re.DOTALL)
_REPEATED = re.compile(r"([A-Z9])\((\d{1,6})\)")
_REFUSED = {
    "OCCURS": "repeats a field",
    "REDEFINES": "gives the same bytes two meanings",
    "RENAMES": "gives fields a second name",
    "SIGN": "stores the sign apart",
    "SYNC": "leaves gaps between fields",
    "SYNCHRONIZED": "leaves gaps between fields",
    "JUST": "moves the text",
    "JUSTIFIED": "moves the text",
    "BINARY": "is a binary number",
    "COMP": "is a binary number",
    "COMP-1": "is a binary number",
    "COMP-2": "is a binary number",
    "COMP-4": "is a binary number",
    "COMP-5": "is a binary number",
    "COMPUTATIONAL": "is a binary number",
    "COPY": "takes in another copybook",
}
_PACKED = {"COMP-3", "COMPUTATIONAL-3", "PACKED-DECIMAL"}


class Usage(Enum):
    """How the bytes of a field are meant."""

    TEXT = auto()
    DIGITS = auto()
    PACKED = auto()


@dataclass(frozen=True, slots=True)
class LayoutField:
    """One field: where it starts and how long it is in bytes, from 0; without a name it is skipped."""

    name: str
    start: int
    length: int
    usage: Usage = Usage.TEXT
    decimals: int = 0
    is_signed: bool = False


def read_layout(text: str) -> tuple[LayoutField, ...]:
    """Return the fields of a layout.

    A field list has a line `name,start,length` for each field, the first byte being 1; a copybook has PICTURE clauses.

    Raises:
        SourceError: it is empty or malformed, or has a clause that is not read; the sentence names the line.
    """
    if not text.strip():
        raise refuse(
            "A fixed-width file needs a layout.",
            "Give a field list (name,start,length) or a COBOL copybook (--layout).",
        )
    if len(text) > MAX_LAYOUT:
        raise refuse("The layout is longer than 1 MiB.")
    fields = tuple(_copybook(text) if _PICTURE.search(text) else _field_list(text))
    if len(fields) > MAX_COLUMNS or max((each.start + each.length for each in fields), default=0) > MAX_RECORD:
        raise refuse(f"The layout has more than {MAX_COLUMNS:,} fields, or a record of more than 1 MiB.")
    return fields


def _field_list(text: str) -> Iterator[LayoutField]:
    try:
        lines = list(csv.reader(text.splitlines(), skipinitialspace=True))
    except csv.Error:
        raise refuse("The field list cannot be read.") from None
    for number, line in enumerate(lines, 1):
        if not line or (number == 1 and [each.strip().lower() for each in line[1:3]] == ["start", "length"]):
            continue
        if len(line) != 3 or not all(re.fullmatch(r"\s*[1-9][0-9]{0,6}\s*", each, re.ASCII) for each in line[1:]):
            raise refuse(
                f"Line {number} of the field list is not name,start,length.",
                "Give the start from 1, and start and length in whole bytes.",
            )
        yield LayoutField(line[0].strip(), int(line[1]) - 1, int(line[2]))


def _copybook(text: str) -> Iterator[LayoutField]:
    start = 0
    for entry in _entries(text):
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise refuse("An entry of the copybook has no level number.")
        level, name, clauses = int(found[1]), found[2], found[3]
        if level == 88:  # a name for a value, no field
            continue
        words = [each.upper() for each in clauses.split()]
        _verify_read(name, words, level)
        picture = _PICTURE.search(clauses)
        if picture:
            field = _field(name, picture[1].upper(), start, is_packed=not _PACKED.isdisjoint(words))
            start += field.length
            yield field


def _entries(text: str) -> Iterator[str]:
    """Yield the entries without their full stops: lines joined, without sequence numbers and comments."""
    kept = []
    for line in text.splitlines():
        bare = line[6:72] if re.match(r"[0-9 ]{6}[ *\-/]", line) else line
        if not bare.lstrip().startswith(("*", "/")):
            kept.append(bare)
    for entry in re.split(r"\.(?=\s|$)", "\n".join(kept)):
        if entry.strip():
            yield entry.strip()


def _verify_read(name: str, words: Sequence[str], level: int) -> None:
    if level in {66, 78}:
        raise refuse(f"The copybook has a level {level} at {name[:30]}, which is not read.")
    for word in words:
        if word in _REFUSED:
            raise refuse(f"The copybook has {word} at {name[:30]}, which {_REFUSED[word]} and is not read.")
        if word in {"VALUE", "VALUES"}:
            return


def _field(name: str, picture: str, start: int, *, is_packed: bool) -> LayoutField:
    if any(int(count) > MAX_RECORD for _, count in _REPEATED.findall(picture)):
        raise refuse(f"The picture of {name[:30]} is longer than 1 MiB.")
    shape = _REPEATED.sub(lambda found: found[1] * int(found[2]), picture) if len(picture) < 100 else ""
    shown = "" if name.upper() == "FILLER" else name
    if re.fullmatch(r"[XA]+", shape) and not is_packed:
        return LayoutField(shown, start, len(shape))
    number = re.fullmatch(r"(S?)(9*)(?:V(9*))?", shape)
    if number is None or not (number[2] or number[3]):
        raise refuse(f"The picture {picture[:30]} of {name[:30]} is not read; X, A, 9, S and V are.")
    digits, decimals = len(number[2]) + len(number[3] or ""), len(number[3] or "")
    length = digits // 2 + 1 if is_packed else digits
    usage = Usage.PACKED if is_packed else Usage.DIGITS
    return LayoutField(shown, start, length, usage, decimals, is_signed=bool(number[1]))
