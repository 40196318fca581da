"""Use cases of what agreements leave to be done: certificates of deletion, and reviews that are due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from commonweal.adapters.sql.agreements import list_agreements
from commonweal.agree import (
    CERTIFIED,
    REVIEWABLE,
    REVIEWED,
    Agreement,
    Duty,
    Reviewed,
    agreed_review,
    certify_deletion,
    deletion_due,
    read_review,
    record_review,
    review_day,
    state_at,
)
from commonweal.core import Event
from commonweal.identity import Permission, TenantScope
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts

from .asking import Asking


@dataclass(frozen=True, slots=True)
class DutyStanding:
    """What an agreement has had done and leaves to be done.

    `review` is the day of its next review and `last` the newest one; `certified` is the newest certificate of
    deletion, and `deletion` what is still owed of it. `ended` is when it ended, `may_review` says that it is signed and
    not over.
    """

    review: date | None
    last: Reviewed | None
    ended: datetime | None
    deletion: Duty | None
    certified: Event | None
    may_review: bool


class Duties:
    """Keeps what agreements leave to be done."""

    def __init__(self, parts: Parts, asking: Asking) -> None:
        self._parts = parts
        self._asking = asking

    def certify(self, caller: Caller, agreement_id: str, how: str) -> tuple[Agreement, Event]:
        """Record that a named person of the recipient certifies how every copy was deleted.

        Raises:
            NotFoundError: there is no such agreement of the caller's body.
            RoleError: the person may not agree for the recipient.
            NotOverError: it has not ended; UnexplainedError where it is not said how.
        """
        agreement = self._asking.get_agreement(caller, agreement_id)
        caller.require(Permission.AGREE, agreement.recipient)
        now = self._parts.clock.now()
        event = certify_deletion(agreement, ended=self._ended(agreement, now), how=how, actor=caller.actor(), at=now)
        self._parts.record(event)
        return agreement, event

    def review(
        self, caller: Caller, agreement_id: str, finding: str, following: date | None
    ) -> tuple[Agreement, Reviewed]:
        """Record that a named person of either body reviewed an agreement, and the day of the next review.

        Raises:
            NotFoundError: there is no such agreement of the caller's body.
            RoleError: the person may not agree for their body, or belongs to neither.
            WrongStatusError, UnexplainedError, ReviewDayError: as `record_review` of the room.
        """
        agreement = self._asking.get_agreement(caller, agreement_id)
        is_recipient = caller.person.body == agreement.recipient
        caller.require(Permission.AGREE, agreement.recipient if is_recipient else agreement.discloser)
        now = self._parts.clock.now()
        done, event = record_review(agreement, finding=finding, following=following, actor=caller.actor(), at=now)
        self._parts.record(event)
        return agreement, done

    def standing(self, agreement: Agreement) -> DutyStanding:
        """Return what an agreement that the caller was shown has had done, and leaves to be done."""
        now = self._parts.clock.now()
        ended = self._ended(agreement, now)
        reviewed, certified = self._newest(agreement, REVIEWED), self._newest(agreement, CERTIFIED)
        last = read_review(reviewed) if reviewed else None
        return DutyStanding(
            review=review_day(agreement, last) if ended is None else None,
            last=last,
            ended=ended,
            deletion=deletion_due(agreement, ended, now) if ended and not certified else None,
            certified=certified,
            may_review=state_at(agreement, now) in REVIEWABLE,
        )

    def list_due(self, caller: Caller) -> list[Duty]:
        """Return what the agreements of the caller's body leave to be done, the most urgent first; all for an operator.

        A certificate is listed from the end of its agreement until it is given, a review from its day on.
        """
        now = self._parts.clock.now()
        with self._parts.read() as connection:
            found = list_agreements(connection, None if caller.is_operator else TenantScope(caller.person.body))
        own = caller.person.body
        self._parts.record(Event("duties.listed", now, own, caller.person.id, caller.actor()))
        reviews = {e.event.subject: read_review(e.event) for e in self._parts.log.find_newest_of_each((REVIEWED,))}
        duties = (duty for each in found for duty in self._duties(each, reviews.get(each.id), now))
        return sorted(duties, key=lambda each: (each.due, each.agreement.id))

    def _duties(self, agreement: Agreement, last: Reviewed | None, now: datetime) -> Iterator[Duty]:
        asked = agreement.conditions
        if asked.keep_days is None and review_day(agreement, last) is None:
            return
        ended = self._ended(agreement, now)
        if ended is None:
            duty = agreed_review(agreement, now, last)
        else:
            duty = None if self._newest(agreement, CERTIFIED) else deletion_due(agreement, ended, now)
        if duty is not None:
            yield duty

    def _ended(self, agreement: Agreement, now: datetime) -> datetime | None:
        """Return when an agreement ended, None while it has not; one that never was in force leaves nothing to do."""
        state = state_at(agreement, now)
        if state == "revoked":
            return agreement.revoked
        if state == "superseded":
            replaced = self._newest(agreement, "agreement.superseded")
            return replaced.at if replaced else None
        return agreement.ends if state == "expired" else None

    def _newest(self, agreement: Agreement, name: str) -> Event | None:
        found = self._parts.log.find_newest(subject=agreement.id, name=name, limit=1)
        return found[0].event if found else None
