"""Emergency mode: an agreement on standby is switched on by a named officer, ends by itself, and is reviewed after."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from commonweal.core import Actor, Event, InputError, Json, RefusedError, to_rfc3339
from commonweal.identity import Nation
from commonweal.request import add_working_days, local_day

from .model import Activation, Agreement, AgreementStatus, Standby
from .rules import activation_at, state_at

MOST_HOURS = 720
"""The longest that an agreement can be switched on at once, in hours."""
REVIEW_DAYS = 5
"""Within how many working days of its end an activation is reviewed."""
_MOST_OFFICERS = 50
_LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class EmergencyAct:
    """What may be done to an agreement on standby, whose status it leaves: by whom, when, and the event."""

    word: str
    who: str
    when: str
    event: str


ACTIVATE = EmergencyAct(
    "activate", "an officer whom the agreement names", "while it is not switched on", "agreement.activated"
)
DEACTIVATE = EmergencyAct(
    "deactivate", "an officer, or who may revoke it", "while it is switched on", "agreement.deactivated"
)
REVIEW = EmergencyAct(
    "review-emergency",
    "who may decide for the discloser, and did not switch it on",
    "once that is over",
    "agreement.reviewed",
)
EMERGENCY_ACTS = (ACTIVATE, DEACTIVATE, REVIEW)
"""The acts of emergency mode, in the order in which people meet them."""


class StandbyError(InputError):
    """A standby that cannot be agreed to; `reasons` lists each fault."""

    code = "agree.standby"
    default_advice = (
        "Name officers who are asset owner or information-governance lead of either body, and 1 to 720 hours."
    )


class ActivationError(InputError):
    """An act of emergency mode without its reason or finding, or for hours that were not agreed."""

    code = "agree.activation"
    default_advice = "Say why in a sentence, and name no more hours than the agreement allows, or none."


class NotOfficerError(RefusedError):
    """Somebody whom the agreement does not name would switch it."""

    code = "agree.not-officer"
    default_advice = "Have one of the officers do it whom the agreement names."


class NotOnStandbyError(RefusedError):
    """The agreement cannot be switched on now, or has nothing to switch off or to review."""

    code = "agree.not-on-standby"


class UnreviewedError(RefusedError):
    """The last activation is overdue for its review, so there is no next one."""

    code = "agree.unreviewed"
    default_advice = "Have another person of the discloser review it: `commonweal review-emergency AGREEMENT`."


class OwnReviewError(RefusedError):
    """Who switched an agreement on reviews it, or somebody who is not of the discloser."""

    code = "agree.own-review"
    default_advice = "Have another asset owner or information-governance lead of the discloser review it."


def make_standby(officers: tuple[str, ...], hours: int, fit: Mapping[str, bool]) -> Standby:
    """Return how an agreement is switched on: by one of these persons, for so many hours at most.

    `fit` says of each person whom the node knows whether they are of either body, in a role that may agree for it.

    Raises:
        StandbyError: no officer, one named twice, unknown or not fit, or hours that are not 1 to 720.
    """
    faults = [f"{each[:100]} is no person of either body." for each in officers if each not in fit]
    faults += [f"{each} has no role that may agree for their body." for each in officers if fit.get(each) is False]
    if not 0 < len(officers) <= _MOST_OFFICERS or len(set(officers)) != len(officers):
        faults.append(f"There are 1 to {_MOST_OFFICERS} officers, each named once.")
    if not 1 <= hours <= MOST_HOURS:
        faults.append(f"An agreement is switched on for 1 to {MOST_HOURS} hours.")
    if faults:
        raise StandbyError("The agreement cannot stand by like this.", reasons=tuple(faults))
    return Standby(officers, hours)


def activate(
    agreement: Agreement, *, actor: Actor, reason: str, at: datetime, nation: Nation, hours: int = 0
) -> tuple[Agreement, Event]:
    """Return the agreement switched on from `at`, and its event `agreement.activated`, which gives the reason.

    It is on for `hours`, by default for all that were agreed, and never beyond its own end. Working days are those of
    the discloser's `nation`.

    Raises:
        NotOnStandbyError: it is not made for emergencies, is on already, or is not in force.
        NotOfficerError: the actor is none of its officers.
        ActivationError: no reason, or hours that were not agreed.
        UnreviewedError: the last activation should have been reviewed by now.
    """
    standby = _verify_waits(agreement, at)
    _verify_officer(agreement, standby, actor)
    reason = _verify_text(reason, "An agreement is switched on for a stated reason.")
    if not 0 <= hours <= standby.hours:
        raise ActivationError(f"Agreement {agreement.id} may be switched on for 1 to {standby.hours} hours.")
    if late := find_overdue(agreement, at, nation):
        due = review_due(late, nation)
        raise UnreviewedError(f"The activation that ended on {local_day(late.until)} was due its review by {due}.")
    until = min(at + timedelta(hours=hours or standby.hours), agreement.ends)
    made = Activation(actor.person, at, until, reason)
    switched_on = replace(agreement, activations=(*agreement.activations, made))
    facts = {**_of(agreement), "reason": reason, "until": to_rfc3339(until)}
    return switched_on, Event("agreement.activated", at, agreement.discloser, agreement.id, actor, facts)


def deactivate(agreement: Agreement, *, actor: Actor, reason: str, at: datetime) -> tuple[Agreement, Event]:
    """Return the agreement switched off before its hour, and its event `agreement.deactivated`.

    Who may revoke for the discloser may do it, as well as an officer; that the former may is for the caller to check.

    Raises:
        NotOnStandbyError: it is not switched on.
        ActivationError: no reason.
    """
    now_on = activation_at(agreement, at) if agreement.status is AgreementStatus.STANDBY else None
    if now_on is None:
        raise NotOnStandbyError(f"Agreement {agreement.id} is not switched on.", advice="Nothing more is needed.")
    reason = _verify_text(reason, "An agreement is switched off for a stated reason.")
    switched_off = _with(agreement, now_on, replace(now_on, until=at))
    facts = {**_of(agreement), "reason": reason, "by": now_on.by}
    return switched_off, Event("agreement.deactivated", at, agreement.discloser, agreement.id, actor, facts)


def review_activation(agreement: Agreement, *, actor: Actor, finding: str, at: datetime) -> tuple[Agreement, Event]:
    """Return the agreement with its oldest activation that is over reviewed, and its event `agreement.reviewed`.

    Raises:
        NotOnStandbyError: no activation is over and without its review.
        OwnReviewError: the actor switched it on, or is not of the discloser.
        ActivationError: no finding.
    """
    waiting = find_unreviewed(agreement, at)
    if not waiting:
        raise NotOnStandbyError(
            f"Agreement {agreement.id} has no activation to review.", advice="One is reviewed once it is over."
        )
    over = waiting[0]
    if actor.body != agreement.discloser or actor.person == over.by:
        raise OwnReviewError(f"{actor.person} may not review what {over.by} switched on for {agreement.discloser}.")
    finding = _verify_text(finding, "A review says what was found.")
    reviewed = _with(agreement, over, replace(over, reviewed_by=actor.person, reviewed=at, finding=finding))
    facts = {**_of(agreement), "finding": finding, "by": over.by, "began": to_rfc3339(over.at)}
    return reviewed, Event("agreement.reviewed", at, agreement.discloser, agreement.id, actor, facts)


def ends_at(agreement: Agreement, moment: datetime) -> datetime:
    """Return until when what was given at `moment` may be used: to the agreement's end.

    Of one on standby it is the end of the activation that was in force then, or `moment` itself where none was.
    """
    if agreement.standby is None:
        return agreement.ends
    found = activation_at(agreement, moment)
    return moment if found is None else min(found.until, agreement.ends)


def find_unreviewed(agreement: Agreement, at: datetime) -> tuple[Activation, ...]:
    """Return the activations that are over and not reviewed, oldest first."""
    return tuple(each for each in agreement.activations if each.until <= at and each.reviewed is None)


def find_overdue(agreement: Agreement, at: datetime, nation: Nation) -> Activation | None:
    """Return the oldest activation whose review should have been made by now, None when there is none."""
    late = (each for each in find_unreviewed(agreement, at) if local_day(at) > review_due(each, nation))
    return next(late, None)


def review_due(activation: Activation, nation: Nation) -> date:
    """Return the day by whose end an activation is to be reviewed: the fifth working day after it ended."""
    return add_working_days(local_day(activation.until), REVIEW_DAYS, nation)


def _verify_waits(agreement: Agreement, at: datetime) -> Standby:
    state = state_at(agreement, at)
    if agreement.standby is None:
        raise NotOnStandbyError(
            f"Agreement {agreement.id} is not made for emergencies.", advice="It needs no switching on."
        )
    if state != "standby" or at < agreement.starts:
        told = "switched on already" if state == "active" else state
        raise NotOnStandbyError(f"Agreement {agreement.id} is {told}.", advice="Only one on standby is switched on.")
    return agreement.standby


def _verify_officer(agreement: Agreement, standby: Standby, actor: Actor) -> None:
    if actor.person not in standby.officers:
        raise NotOfficerError(f"{actor.person} is no officer of agreement {agreement.id}.")


def _verify_text(text: str, missing: str) -> str:
    if not text.strip() or len(text) > _LONGEST_TEXT:
        raise ActivationError(missing if not text.strip() else f"Say it in {_LONGEST_TEXT:,} characters or fewer.")
    return text.strip()


def _with(agreement: Agreement, before: Activation, after: Activation) -> Agreement:
    return replace(agreement, activations=tuple(after if each is before else each for each in agreement.activations))


def _of(agreement: Agreement) -> dict[str, Json]:
    return {"dataset": agreement.dataset, "recipient": agreement.recipient}
