"""Use case of reminding: people of a body are told of requests whose day comes near, and an officer of those overdue.

What is to be told is read from the requests themselves, so nothing is told twice and nothing is lost by a stop.
"""

from contextlib import suppress
from datetime import date
from threading import Event as Signal
from threading import Thread

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import StoredRequest, get_request, save_request
from commonweal.adapters.sql.bodies import list_people
from commonweal.adapters.sql.requests import list_waiting
from commonweal.core import Actor, CommonwealError
from commonweal.identity import Permission, TenantScope
from commonweal.node.parts import Parts
from commonweal.request import AccessRequest, NoticeKind, give_notice, next_notice

from .waiting import WaitingRequests

_LOOK_SECONDS = 900.0
_GRACE_SECONDS = 10.0
_NODE = Actor("the node", "")


class Reminding:
    """Gives the notices that are due: once when asked to, and by itself while the node serves."""

    def __init__(self, parts: Parts, waiting: WaitingRequests) -> None:
        self._parts = parts
        self._waiting = waiting
        self._closed = Signal()
        self._thread = Thread(target=self._work, name="commonweal-reminding", daemon=True)

    def remind(self) -> int:
        """Give every notice that is due now, and return how many there were."""
        with self._parts.read() as connection:
            waiting = list_waiting(connection)
        return sum(self._tell(each, *due) for each in waiting if (due := self._next(each)) is not None)

    def _next(self, request: AccessRequest) -> tuple[NoticeKind, date] | None:
        nation = self._parts.register.get_body(request.discloser).nation
        return next_notice(request, self._parts.clock.now(), nation)

    def _tell(self, request: AccessRequest, kind: NoticeKind, day: date) -> bool:
        to, now = self._told(request, kind), self._parts.clock.now()

        def work(transaction: Transaction) -> bool:
            stored = get_request(transaction.connection, TenantScope(request.discloser), request.id)
            if self._next(stored.request) != (kind, day):  # answered, or told by another meanwhile
                return False
            told, event = give_notice(stored.request, kind, day, to=to, actor=_NODE, at=now)
            save_request(transaction.connection, StoredRequest(told, stored.decision, stored.ruling))
            transaction.record(event)
            return True

        return self._parts.writer.submit(work)

    def _told(self, request: AccessRequest, kind: NoticeKind) -> list[str]:
        """Return who is told: of what is overdue one senior officer, else all who may answer."""
        if kind is NoticeKind.ESCALATION:
            officer = self._waiting.officer_for(request)
            return [officer.id] if officer else []
        refused_by = request.appeal.refused_by if request.appeal else ""
        with self._parts.read() as connection:
            people = list_people(connection, TenantScope(request.discloser))
        fit = (each.id for each in people if each.may(Permission.DECIDE, request.discloser))
        return sorted(each for each in fit if each != refused_by)

    def start(self) -> None:
        """Begin to remind; only for the one process that serves a home."""
        if not self._closed.is_set() and not self._thread.is_alive():
            self._thread.start()

    def _work(self) -> None:
        while not self._closed.is_set():
            with suppress(CommonwealError):  # the log has stopped, or the disk is full; what is due stays so
                self.remind()
            self._closed.wait(_LOOK_SECONDS)

    def close(self) -> None:
        """Stop."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(_GRACE_SECONDS)
