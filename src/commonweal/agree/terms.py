"""Terms: what one side is ready to agree to, never wider than what the other asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from commonweal.request import AccessRequest, Operator, RowCondition

from .conditions import Conditions
from .errors import TermsError
from .model import Standby


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement will say: these fields, rows and purpose, some fields only as tokens, from and until.

    The agreement runs from `starts` (inclusive) to `ends` (exclusive). `sealed_to` is the age recipient that alone can
    open what is released, empty when releases are not sealed. `countersigned` demands that a person with authority at
    the recipient signs before it is in force. `standby` makes it one for an emergency.
    """

    fields: tuple[str, ...]
    rows: tuple[RowCondition, ...]
    purpose: str
    starts: datetime
    ends: datetime
    tokenised: tuple[str, ...] = ()
    sealed_to: str = ""
    conditions: Conditions = field(default_factory=Conditions)
    countersigned: bool = False
    standby: Standby | None = None


def terms_as_asked(request: AccessRequest, *, starts: datetime, ends: datetime) -> Terms:
    """Return the terms that give a request all it asks for, from `starts` until `ends`."""
    return Terms(
        fields=request.fields,
        rows=request.rows,
        purpose=request.purpose,
        starts=starts,
        ends=ends,
        sealed_to=request.seal_to,
    )


def verify_terms(terms: Terms, request: AccessRequest) -> None:
    """Return when `terms` lie within `request`: minimum disclosure only ever narrows.

    Each of the request's row conditions must stand, or be replaced by one that keeps fewer of its listed
    values; further conditions may be added. What was asked sealed to a recipient stays sealed to it.

    Raises:
        TermsError: `reasons` lists every way in which they do not.
    """
    if faults := tuple(_faults(terms, request)):
        raise TermsError("The terms do not fit the access request.", reasons=faults)


def _faults(terms: Terms, request: AccessRequest) -> Iterator[str]:
    yield from _field_faults(terms, request)
    if terms.purpose != request.purpose:
        yield f"The purpose is not the one asked for: {request.purpose}."
    for number, asked in enumerate(request.rows, 1):
        if not any(_keeps_within(offered, asked) for offered in terms.rows):
            yield f"Row condition {number} of the request, on {asked.field}, is missing or has been widened."
    if request.seal_to and terms.sealed_to != request.seal_to:
        yield "The request asks for it sealed to a recipient, and the terms do not seal it to that one."
    if terms.ends <= terms.starts:
        yield "The end must come after the start."
    if request.until is not None and terms.ends > request.until:
        yield "The end is later than the request asks for."
    yield from terms.conditions.without_effect()
    review = terms.conditions.review
    if review is not None and not terms.starts.date() <= review <= terms.ends.date():
        yield "The review must lie between the start and the end."


def _field_faults(terms: Terms, request: AccessRequest) -> Iterator[str]:
    if not terms.fields:
        yield "No field is left: an agreement covers at least one."
    if len(set(terms.fields)) != len(terms.fields):
        yield "A field is named twice."
    if wider := sorted(set(terms.fields) - set(request.fields)):
        yield "Not asked for: " + ", ".join(wider) + "."
    if elsewhere := sorted(set(terms.tokenised) - set(terms.fields)):
        yield "To be tokenised but not among the fields: " + ", ".join(elsewhere) + "."


def _keeps_within(offered: RowCondition, asked: RowCondition) -> bool:
    if offered == asked:
        return True
    lists = {Operator.EQUALS, Operator.IN}
    narrows = offered.field == asked.field and offered.operator in lists and asked.operator in lists
    return narrows and bool(offered.values) and set(offered.values) <= set(asked.values)
