"""Retention: for how long each version of a dataset is kept, from when, and on what basis; nothing goes by itself."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from commonweal.core import InputError

_UNITS = {"day": "D", "week": "W", "month": "M", "year": "Y"}
_WORDS = re.compile(
    r"(?P<count>[1-9]\d{0,2}) (?P<unit>day|week|month|year)s?(?: after (?P<start>publication|end of year|"
    r"end of financial year))?(?:[:,] ?(?P<basis>\S.{0,298}))?",
    re.IGNORECASE,
)
_PERIOD = re.compile(r"P([1-9]\d{0,2})([DWMY])")
_MONTHS = 12
_APRIL = 4


class RetentionStart(StrEnum):
    """From which day a period of retention counts."""

    PUBLICATION = "publication"
    YEAR_END = "end of year"
    FINANCIAL_YEAR_END = "end of financial year"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a version is kept: `period` is an ISO 8601 duration such as P6Y, counted from `start`.

    `basis` says why, in the steward's words.
    """

    period: str
    start: RetentionStart = RetentionStart.PUBLICATION
    basis: str = ""

    @property
    def sentence(self) -> str:
        """Say it in words."""
        count, unit = _parts(self.period)
        word = next(word for word, letter in _UNITS.items() if letter == unit)
        told = f"{count} {word}{'' if count == 1 else 's'} after {self.start.value}"
        return f"{told}: {self.basis}" if self.basis else told

    def due(self, published: date) -> date:
        """Return the first day on which a version published then need no longer be kept."""
        return _after(_begins(self.start, published), *_parts(self.period))


def parse_retention(text: str) -> Retention | None:
    """Return the retention that words such as `6 years after end of year: Limitation Act 1980` say; None for none.

    Raises:
        InputError: they are no such words.
    """
    if not text.strip():
        return None
    found = _WORDS.fullmatch(" ".join(text.split()))
    if found is None:
        raise InputError(
            "The retention is not a period that can be counted.",
            advice="Say it as `6 years`, `6 years after end of year` or `18 months after end of financial year: why`.",
        )
    period = f"P{found['count']}{_UNITS[found['unit'].lower()]}"
    start = RetentionStart(found["start"].lower()) if found["start"] else RetentionStart.PUBLICATION
    return Retention(period, start, (found["basis"] or "").strip())


def _parts(period: str) -> tuple[int, str]:
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise InputError("The retention's period is not an ISO 8601 duration of one unit, such as P6Y.")
    return int(found[1]), found[2]


def _begins(start: RetentionStart, day: date) -> date:
    """Return the day from which is counted: of publication, or the first after the end of its year."""
    if start is RetentionStart.YEAR_END:
        return date(day.year + 1, 1, 1)
    if start is RetentionStart.FINANCIAL_YEAR_END:
        return date(day.year + (day.month >= _APRIL), _APRIL, 1)
    return day


def _after(day: date, count: int, unit: str) -> date:
    if unit in "DW":
        return day + timedelta(days=count * (7 if unit == "W" else 1))
    months = day.year * _MONTHS + day.month - 1 + count * (_MONTHS if unit == "Y" else 1)
    year, month = divmod(months, _MONTHS)
    return _no_later(year, month + 1, day.day)


def _no_later(year: int, month: int, day: int) -> date:
    """Return the day, or the last of its month where that is shorter."""
    first_of_next = date(year + month // _MONTHS, month % _MONTHS + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day - 1), first_of_next - timedelta(days=1))
