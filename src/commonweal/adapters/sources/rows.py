"""Rows of text written as the one form of CSV that every table is read in."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from .telling import Output, refuse

MAX_COLUMNS = 4096
MAX_CELL = (128 << 10) - 1
"""The longest cell in characters that the reading of CSV takes."""

MAX_TEXT = 64 << 30
"""Bytes of CSV above which what comes out of a source is no table that a node takes."""

_BATCH = 1 << 16


class RowWriter:
    """Writes rows as UTF-8 CSV with commas; `finish` when there are no more.

    Raises:
        SourceError: a row or a cell is too large, or a cell cannot stand in UTF-8.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._written = 0
        self.rows = 0

    def add(self, cells: Sequence[str]) -> None:
        """Write one row; errors as the class."""
        self.rows += 1
        if len(cells) > MAX_COLUMNS:
            raise refuse(f"Row {self.rows:,} has {len(cells):,} columns; a table may have {MAX_COLUMNS:,}.")
        self._writer.writerow(cells)
        if self._text.tell() > _BATCH:
            if max(map(len, cells)) > MAX_CELL:
                raise refuse(f"A cell of row {self.rows:,} is longer than 128 KiB.")
            self.finish()

    def finish(self) -> None:
        """Write out what waits; errors as the class."""
        try:
            content = self._text.getvalue().encode()
        except UnicodeEncodeError:
            raise refuse(f"A cell up to row {self.rows:,} holds half a character (a lone surrogate).") from None
        if b"\0" in content:
            raise refuse(f"A cell up to row {self.rows:,} holds a NUL character.")
        self._written += len(content)
        if self._written > MAX_TEXT:
            raise refuse(f"The table comes to more than {MAX_TEXT >> 30} GiB of text.")
        self._output.write(content)
        self._text.seek(0)
        self._text.truncate()


class Columns:
    """The columns of rows that name their own fields, in the order in which they were first seen."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def add(self, names: Iterable[str]) -> None:
        """Take in the names of one row's fields.

        Raises:
            SourceError: they come to more columns than a table may have.
        """
        self._names.update(dict.fromkeys(names))
        if len(self._names) > MAX_COLUMNS:
            raise refuse(f"The rows have more than {MAX_COLUMNS:,} different fields.")

    def names(self) -> tuple[str, ...]:
        """Return the names."""
        return tuple(self._names)


def write_named(writer: RowWriter, names: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write a header and rows that name their fields; a field that a row lacks stays empty."""
    writer.add(names)
    for row in rows:
        writer.add([row.get(name, "") for name in names])
    writer.finish()
