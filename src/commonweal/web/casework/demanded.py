"""The conditions that a permission sets, as its form asks for them."""

from dataclasses import dataclass
from datetime import date

from commonweal.agree import Conditions
from commonweal.deliver import DOORS

from .posted import Fault, FormError, Posted

_NUMBERS = {
    "deliveries_per_day": "The deliveries in 24 hours must be a whole number, such as 4, or empty.",
    "rows_per_day": "The rows in 24 hours must be a whole number, such as 10000, or empty.",
    "keep_days": "The days to keep copies must be a whole number, such as 30, or empty.",
}
"""For each number of the form what is said when it is none."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One box of the form; `label` stands beside it, and `name` is what is sent."""

    name: str
    label: str
    hint: str = ""


_DOORS = {
    "delta-sharing": "Delta Sharing",
    "csv": "CSV",
    "parquet": "Parquet",
    "ndjson": "NDJSON",
    "changes.csv": "Changes, as CSV",
    "changes.parquet": "Changes, as Parquet",
    "changes.ndjson": "Changes, as NDJSON",
    "age": "Sealed file",
}
DOOR_CHOICES = tuple(Choice(each, _DOORS.get(each, each), each) for each in DOORS)
ONWARD = (
    Choice(
        "barred",
        "It may not be shared onward",
        "Without your body's consent the recipient may not give it to a third body or open it.",
    ),
)


def conditions_of(posted: Posted) -> Conditions:
    """Return the conditions that a form sets.

    Raises:
        FormError: a number or the day of the review is none.
    """
    keep = _number(posted, "keep_days")
    return Conditions(
        readers=posted.lines("readers"),
        doors=posted.choices("doors"),
        bars_onward=bool(posted.choices("onward")),
        deliveries_per_day=_number(posted, "deliveries_per_day") or 0,
        rows_per_day=_number(posted, "rows_per_day") or 0,
        keep_days=keep,
        review=review_of(posted),
    )


def _number(posted: Posted, name: str) -> int | None:
    text = posted.text(name).replace(",", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise FormError(Fault(name, _NUMBERS[name]))
    return int(text)


def review_of(posted: Posted) -> date | None:
    """Return the day of the review that a form sets, None for none.

    Raises:
        FormError: it is no day.
    """
    try:
        return posted.day("review")
    except FormError:
        raise FormError(Fault("review-day", "The review must be a real date, such as 31 3 2027.")) from None
