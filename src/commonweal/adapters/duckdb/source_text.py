"""Looks at the bytes of a CSV source: is it text, what divides it, what is its header, where does it break."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from commonweal.publish import SourceError

MAX_COLUMNS = 4096
MAX_LINE = 2 * 1024 * 1024
MAX_HEADER = 1024 * 1024

_DELIMITERS = ",;\t|"
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_PACKED = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\x1f\x8b": "packed with gzip",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
}

Read = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class CsvForm:
    """What a CSV source's first line settles: the delimiter and the header's cells, trimmed."""

    delimiter: str
    header: tuple[str, ...]


def read_form(read: Read) -> CsvForm:
    """Read a CSV source once through and return its form.

    Args:
        read: returns up to so many of the source's next bytes, and none at its end.

    Raises:
        SourceError: it is empty, packed, not UTF-8 text, has an endless line, or no usable header.
    """
    head = read(MAX_HEADER)
    verify_unpacked(head)
    scan = TextScan()
    block = head
    while block:
        scan.feed(block)
        block = read(MAX_HEADER)
    scan.finish()
    return _form_of(_text_of(head))


def read_head(head: bytes) -> CsvForm:
    """Return the form of a CSV source of which only the beginning was read, up to `MAX_HEADER` bytes.

    Raises:
        SourceError: as `read_form`, of the beginning.
    """
    verify_unpacked(head)
    TextScan().feed(head)
    return _form_of(_text_of(head))


def explain_break(read: Read, form: CsvForm) -> SourceError:
    """Return, in words, why a CSV source that the engine refused cannot be read as a table.

    Args:
        read: as for `read_form`, from the source's beginning.
        form: what `read_form` returned.
    """
    text = io.TextIOWrapper(io.BufferedReader(ByteStream(read)), encoding="utf-8-sig", newline="")
    row = 0
    try:
        for row, cells in _data_rows(text, form):
            if len(cells) != len(form.header):
                return _ragged(row, len(cells), len(form.header))
    except csv.Error:
        return SourceError(
            f"Row {row + 1} of the CSV cannot be read: a quotation mark is out of place or never closed, or a field "
            "is longer than 128 KiB.",
            advice="Put quotation marks around the whole field, and double each one inside it.",
        )
    if isinstance(text.newlines, tuple):
        return SourceError(
            "The lines of the CSV end in different ways.", advice="Save the file again, so that all lines end alike."
        )
    return SourceError("The CSV cannot be read as a table.")


class ByteStream(io.RawIOBase):
    """The source's bytes as a file that Python's text layer can read."""

    def __init__(self, read: Read) -> None:
        super().__init__()
        self._read = read

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # narrower: no array, mmap
        """Fill the buffer with the next bytes and return how many they are."""
        found = self._read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


class TextScan:
    """Goes through the bytes once: UTF-8, no NUL, no line without an end."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_within_a_letter = False
        self._lines = 1
        self._open_line = 0

    def feed(self, block: bytes) -> None:
        """Take in the next bytes.

        Raises:
            SourceError: they are not text; the sentence names the line.
        """
        if b"\0" in block:
            raise _not_text(self._lines + _breaks(block[: block.index(b"\0")]))
        self._decode(block, final=False)
        self._measure(block)
        self._lines += _breaks(block)

    def finish(self) -> None:
        """Take note that there are no more; errors as `feed`."""
        self._decode(b"", final=True)

    def _decode(self, block: bytes, *, final: bool) -> None:
        if not self._is_within_a_letter and block.isascii():
            return
        try:
            self._decoder.decode(block, final)
            self._is_within_a_letter = bool(self._decoder.getstate()[0])
        except UnicodeDecodeError as error:
            raise SourceError(
                f"The CSV is not UTF-8 text: line {self._lines + _breaks(error.object[: error.start])} holds bytes of "
                "another encoding.",
                advice="Save the file again as “CSV UTF-8”.",
            ) from None

    def _measure(self, block: bytes) -> None:
        first = min((at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0), default=-1)
        if self._open_line + (len(block) if first < 0 else first) > MAX_LINE:
            raise SourceError(
                f"Line {self._lines} of the CSV is longer than {MAX_LINE // 1024 // 1024} MiB.",
                advice="Check that the file has line ends, and is CSV at all.",
            )
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        self._open_line = self._open_line + len(block) if last < 0 else len(block) - last - 1


def verify_unpacked(head: bytes) -> None:
    """Refuse a source whose first bytes show that it is empty, packed, or no UTF-8 text.

    Raises:
        SourceError: it is.
    """
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise SourceError("The source is empty.", advice="Publish a file with a header line and data under it.")
    for magic, what in _PACKED.items():
        if head.startswith(magic):
            raise SourceError(f"The source is {what}, not CSV.", advice="Unpack it, or save it as “CSV UTF-8”.")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError("The CSV is UTF-16 text, not UTF-8: line 1.", advice="Save the file again as “CSV UTF-8”.")


def _text_of(head: bytes) -> str:
    return codecs.getincrementaldecoder("utf-8-sig")().decode(head)


def _form_of(head: str) -> CsvForm:
    bare = _QUOTED.sub("", head)
    first = re.split(r"[\r\n]", bare, maxsplit=1)[0]
    if len(first) == len(bare) and len(head) >= MAX_HEADER - 4:
        raise SourceError("The first line of the CSV is longer than 1 MiB, so it is no header.")
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        cells = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise SourceError("The first line of the CSV is no header: a quotation mark is never closed.") from None
    header = tuple(cell.strip() for cell in cells)
    verify_header(header)
    return CsvForm(delimiter, header)


def verify_header(header: Sequence[str]) -> None:
    """Refuse a header that names no column, a column twice (capitals make no difference), or too many.

    Raises:
        SourceError: with the columns' numbers, not the cells' text: without a header line they may be data.
    """
    if not any(header):
        raise SourceError("The first line of the CSV is empty.", advice="Begin the file with one header line.")
    if len(header) > MAX_COLUMNS:
        raise SourceError(f"The source has {len(header):,} columns; a table may have {MAX_COLUMNS:,}.")
    seen: dict[str, int] = {}
    for number, name in enumerate(header, start=1):
        if not name:
            raise SourceError(f"Column {number} of the header has no name.")
        if (other := seen.setdefault(name.casefold(), number)) != number:
            raise SourceError(f"Columns {other} and {number} of the header have the same name.")


def _data_rows(text: io.TextIOWrapper, form: CsvForm) -> Iterator[tuple[int, list[str]]]:
    """Yield the data rows with their numbers, as the engine counts them: lines with nothing on them do not count."""
    reader = csv.reader(text, delimiter=form.delimiter, strict=True)
    next(reader, None)
    row = 0
    for cells in reader:
        if cells or len(form.header) == 1:
            row += 1
            yield row, cells or [""]


def _ragged(row: int, found: int, wanted: int) -> SourceError:
    fields = "1 field" if found == 1 else f"{found} fields"
    return SourceError(
        f"Row {row} of the CSV has {fields} where the header has {wanted}.",
        advice="Put quotation marks around a field that holds the delimiter; give every row every field.",
    )


def _not_text(line: int) -> SourceError:
    return SourceError(
        f"The source is not text: line {line} holds a NUL byte.", advice="Save it as “CSV UTF-8”, or as Parquet."
    )


def _breaks(block: bytes) -> int:
    return block.count(b"\n") or block.count(b"\r")
