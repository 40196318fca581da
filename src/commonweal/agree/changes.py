"""What happens to an agreement after it was signed: narrowed, suspended, resumed, renewed, replaced, given up."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime

from commonweal.core import Actor, Event, Json, to_rfc3339
from commonweal.decide import Decision
from commonweal.request import RowCondition, describe_rows

from .conditions import Conditions
from .errors import NarrowingError, NotInItsPlaceError, RenewalError
from .life import Act, verify_act
from .model import Agreement
from .rules import state_at
from .ruling import verify_agreeable


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is taken away from an agreement's terms; what is left empty stays as it is.

    `fields` are those that are left, `rows` further conditions, `tokenise` further fields to give only as tokens,
    `ends` an earlier end, and `conditions` what is demanded more strictly than before.
    """

    fields: tuple[str, ...] = ()
    rows: tuple[RowCondition, ...] = ()
    tokenise: tuple[str, ...] = ()
    ends: datetime | None = None
    conditions: Conditions = field(default_factory=Conditions)


def narrow(
    agreement: Agreement, narrowing: Narrowing, *, actor: Actor, reason: str, at: datetime
) -> tuple[Agreement, Event]:
    """Return the agreement with terms that open less, in its next edition, and the event `agreement.narrowed`.

    Raises:
        NarrowingError: `reasons` lists every way in which the terms would be wider, or why nothing would change.
        WrongStatusError, UnnamedError, UnexplainedError: as `verify_act`.
    """
    verify_act(Act.NARROW, agreement, person=actor.person, reason=reason)
    if faults := tuple(_faults(agreement, narrowing, at)):
        raise NarrowingError(f"Agreement {agreement.id} cannot be narrowed like this.", reasons=faults)
    left = tuple(each for each in agreement.fields if each in (narrowing.fields or agreement.fields))
    wanted = {*agreement.tokenised, *narrowing.tokenise}
    narrowed = replace(
        agreement,
        fields=left,
        rows=(*agreement.rows, *narrowing.rows),
        tokenised=tuple(each for each in left if each in wanted),
        ends=narrowing.ends or agreement.ends,
        conditions=_tightened(agreement.conditions, narrowing.conditions),
        edition=agreement.edition + 1,
    )
    if replace(narrowed, edition=agreement.edition) == agreement:
        raise NarrowingError(
            f"Agreement {agreement.id} cannot be narrowed like this.",
            reasons=("Nothing would change: the agreement has these terms already.",),
        )
    facts: dict[str, Json] = {
        **_facts(agreement, reason),
        "edition": narrowed.edition,
        "fields": [*narrowed.fields],
        "rows": describe_rows(narrowed.rows),
        "tokenised": [*narrowed.tokenised],
        "ends": to_rfc3339(narrowed.ends),
    }
    return narrowed, Event("agreement.narrowed", at, agreement.discloser, agreement.id, actor, facts)


def suspend(agreement: Agreement, *, actor: Actor, reason: str, at: datetime) -> tuple[Agreement, Event]:
    """Return the agreement suspended: it opens nothing until it is resumed. Errors as `verify_act`."""
    found = verify_act(Act.SUSPEND, agreement, person=actor.person, reason=reason)
    suspended = replace(
        agreement, status=found.end(agreement), suspended=at, suspended_by=actor.person, suspension_reason=reason
    )
    facts = _facts(agreement, reason)
    return suspended, Event("agreement.suspended", at, agreement.discloser, agreement.id, actor, facts)


def resume(agreement: Agreement, *, actor: Actor, reason: str, at: datetime) -> tuple[Agreement, Event]:
    """Return a suspended agreement as it was before it was suspended. Errors as `verify_act`."""
    found = verify_act(Act.RESUME, agreement, person=actor.person, reason=reason)
    resumed = replace(agreement, status=found.end(agreement), suspended=None, suspended_by="", suspension_reason="")
    facts = _facts(agreement, reason)
    return resumed, Event("agreement.resumed", at, agreement.discloser, agreement.id, actor, facts)


def renew(
    agreement: Agreement,
    decision: Decision,
    *,
    ends: datetime,
    actor: Actor,
    reason: str,
    at: datetime,
    review: date | None = None,
) -> tuple[Agreement, Event]:
    """Return the agreement with a later end, in its next edition, and the event `agreement.renewed`.

    `decision` is what law and policy answer today to what the agreement opens. `review` is the day of its next review;
    None keeps the day that it has.

    Raises:
        NotAgreeableError: the decision is a refusal.
        RenewalError: the end is not later, or has passed; or the review has come, or lies after the end.
        WrongStatusError, UnnamedError, UnexplainedError: as `verify_act`.
    """
    verify_act(Act.RENEW, agreement, person=actor.person, reason=reason)
    if faults := (*_end_faults(agreement, ends, at), *_review_faults(review, ends, at)):
        raise RenewalError(f"Agreement {agreement.id} cannot be renewed like this.", reasons=faults)
    verify_agreeable(decision)
    conditions = replace(agreement.conditions, review=review or agreement.conditions.review)
    renewed = replace(agreement, ends=ends, conditions=conditions, edition=agreement.edition + 1)
    facts: dict[str, Json] = {
        **_facts(agreement, reason),
        "edition": renewed.edition,
        "ended": to_rfc3339(agreement.ends),
        "ends": to_rfc3339(ends),
        "review": conditions.review.isoformat() if conditions.review else "",
        "verdict": decision.verdict.value,
        "policies": decision.policies,
        "pack": decision.pack,
    }
    return renewed, Event("agreement.renewed", at, agreement.discloser, agreement.id, actor, facts)


