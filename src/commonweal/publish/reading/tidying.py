"""The second pass over a source: rows in the form of the gate, rows set aside, and the account of both."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from commonweal.publish.kinds import FieldType

from .division import Divider, Division
from .flaws import Flawed
from .forms import Canonical, canonical, is_mark, trim
from .header import Header, Record, figure_of, is_empty, is_lone, is_total
from .recipe import FIRST_ROWS, LISTED_ROWS, Mend, Reading, Recipe, SetAside, count_rows

PREAMBLE = "above the header"
BLANK = "blank: no letter and no digit"
REPEATED = "the header again"
TOTAL = "a total"
LONE = "one cell alone: a heading of a group or a footnote"
_BOUNDS = " <>≤≥"
UNNAMED = "a value in a column that has no name"


class TidyRow(NamedTuple):
    """One record of the file by its number: the cells of a row that is kept, or as found with the reason why not."""

    number: int
    cells: Sequence[str]
    reason: str = ""


@dataclass(slots=True)
class _Tally:
    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, row: int) -> None:
        self.count += 1
        if len(self.rows) < FIRST_ROWS:
            self.rows.append(row)


class Tidying:
    """Reads one source by a recipe, in constant memory; ask for the `reading` once every row has been taken."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._header = Header(recipe.header_row - 1, recipe.header_rows, recipe.header or recipe.names())
        self._left_out = [n for n, each in enumerate(self._header.names) if not each]
        self._width = len(self._header.names)
        self._headings: list[tuple[str, ...]] = []
        self._first_names: set[str] = set()
        self._marked = _Marks(recipe)
        self._divider = Divider(recipe.columns)
        self._forms = _forms_to_mend(recipe)
        self._sums = _Sums(recipe)
        self._mends: dict[tuple[str, str], _Tally] = {}
        self._reasons: Counter[str] = Counter()
        self._aside: list[SetAside] = []
        self._kept = self._repaired = 0

    def rows(self, records: Iterable[Record]) -> Iterator[TidyRow]:
        """Yield every record but the header, in the file's order: kept, or with the reason why it is not."""
        first, last = self._recipe.header_row, self._recipe.last_header_row
        for number, record in enumerate(records, start=1):
            if number > last:
                yield self._row(number, record)
            elif number < first:
                yield TidyRow(number, record, PREAMBLE)
            else:
                self._headings.append(_names_in(record))
                self._first_names.update(self._headings[-1][:1])

    def reading(self, *, notes: Sequence[str] = ()) -> Reading:
        """Return the account of what was read."""
        recipe = self._recipe
        set_aside = self._reasons.total()
        mends = tuple(
            Mend(rule, told, each.count, tuple(each.rows)) for (rule, told), each in sorted(self._mends.items())
        )
        return Reading(
            recipe=recipe,
            read=self._kept + set_aside,
            kept=self._kept,
            set_aside=set_aside,
            mended=self._repaired,
            mends=mends,
            aside=tuple(self._aside),
            reasons=dict(self._reasons),
            notes=(*self._sums.notes(), *recipe.doubts, *notes),
            marks=self._marked.counts(),
        )

    def _row(self, number: int, record: Record) -> TidyRow:
        reason = self._reason(number, record)
        if reason:
            return self._set_aside(number, record, reason)
        cells = self._cells(number, record)
        if isinstance(cells, str):
            return self._set_aside(number, record, LONE if self._stands_alone(record) else cells)
        self._kept += 1
        for mend in self._marked.clear(cells):
            self._mend(number, *mend)
        for column, read, mend in self._forms:
            found = read(trim(cells[column]))
            if found is not None and found != cells[column]:
                cells[column] = found
                self._mend(number, *mend)
        self._sums.add(cells)
        return TidyRow(number, cells)

    def _reason(self, number: int, record: Record) -> str:
        if isinstance(record, Flawed):
            return record.reason
        if is_empty(record):
            return BLANK
        if self._recipe.totals and is_total(record):
            self._sums.compare(number, self._chosen(record))
            return TOTAL
        if self._recipe.groups and is_lone(record):
            return LONE
        is_repeated = trim(record[0]).casefold() in self._first_names and _names_in(record) in self._headings
        return REPEATED if is_repeated else ""

    def _stands_alone(self, record: Record) -> bool:
        return len(self._recipe.columns) > 2 and bool(record) and is_empty(record[1:])  # as is_lone

    def _chosen(self, record: Record) -> list[str]:
        """Return the cells of the columns that are not left out."""
        if not self._left_out:
            return list(record)
        return [each for place, each in enumerate(record) if place < self._width and self._header.names[place]]

    def _cells(self, number: int, record: Record) -> list[str] | str:
        if len(record) > self._width:
            return self._cut(number, record)
        fitting = self._header.fit(record)
        if fitting is not None:
            return self._named(fitting)
        division = self._divider.divide(self._chosen(record))
        if isinstance(division, str):
            return division
        self._note_division(number, division)
        return list(division.cells)

    def _named(self, record: Record) -> list[str] | str:
        if any(record[place].strip() for place in self._left_out):
            return UNNAMED
        return self._chosen(record)

    def _cut(self, number: int, record: Record) -> list[str] | str:
        if not is_empty(record[self._width :]):
            return f"{len(record)} cells where the header has {self._width}"
        named = self._named(record[: self._width])
        if not isinstance(named, str):
            self._repaired += 1
            self._mend(number, "width", "Empty cells beyond the last column were cut off")
        return named

    def _note_division(self, number: int, division: Division) -> None:
        names = self._recipe.names()
        self._repaired += 1
        for first, end in division.fused:
            listed = " and ".join(names[first:end]) if end - first == 2 else _listed(names[first:end])
            self._mend(number, f"divided:{first + 1}-{end}", f"{listed} stood in one cell, which was divided")

    def _mend(self, number: int, rule: str, told: str) -> None:
        self._mends.setdefault((rule, told), _Tally()).add(number)

    def _set_aside(self, number: int, record: Record, reason: str) -> TidyRow:
        self._reasons[reason] += 1
        if len(self._aside) < LISTED_ROWS:
            self._aside.append(SetAside(number, reason))
        return TidyRow(number, record, reason)


