"""The first pass over a source: its header, and each column's type from the rows that are whole."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from commonweal.publish.kinds import FieldType

from .forms import POUNDS, kind_of, trim
from .header import HEAD, Record, find_header, is_empty, is_total
from .recipe import Column, Recipe

SETTLED = 5000
ENOUGH = 0.95

_NUMBERS = ("integer", "number", "pounds")
_SIMPLE = {"iso": FieldType.DATE, "timestamp": FieldType.TIMESTAMP, "boolean": FieldType.BOOLEAN}
_FORMS_IN_WORDS = {
    FieldType.INTEGER: "whole numbers",
    FieldType.NUMBER: "numbers",
    FieldType.DATE: "dates",
    FieldType.TIMESTAMP: "dates with times",
    FieldType.BOOLEAN: "true or false",
}


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the records show: where the header is, the columns below it, and whether any row is a total."""

    header_row: int
    columns: tuple[Column, ...]
    totals: bool

    def recipe(self, *, encoding: str, delimiter: str, line_end: str) -> Recipe:
        """Return the recipe, with what only the bytes can tell."""
        return Recipe(encoding, delimiter, line_end, self.header_row, self.columns, self.totals)


def learn(records: Iterable[Record]) -> Learnt:
    """Go through all records of a source once, in constant memory, and return what they show.

    A column's type is that of its filled cells in whole rows, when at least 95 in 100 of them agree; marks such as
    `*` are left out of the reckoning.

    Raises:
        SourceError: no record is a header.
    """
    stream = iter(records)
    head = list(islice(stream, HEAD))
    place = find_header(head)
    header = head[place]
    columns = [_Evidence() for _ in header]
    totals = False
    for record in chain(islice(head, place + 1, None), stream):
        if len(record) != len(header) or is_empty(record):
            continue
        if not is_total(record):
            for column, cell in zip(columns, record, strict=True):
                column.see(cell)
        else:
            totals = True
    found = tuple(each.column(trim(name)) for each, name in zip(columns, header, strict=True))
    return Learnt(place + 1, found, totals)


@dataclass(slots=True)
class _Days:
    """Dates written with the day and the month in two digits or one, and a year of four."""

    marks: Counter[str] = field(default_factory=Counter)
    short: int = 0
    first_over: int = 0
    second_over: int = 0

    def see(self, text: str) -> None:
        mark = text[-5]
        first, second = map(int, text[:-5].split(mark))
        self.marks[mark] += 1
        self.short += len(text) < len("dd/mm/yyyy")
        self.first_over += first > 12
        self.second_over += second > 12

    def count(self) -> int:
        """Return how many agree on one order of day and month and one mark between them."""
        return max(self.marks.values(), default=0) - min(self.first_over, self.second_over)

    def is_sure(self) -> bool:
        """Say whether the days are told from the months."""
        return self.first_over != self.second_over

    def form(self) -> str:
        if not self.marks:
            return ""
        mark = self.marks.most_common(1)[0][0]
        day, month = ("d", "m") if self.short else ("dd", "mm")
        first, second = (month, day) if self.second_over > self.first_over else (day, month)
        return f"{first}{mark}{second}{mark}yyyy"


@dataclass(slots=True)
class _Evidence:
    """What the cells of one column look like, counted."""

    kinds: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    days: _Days = field(default_factory=_Days)
    is_text: bool = False

    def see(self, cell: str) -> None:
        if self.is_text:
            return
        text = trim(cell)
        if not text:
            return
        kind = kind_of(text)
        self.kinds[kind] += 1
        if kind == "day":
            self.days.see(text)
        elif kind == "mark":
            self.marks[text] += 1
        elif kind == "text" and self.kinds[kind] > SETTLED:
            self.is_text = self.kinds["text"] * 2 > self.kinds.total()

    def column(self, name: str) -> Column:
        counted = self.kinds.total() - self.kinds["mark"]
        for kind, form, count, only in self._candidates():
            if count and count >= ENOUGH * counted:
                sure = count == counted and only
                return Column(name, kind, form, _told(kind, form, count, counted, only=only), sure, dict(self.marks))
        told = "Its values are text." if counted else "It holds no value."
        return Column(name, FieldType.STRING, "", told, sure=True)

    def _candidates(self) -> Iterator[tuple[FieldType, str, int, bool]]:
        kinds = self.kinds
        pounds = POUNDS if kinds["pounds"] else ""
        yield FieldType.INTEGER, "", kinds["integer"], True
        yield FieldType.NUMBER, pounds, sum(kinds[each] for each in _NUMBERS), True
        for kind, found in _SIMPLE.items():
            yield found, "", kinds[kind], True
        yield FieldType.DATE, self.days.form(), self.days.count(), self.days.is_sure()


def _told(kind: FieldType, form: str, count: int, counted: int, *, only: bool) -> str:
    share = f"All {counted:,}" if count == counted else f"{count:,} of {counted:,}"
    written = f" written {form}" if form else ""
    doubt = "" if only else "; no day above the 12th tells day from month, so this is the British order"
    return f"{share} values are {_FORMS_IN_WORDS[kind]}{written}{doubt}."