def supersede(
    agreement: Agreement, newer: Agreement, *, actor: Actor, reason: str, at: datetime
) -> tuple[Agreement, Event]:
    """Return the agreement replaced by a newer one, for ever, and the event `agreement.superseded`.

    Raises:
        NotInItsPlaceError: `reasons` lists why the newer one cannot take its place.
        WrongStatusError, UnnamedError, UnexplainedError: as `verify_act`.
    """
    found = verify_act(Act.SUPERSEDE, agreement, person=actor.person, reason=reason)
    if faults := tuple(_place_faults(agreement, newer, at)):
        raise NotInItsPlaceError(f"{newer.id} cannot take the place of agreement {agreement.id}.", reasons=faults)
    superseded = replace(agreement, status=found.end(agreement), superseded_by=newer.id)
    facts: dict[str, Json] = {**_facts(agreement, reason), "superseded_by": newer.id}
    return superseded, Event("agreement.superseded", at, agreement.discloser, agreement.id, actor, facts)


def relinquish(agreement: Agreement, *, actor: Actor, reason: str, at: datetime) -> tuple[Agreement, Event]:
    """Return the agreement given up by its recipient, for ever: it stands as revoked. Errors as `verify_act`."""
    found = verify_act(Act.RELINQUISH, agreement, person=actor.person, reason=reason)
    given_up = replace(
        agreement, status=found.end(agreement), revoked=at, revoked_by=actor.person, revocation_reason=reason
    )
    facts = _facts(agreement, reason)
    return given_up, Event("agreement.relinquished", at, agreement.discloser, agreement.id, actor, facts)


def signed_at(agreement: Agreement) -> datetime:
    """Return when the last of those who signed an agreement did."""
    return max(each.at for each in agreement.signatures)


def _tightened(agreed: Conditions, wanted: Conditions) -> Conditions:
    """Return what was agreed, with everything in its place that `wanted` demands."""
    nothing = Conditions()
    demands = {each.name: getattr(wanted, each.name) for each in fields(wanted)}
    return replace(agreed, **{name: value for name, value in demands.items() if value != getattr(nothing, name)})


def _facts(agreement: Agreement, reason: str) -> dict[str, Json]:
    return {"dataset": agreement.dataset, "recipient": agreement.recipient, "reason": reason}


def _faults(agreement: Agreement, narrowing: Narrowing, at: datetime) -> Iterator[str]:
    yield from _field_faults(agreement, narrowing)
    yield from _row_faults(agreement, narrowing)
    if narrowing.ends is not None:
        if narrowing.ends > agreement.ends:
            yield f"The end is later than the agreed one, {to_rfc3339(agreement.ends)}: that takes a renewal."
        if narrowing.ends <= agreement.starts:
            yield "The end must come after the start."
        if narrowing.ends <= at:
            yield "The end has passed: to end the agreement now, revoke it."
    yield from narrowing.conditions.without_effect()
    yield from _tightened(agreement.conditions, narrowing.conditions).faults_against(agreement.conditions)


def _field_faults(agreement: Agreement, narrowing: Narrowing) -> Iterator[str]:
    named = narrowing.fields
    if lacking := sorted({*named, *narrowing.tokenise} - set(agreement.fields)):
        yield f"The agreement has no such field: {', '.join(lacking)}."
    if len(set(named)) != len(named):
        yield "A field is named twice."
    if named and (elsewhere := sorted((set(narrowing.tokenise) & set(agreement.fields)) - set(named))):
        yield "To be tokenised but not among the fields that are left: " + ", ".join(elsewhere) + "."


def _row_faults(agreement: Agreement, narrowing: Narrowing) -> Iterator[str]:
    for number, each in enumerate(narrowing.rows, 1):
        if not each.values:
            yield f"Further row condition {number}, on {each.field}, names no value: it is no filter."
        elif each in agreement.rows:
            yield f"Further row condition {number}, on {each.field}, is agreed already: it takes nothing away."
        elif each in narrowing.rows[: number - 1]:
            yield f"Further row condition {number}, on {each.field}, is given twice."


def _end_faults(agreement: Agreement, ends: datetime, at: datetime) -> Iterator[str]:
    if ends <= agreement.ends:
        yield f"The end is not later than the agreed one, {to_rfc3339(agreement.ends)}."
    if ends <= at:
        yield "The end has passed."


def _review_faults(review: date | None, ends: datetime, at: datetime) -> Iterator[str]:
    if review is not None and not at.date() < review <= ends.date():
        yield "The next review must lie between today and the new end."


def _place_faults(agreement: Agreement, newer: Agreement, at: datetime) -> Iterator[str]:
    if newer.id == agreement.id:
        yield "An agreement cannot take its own place."
        return
    if newer.discloser != agreement.discloser or newer.recipient != agreement.recipient:
        yield f"{newer.id} is between other bodies."
    if newer.dataset != agreement.dataset:
        yield f"{newer.id} is on another dataset, {newer.dataset}."
    if (state := state_at(newer, at)) != "active":
        yield f"{newer.id} is not in force: it is {state}."
    if signed_at(newer) <= signed_at(agreement):
        yield f"{newer.id} was not signed later."
