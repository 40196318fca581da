"""Finds what stands between the cells of a text, by how evenly it cuts the first lines."""

import csv
from collections import Counter
from collections.abc import Sequence
from itertools import islice

USUAL = ",;\t|"

_SNIFFED = 200
_PROVEN = "¬¦^~§\x01\x1c\x1d\x1e\x1f"
_NEVER = frozenset("\"'.-_/@()&+£%$ \r\n\v\f\xa0\0:#*?!,;\t|")
_MANY = 3


def find_delimiter(head: str) -> str:
    """Return the character that cuts most of the first lines into the same number of cells.

    Commas, semicolons, tabs and bars come first. Any other sign counts only where none of them cuts four lines in
    five alike and it cuts nine in ten; a sign that is not known as a delimiter must make three cells or more.
    """
    lines = head.splitlines(keepends=True)[:_SNIFFED]
    usual = max(USUAL, key=lambda each: _agreement(lines, each))
    count = sum(bool(each.strip()) for each in lines)
    if _agreement(lines, usual)[0] * 5 >= count * 4:
        return usual
    strange = max(_strange(lines), key=lambda each: _agreement(lines, each), default=usual)
    found, width = _agreement(lines, strange)
    is_strange = found * 10 >= count * 9 and (width >= _MANY or strange in _PROVEN)
    return strange if is_strange else usual


def _strange(lines: Sequence[str]) -> list[str]:
    seen = Counter(each for line in lines for each in set(line) if not each.isalnum() and each not in _NEVER)
    return [each for each, count in seen.most_common(8) if count * 2 > len(lines)]


def _agreement(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    widths: Counter[int] = Counter()
    try:
        widths.update(len(each) for each in islice(csv.reader(lines, delimiter=delimiter), _SNIFFED))
    except csv.Error:
        return 0, 0
    return max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))
