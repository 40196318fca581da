"""Use cases of audit: read one's own events, prove one of them, and what became of an agreement or a request."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from commonweal.adapters.sql import LogProof
from commonweal.audit import EntryNotFoundError, LogEvent, LogRow
from commonweal.core import Event, Json, NotFoundError, ProofError
from commonweal.identity import Permission
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts

from .proving import ProvenEvent, prove_event

VIEWED = "events.viewed"


@dataclass(frozen=True, slots=True)
class History:
    """What became of one thing: its newest events, newest first, and for each name how many and how many bytes."""

    events: tuple[LogEvent, ...]
    counts: Mapping[str, tuple[int, int]]


class Auditing:
    """The log, as its parties may see it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def events(
        self, caller: Caller, *, subject: str = "", name: str = "", after: int = -1, limit: int = 100
    ) -> list[LogEvent]:
        """Return events of the caller's body, in the order of the log; the operator sees all."""
        caller.require(Permission.READ_LOG, caller.person.body)
        found = self._parts.log.find_events(
            body=_record_of(caller),
            subject=subject or None,
            name=name or None,
            after=after,
            limit=limit,
        )
        self._view(caller, VIEWED, subject or "log")
        return found

    def newest(
        self,
        caller: Caller,
        *,
        subject: str = "",
        name: str = "",
        without: Sequence[str] = (),
        before: int | None = None,
        limit: int = 100,
    ) -> list[LogEvent]:
        """Return events of the caller's body, newest first; the operator sees all. The access is recorded after."""
        caller.require(Permission.READ_LOG, caller.person.body)
        found = self._parts.log.find_newest(
            body=_record_of(caller),
            subject=subject or None,
            name=name or None,
            without=without,
            before=before,
            limit=limit,
        )
        self._view(caller, VIEWED, subject or "log")
        return found

    def history(self, caller: Caller, subject: str, parties: Collection[str], *, limit: int = 200) -> History:
        """Return what became of an agreement or an access request between `parties`, whose view of it is recorded.

        Who looked at it is told to those who may read the log of the body whose record it is.

        Raises:
            NotFoundError: the caller's body is no party.
        """
        if not (caller.is_operator or caller.person.body in parties):
            raise NotFoundError(f"{caller.person.body} has no {subject}.")
        found = self._parts.log.find_newest(subject=subject, limit=limit)
        seen = [each for each in found if not each.event.name.endswith(".viewed") or self.may_read(caller, each.event)]
        return History(tuple(seen), self._parts.log.count_events(subject=subject))

    @staticmethod
    def may_read(caller: Caller, event: Event) -> bool:
        """Say whether the caller may read this event in the log, and so its proof."""
        return caller.may(Permission.READ_LOG, event.body)

    def prove(self, caller: Caller, index: int) -> tuple[LogRow, LogProof]:
        """Return an event that the caller may see and the proof that it is in the log."""
        mine = self.events(caller, after=index - 1, limit=1)
        if not mine or mine[0].index != index:
            raise ProofError(f"The log holds no event {index} of {caller.person.body}.")
        return self._parts.log.event_at(index), self._parts.log.inclusion_proof(index)

    def examine(self, caller: Caller, index: int) -> ProvenEvent:
        """Return an event that the caller may see with its proof, checked here and now; a fresh one is signed first.

        Raises:
            ProofError: the log holds no such event of the caller's body.
        """
        try:
            row, proof = self.prove(caller, index)
        except EntryNotFoundError:
            self._parts.log.sign_pending()
            row, proof = self.prove(caller, index)
        return prove_event(row, proof, self._parts.log.key)

    def _view(self, caller: Caller, name: str, subject: str) -> None:
        event = Event(name, self._parts.clock.now(), caller.person.body, subject, caller.actor())
        self._parts.record(event)

    def health(self) -> dict[str, Json]:
        """Return what `/health` says: it answers while the log is stopped, and says so."""
        settings = self._parts.settings
        stopped = self._parts.writer.stopped or self._parts.log.failure
        return {
            "status": "stopped" if self._parts.writer.stopped else "ok",
            "why": stopped or "",
            "node": settings.node,
            "body": settings.body,
            "origin": settings.origin,
            "log_key": self._parts.log.key.fingerprint,
            "pack": self._parts.pack.digest,
            "policies": self._parts.policy.digest,
        }


def _record_of(caller: Caller) -> str | None:
    return None if caller.is_operator else caller.person.body
