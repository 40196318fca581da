"""Records that cannot be read as they stand: bytes that do not decode, quotation marks out of place."""

import re
from collections.abc import Iterable

UNDECODED = "it holds bytes that are not text in the file's encoding"
NUL = "it holds a NUL byte"
BROKEN = "a quotation mark is out of place or never closed, or a cell is longer than 128 KiB"

_ESCAPED = re.compile("[\udc00-\udcff]")


class Flawed(list[str]):
    """The cells of a record as far as they can be told, and the reason why it is no row."""

    def __init__(self, cells: Iterable[str], reason: str) -> None:
        super().__init__(cells)
        self.reason = reason


def find_flaw(text: str) -> str:
    """Return what is wrong with a decoded text, or nothing; a byte that did not decode is U+DC00 and its value."""
    if "\0" in text:
        return NUL
    return UNDECODED if not text.isascii() and _ESCAPED.search(text) else ""
