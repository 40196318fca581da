"""Tells the header of a table from its preamble, and data from blank lines and totals."""

import re
from collections import Counter
from collections.abc import Sequence

from commonweal.publish.errors import SourceError
from commonweal.publish.kinds import FieldType

from .forms import canonical, is_blank, is_mark, kind_of, trim

HEAD = 200

_TOTAL = re.compile(r"(?:(grand|sub|overall)[ -]?)?totals?:?", re.IGNORECASE)
_pounds = canonical(FieldType.NUMBER, "1,234.50")

Record = Sequence[str]


def find_header(head: Sequence[Record]) -> int:
    """Return the place (from 0) of the header among the first records of a source.

    It is the first record that is as wide as the table and has words in more than half of its cells, and no number or
    date in any; the table is as wide as most records with two cells filled (or one, in a table of one column).

    Raises:
        SourceError: no record is like that, or one is and does not give every column a name of its own.
    """
    width = _width_of(head)
    for place, record in enumerate(head):
        if len(record) == width and _is_heading(record):
            _verify_names([trim(each).casefold() for each in record])
            return place
    raise SourceError(
        "No line of the source is a header.", advice="Begin the table with one line that names every column."
    )


def is_empty(record: Record) -> bool:
    """Say whether a record holds no letter and no digit in any cell."""
    return all(map(is_blank, record))


def is_total(record: Record) -> bool:
    """Say whether a record says "total" first and has only numbers, marks and empty cells after it.

    The bare word counts only where a cell is empty, as a supplier may be called Total.
    """
    if record and record[0][:1].isalpha() and not _TOTAL.match(record[0]):  # most rows, at once
        return False
    found = _TOTAL.fullmatch(next((trim(each) for each in record if not is_blank(each)), ""))
    if found is None:
        return False
    _, *figures = (trim(each) for each in record if not is_blank(each))
    is_short = len(figures) + 1 < len(record)
    return bool(figures) and all(map(_is_figure, figures)) and (bool(found[1]) or is_short)


def figure_of(text: str) -> str | None:
    """Return a number as plain digits with a point, or None for a text that is none."""
    return _pounds(trim(text)) if _pounds else None


def _is_figure(text: str) -> bool:
    return figure_of(text) is not None or is_mark(text)


def _width_of(head: Sequence[Record]) -> int:
    filled = [sum(not is_blank(cell) for cell in record) for record in head]
    for least in (2, 1):
        widths = Counter(len(record) for record, count in zip(head, filled, strict=True) if count >= least)
        if widths:
            return max(widths, key=lambda width: (widths[width], width))
    raise SourceError("The source is empty.", advice="Publish a file with a header line and data under it.")


def _is_heading(record: Record) -> bool:
    words = [trim(each) for each in record if not is_blank(each)]
    return len(words) * 2 > len(record) and all(kind_of(each) == "text" for each in words)


def _verify_names(names: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        if is_blank(name):
            raise SourceError(f"Column {number} of the header has no name.")
        if (other := seen.setdefault(name, number)) != number:
            raise SourceError(f"Columns {other} and {number} of the header have the same name.")
