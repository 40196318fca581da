"""Divides the cells of a short row among its columns, when that can be done in exactly one way."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from commonweal.publish.kinds import FieldType

from .forms import canonical, is_exact, is_mark, trim
from .recipe import Column

_DATE = len("dd/mm/yyyy")
_DIGIT = re.compile(r"\d")
_FIGURE = re.compile(r"\s*[-+£.\d]|\s*[tf]", re.IGNORECASE)

MOST_FUSED = 3
LONGEST_CELL = 1000

Fits = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Division:
    """One way to divide a row: a cell for each column, and the runs of columns that shared a cell."""

    cells: tuple[str, ...]
    fused: tuple[tuple[int, int], ...]
    is_plain: bool


class Divider:
    """Knows the columns of one table and divides its short rows."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._fits = [_fitting(each) for each in columns]
        self._text = [each.type is FieldType.STRING for each in columns]
        self._exact = [is_exact(each.type, each.form) for each in columns]

    def divide(self, cells: Sequence[str]) -> Division | str:
        """Return the one division of a row with too few cells, or why there is none.

        A boundary is seen only beside a date of an exact form, which shows where it begins and ends; a row that could
        be divided in two ways, or only by guessing where text ends, is not divided.
        """
        wanted = len(self._fits)
        short = wanted - len(cells)
        unfit = f"{_cells(len(cells))} where the header has {wanted},"
        if short > MOST_FUSED or max(map(len, cells), default=0) > LONGEST_CELL:
            return f"{unfit} too few to be divided"
        ways = self._ways(cells, short)
        if not ways:
            return f"{unfit} with no way to divide them so that every cell fits its column"
        if len(ways) > 1 or not ways[0].is_plain:
            return f"{unfit} with more than one way to divide them"
        return ways[0]

    def _ways(self, cells: Sequence[str], short: int) -> list[Division]:
        """Return up to two divisions, built from the last cell to the first."""
        after: list[list[Division]] = [*([] for _ in range(short)), [Division((), (), is_plain=True)]]
        for place in range(len(cells) - 1, -1, -1):
            # `after[n]` holds the divisions of the cells behind this one when those before took n columns too many.
            after = [
                list(islice(self._joined(cells[place], place + spent, after, spent, short), 2))
                for spent in range(short + 1)
            ]
        return after[0]

    def _joined(
        self, cell: str, column: int, after: list[list[Division]], spent: int, short: int
    ) -> Iterator[Division]:
        for extra in range(short - spent + 1):
            behind = after[spent + extra]
            if behind:
                for pieces, is_plain in self._split(cell, column, extra):
                    for rest in behind:
                        fused = ((column, column + extra + 1), *rest.fused) if extra else rest.fused
                        yield Division((*pieces, *rest.cells), fused, is_plain and rest.is_plain)

    def _split(self, cell: str, column: int, extra: int) -> Iterator[tuple[tuple[str, ...], bool]]:
        """Yield the ways to share a cell among `extra` + 1 columns, and whether each boundary shows by itself."""
        if not extra:
            text = trim(cell)
            if not text or is_mark(text) or self._fits[column](text):
                yield (cell,), True
            return
        cell = trim(cell)
        plain = self._exact[column] or self._exact[column + 1]
        for place in self._places(cell, column):
            first, rest = trim(cell[:place]), cell[place:]
            if first and rest[:1].strip() and self._fits[column](first):
                for pieces, is_plain in self._split_rest(rest, column + 1, extra - 1):
                    yield (first, *pieces), is_plain and plain

    def _places(self, cell: str, column: int) -> Iterable[int]:
        """Return where a cell may be cut behind the column's own piece; a place left out could not fit."""
        if self._exact[column]:
            return (len(cell) - len(trim(cell[_DATE:])),)
        if not self._text[column] and not _FIGURE.match(cell):
            return ()
        if self._exact[column + 1]:
            return [found.start() for found in _DIGIT.finditer(cell, 1)]
        return range(1, len(cell))

    def _split_rest(self, rest: str, column: int, extra: int) -> Iterator[tuple[tuple[str, ...], bool]]:
        if extra:
            yield from self._split(rest, column, extra)
        elif self._fits[column](trim(rest)):
            yield (trim(rest),), True


def _fitting(column: Column) -> Fits:
    read = canonical(column.type, column.form)
    return bool if read is None else lambda text: read(text) is not None


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
