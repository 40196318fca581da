"""Reads delimited text as records, as often as asked, and writes what came of tidying them as CSV."""

import csv
import io
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

from commonweal.adapters.duckdb import MAX_HEADER, verify_unpacked
from commonweal.adapters.sources import Taken
from commonweal.publish import (
    PREAMBLE,
    ByteSurvey,
    Encoding,
    Reading,
    Recipe,
    Tidying,
    find_delimiter,
    find_marked,
    is_empty,
    is_total,
    learn,
    verify_text,
)

from .text_records import KEEP, Records, lines_of

_SNIFFED = 200
_TAIL = 64 * 1024
_TAIL_ROWS = 20
_BATCH = 1 << 16
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
    """A delimited text as a sequence of records; a `limit` in bytes reads only its beginning.

    `taken` says from what file of another form the text was made.

    Raises:
        SourceError: it is empty, packed, or no text.
    """

    def __init__(self, content: Content, limit: int | None = None, taken: Taken | None = None) -> None:
        self._content = content
        self._taken = taken
        self._limit = limit
        self.line_end = "LF"
        self.daggers = 0
        content.seek(0)
        self._head = content.read(MAX_HEADER)

    @cached_property
    def encoding(self) -> Encoding:
        """The encoding, from the beginning where that settles it, else from every byte.

        Raises:
            SourceError: it is empty, packed, or no text.
        """
        marked = find_marked(self._head)
        if marked is not None:
            return marked
        verify_unpacked(self._head)
        verify_text(self._head)
        survey, read = ByteSurvey(KEEP), self._pull()
        while block := read(MAX_HEADER):
            survey.feed(block)
        return survey.encoding()

    @cached_property
    def delimiter(self) -> str:
        """The sign between cells, from the first lines; errors as `encoding`."""
        lines = lines_of(io.BytesIO(self._head).read, self.encoding.name)
        return find_delimiter("".join(line for line, _ in zip(lines, range(_SNIFFED), strict=False)))

    def records(self) -> Iterator[list[str]]:
        """Yield the records from the first; `line_end` and `daggers` are known at the end.

        Under a limit the last record is left out, since it may be cut.

        Raises:
            SourceError: the text is no such table; the sentence says where and never quotes it.
        """
        encoding, delimiter = self.encoding, self.delimiter
        self.daggers = 0
        records = Records(self._pull(), encoding, delimiter, cut=self._limit is not None)
        for record in records:
            if encoding.has_daggers:
                self.daggers += "".join(record).count(_DAGGER)
            yield record
        self.line_end = records.line_end

    def _pull(self) -> "_Limited":
        self._content.seek(0)
        return _Limited(self._content, self._limit)

    def learn(self) -> Recipe:
        """Return how to read the whole of it; errors as `records`."""
        learnt, found = learn(self.records()), self.encoding
        recipe = learnt.recipe(
            encoding=found.name,
            delimiter=self.delimiter,
            line_end=self.line_end,
            told=(found.told,),
            doubts=() if found.sure else (found.told,),
        )
        if self._taken is None:
            return recipe
        told = tuple(each for each in recipe.told if each != found.told)
        return replace(recipe, told=told, taken=self._taken.what, guessed=self._taken.guessed)

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
        reading = tidying.reading(notes=self._notes())
        told = [_told_marks(name, marks) for name, marks in (reading.marks or {}).items()]
        return Tidied(replace(reading, notes=(*told, *reading.notes)), numbers)

    def _notes(self) -> tuple[str, ...]:
        notes = list(self._taken.notes) if self._taken else []
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
        delimiter = find_delimiter(self._head.decode("utf-8-sig", "replace"))
        last = csv.reader(lines[1:][-_TAIL_ROWS:], delimiter=delimiter)
        return any(record and (is_empty(record) or is_total(record)) for record in last)


class Tidied:
    """What came of tidying: the reading, and the number in the file of each row that was kept."""

    def __init__(self, reading: Reading, aside: "array[int]") -> None:
        self.reading = reading
        self._aside = aside

    def number(self, row: int) -> int:
        """Return the number in the file of the row that is kept as number `row`."""
        start = found = self.reading.recipe.last_header_row + row
        while (moved := start + bisect_right(self._aside, found)) != found:
            found = moved
        return found


class _Limited:
    """Reads bytes, many at once, and no more of them than are allowed."""

    def __init__(self, content: Content, limit: int | None) -> None:
        self._content = content
        self._left = limit

    def __call__(self, size: int) -> bytes:
        if self._left is None:
            return self._content.read(size)
        block = self._content.read(min(size, self._left))
        self._left -= len(block)
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
            self._output.write(self._text.getvalue().encode("utf-8", KEEP))
            self._text.seek(0)
            self._text.truncate()


def _told_marks(name: str, marks: Mapping[str, int]) -> str:
    listed = ", ".join(f"“{mark}” {count:,} times" for mark, count in sorted(marks.items()))
    return f"{name} had marks in place of values, which are now empty and counted here: {listed}."
