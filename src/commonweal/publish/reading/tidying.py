"""The second pass over a source: rows in the form of the gate, rows set aside, and the account of both."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from commonweal.publish.kinds import FieldType

from .division import Divider, Division
from .forms import Canonical, canonical, trim
from .header import Record, figure_of, is_empty, is_total
from .recipe import FIRST_ROWS, LISTED_ROWS, Mend, Reading, Recipe, SetAside, count_rows

PREAMBLE = "above the header"
BLANK = "blank: no letter and no digit"
REPEATED = "the header again"
TOTAL = "a total"


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
        self._width = len(recipe.columns)
        self._divider = Divider(recipe.columns)
        self._forms = _forms_to_mend(recipe)
        self._sums = _Sums(recipe)
        self._mends: dict[tuple[str, str], _Tally] = {}
        self._reasons: Counter[str] = Counter()
        self._aside: list[SetAside] = []
        self._kept = self._repaired = 0

    def rows(self, records: Iterable[Record]) -> Iterator[TidyRow]:
        """Yield every record but the header, in the file's order: kept, or with the reason why it is not."""
        header: tuple[str, ...] | None = None
        for number, record in enumerate(records, start=1):
            if header is not None:
                yield self._row(number, record, header)
            elif number < self._recipe.header_row:
                yield TidyRow(number, record, PREAMBLE)
            else:
                header = tuple(record)

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
            notes=(*self._sums.notes(), *notes),
        )

    def _row(self, number: int, record: Record, header: tuple[str, ...]) -> TidyRow:
        reason = self._reason(number, record, header)
        if reason:
            return self._set_aside(number, record, reason)
        cells = self._cells(number, record)
        if isinstance(cells, str):
            return self._set_aside(number, record, cells)
        self._kept += 1
        for column, read, mend in self._forms:
            found = read(trim(cells[column]))
            if found is not None and found != cells[column]:
                cells[column] = found
                self._mend(number, *mend)
        self._sums.add(cells)
        return TidyRow(number, cells)

    def _reason(self, number: int, record: Record, header: tuple[str, ...]) -> str:
        if is_empty(record):
            return BLANK
        if self._recipe.totals and is_total(record):
            self._sums.compare(number, record)
            return TOTAL
        return REPEATED if tuple(record) == header else ""

    def _cells(self, number: int, record: Record) -> list[str] | str:
        if len(record) == self._width:
            return list(record)
        if len(record) > self._width:
            return self._cut(number, record)
        division = self._divider.divide(record)
        if isinstance(division, str):
            return division
        self._note_division(number, division)
        return list(division.cells)

    def _cut(self, number: int, record: Record) -> list[str] | str:
        if not is_empty(record[self._width :]):
            return f"{len(record)} cells where the header has {self._width}"
        self._repaired += 1
        self._mend(number, "width", "Empty cells beyond the last column were cut off")
        return list(record[: self._width])

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


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
