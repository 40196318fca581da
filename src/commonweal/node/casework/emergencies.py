"""Use cases of emergency mode: an officer switches a standby agreement on, it ends by itself, and is reviewed after."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import find_agreement, save_agreement
from commonweal.agree import (
    Activation,
    Agreement,
    NotOfficerError,
    activate,
    activation_at,
    deactivate,
    review_activation,
    review_due,
)
from commonweal.core import Event, NotFoundError, RefusedError
from commonweal.decide import Verdict
from commonweal.identity import Nation, Permission, TenantScope
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.request import local_day

from .asking import Asking
from .questions import Questions

Step: TypeAlias = Callable[[Agreement, datetime], tuple[Agreement, Event]]


class ActivationRefusedError(RefusedError):
    """Law or policy would refuse today what the agreement opens, so it is not switched on; `reasons` lists why."""

    code = "agree.activation-refused"
    default_advice = "Ask for the data anew; what was agreed no longer holds."


@dataclass(frozen=True, slots=True)
class Review:
    """One activation with the day by which its review is due, and whether that has passed without one."""

    activation: Activation
    due: date
    is_over: bool
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Emergency:
    """How a standby agreement stands: the activation that is in force, None for none, and every one with its review."""

    now_on: Activation | None
    past: tuple[Review, ...]


class Emergencies:
    """Switches agreements on and off, and keeps their reviews."""

    def __init__(self, parts: Parts, asking: Asking) -> None:
        self._parts = parts
        self._asking = asking
        self._questions = Questions(parts)

    def activate(self, caller: Caller, agreement_id: str, reason: str, hours: int = 0) -> Agreement:
        """Switch an agreement on from now, for so many hours; 0 takes all that were agreed.

        Raises:
            NotFoundError: there is none, or it is between other bodies.
            RoleError: the person no longer has a role that may agree for their body.
            ActivationRefusedError: the dataset is withdrawn, or law or policy would refuse it today.
            NotOnStandbyError, NotOfficerError, ActivationError, UnreviewedError: as `activate` of the room.
        """
        found = self._asking.get_agreement(caller, agreement_id)
        actor, nation = caller.actor(), self._nation(found)

        def step(agreement: Agreement, now: datetime) -> tuple[Agreement, Event]:
            return activate(agreement, actor=actor, reason=reason, at=now, nation=nation, hours=hours)

        step(found, self._parts.clock.now())
        caller.require(Permission.AGREE, caller.person.body)
        self._verify_lawful(found)
        return self._carry_out(found, step)

    def deactivate(self, caller: Caller, agreement_id: str, reason: str) -> Agreement:
        """Switch an agreement off before its hour; an officer may, and who may revoke for the discloser.

        Raises:
            NotFoundError: there is none, or it is between other bodies.
            NotOfficerError: the person is none of these.
            NotOnStandbyError, ActivationError: as `deactivate` of the room.
        """
        found = self._asking.get_agreement(caller, agreement_id)
        officers = found.standby.officers if found.standby else ()
        if caller.person.id not in officers and not caller.may(Permission.REVOKE, found.discloser):
            raise NotOfficerError(f"{caller.person.id} may not switch off agreement {agreement_id}.")
        actor = caller.actor()
        return self._carry_out(found, lambda agreement, now: deactivate(agreement, actor=actor, reason=reason, at=now))

    def review(self, caller: Caller, agreement_id: str, finding: str) -> Agreement:
        """Review the oldest activation that is over; another person of the discloser than who switched it on.

        Raises:
            NotFoundError: there is none, or it is between other bodies.
            RoleError: the person may not decide for the discloser.
            NotOnStandbyError, OwnReviewError, ActivationError: as `review_activation` of the room.
        """
        found = self._asking.get_agreement(caller, agreement_id)
        caller.require(Permission.DECIDE, found.discloser)
        actor = caller.actor()
        return self._carry_out(
            found, lambda agreement, now: review_activation(agreement, actor=actor, finding=finding, at=now)
        )

    def standing(self, agreement: Agreement) -> Emergency | None:
        """Return how a standby agreement stands now, None for one that is not made for emergencies."""
        if agreement.standby is None:
            return None
        now, nation = self._parts.clock.now(), self._nation(agreement)
        past = tuple(_review(each, now, review_due(each, nation), local_day(now)) for each in agreement.activations)
        return Emergency(activation_at(agreement, now), past)

    def _nation(self, agreement: Agreement) -> Nation:
        return self._parts.register.get_body(agreement.discloser).nation

    def _verify_lawful(self, agreement: Agreement) -> None:
        """Return when law and policy, asked anew today, do not refuse what the agreement opens."""
        decision = self._questions.ask_again(agreement)
        if decision.verdict is Verdict.REFUSE:
            raise ActivationRefusedError(f"Agreement {agreement.id} is not switched on.", reasons=decision.sentences())

    def _carry_out(self, found: Agreement, step: Step) -> Agreement:
        """Take a step from the agreement as it stands when it is written, at that moment."""

        def work(transaction: Transaction) -> Agreement:
            stored = find_agreement(transaction.connection, TenantScope(found.discloser), found.id)
            if stored is None:
                raise NotFoundError(f"There is no agreement {found.id}.", advice="Check the identifier.")
            changed, event = step(stored, self._parts.clock.now())
            save_agreement(transaction.connection, changed)
            transaction.record(event)
            return changed

        with self._asking.alone(found.id):
            return self._parts.writer.submit(work)


def _review(activation: Activation, now: datetime, due: date, today: date) -> Review:
    is_over = activation.until <= now
    return Review(activation, due, is_over, is_over and activation.reviewed is None and today > due)
