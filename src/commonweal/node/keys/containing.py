"""Containing a leak: what an exposure asks for is done in its order, each step in the log."""

from commonweal.adapters.sql.agreements import find_agreement, find_discloser
from commonweal.agree import state_at
from commonweal.core import Event, Json
from commonweal.identity import TenantScope
from commonweal.insight import Step, StepKind
from commonweal.keys import Proposal
from commonweal.node.callers import Caller
from commonweal.node.ending import end_agreement
from commonweal.node.parts import Parts

from .register import KeyRegister
from .rotating import Rotating


class Containing:
    """Carries out the checklist of an exposure."""

    def __init__(self, parts: Parts, register: KeyRegister, rotating: Rotating) -> None:
        self._parts = parts
        self._register = register
        self._rotating = rotating

    def contain(self, caller: Caller, proposal: Proposal) -> tuple[str, ...]:
        """Take every step that the exposure of the proposal's key asks for, and say of each whether it was done."""
        steps = self._register.exposure(caller, proposal.subject).steps
        return tuple(self._take(caller, proposal, step) for step in steps)

    def _take(self, caller: Caller, proposal: Proposal, step: Step) -> str:
        done = self._act(caller, proposal, step)
        facts: dict[str, Json] = {"proposal": proposal.id, "kind": step.kind.value, "step": step.sentence, "done": done}
        self._parts.record(
            Event("exposure.step-taken", self._parts.clock.now(), proposal.body, step.subject, caller.actor(), facts)
        )
        written = step.kind is StepKind.NOTIFY
        told = "In the log of those concerned, no message was sent" if written else "Done" if done else "Left for you"
        return f"{told}: {step.sentence}"

    def _act(self, caller: Caller, proposal: Proposal, step: Step) -> bool:
        match step.kind:
            case StepKind.ROTATE:
                self._rotating.rotate(step.subject, proposal.body, caller.actor())
            case StepKind.REWRAP:
                self._rotating.finish(step.subject)
            case StepKind.REVOKE:
                self._revoke(caller, step.subject, proposal.reason)
            case StepKind.NOTIFY:
                self._notify(caller, step.subject, proposal)
            case _:
                return False
        return True

    def _notify(self, caller: Caller, body: str, proposal: Proposal) -> None:
        facts: dict[str, Json] = {"key": proposal.subject, "reason": proposal.reason}
        self._parts.record(Event("exposure.notified", self._parts.clock.now(), body, body, caller.actor(), facts))

    def _revoke(self, caller: Caller, agreement_id: str, reason: str) -> None:
        with self._parts.read() as connection:
            discloser = find_discloser(connection, agreement_id)
            found = find_agreement(connection, TenantScope(discloser), agreement_id) if discloser else None
        if found is not None and state_at(found, self._parts.clock.now()) != "revoked":
            end_agreement(self._parts, found, caller.actor(), reason)
