"""Use cases of what agreements leave to be done: certificates of deletion, and reviews that are due."""

from collections.abc import Iterator
from datetime import datetime

from commonweal.adapters.sql.agreements import list_agreements
from commonweal.agree import CERTIFIED, Agreement, Duty, agreed_review, certify_deletion, deletion_due, state_at
from commonweal.core import Event
from commonweal.identity import Permission, TenantScope

from .asking import Asking
from .callers import Caller
from .parts import Parts


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

    def list_due(self, caller: Caller) -> list[Duty]:
        """Return what the agreements of the caller's body leave to be done, the most urgent first; all for an operator.

        A certificate is listed from the end of its agreement until it is given, a review from its day on.
        """
        now = self._parts.clock.now()
        with self._parts.read() as connection:
            found = list_agreements(connection, None if caller.is_operator else TenantScope(caller.person.body))
        own = caller.person.body
        self._parts.record(Event("duties.listed", now, own, caller.person.id, caller.actor()))
        return sorted(
            (duty for each in found for duty in self._duties(each, now)), key=lambda each: (each.due, each.agreement.id)
        )

    def _duties(self, agreement: Agreement, now: datetime) -> Iterator[Duty]:
        asked = agreement.conditions
        if asked.keep_days is None and asked.review is None:
            return
        ended = self._ended(agreement, now)
        if ended is None:
            duty = agreed_review(agreement, now)
        else:
            duty = None if self._find(agreement, CERTIFIED) else deletion_due(agreement, ended, now)
        if duty is not None:
            yield duty

    def _ended(self, agreement: Agreement, now: datetime) -> datetime | None:
        """Return when an agreement ended, None while it has not; one that never was in force leaves nothing to do."""
        state = state_at(agreement, now)
        if state == "revoked":
            return agreement.revoked
        if state == "superseded":
            return self._find(agreement, "agreement.superseded")
        return agreement.ends if state == "expired" else None

    def _find(self, agreement: Agreement, name: str) -> datetime | None:
        found = self._parts.log.find_newest(subject=agreement.id, name=name, limit=1)
        return found[0].event.at if found else None
