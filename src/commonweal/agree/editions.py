"""The editions of an agreement's terms: every change of its life is kept, with the terms before and after in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from commonweal.core import Event
from commonweal.request import RowCondition, shorten_recipient

from .life import Act
from .model import Agreement
from .terms import Terms


@dataclass(frozen=True, slots=True)
class Change:
    """One act in an agreement's life: who did it, for which body, when, why, and the terms before and after.

    `before` and `after` are the agreement's terms in the editions of these numbers; they are the same for an act that
    changes no terms. They hold the values of row conditions: they are for the parties, never for the log.
    """

    agreement: str
    act: Act
    person: str
    body: str
    at: datetime
    reason: str
    edition_before: int
    edition_after: int
    before: Terms
    after: Terms

    def describe(self) -> tuple[str, ...]:
        """Return in a sentence each what became different in the terms; nothing when they stayed."""
        return tuple(_differences(self.before, self.after))


def note_change(act: Act, before: Agreement, after: Agreement, event: Event, reason: str) -> Change:
    """Return what is kept of an act beside its event."""
    return Change(
        agreement=after.id,
        act=act,
        person=event.actor.person,
        body=event.actor.body,
        at=event.at,
        reason=reason,
        edition_before=before.edition,
        edition_after=after.edition,
        before=terms_of(before),
        after=terms_of(after),
    )


def terms_of(agreement: Agreement) -> Terms:
    """Return the terms that an agreement has now."""
    return Terms(
        fields=agreement.fields,
        rows=agreement.rows,
        purpose=agreement.purpose,
        starts=agreement.starts,
        ends=agreement.ends,
        tokenised=agreement.tokenised,
        sealed_to=agreement.sealed_to,
        conditions=agreement.conditions,
        standby=agreement.standby,
    )


def first_terms(agreement: Agreement, changes: Sequence[Change]) -> Terms:
    """Return the terms that were signed, of an agreement and all that became of it, oldest first."""
    return changes[0].before if changes else terms_of(agreement)


def as_signed(agreement: Agreement, changes: Sequence[Change]) -> Agreement:
    """Return an agreement with the terms of its first edition, whose digest is the one that was signed."""
    first = first_terms(agreement, changes)
    return replace(
        agreement,
        fields=first.fields,
        rows=first.rows,
        tokenised=first.tokenised,
        ends=first.ends,
        conditions=first.conditions,
        edition=1,
    )


def describe_terms(terms: Terms) -> tuple[tuple[str, str], ...]:
    """Return terms as pairs of a name and words; they hold the values of row conditions."""
    return tuple(_described(terms))


def _described(terms: Terms) -> Iterator[tuple[str, str]]:
    yield "Fields", ", ".join(terms.fields)
    yield "Only as tokens", ", ".join(terms.tokenised) or "None"
    yield "Rows", "; ".join(_condition(each) for each in terms.rows) or "All"
    yield "Begins", _moment(terms.starts)
    yield "Ends", _moment(terms.ends)
    if terms.sealed_to:
        yield "Sealed to", shorten_recipient(terms.sealed_to)
    yield from terms.conditions.describe()


def _differences(before: Terms, after: Terms) -> Iterator[str]:
    if gone := [each for each in before.fields if each not in after.fields]:
        yield f"No longer given: {', '.join(gone)}."
    if tokens := [each for each in after.tokenised if each not in before.tokenised]:
        yield f"Given only as tokens: {', '.join(tokens)}."
    if further := [each for each in after.rows if each not in before.rows]:
        yield f"Only rows with {' and '.join(_condition(each) for each in further)}."
    if after.ends != before.ends:
        yield f"The end moved from {_moment(before.ends)} to {_moment(after.ends)}."
    was = dict(before.conditions.describe())
    for name, words in after.conditions.describe():
        if was.get(name) != words:
            yield f"{name}: {words}{f', before that {was[name]}' if name in was else ''}."


def _moment(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M:%S} UTC"


def _condition(condition: RowCondition) -> str:
    operator = f" {condition.operator.value} " if condition.operator.value.isalpha() else condition.operator.value
    return f"{condition.field}{operator}{','.join(condition.values)}"
