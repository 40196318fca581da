"""How a body asks: row conditions read from text, and an access request made with its event."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime

from commonweal.core import Actor, Event, InputError, Json
from commonweal.identity import Nation

from .clock import RequestKind, due_day
from .form import Reply
from .model import AccessRequest, Operator, RowCondition
from .sealing import parse_seal_to
from .templates import ProposedTerms

_MOST_CONDITIONS = 50
_LONGEST_TEXT = 2_000
# A value does not begin with a comparison sign: `a==b` and `a<>b` are slips, not values.
_COMPARISON = re.compile(r"\s*(!=|<=|>=|=|<|>)\s*([^\s=<>].*)")
_MEMBERSHIP = re.compile(r"\s+(in)\s+(\S.*)")
_LIKE_A_CONDITION = re.compile(r"[^=!<>]+(?:!=|<=|>=|=|<|>)\s*[^\s=<>]|\S.*\sin\s+\S")


class RowConditionError(InputError):
    """A row condition that cannot be read, or that names a field the dataset does not have."""

    code = "request.row-condition"
    default_advice = (
        "Write each condition as `field=value` (or != < <= > >=) or as `field in a,b,c`, "
        "and name only fields of the dataset."
    )


class NoFieldsError(InputError):
    """An access request that asks for nothing."""

    code = "request.no-fields"
    default_advice = "Name at least one field of the dataset, or leave the fields out to ask for all of them."


class PastEndError(InputError):
    """An access request for a time that is over."""

    code = "request.past-end"
    default_advice = "Name a day to come, or leave the end out."


def parse_row_conditions(texts: Sequence[str], fields: Collection[str]) -> tuple[RowCondition, ...]:
    """Return the conditions that `texts` state, in order: `field=value`, `!=`, `<`, `<=`, `>`, `>=`, `field in a,b,c`.

    A field's name may hold spaces; the longest name in `fields` that fits is taken. Values keep their case.

    Raises:
        RowConditionError: `reasons` lists every condition at fault by its place, never by its text, which may
            hold a person's particulars.
    """
    if len(texts) > _MOST_CONDITIONS:
        raise RowConditionError(f"There are more than {_MOST_CONDITIONS} row conditions.")
    parsed = [_parse(text, fields) for text in texts]
    faults = tuple(f"Row condition {n} {each}." for n, each in enumerate(parsed, 1) if isinstance(each, str))
    if faults:
        raise RowConditionError("Some row conditions cannot be used.", reasons=faults)
    return tuple(each for each in parsed if isinstance(each, RowCondition))


def ask(
    *,
    identifier: str,
    dataset: str,
    discloser: str,
    recipient: str,
    purpose: str,
    gateway: str,
    fields: Sequence[str],
    rows: Sequence[RowCondition],
    actor: Actor,
    at: datetime,
    until: datetime | None = None,
    seal_to: str = "",
    answers: Sequence[Reply] = (),
    unanswered: Sequence[str] = (),
    kind: RequestKind = RequestKind.PERSONAL,
    nation: Nation = "",
    template: str = "",
    proposed: ProposedTerms | None = None,
) -> tuple[AccessRequest, Event]:
    """Return an access request and its event `request.asked`, which is the discloser's record.

    Fields asked for twice are kept once. Whether they exist, and whether the purpose is lawful, is for
    `decide`. The event's facts name fields and operators of the row conditions, never their values, and
    of the form how many answers there are. An answer is due by its `kind`, in working days of the discloser's `nation`.

    Raises:
        NoFieldsError: `fields` is empty.
        PastEndError: `until` is not after `at`.
        SealToError: `seal_to` is given and is no age recipient.
    """
    if not fields:
        raise NoFieldsError("The access request names no field.")
    if until is not None and until <= at:
        raise PastEndError("The access request would end before it began.")
    request = AccessRequest(
        id=identifier,
        dataset=dataset,
        discloser=discloser,
        recipient=recipient,
        purpose=purpose,
        gateway=gateway,
        fields=tuple(dict.fromkeys(fields)),
        rows=tuple(rows),
        asked_by=actor.person,
        asked=at,
        until=until,
        seal_to=parse_seal_to(seal_to),
        answers=tuple(answers),
        unanswered=tuple(unanswered),
        kind=kind,
        due=due_day(at, kind, nation),
        template=template,
        proposed=proposed,
    )
    return request, Event("request.asked", at, discloser, identifier, actor, _facts(request))


def describe_rows(rows: Sequence[RowCondition]) -> list[Json]:
    """Return what an event may say of row conditions: each field and operator, without values."""
    return [{"field": each.field, "operator": each.operator.value} for each in rows]


def _facts(request: AccessRequest) -> dict[str, Json]:
    return {
        "dataset": request.dataset,
        "recipient": request.recipient,
        "purpose": request.purpose,
        "gateway": request.gateway,
        "fields": [*request.fields],
        "rows": describe_rows(request.rows),
        "seal_to": request.seal_to,
        "kind": request.kind.value,
        "due": request.due.isoformat() if request.due else "",
        "answers": len(request.answers),
        "unanswered": len(request.unanswered),
        "template": request.template,
    }


def _parse(text: str, fields: Collection[str]) -> RowCondition | str:
    """Return the condition, or what is wrong with it."""
    text = text.strip()
    if len(text) > _LONGEST_TEXT or not text.isprintable():
        return f"is longer than {_LONGEST_TEXT} characters or holds unprintable ones"
    for field in sorted((each for each in fields if each and text.startswith(each)), key=len, reverse=True):
        rest = text[len(field) :]
        if found := _COMPARISON.fullmatch(rest) or _MEMBERSHIP.fullmatch(rest):
            return _condition(field, Operator(found[1]), found[2])
    if _LIKE_A_CONDITION.match(text):
        return "names a field the dataset does not have"
    return "is not of the form asked for"


def _condition(field: str, operator: Operator, text: str) -> RowCondition | str:
    values = tuple(each.strip() for each in text.split(",")) if operator is Operator.IN else (text,)
    if not all(values):
        return "has an empty value in its list"
    return RowCondition(field, operator, values)
