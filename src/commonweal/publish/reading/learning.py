"""The first pass over a source: its header, and each column's type from the rows that are whole."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from commonweal.publish.kinds import FieldType

from .flaws import Flawed
from .forms import POUNDS, kind_of, trim
from .header import HEAD, Header, Record, find_header, is_empty, is_lone, is_total
from .recipe import Column, Recipe

SETTLED = 5000
ENOUGH = 0.95

_NUMBERS = ("integer", "number", "pounds")
_SPOILT = "a spreadsheet cut digits"
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
    """What the records show: where the header is, the columns below it, and which rows are no data.

    `groups` says that rows with only their first cell filled are headings or footnotes among the data, `totals` that
    there are totals.
    """

    header: Header
    columns: tuple[Column, ...]
    totals: bool
    groups: bool = False
    names: tuple[str, ...] = ()

    def recipe(
        self, *, encoding: str, delimiter: str, line_end: str, told: tuple[str, ...] = (), doubts: tuple[str, ...] = ()
    ) -> Recipe:
        """Return the recipe, with what only the bytes can tell."""
        return Recipe(
            encoding,
            delimiter,
            line_end,
            self.header.place + 1,
            self.columns,
            self.totals,
            header_rows=self.header.rows,
            groups=self.groups,
            header=self.names,
            told=(*told, *self._told()),
            doubts=(*doubts, *self._doubts()),
            renamed=self.names != self.header.written,
        )

    def _told(self) -> Iterator[str]:
        header = self.header
        if header.rows > 1:
            first, last = header.place + 1, header.place + header.rows
            yield f"Rows {first} to {last} are one header: the names that stand above one another are joined."
        if left_out := len(self.names) - len(self.columns):
            told = "1 column has no name and no value and is" if left_out == 1 else f"{left_out} columns have no name"
            yield f"{told} left out." if left_out == 1 else f"{told} and no value and are left out."
        twice = [new for new, old in zip(header.names, header.written, strict=True) if new != old]
        if twice:
            yield f"Columns whose name another has are called {', '.join(twice)}."
        given = [each.name for each, name in zip(self.names_kept(), header.names, strict=False) if not name and each]
        if given:
            yield f"Columns without a name are called by their number: {', '.join(given)}."

    def names_kept(self) -> list[Column | None]:
        """Return a column for each of the file's, and None for one that is left out."""
        kept = {each.name: each for each in self.columns}
        return [kept.get(name) for name in self.names]

    def _doubts(self) -> Iterator[str]:
        for each in self.columns:
            if (not each.sure and each.form) or _SPOILT in each.evidence:
                yield f"{each.name}: {each.evidence}"


def learn(records: Iterable[Record]) -> Learnt:
    """Go through all records of a source once, in constant memory, and return what they show.

    A column's type is that of its filled cells in whole rows, when at least 95 in 100 of them agree; marks such as
    `*` are left out of the reckoning. Digits after a leading zero, or 16 and more of them, make a column text.

    Raises:
        SourceError: no record is a header.
    """
    stream = iter(records)
    head = list(islice(stream, HEAD))
    header = find_header(head)
    survey = _Survey(header)
    for record in chain(islice(head, header.place + header.rows, None), stream):
        survey.see(record)
    return survey.learnt()


