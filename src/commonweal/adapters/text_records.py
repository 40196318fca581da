"""Turns bytes of any text encoding into records: line by line, a record that cannot be read given as such."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from typing import Self

from commonweal.adapters.duckdb import MAX_COLUMNS, ByteStream
from commonweal.publish import BROKEN, Encoding, Flawed, SourceError, find_flaw

MAX_LINE = 2 << 20
"""Letters that a line, or a record of several lines, may have."""

PATIENCE = 4 << 20
"""Letters that may be read again before four times those read once are the measure."""

KEEP = "commonweal-keep"
"""How bytes that do not decode are kept: each as U+DC00 and its value, and `\\x` and two digits when written."""

_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}
_NEXT_LINE, _LINE_FEED = 0x15, 0x25
_NEXT_LINES = bytes.maketrans(bytes([_NEXT_LINE]), bytes([_LINE_FEED]))

Read = Callable[[int], bytes]


def _keep(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        kept = error.object[error.start : error.end]
        return "".join(chr(0xDC00 + each) for each in kept), error.end
    if isinstance(error, UnicodeEncodeError):
        return "".join(f"\\x{ord(each) & 0xFF:02x}" for each in error.object[error.start : error.end]), error.end
    raise error


codecs.register_error(KEEP, _keep)


class Records:
    """The records of a text, once through, in bounded memory; `line_end` is known at their end.

    A record that cannot be read is a `Flawed` one. Behind a quotation mark out of place reading goes on in the next
    line, so that one mark costs one line. A text that is `cut` is read up to its last whole record.

    Raises:
        SourceError: a line has no end in two million letters, or a record more than 4,096 cells.
    """

    def __init__(self, read: Read, encoding: Encoding, delimiter: str, *, cut: bool = False) -> None:
        self._feed = _Feed(lines_of(read, encoding.name))
        self._delimiter = delimiter
        self._is_flawed = encoding.is_flawed
        self._cut = cut
        self._ends: set[str] = set()

    @property
    def line_end(self) -> str:
        """Return LF, CRLF, CR or mixed, from the records taken so far; ends within quotation marks do not count."""
        found = [_ENDS[each] for each in self._ends]
        return "mixed" if len(found) > 1 else (found or ["LF"])[0]

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the records."""
        if not self._cut:
            yield from self._records()
            return
        before: list[str] | None = None
        for record in self._records():
            if before is not None:
                yield before
            before = record

    def _records(self) -> Iterator[list[str]]:
        feed = self._feed
        found = csv.reader(feed, delimiter=self._delimiter, strict=True)
        number = 0
        while True:
            try:
                record = next(found)
            except StopIteration:
                return
            except csv.Error:
                if self._cut and feed.is_over:
                    return
                record = Flawed([feed.hand_back().rstrip("\r\n")], BROKEN)
                found = csv.reader(feed, delimiter=self._delimiter, strict=True)
            else:
                record = self._checked(record)
            number += 1
            if len(record) > MAX_COLUMNS:
                raise SourceError(f"Row {number} of the file has more than {MAX_COLUMNS:,} cells.")
            yield record

    def _checked(self, record: list[str]) -> list[str]:
        lines = self._feed.take()
        last = lines[-1]
        if last[-2:-1] == "\r":
            self._ends.add("\r\n")
        elif last[-1] in _ENDS:
            self._ends.add(last[-1])
        flaw = find_flaw("".join(lines)) if self._is_flawed else ""
        return Flawed(record, flaw) if flaw else record


class _Feed:
    """Lines as they come, which can be handed back as far as no record was made of them."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._size = self._read = self._read_again = 0
        self._is_narrow = False
        self.is_over = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if self._is_narrow and self._taken:
            raise csv.Error
        line = self._again.popleft() if self._again else self._new()
        self._taken.append(line)
        self._size += len(line)
        if self._size > MAX_LINE:
            raise csv.Error
        return line

    def _new(self) -> str:
        line = next(self._lines, "")
        if not line:
            self.is_over = True
            raise StopIteration
        self._read += len(line)
        return line

    def take(self) -> list[str]:
        """Return the lines of the record that was made, and forget them."""
        lines, self._taken, self._size = self._taken, [], 0
        return lines

    def hand_back(self) -> str:
        """Return the first line since the last record, and give the others again.

        Where quotation marks are so confused that lines are given again and again, each line is a record of its own
        from here on, so that the work stays in proportion to the text.
        """
        size = self._size
        first, *others = self.take()
        self._again.extendleft(reversed(others))
        self._read_again += size - len(first)
        self._is_narrow = self._is_narrow or self._read_again > PATIENCE + 4 * self._read
        return first


def lines_of(read: Read, encoding: str) -> Iterator[str]:
    """Yield the lines of a text with their ends: LF, CRLF, CR, and EBCDIC's own, which is given as LF.

    Raises:
        SourceError: a line is too long to be one.
    """
    is_ebcdic = encoding in {"cp037", "cp500"}
    source = ByteStream((lambda size: read(size).translate(_NEXT_LINES)) if is_ebcdic else read)
    text = io.TextIOWrapper(io.BufferedReader(source), encoding, KEEP, newline="")
    number = 0
    while line := text.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise SourceError(
                f"Line {number} of the file is longer than {MAX_LINE >> 20} MiB.",
                advice="Check that the file has line ends, and is a table at all.",
            )
        if number == 1:
            line = line.removeprefix("\ufeff")  # the mark is no letter of the table
            if not line:
                continue
        yield line
