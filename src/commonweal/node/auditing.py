"""Use cases of audit: read one's own events, prove one of them."""

from commonweal.adapters.sql import LogProof
from commonweal.audit import LogEvent, LogRow
from commonweal.core import Event, Json, ProofError
from commonweal.identity import Permission

from .callers import Caller
from .parts import Parts


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
            body=None if caller.is_operator else caller.person.body,
            subject=subject or None,
            name=name or None,
            after=after,
            limit=limit,
        )
        self._view(caller, "events.viewed", subject or "log")
        return found

    def prove(self, caller: Caller, index: int) -> tuple[LogRow, LogProof]:
        """Return an event that the caller may see and the proof that it is in the log."""
        mine = self.events(caller, after=index - 1, limit=1)
        if not mine or mine[0].index != index:
            raise ProofError(f"The log holds no event {index} of {caller.person.body}.")
        return self._parts.log.event_at(index), self._parts.log.inclusion_proof(index)

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
