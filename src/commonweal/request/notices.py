"""Notices: whom of the discloser the node tells that a request's day comes near, or that it has passed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from commonweal.core import Actor, Event, Json
from commonweal.identity import Nation

from .clock import due_day, local_day, reminder_days
from .model import AccessRequest, Notice, NoticeKind


def answer_due(request: AccessRequest, nation: Nation) -> date:
    """Return the day by whose end a waiting request is due its answer; an appeal's day comes before the first."""
    if request.appeal:
        return request.appeal.due
    return request.due or due_day(request.begun, request.kind, nation)


def next_notice(request: AccessRequest, now: datetime, nation: Nation) -> tuple[NoticeKind, date] | None:
    """Return the notice that is to be given at a moment and the day it is for; None when there is none, or it was.

    A reminder whose day went by unseen is left out once a later one is due; what is overdue is handed on once.
    """
    if not request.status.waits:
        return None
    today, begun, due = local_day(now), local_day(request.begun), answer_due(request, nation)
    if today > due:
        kind, day = NoticeKind.ESCALATION, due
    else:
        passed = [each for each in reminder_days(begun, due, nation) if each <= today]
        if not passed:
            return None
        kind, day = NoticeKind.REMINDER, passed[-1]
    given = any(each.kind is kind and each.day >= day and each.at >= request.begun for each in request.notices)
    return None if given else (kind, day)


def give_notice(
    request: AccessRequest, kind: NoticeKind, day: date, *, to: Sequence[str], actor: Actor, at: datetime
) -> tuple[AccessRequest, Event]:
    """Return the request with a notice to these persons, who may be nobody, and its event.

    The event is `request.reminded`, or `request.escalated` for what is overdue.
    """
    told = replace(request, notices=(*request.notices, Notice(kind, day, tuple(to), at)))
    facts: dict[str, Json] = {"dataset": request.dataset, "recipient": request.recipient, "day": day.isoformat()}
    name = "request.escalated" if kind is NoticeKind.ESCALATION else "request.reminded"
    return told, Event(name, at, request.discloser, request.id, actor, {**facts, "to": [*to]})


def handed_to(request: AccessRequest) -> str:
    """Return the senior officer that a waiting request was handed to, empty when it was to none."""
    told = (e for e in reversed(request.notices) if e.kind is NoticeKind.ESCALATION and e.at >= request.begun)
    return next((each.to[0] for each in told if each.to), "")
