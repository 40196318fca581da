"""The forms in which people write values: numbers, dates by day and month, marks in a value's place."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache

from commonweal.publish.kinds import FieldType

PLAIN = ""
POUNDS = "1,234.50"
_MARK = (
    r"\*{1,3}|-{1,2}|–|—|\.{2}|:|#|~|[czxCZX]|\[[a-zA-Z]{1,4}\]|[<>≤≥]=?\s?\d{1,3}%?"
    r"|#?[nN]/?[aA]|(?i:nan|null|suppressed|low)|#(?:REF|VALUE|NUM|NAME|DIV/0)[!?]"
)
_KINDS = re.compile(
    r"(?P<code>0\d+)"
    r"|(?P<long>\d{16,})"
    r"|(?P<spoilt>[+-]?\d(?:\.\d+)?E\+\d{2,3})"
    r"|(?P<integer>[+-]?\d{1,15})"
    r"|(?P<number>[+-]?(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)"
    r"|(?P<pounds>(?:[+-]?£?|£[+-])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?:[+-]?£|£[+-])\d+(?:\.\d+)?)"
    r"|(?P<iso>\d{4}-\d{2}-\d{2})"
    r"|(?P<day>\d{1,2}(?P<mark_of_date>[/.-])\d{1,2}(?P=mark_of_date)\d{4})"
    r"|(?P<timestamp>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2}))"
    r"|(?P<boolean>(?i:true|false))"
    rf"|(?P<mark>{_MARK})"
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_POUNDS = re.compile(r"([+-]?)£?([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_MARKED = re.compile(_MARK)
_BLANKS = " \t\r\n\v\f\xa0"

Canonical = Callable[[str], str | None]


def kind_of(text: str) -> str:
    """Return how a trimmed text looks.

    It is one of integer, number, pounds, iso, day, timestamp, boolean, mark, code (digits after a zero), long (16
    digits or more), spoilt (`2.00E+11`, where a spreadsheet cut digits), or text.
    """
    found = _KINDS.fullmatch(text)
    return (found and found.lastgroup) or "text"


def is_mark(text: str) -> bool:
    """Say whether a text stands where a value was withheld or is not known, such as `*`, `z` or `<10`."""
    return _MARKED.fullmatch(text) is not None


def is_blank(text: str) -> bool:
    """Say whether a text holds no letter and no digit."""
    return not any(map(str.isalnum, text))


def trim(text: str) -> str:
    """Return the text without blanks at its ends, no-break spaces among them."""
    return text.strip(_BLANKS)


@cache
def canonical(kind: FieldType, form: str) -> Canonical | None:
    """Return what turns a trimmed text of this type and form into the form that the gate takes.

    The function answers None for a text that is not of the form. None in its place says that any text will do.
    Dates become ISO 8601, numbers plain digits with a point.
    """
    if kind is FieldType.STRING:
        return None
    if kind is FieldType.DATE:
        return _iso_date if form == PLAIN else _date_reader(form)
    if kind is FieldType.NUMBER:
        return _plain_pounds if form == POUNDS else _matcher(_NUMBER)
    if kind is FieldType.INTEGER:
        return _plain_pounds if form == POUNDS else _matcher(_INTEGER)
    return _of_kind(kind.value)


def is_exact(kind: FieldType, form: str) -> bool:
    """Say whether every value of this type and form is so plainly shaped that it shows where it begins and ends."""
    return kind is FieldType.DATE and (form == PLAIN or form.startswith(("dd", "mm")))


def _matcher(pattern: re.Pattern[str]) -> Canonical:
    return lambda text: text if pattern.fullmatch(text) else None


def _of_kind(name: str) -> Canonical:
    return lambda text: text if kind_of(text) == name else None


def _iso_date(text: str) -> str | None:
    if _ISO.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _date_reader(form: str) -> Canonical:
    mark = re.escape(form.strip("dmy")[0])
    digits = r"(\d{2})" if form.startswith(("dd", "mm")) else r"(\d{1,2})"
    pattern = re.compile(f"{digits}{mark}{digits}{mark}(\\d{{4}})")
    month_first = form.startswith("m")

    @lru_cache(maxsize=4096)  # dates come back often
    def read(text: str) -> str | None:
        found = pattern.fullmatch(text)
        if found is None:
            return None
        first, second, year = map(int, found.groups())
        day, month = (second, first) if month_first else (first, second)
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            return None

    return read


def _plain_pounds(text: str) -> str | None:
    found = _POUNDS.fullmatch(text)
    if found is None or (found[1] and found[2]):
        return None
    sign = found[1] or found[2]
    return f"{sign}{found[3].replace(',', '')}{found[4] or ''}"
