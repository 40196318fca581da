"""What an agreement leaves to be done by a day: copies deleted after its end, and a review."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from commonweal.core import Actor, Event, Json, to_rfc3339

from .errors import NotOverError, UnexplainedError, UnnamedError
from .model import Agreement

CERTIFIED = "deletion.certified"


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do: the recipient deletes its copies and certifies it, or both sides review. `due` is the day."""

    kind: Literal["deletion", "review"]
    agreement: Agreement
    due: date
    is_overdue: bool

    @property
    def sentence(self) -> str:
        """Return what is to be done, by whom and by when."""
        late = "was due" if self.is_overdue else "is due"
        if self.kind == "review":
            both = f"{self.agreement.discloser} and {self.agreement.recipient}"
            return f"The review by {both} {late} on {self.due.isoformat()}."
        who = self.agreement.recipient
        return f"The certificate by {who} that copies are deleted {late} on {self.due.isoformat()}."


def deletion_due(agreement: Agreement, ended: datetime, now: datetime) -> Duty | None:
    """Return the certificate that the recipient owes of an agreement that ended then, None where none was agreed."""
    if agreement.conditions.keep_days is None:
        return None
    due = ended + timedelta(days=agreement.conditions.keep_days)
    return Duty("deletion", agreement, due.date(), is_overdue=now > due)


def agreed_review(agreement: Agreement, now: datetime) -> Duty | None:
    """Return the review of an agreement that is not over once its day has come, else None."""
    review = agreement.conditions.review
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