class _Survey:
    """Takes in the rows of a table one by one."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._columns = [_Evidence() for _ in header.names]
        self._lone = _Evidence()
        self._totals = False
        self._rows = 0

    def see(self, record: Record) -> None:
        if isinstance(record, Flawed):
            return
        cells = self._header.fit(record)
        if cells is None or is_empty(cells):
            return
        if is_total(cells):
            self._totals = True
        elif not cells[-1] and is_lone(cells):
            self._lone.see(cells[0])
        elif trim(cells[0]) != self._header.names[0] or tuple(map(trim, cells)) != self._header.names:
            self._rows += 1
            for column, cell in zip(self._columns, cells, strict=True):
                column.see(cell)

    def learnt(self) -> Learnt:
        groups = self._has_groups()
        if not groups:
            self._columns[0].absorb(self._lone)
        names = self._names()
        found = tuple(each.column(name) for each, name in zip(self._columns, names, strict=True) if name)
        return Learnt(self._header, found, self._totals, groups, names)

    def _has_groups(self) -> bool:
        """Say whether a cell alone in its row is no data: few are, and some column is filled in all other rows."""
        lone = self._lone.filled
        dense = any(each.filled >= ENOUGH * self._rows for each in self._columns[1:])
        return bool(lone) and lone * 4 <= self._rows and dense

    def _names(self) -> tuple[str, ...]:
        taken = set(self._header.names)
        names = []
        for number, (name, column) in enumerate(zip(self._header.names, self._columns, strict=True), start=1):
            own = name or (f"column {number}" if column.filled else "")
            while own and not name and own in taken:
                own += "_"
            names.append(own)
        return tuple(names)


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

    def why(self) -> str:
        """Say what tells the day from the month."""
        if self.first_over == self.second_over:
            return "; no day above the 12th tells day from month, so this is the British order"
        place, count = (
            ("first", self.first_over) if self.first_over > self.second_over else ("second", self.second_over)
        )
        against = min(self.first_over, self.second_over)
        doubt = f" and in {against:,} the other" if against else ""
        return f"; in {count:,} the {place} number is above 12{doubt}"

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
    filled: int = 0

    def see(self, cell: str) -> None:
        if self.is_text:
            self.filled += cell != ""
            return
        text = trim(cell)
        if not text:
            return
        self.filled += 1
        kind = kind_of(text)
        self.kinds[kind] += 1
        if kind == "day":
            self.days.see(text)
        elif kind == "mark":
            self.marks[text] += 1
        elif kind == "text" and self.kinds[kind] > SETTLED:
            self.is_text = self.kinds["text"] * 2 > self.kinds.total()

    def absorb(self, other: "_Evidence") -> None:
        """Take in what another has seen, which was text."""
        self.kinds.update(other.kinds)
        self.filled += other.filled

    def column(self, name: str) -> Column:
        counted = self.kinds.total() - self.kinds["mark"]
        for kind, form, count, only in self._candidates():
            if count and count >= ENOUGH * counted:
                sure = count == counted and only
                told = _told(kind, form, count, counted, why=self.days.why() if kind is FieldType.DATE and form else "")
                return Column(name, kind, form, told + self._spoilt(), sure, dict(self.marks))
        return Column(name, FieldType.STRING, "", self._text(counted) + self._spoilt(), sure=True)

    def _text(self, counted: int) -> str:
        if not counted:
            return "It holds no value."
        kept = self.kinds["code"] + self.kinds["long"]
        more = f"; {kept:,} begin with a zero or have 16 digits or more, which a number would lose" if kept else ""
        return f"Its values are text{more}."

    def _spoilt(self) -> str:
        count = self.kinds["spoilt"]
        return f" {count:,} are written like 2.00E+11: {_SPOILT}, which nothing brings back." if count else ""

    def _candidates(self) -> Iterator[tuple[FieldType, str, int, bool]]:
        kinds = self.kinds
        pounds = POUNDS if kinds["pounds"] else ""
        if not (kinds["code"] or kinds["long"]):
            yield FieldType.INTEGER, "", kinds["integer"], True
            yield FieldType.NUMBER, pounds, sum(kinds[each] for each in _NUMBERS), True
        for kind, found in _SIMPLE.items():
            yield found, "", kinds[kind], True
        yield FieldType.DATE, self.days.form(), self.days.count(), self.days.is_sure()


def _told(kind: FieldType, form: str, count: int, counted: int, *, why: str) -> str:
    share = f"All {counted:,}" if count == counted else f"{count:,} of {counted:,}"
    written = f" written {form}" if form else ""
    return f"{share} values are {_FORMS_IN_WORDS[kind]}{written}{why}."
