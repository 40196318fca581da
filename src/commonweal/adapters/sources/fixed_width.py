"""Rows from fixed-width records, by a field list or a COBOL copybook."""

import io
from collections.abc import Iterator, Sequence

from commonweal.adapters.duckdb import ByteStream
from commonweal.publish import FileChoice

from .layout import LayoutField, Usage, read_layout
from .rows import RowWriter
from .telling import Content, Output, Taken, many, refuse

_LOOKED_AT = 1 << 16
_LONGEST_LINE = 1 << 20
_EBCDIC = "cp037"
_POSITIVE, _NEGATIVE = "{ABCDEFGHI", "}JKLMNOPQR"


def convert_fixed(content: Content, choice: FileChoice, output: Output) -> Taken:
    """Write the table of fixed-width records by the layout that was given, and say how it was read.

    Raises:
        SourceError: there is no layout, it asks for what is not read, or the file does not divide into its records.
    """
    fields = read_layout(choice.layout)
    kept = [each for each in fields if each.name]
    if not kept:
        raise refuse("The layout names no field.")
    is_text = all(each.usage is not Usage.PACKED for each in fields)
    records = _Records(content, max(each.start + each.length for each in fields), is_text=is_text)
    writer = RowWriter(output)
    writer.add([each.name for each in kept])
    decode = _Decoding(records.encoding)
    for record in records.read():
        writer.add([decode.cell(each, record) for each in kept])
    writer.finish()
    return Taken(f"fixed-width records of {records.length:,} bytes", (*records.notes(), *decode.notes()))


class _Records:
    """Divides the bytes: text by its line ends where it has any, and all else by length.

    A packed number may hold the byte of a line end, so records with one are never divided by lines.
    """

    def __init__(self, content: Content, length: int, *, is_text: bool) -> None:
        self._content = content
        self.length = length
        size = content.seek(0, 2)
        content.seek(0)
        head = content.read(max(_LOOKED_AT, length + 2))
        if not size:
            raise refuse("The source is empty.", "Publish a file with records in it.")
        self.encoding = _encoding(head)
        self.by_line = is_text and b"\n" in head and self.encoding != _EBCDIC
        self._between = _line_end_after(head, length) if not is_text else 0
        if not self.by_line and size % (length + self._between):
            raise refuse(
                f"The file is {size:,} bytes long, which does not divide into records of {length:,} bytes.",
                "Check the layout's lengths, and that the file is whole.",
            )

    def read(self) -> Iterator[bytes]:
        """Yield the records; errors as `convert_fixed`."""
        self._content.seek(0)
        stream = io.BufferedReader(ByteStream(self._content.read), _LOOKED_AT)
        if not self.by_line:
            while record := stream.read(self.length + self._between):
                yield record[: self.length]
            return
        number = 0
        while line := stream.readline(_LONGEST_LINE):
            number += 1
            record = line.removesuffix(b"\n").removesuffix(b"\r").removesuffix(b"\x1a")
            if len(record.rstrip(b" ")) > self.length:
                raise refuse(f"Line {number:,} is longer than the {self.length:,} bytes of the layout.")
            if record:
                yield record

    def notes(self) -> tuple[str, ...]:
        """Say how the bytes were divided and decoded."""
        divided = "one a line" if self.by_line or self._between else "with nothing between them"
        told = [f"The records stand {divided}."]
        if self.encoding == _EBCDIC:
            told.append("The text is EBCDIC, read by code page 037; in code page 285 the dollar sign is a pound sign.")
        return tuple(told)


def _line_end_after(head: bytes, length: int) -> int:
    """Return how many bytes of a line end follow the first record."""
    after = head[length : length + 2]
    return 2 if after == b"\r\n" else int(after.startswith(b"\n"))


def _encoding(head: bytes) -> str:
    """Return the encoding: EBCDIC has its digits and letters above 0xC0, and its space at 0x40."""
    high = sum(each >= 0xC1 or each == 0x40 for each in head)
    low = sum(0x30 <= each <= 0x39 or 0x41 <= each <= 0x7A or each in {0x20, 0x0A} for each in head)
    if high > low:
        return _EBCDIC
    try:
        head[: head.rfind(b"\n") + 1 or len(head)].decode()
    except UnicodeDecodeError:
        return "cp1252" if not head.isascii() else "utf-8"
    return "utf-8"


class _Decoding:
    """Turns the bytes of a field into a cell, counting those that are not what the layout says."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._strange = 0

    def cell(self, field: LayoutField, record: bytes) -> str:
        """Return a field's value: text without spaces around it, a number in plain digits."""
        content = record[field.start : field.start + field.length]
        if field.usage is Usage.PACKED:
            return self._told(_packed(content, field), f"0x{content.hex()}")
        text = content.decode(self._encoding, "replace").strip(" \0")
        if field.usage is Usage.TEXT or not text:
            return text
        return self._told(_zoned(text, field), text)

    def notes(self) -> tuple[str, ...]:
        """Say how many cells stand as they were found."""
        if not self._strange:
            return ()
        return (f"{many(self._strange, 'cell')} hold no number where the layout has one; they stand as found.",)

    def _told(self, found: str | None, otherwise: str) -> str:
        self._strange += found is None
        return otherwise if found is None else found


def _packed(content: bytes, field: LayoutField) -> str | None:
    """Return a packed decimal (COMP-3): two digits a byte, the last half byte its sign."""
    nibbles = content.hex()
    digits, sign = nibbles[:-1], nibbles[-1:]
    if len(content) != field.length or not _is_plain(digits) or sign not in "abcdef":
        return None
    return _placed(digits, field.decimals, is_negative=sign in "bd")


def _zoned(text: str, field: LayoutField) -> str | None:
    """Return a number of display digits, whose last may carry the sign."""
    last = text[-1]
    is_negative = False
    if field.is_signed and last in _POSITIVE + _NEGATIVE:
        is_negative = last in _NEGATIVE
        text = text[:-1] + str((_NEGATIVE if is_negative else _POSITIVE).index(last))
    elif field.is_signed and "p" <= last <= "y":
        is_negative, text = True, text[:-1] + str(ord(last) - ord("p"))
    return _placed(text, field.decimals, is_negative=is_negative) if _is_plain(text) else None


def _is_plain(digits: Sequence[str]) -> bool:
    return all("0" <= each <= "9" for each in digits)


def _placed(digits: str, decimals: int, *, is_negative: bool) -> str:
    padded = digits.rjust(decimals + 1, "0")
    whole, part = padded[: len(padded) - decimals], padded[len(padded) - decimals :]
    number = (whole.lstrip("0") or "0") + (f".{part}" if part else "")
    return f"-{number}" if is_negative and any(each != "0" for each in digits) else number
