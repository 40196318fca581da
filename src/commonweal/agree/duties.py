"""What an agreement leaves to be done by a day: copies deleted after its end, and a review."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from commonweal.core import Actor, Event, Json, to_rfc3339

from .errors import NotOverError, ReviewDayError, UnexplainedError, UnnamedError, WrongStatusError
from .model import Agreement
from .rules import state_at

CERTIFIED = "deletion.certified"
REVIEWED = "review.recorded"
REVIEWABLE = frozenset({"pending", "active", "standby", "suspended"})
"""The states in which an agreement is reviewed."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do: the recipient deletes its copies and certifies it, or both sides review. `due` is the day."""

    kind: Literal["deletion", "review"]
    agreement: Agreement
    due: date
    is_overdue: bool

    @property
    def bodies(self) -> tuple[str, ...]:
        """Return by whom: the bodies of which a named person may do it."""
        parties = (self.agreement.discloser, self.agreement.recipient)
        return parties if self.kind == "review" else parties[1:]

    @property
    def sentence(self) -> str:
        """Return what is to be done, by whom and by when."""
        late = "was due" if self.is_overdue else "is due"
        if self.kind == "review":
            either = f"{self.agreement.discloser} or {self.agreement.recipient}"
            return f"The review by a named person of {either} {late} on {self.due.isoformat()}."
        who = self.agreement.recipient
        return f"The certificate by {who} that copies are deleted {late} on {self.due.isoformat()}."


def deletion_due(agreement: Agreement, ended: datetime, now: datetime) -> Duty | None:
    """Return the certificate that the recipient owes of an agreement that ended then, None where none was agreed."""
    if agreement.conditions.keep_days is None:
        return None
    due = ended + timedelta(days=agreement.conditions.keep_days)
    return Duty("deletion", agreement, due.date(), is_overdue=now > due)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review that was done: by whom, when, what was found, and the day of the next one, None for no further.

    `answered` is the day that the agreement named for its review then.
    """

    by: str
    body: str
    at: datetime
    finding: str
    answered: date | None
    following: date | None


def read_review(event: Event) -> Reviewed:
    """Return the review of which the event `review.recorded` tells."""
    facts = event.facts
    answered, following = _day(facts.get("answered")), _day(facts.get("next"))
    actor = event.actor
    return Reviewed(actor.person, actor.body, event.at, str(facts.get("finding", "")), answered, following)


def review_day(agreement: Agreement, last: Reviewed | None) -> date | None:
    """Return the day of an agreement's next review, None when there is none.

    It is the day that the newest review set, unless the agreement was given another day since.
    """
    agreed = agreement.conditions.review
    return agreed if last is None or last.answered != agreed else last.following


def record_review(
    agreement: Agreement, *, finding: str, following: date | None, actor: Actor, at: datetime
) -> tuple[Reviewed, Event]:
    """Return the review that a named person of either body did, and its event `review.recorded`.

    `following` is the day of the next review, None when no further one is due before the end.

    Raises:
        WrongStatusError: the agreement is over, or not in force yet.
        UnnamedError: `actor` names no person.
        UnexplainedError: `finding` is empty.
        ReviewDayError: `following` has come, or lies after the end.
    """
    state = state_at(agreement, at)
    if state not in REVIEWABLE:
        raise WrongStatusError(
            f"Agreement {agreement.id} is {state}; only one that is signed and not over is reviewed."
        )
    if not actor.person.strip():
        raise UnnamedError("A review is done by a named person.")
    if not finding.strip():
        raise UnexplainedError("Say what the review found.", advice="Both bodies read it.")
    if following is not None and not at.date() < following <= agreement.ends.date():
        raise ReviewDayError(f"The next review of agreement {agreement.id} cannot be on {following.isoformat()}.")
    facts: dict[str, Json] = {
        "dataset": agreement.dataset,
        "recipient": agreement.recipient,
        "finding": finding.strip(),
        "answered": _text(agreement.conditions.review),
        "next": _text(following),
    }
    event = Event(REVIEWED, at, agreement.discloser, agreement.id, actor, facts)
    return read_review(event), event


def _text(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _day(text: Json) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) and text else None


def agreed_review(agreement: Agreement, now: datetime, last: Reviewed | None = None) -> Duty | None:
    """Return the review of an agreement that is not over once its day has come, else None; `last` is the newest."""
    review = review_day(agreement, last)
    if review is None or now.date() < review:
        return None
    return Duty("review", agreement, review, is_overdue=now.date() > review)


def certify_deletion(agreement: Agreement, *, ended: datetime | None, how: str, actor: Actor, at: datetime) -> Event:
    """Return `deletion.certified`: a named person of the recipient says how every copy was deleted.

    Raises:
        NotOverError: the agreement has not ended.
        UnnamedError: `actor` names no person.
        UnexplainedError: `how` is empty.
    """
    if ended is None:
        raise NotOverError(f"Agreement {agreement.id} has not ended, so its copies may still be kept.")
    if not actor.person.strip():
        raise UnnamedError("A deletion is certified by a named person.")
    if not how.strip():
        raise UnexplainedError("Say how the copies were deleted.", advice="Name the systems and the means.")
    duty = deletion_due(agreement, ended, at)
    facts: dict[str, Json] = {
        "dataset": agreement.dataset,
        "recipient": agreement.recipient,
        "how": how.strip(),
        "ended": to_rfc3339(ended),
        "due": duty.due.isoformat() if duty else "",
        "late": bool(duty and duty.is_overdue),
    }
    return Event(CERTIFIED, at, agreement.discloser, agreement.id, actor, facts)
