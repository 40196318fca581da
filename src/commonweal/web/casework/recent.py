"""What somebody did a moment ago, which the page that they come to next tells them is done."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from commonweal.agree import Ruling
from commonweal.node import Caller
from commonweal.request import AccessRequest, RequestStatus

from .names import Names
from .trail import Logged

A_MOMENT = timedelta(minutes=1)
_SILENT = frozenset({"agreement.viewed", "agreement.renewal-refused"})


def find_recent(events: Iterable[Logged], caller: Caller, now: datetime) -> Logged | None:
    """Return the newest act on an agreement if this person did it less than a minute ago; newest come first."""
    acts = (e for e in events if e.event.name.startswith("agreement.") and e.event.name not in _SILENT)
    newest = next(acts, None)
    if newest is None or newest.event.actor.person != caller.person.id or now - newest.event.at > A_MOMENT:
        return None
    return newest


def tell_recent(request: AccessRequest, ruling: Ruling | None, caller: Caller, names: Names, now: datetime) -> str:
    """Return in words what this person did to a request less than a minute ago; empty when it was nothing."""
    person = caller.person.id
    is_new = now - request.asked <= A_MOMENT
    if ruling and not request.status.waits and ruling.decided_by == person and now - ruling.at <= A_MOMENT:
        return f"Your answer is in the log, and {names.body(request.recipient)} reads it here."
    if request.appeal and request.status.waits and request.appeal.by == person and now - request.appeal.at <= A_MOMENT:
        return f"Your appeal is with {names.body(request.discloser)}."
    if ruling is None and request.asked_by == person and is_new:
        waits = request.status is RequestStatus.ASKED
        return f"Your request is with {names.body(request.discloser)}." if waits else "Your request has its answer."
    return ""
