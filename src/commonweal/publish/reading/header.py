"""Tells the header of a table from its preamble, and data from blank lines and totals."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from commonweal.publish.errors import SourceError
from commonweal.publish.kinds import FieldType

from .flaws import Flawed
from .forms import canonical, is_blank, is_mark, kind_of, trim

HEAD = 200

_TOTAL = re.compile(r"(?:(grand|sub|overall)[ -]?)?totals?:?", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_LATER = 10
_pounds = canonical(FieldType.NUMBER, "1,234.50")

Record = Sequence[str]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header is: its first record (from 0), how many records it has, and the names they make together.

    There is a name for each column of the table, empty where the header has none. `written` are the names before
    those that come twice were told apart.
    """

    place: int
    rows: int
    names: tuple[str, ...]
    written: tuple[str, ...] = ()

    @property
    def least(self) -> int:
        """Return how many cells a row must have to reach the last column that has a name."""
        return max((n for n, each in enumerate(self.names, start=1) if each), default=0)

    def fit(self, record: Record) -> Record | None:
        """Return a row with a cell for each column where only empty cells are too many or missing, or None."""
        width = len(self.names)
        if len(record) == width:
            return record
        if len(record) > width:
            return record[:width] if is_empty(record[width:]) else None
        return (*record, *("" for _ in range(width - len(record)))) if len(record) >= self.least else None


def find_header(head: Sequence[Record]) -> Header:
    """Return the header among the first records of a source.

    It is the first record that is as wide as the table and has words in more than half of its cells, and no number or
    date in any, years in a row apart; the table is as wide as most records with two cells filled (or one, in a table
    of one column). A later record takes its place when a blank line is between them and the columns below it are of
    numbers more often. A row of group names above it, or of further names below it, belongs to it.

    Raises:
        SourceError: no record is like that.
    """
    width = _width_of(head)
    span = _span_of(head, width)
    found = [place for place, record in enumerate(head) if span <= len(record) and _is_heading(record, span, width)]
    if not found:
        raise SourceError(
            "No line of the source is a header.", advice="Begin the table with one line that names every column."
        )
    place = _settle(head, found, width)
    names, rows = _cells(head[place], width), 1
    below = head[place + 1] if place + 1 < len(head) else ()
    if _continues(names, below, head[place + 2 :], width):
        names, rows = _joined(names, _cells(below, width)), 2
    if place and _groups(head[place - 1], names, width):
        place, names, rows = place - 1, _joined(_cells(head[place - 1], width), names), rows + 1
    return Header(place, rows, _told_apart(names), names)


def is_empty(record: Record) -> bool:
    """Say whether a record holds no letter and no digit in any cell."""
    return all(map(is_blank, record))


def is_lone(record: Record) -> bool:
    """Say whether only the first cell of a wide record is filled, and with words."""
    return (
        len(record) > 2  # of two columns one may well be empty
        and not is_blank(record[0])
        and is_empty(record[1:])
        and kind_of(trim(record[0])) == "text"
    )


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
    sound = [record for record in head if not isinstance(record, Flawed)]
    filled = [sum(not is_blank(cell) for cell in record) for record in sound]
    for least in (2, 1):
        widths = Counter(len(record) for record, count in zip(sound, filled, strict=True) if count >= least)
        if widths:
            return max(widths, key=lambda width: (widths[width], width))
    raise SourceError("The source is empty.", advice="Publish a file with a header line and data under it.")


def _span_of(head: Sequence[Record], width: int) -> int:
    """Return the number of the last column that any record of this width fills."""
    filled = (
        place
        for record in head
        if len(record) == width and not isinstance(record, Flawed)
        for place, cell in enumerate(record, start=1)
        if not is_blank(cell)
    )
    return max(filled, default=width)


def _is_heading(record: Record, span: int, width: int) -> bool:
    if isinstance(record, Flawed) or not is_empty(record[width:]):
        return False
    words = [trim(each) for each in record if not is_blank(each)]
    return len(words) * 2 > span and _are_names(words)


def _are_names(words: Sequence[str]) -> bool:
    """Say whether texts may be names: words, and years only where they follow one another."""
    years = [int(each) for each in words if _YEAR.fullmatch(each)]
    follow = all(after - before == 1 for before, after in pairwise(years))
    return follow and len(years) < len(words) and all(_YEAR.fullmatch(e) or kind_of(e) == "text" for e in words)


def _settle(head: Sequence[Record], found: Sequence[int], width: int) -> int:
    first = found[0]
    best, most = first, _typed(head, first, width)
    for place in found[1:]:
        between = head[first + 1 : place]
        if place - first > _LATER or not any(map(is_empty, between)) or list(head[place]) == list(head[first]):
            continue
        typed = _typed(head, place, width)
        if typed > most:
            best, most = place, typed
    return best


def _typed(head: Sequence[Record], place: int, width: int) -> int:
    return len(set(_figures_below(head[place + 1 :], width)))


def _figures_below(records: Sequence[Record], width: int) -> Iterator[int]:
    """Yield the columns whose filled cells are all numbers, dates or marks, one of them no mark."""
    whole = [each for each in records if len(each) == width and not isinstance(each, Flawed)]
    for place in range(width):
        kinds = {
            kind_of(trim(each[place])) for each in whole if not is_blank(each[place]) or is_mark(trim(each[place]))
        }
        if kinds - {"mark"} and "text" not in kinds:
            yield place


def _cells(record: Record, width: int) -> tuple[str, ...]:
    cells = [trim(each) for each in record[:width]]
    return tuple("" if is_blank(each) else each for each in (*cells, *("" for _ in range(width - len(cells)))))


def _lacks(names: Sequence[str], place: int) -> bool:
    return not names[place] or names.count(names[place]) > 1


def _continues(names: Sequence[str], below: Record, rest: Sequence[Record], width: int) -> bool:
    """Say whether the record under a header holds further names: words over figures, where names are lacking."""
    cells = _cells(below, width) if len(below) == width and not isinstance(below, Flawed) else ()
    filled = [place for place, each in enumerate(cells) if each]
    if not filled or not _are_names([cells[place] for place in filled] + ["name"]):
        return False
    over = set(filled) & set(_figures_below(rest, width))
    return any(_lacks(names, place) for place in filled) and (len(over) > 1 or over == set(filled))


def _groups(above: Record, names: Sequence[str], width: int) -> bool:
    """Say whether the record above a header names groups of its columns, as merged cells do."""
    if isinstance(above, Flawed) or not 1 < len(above) <= width:
        return False
    cells = _cells(above, width)
    filled = [place for place, each in enumerate(cells) if each]
    if not filled or filled == [0] or not _are_names([cells[place] for place in filled] + ["name"]):
        return False
    return (len(filled) > 1 and not cells[0]) or any(_lacks(names, place) for place in filled)


def _joined(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    names, group = [], ""
    for above, below in zip(upper, lower, strict=True):
        group = above or group
        names.append(" ".join(f"{group} {below}".split()) if below else above)
    return tuple(names)


def _told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names with a number behind each that stood before, whatever its capitals."""
    seen: set[str] = {""}
    found = []
    for name in names:
        number, own = 1, name
        while name and own.casefold() in seen:
            number += 1
            own = f"{name} ({number})"
        seen.add(own.casefold())
        found.append(own)
    return tuple(found)
