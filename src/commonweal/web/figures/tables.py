"""Figures as a file: the numbers of a chart or table as CSV, each row with its moment and source."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from commonweal.web.views import Source

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A table of figures: the file's name without its ending, the columns, and the rows in the page's order."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


def with_source(name: str, columns: Iterable[str], rows: Iterable[Sequence[Cell]], source: Source) -> Figures:
    """Return figures whose every row also says as at when, from where and of what quality it is."""
    told = (source.as_at.isoformat(timespec="seconds"), source.version, source.quality)
    return Figures(name, (*columns, "as_at", "source", "quality"), [(*row, *told) for row in rows])


def answer_csv(figures: Figures) -> Response:
    """Answer with the figures as CSV (RFC 4180, UTF-8) to be saved under their name.

    Text that a spreadsheet would take for a formula gets an apostrophe in front; a figure that is not there is empty.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(figures.columns)
    writer.writerows([_cell(each) for each in row] for row in figures.rows)
    return Response(
        text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{figures.name}.csv"'},
    )


def _cell(value: Cell) -> Cell:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
