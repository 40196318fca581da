"""An appeal: a refused body asks that another named person of the discloser look again, once."""

from dataclasses import replace
from datetime import datetime

from commonweal.core import Actor, Event, InputError, RefusedError
from commonweal.identity import Nation

from .clock import due_day
from .model import AccessRequest, Appeal, RequestStatus

_LONGEST_REASON = 2_000


class NotAppealableError(RefusedError):
    """The request was not refused by a person, or was appealed before."""

    code = "request.not-appealable"
    default_advice = "Make a new access request; say in it what has changed."


class UnexplainedAppealError(InputError):
    """An appeal that does not say why, or says it in too many words."""

    code = "request.unexplained-appeal"
    default_advice = f"Say in at most {_LONGEST_REASON:,} characters why the answer should be another."


def appeal(
    request: AccessRequest, *, refused_by: str, reason: str, actor: Actor, at: datetime, nation: Nation
) -> tuple[AccessRequest, Event]:
    """Return the request as it waits for another person of the discloser, and the event `request.appealed`.

    It has a due day of its own, counted anew for the same kind of request. The reason is for the parties; the event
    does not repeat it.

    Args:
        request: the access request.
        refused_by: the person who refused it, empty when law and policy did.
        reason: why the answer should be another, 1 to 2,000 characters.
        actor: who appeals.
        at: the moment.
        nation: the discloser's, whose bank holidays count.

    Raises:
        NotAppealableError: no person has refused it, or it was appealed before.
        UnexplainedAppealError: there is no reason, or it is too long.
    """
    if request.appeal is not None:
        raise NotAppealableError(f"Request {request.id} was appealed before, and that can be done once.")
    if request.status is not RequestStatus.REFUSED or not refused_by:
        raise NotAppealableError(f"No person has refused request {request.id}, so there is nothing to appeal.")
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        raise UnexplainedAppealError(f"Request {request.id} is appealed for a stated reason.")
    due = due_day(at, request.kind, nation)
    made = Appeal(reason, actor.person, at, due, refused_by)
    appealed = replace(request, status=RequestStatus.APPEALED, appeal=made)
    facts = {"dataset": request.dataset, "recipient": request.recipient, "due": due.isoformat()}
    return appealed, Event("request.appealed", at, request.discloser, request.id, actor, dict(facts))
