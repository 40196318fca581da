"""Reads delimited text as records, as often as asked, and writes what came of tidying them as CSV."""

import csv
import io
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import Protocol

from commonweal.adapters.duckdb import (
    MAX_COLUMNS,
    MAX_HEADER,
    ByteStream,
    TextScan,
    verify_unpacked,
)
from commonweal.publish import PREAMBLE, Reading, Recipe, SourceError, Tidying, is_empty, is_total, learn

_DELIMITERS = ",;\t|"
_SNIFFED = 200
_TAIL = 64 * 1024
_TAIL_ROWS = 20
_BATCH = 1 << 16
_LINE_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR", None: "LF"}
_DAGGER = "†"


class Content(Protocol):
    """Bytes that can be read from their beginning again."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to so many of the next bytes, and none at the end."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place among the bytes."""
        ...


class Output(Protocol):
    """What takes bytes in."""

    def write(self, data: bytes, /) -> object:
        """Take in the next bytes."""
        ...


class TextTable:
    """A delimited text in UTF-8 as a sequence of records; a `limit` in bytes reads only its beginning.

    Raises:
        SourceError: it is empty, packed, or no UTF-8 text.
    """

    encoding = "utf-8"

    def __init__(self, content: Content, limit: int | None = None) -> None:
        self._content = content
        self._limit = limit
        self.line_end = "LF"
        self.daggers = 0
        content.seek(0)
        head = content.read(MAX_HEADER)
        verify_unpacked(head)
        self.delimiter = _delimiter_of(head.decode("utf-8-sig", "replace"))

    def records(self) -> Iterator[list[str]]:
        """Yield the records from the first; `line_end` and `daggers` are known at the end.

        Under a limit the last record is left out, since it may be cut.

        Raises:
            SourceError: the text is no such table; the sentence says where and never quotes it.
        """
        self._content.seek(0)
        self.daggers = 0
        text = io.TextIOWrapper(io.BufferedReader(ByteStream(self._pull())), encoding="utf-8-sig", newline="")
        number = 0
        found_records = csv.reader(self._lines(text), delimiter=self.delimiter, strict=True)
        try:
            for number, record in enumerate(found_records if self._limit is None else _but_last(found_records), 1):
                if len(record) > MAX_COLUMNS:
                    raise _too_wide(number)
                yield record
        except csv.Error:
            if self._limit is None:
                raise _unreadable(number + 1) from None
        found = text.newlines
        self.line_end = "mixed" if isinstance(found, tuple) else _LINE_ENDS[found]

    def _lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        for line in text:
            self.daggers += line.count(_DAGGER)
            yield line

    def _pull(self) -> "_Checked":
        return _Checked(self._content, self._limit)

    def learn(self) -> Recipe:
        """Return how to read the whole of it; errors as `records`."""
        learnt = learn(self.records())
        return learnt.recipe(encoding=self.encoding, delimiter=self.delimiter, line_end=self.line_end)

    def tidy(self, recipe: Recipe, kept: Output | None = None, aside: Output | None = None) -> "Tidied":
        """Read all of it by a recipe, writing the rows kept and the rows set aside as CSV.

        What is kept has the columns' names at its top; what is set aside has `row` and `reason` and then the cells
        as they were found, from the preamble on.
        """
        tidying = Tidying(recipe)
        numbers = array("Q")
        keeping, setting = _CsvOutput(kept, recipe.names()), _CsvOutput(aside, ("row", "reason", "cells as found"))
        for row in tidying.rows(self.records()):
            if not row.reason:
                keeping.add(row.cells)
            else:
                setting.add((str(row.number), row.reason, *row.cells))
                if row.reason != PREAMBLE:
                    numbers.append(row.number)
        keeping.finish()
        setting.finish()
        return Tidied(tidying.reading(notes=self._notes(recipe)), numbers)

    def _notes(self, recipe: Recipe) -> tuple[str, ...]:
        notes = [_told_marks(each.name, each.marks) for each in recipe.columns if each.marks]
        if self.daggers:
            notes.append(
                f"The file holds {self.daggers:,} daggers (U+2020), often a no-break space that was misread long ago; "
                "those in cells that are kept stand as they are."
            )
        return tuple(notes)

    def has_loose_end(self) -> bool:
        """Say whether its last rows are blank or a total, which makes a table that reads well no clean one."""
        end = self._content.seek(0, 2)
        self._content.seek(max(0, end - _TAIL))
        lines = self._content.read(_TAIL).decode("utf-8", "replace").splitlines()
        last = csv.reader(lines[1:][-_TAIL_ROWS:], delimiter=self.delimiter)
        return any(record and (is_empty(record) or is_total(record)) for record in last)


class Tidied:
    """What came of tidying: the reading, and the number in the file of each row that was kept."""

    def __init__(self, reading: Reading, aside: "array[int]") -> None:
        self.reading = reading
        self._aside = aside

    def number(self, row: int) -> int:
        """Return the number in the file of the row that is kept as number `row`."""
        start = found = self.reading.recipe.header_row + row
        while (moved := start + bisect_right(self._aside, found)) != found:
            found = moved
        return found


class _Checked:
    """Reads bytes and checks on the way that they are text."""

    def __init__(self, content: Content, limit: int | None) -> None:
        self._content = content
        self._left = limit
        self._scan = TextScan()

    def __call__(self, size: int) -> bytes:
        wanted = min(size, _BATCH)
        block = self._content.read(wanted if self._left is None else min(wanted, self._left))
        if self._left is not None:
            self._left -= len(block)
        if block:
            self._scan.feed(block)
        elif self._left is None:
            self._scan.finish()
        return block


class _CsvOutput:
    """Writes records as CSV, many at a time."""

    def __init__(self, output: Output | None, header: Sequence[str]) -> None:
        self._output = output
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self.add(header)

    def add(self, record: Sequence[str]) -> None:
        if self._output is not None:
            self._writer.writerow(record)
            if self._text.tell() > _BATCH:
                self.finish()

    def finish(self) -> None:
        if self._output is not None:
            self._output.write(self._text.getvalue().encode())
            self._text.seek(0)
            self._text.truncate()


def _but_last(records: Iterable[list[str]]) -> Iterator[list[str]]:
    for record, _ in pairwise(records):
        yield record


def _delimiter_of(head: str) -> str:
    """Return the delimiter that cuts most of the first lines into the same number of cells."""
    lines = head.splitlines(keepends=True)[:_SNIFFED]
    return max(_DELIMITERS, key=lambda delimiter: _agreement(lines, delimiter))


def _agreement(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    widths: Counter[int] = Counter()
    try:
        widths.update(len(each) for each in islice(csv.reader(lines, delimiter=delimiter), _SNIFFED))
    except csv.Error:
        return 0, 0
    return max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))


def _told_marks(name: str, marks: Mapping[str, int]) -> str:
    listed = ", ".join(f"“{mark}” {count:,} times" for mark, count in sorted(marks.items()))
    return f"{name} has marks in place of values, left as they are: {listed}."


def _too_wide(number: int) -> SourceError:
    return SourceError(f"Row {number} of the file has more than {MAX_COLUMNS:,} cells.")


def _unreadable(number: int) -> SourceError:
    return SourceError(
        f"Row {number} of the file cannot be read: a quotation mark is out of place or never closed, or a cell is "
        "longer than 128 KiB.",
        advice="Put quotation marks around the whole cell, and double each one inside it.",
    )