class _Marks:
    """The marks in place of values in columns of numbers, dates and the like, which become empty and are counted."""

    def __init__(self, recipe: Recipe) -> None:
        self._places = [n for n, each in enumerate(recipe.columns) if each.type is not FieldType.STRING]
        self._names = recipe.names()
        self._counts: dict[str, Counter[str]] = {}

    def clear(self, cells: list[str]) -> Iterator[tuple[str, str]]:
        """Empty the cells that hold a mark, and yield the mend of each."""
        for place in self._places:
            cell = cells[place]
            if cell and (cell[0] in _BOUNDS or not cell[-1].isdigit()) and is_mark(trim(cell)):
                name = self._names[place]
                self._counts.setdefault(name, Counter())[trim(cell)] += 1
                cells[place] = ""
                yield f"marks:{place + 1}", f"{name} had a mark in place of a value, which is now empty and counted"

    def counts(self) -> dict[str, dict[str, int]] | None:
        """Return how often each mark stood in each field, or None."""
        return {name: dict(each) for name, each in self._counts.items()} or None


class _Sums:
    """The sums of the number columns, to compare with what a total row of the file claims."""

    def __init__(self, recipe: Recipe) -> None:
        numbers = {FieldType.INTEGER, FieldType.NUMBER}
        places = [n for n, each in enumerate(recipe.columns) if recipe.totals and each.type in numbers]
        self._names = recipe.names()
        self._sums = dict.fromkeys(places, Decimal(0))
        self._before = dict(self._sums)
        self._gaps = dict.fromkeys(places, 0)
        self._notes: list[str] = []

    def add(self, cells: Sequence[str]) -> None:
        for place in self._sums:
            figure = figure_of(cells[place])
            if figure is not None:
                self._sums[place] += Decimal(figure)
            else:
                self._gaps[place] += 1

    def compare(self, number: int, record: Record) -> None:
        for place, kept in self._sums.items():
            figure = figure_of(record[place]) if place < len(record) else None
            if figure is not None and len(self._notes) < LISTED_ROWS:
                claimed = Decimal(figure)
                apart = min((claimed - kept, claimed - kept + self._before[place]), key=abs)
                self._notes.append(_agreement(number, self._names[place], apart, self._gaps[place]))
            self._before[place] = kept

    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes)


def _agreement(number: int, name: str, apart: Decimal, gaps: int) -> str:
    if gaps:  # the difference would be what the gaps withhold
        return f"The total in row {number} cannot be compared in {name}: there is no number in {count_rows(gaps)}."
    if not apart:
        return f"The total in row {number} agrees: the rows kept add up to it in {name}."
    way = "more" if apart > 0 else "less"
    return f"The total in row {number} differs: in {name} it is {abs(apart):,} {way} than the rows kept add up to."


def _forms_to_mend(recipe: Recipe) -> list[tuple[int, Callable[[str], str | None], tuple[str, str]]]:
    found = []
    for place, each in enumerate(recipe.columns):
        read: Canonical | None = canonical(each.type, each.form)
        if each.form and read is not None:
            told = f"{each.name} was written {each.form} and is now {_CANONICAL[each.type]}"
            found.append((place, read, (f"form:{place + 1}", told)))
    return found


_CANONICAL = {
    FieldType.DATE: "YYYY-MM-DD",
    FieldType.NUMBER: "plain digits",
    FieldType.INTEGER: "plain digits",
}


def _names_in(record: Record) -> tuple[str, ...]:
    return tuple(trim(each).casefold() for each in record)


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
