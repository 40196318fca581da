"""A form that a page sent: its fields as text, and what is wrong with them, said beside the field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from commonweal.core import CommonwealError, InputError

_MOST_FIELDS = 5_000
_LONGEST = 20_000
_LONGEST_SENTENCE = 2_000
_A_DAY = timedelta(days=1)
_PLACES = {
    "agree.conditions": "readers",
    "agree.narrowing": "fields",
    "agree.no-recipient": "sealed",
    "agree.not-in-its-place": "newer",
    "agree.renewal": "until-day",
    "agree.review-day": "next-day",
    "agree.uncoded-refusal": "reason",
    "agree.unexplained": "reason",
    "agree.unexplained-revocation": "reason",
    "deliver.row-condition": "rows",
    "identity.unknown-body": "recipient",
    "identity.ambiguous-body": "recipient",
    "keys.no-receiving-key": "seal_to",
    "law.unknown-gateway": "gateway",
    "law.unknown-purpose": "purpose",
    "request.no-fields": "fields",
    "request.past-end": "until-day",
    "request.public-task": "public-task",
    "request.row-condition": "rows",
    "request.seal-to": "seal_to",
    "request.unexplained-appeal": "reason",
    "request.unknown-template": "template",
    "agree.activation": "reason",
    "agree.standby": "officers",
}
"""For each code of an error the field of a form that it is about."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field; `field` is the id that the error summary leads to."""

    field: str
    sentence: str


class FormError(InputError):
    """A form that cannot be used as it was filled in; `faults` say why, each at its field."""

    code = "web.form"

    def __init__(self, *faults: Fault) -> None:
        super().__init__("There is a problem.", reasons=tuple(each.sentence for each in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields of a form; one that was not sent is empty."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field's text without the white space around it."""
        return self.fields.get(name, ("",))[0].strip()

    def choices(self, name: str) -> tuple[str, ...]:
        """Return the values of the boxes that are ticked."""
        return tuple(self.fields.get(name, ()))

    def lines(self, name: str) -> tuple[str, ...]:
        """Return the lines of a text area that hold something."""
        return tuple(each.strip() for each in self.text(name).splitlines() if each.strip())

    def sentence(self, name: str, missing: str) -> str:
        """Return a text of 1 to 2,000 characters.

        Raises:
            FormError: it is longer, or there is none, which `missing` says.
        """
        text = self.text(name)
        if not text or len(text) > _LONGEST_SENTENCE:
            raise FormError(
                Fault(name, missing if not text else f"Say it in {_LONGEST_SENTENCE:,} characters or fewer.")
            )
        return text

    def some(self, name: str, missing: str) -> tuple[str, ...]:
        """Return the values of the boxes that are ticked, at least one.

        Raises:
            FormError: there is none, which `missing` says.
        """
        found = self.choices(name)
        if not found:
            raise FormError(Fault(name, missing))
        return found

    def day(self, name: str) -> date | None:
        """Return the day of a date input, or None when none is given.

        Raises:
            FormError: it is no day.
        """
        parts = [self.text(f"{name}-{each}") for each in ("day", "month", "year")]
        return _day(name, parts) if any(parts) else None

    def last_day(self, name: str, unless: datetime | None = None) -> datetime | None:
        """Return the moment at which the day of a date input is over, or None when none is given.

        The last day of `unless` gives `unless` itself, so that a term shown as a day is not lengthened.

        Raises:
            FormError: it is no day.
        """
        day = self.day(name)
        if day is None:
            return None
        return (
            unless
            if unless is not None and day == day_before(unless)
            else datetime.combine(day + _A_DAY, time.min, UTC)
        )


def collect(*readings: Callable[[], object]) -> None:
    """Run every reading of a form and raise what all of them find, so that a person sees it all at once.

    Raises:
        FormError: at least one did.
    """
    faults: list[Fault] = []
    for read in readings:
        try:
            read()
        except FormError as error:
            faults += error.faults
    if faults:
        raise FormError(*faults)


def day_before(end: datetime) -> date:
    """Return the last day of which something is before `end`."""
    return (end.astimezone(UTC) - timedelta(microseconds=1)).date()


def faults_of(error: CommonwealError, elsewhere: str) -> tuple[Fault, ...]:
    """Return what an error says of a form, each fault at the field it is about, else at `elsewhere`."""
    if isinstance(error, FormError):
        return error.faults
    place = _PLACES.get(error.code, elsewhere)
    return tuple(
        Fault(_PLACES["request.past-end"] if each.startswith("The end ") else place, each)
        for each in error.reasons or (f"{error} {error.advice()}",)
    )


async def read_posted(request: Request) -> Posted:
    """Return the fields of the form that a page sent."""
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=_LONGEST)
    texts = {name: [each for each in form.getlist(name) if isinstance(each, str)] for name in form}
    if any(len(each) > _LONGEST for values in texts.values() for each in values):
        raise InputError(f"A field of the form is longer than {_LONGEST:,} characters.")
    return Posted(texts)


def _day(name: str, parts: Sequence[str]) -> date:
    try:
        day, month, year = (int(each) for each in parts)
        found = date(year, month, day)
    except ValueError:
        found = date.max
    if not date(2000, 1, 1) <= found < date(2200, 1, 1):
        raise FormError(Fault(f"{name}-day", "The last day must be a real date, such as 31 3 2027."))
    return found


ThePosted = Annotated[Posted, Depends(read_posted)]
