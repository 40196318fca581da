"""Use cases of what waits: by when an answer is due, who is told once it is late, appeals, and counts for anybody."""

from dataclasses import dataclass

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import StoredRequest, get_request, save_request
from commonweal.adapters.sql.bodies import list_people
from commonweal.adapters.sql.requests import list_waiting
from commonweal.agree import Refusal, Ruling
from commonweal.identity import Permission, Person, Role, TenantScope
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.request import (
    AccessRequest,
    Ageing,
    Standing,
    answer_due,
    appeal,
    count_ageing,
    count_working_days,
    handed_to,
    local_day,
    standing_at,
)

from .asking import Asking

SENIOR_ROLES = (Role.ASSET_OWNER, Role.INFORMATION_GOVERNANCE)
"""The roles to which what is overdue goes, the first before the second."""


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A waiting request: where its clock stands, and once it is overdue the senior officer it has gone to, if any."""

    standing: Standing
    officer: Person | None = None


class WaitingRequests:
    """Reads the clocks of requests, and takes appeals."""

    def __init__(self, parts: Parts, asking: Asking) -> None:
        self._parts = parts
        self._asking = asking

    def standing(self, request: AccessRequest) -> WaitingRequest | None:
        """Return where a request's clock stands, or None when it waits for nobody's answer."""
        if not request.status.waits:
            return None
        standing = self._standing(request)
        return WaitingRequest(standing, self.officer_for(request) if standing.is_overdue else None)

    def officer_for(self, request: AccessRequest) -> Person | None:
        """Return the senior officer of the discloser who answers for a late request.

        It is whom it was handed to, else an asset owner before others, and never who refused it before; None where
        nobody of the body holds such a role.
        """
        with self._parts.read() as connection:
            people = sorted(list_people(connection, TenantScope(request.discloser)), key=lambda each: each.id)
        refused_by = request.appeal.refused_by if request.appeal else ""
        fit = [each for each in people if each.id != refused_by]
        named = [each for each in fit if each.id == handed_to(request)]
        senior = [each for role in SENIOR_ROLES for each in fit if role in each.roles]
        return next(iter((*named, *senior)), None)

    def ageing(self) -> tuple[Ageing, ...]:
        """Return how many requests wait for each body and how many are overdue: counts, and nothing else of them."""
        with self._parts.read() as connection:
            waiting = list_waiting(connection)
        return count_ageing((each.discloser, self._standing(each), self._age(each)) for each in waiting)

    def appeal(self, caller: Caller, request_id: str, reason: str) -> StoredRequest:
        """Have another named person of the discloser look again at a refusal, once.

        Raises:
            NotFoundError: there is no such request, or it is between other bodies.
            RoleError: the caller may not ask for data for the body that asked.
            NotAppealableError: no person has refused it, or it was appealed before.
            UnexplainedAppealError: there is no reason.
        """
        asked = self._asking.get_request(caller, request_id).request
        caller.require(Permission.REQUEST, asked.recipient)
        nation = self._parts.register.get_body(asked.discloser).nation
        now, actor = self._parts.clock.now(), caller.actor()

        def work(transaction: Transaction) -> StoredRequest:
            stored = get_request(transaction.connection, TenantScope(asked.recipient), request_id)
            refused_by = _refused_by(stored.ruling)
            appealed, event = appeal(
                stored.request, refused_by=refused_by, reason=reason, actor=actor, at=now, nation=nation
            )
            changed = StoredRequest(appealed, stored.decision, stored.ruling)
            save_request(transaction.connection, changed)
            transaction.record(event)
            return changed

        return self._parts.writer.submit(work)

    def _standing(self, request: AccessRequest) -> Standing:
        nation = self._parts.register.get_body(request.discloser).nation
        due = answer_due(request, nation)
        return standing_at(self._parts.clock.now(), begun=request.begun, due=due, nation=nation)

    def _age(self, request: AccessRequest) -> int:
        nation = self._parts.register.get_body(request.discloser).nation
        return count_working_days(local_day(request.begun), local_day(self._parts.clock.now()), nation)


def _refused_by(ruling: Ruling | None) -> str:
    return ruling.decided_by if ruling is not None and isinstance(ruling.answer, Refusal) else ""
