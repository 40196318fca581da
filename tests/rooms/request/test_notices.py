"""Notices: reminders before the day, one hand-over after it, and an appeal that begins anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from commonweal.core import Actor
from commonweal.request import (
    AccessRequest,
    NoticeKind,
    RequestStatus,
    answer_due,
    appeal,
    ask,
    give_notice,
    handed_to,
    local_day,
    next_notice,
    reminder_days,
)

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
NODE = Actor("the node", "")


def asked() -> AccessRequest:
    request, _ = ask(
        identifier="req-1",
        dataset="dwp/claimants",
        discloser="dwp",
        recipient="lambeth",
        purpose="council-tax-reduction",
        gateway="",
        fields=("nino",),
        rows=(),
        actor=Actor("sam@lambeth", "lambeth"),
        at=NOW,
    )
    return request


def live_through(request: AccessRequest, days: int) -> tuple[AccessRequest, list[tuple[NoticeKind, str]]]:
    """Look at a request twice a day, and give what is due."""
    given_out: list[tuple[NoticeKind, str]] = []
    for half_day in range(days * 2):
        at = request.begun + timedelta(hours=12 * half_day)
        if due := next_notice(request, at, "E"):
            request, event = give_notice(request, *due, to=["zoe@dwp"], actor=NODE, at=at)
            given_out.append((due[0], local_day(event.at).isoformat()))
    return request, given_out


def test_two_reminders_then_one_officer() -> None:
    request, told = live_through(asked(), 60)
    assert answer_due(request, "E").isoformat() == "2026-03-30"
    assert told == [
        (NoticeKind.REMINDER, "2026-03-16"),
        (NoticeKind.REMINDER, "2026-03-27"),
        (NoticeKind.ESCALATION, "2026-03-31"),
    ]
    assert handed_to(request) == "zoe@dwp"


def test_a_reminder_that_nobody_saw_is_not_given_late_beside_the_next() -> None:
    kind, day = next_notice(asked(), datetime(2026, 3, 30, 9, tzinfo=UTC), "E") or (None, None)
    assert (kind, str(day)) == (NoticeKind.REMINDER, "2026-03-27")


def test_what_is_answered_is_not_reminded_of() -> None:
    answered = replace(asked(), status=RequestStatus.REFUSED)
    assert next_notice(answered, NOW + timedelta(days=90), "E") is None


def test_an_appeal_is_reminded_of_by_its_own_days() -> None:
    late, _ = live_through(asked(), 60)
    refused = replace(late, status=RequestStatus.REFUSED)
    actor, at = Actor("sam@lambeth", "lambeth"), NOW + timedelta(days=70)
    again, _ = appeal(refused, refused_by="zoe@dwp", reason="The code applies.", actor=actor, at=at, nation="E")
    assert handed_to(again) == ""
    _, told = live_through(again, 60)
    assert [kind for kind, _ in told] == [NoticeKind.REMINDER, NoticeKind.REMINDER, NoticeKind.ESCALATION]


def test_the_event_names_the_day_and_who_was_told() -> None:
    due = next_notice(asked(), NOW + timedelta(days=60), "E")
    assert due is not None
    _, event = give_notice(asked(), *due, to=[], actor=NODE, at=NOW)
    assert (event.name, event.body, event.subject) == ("request.escalated", "dwp", "req-1")
    assert event.facts == {"dataset": "dwp/claimants", "recipient": "lambeth", "day": "2026-03-30", "to": []}


@given(st.lists(st.integers(0, 80 * 24), max_size=12).map(sorted))
def test_no_notice_is_given_twice_whenever_one_looks(hours: list[int]) -> None:
    request = asked()
    for hour in hours:
        at = NOW + timedelta(hours=hour)
        if due := next_notice(request, at, "E"):
            request, _ = give_notice(request, *due, to=["zoe@dwp"], actor=NODE, at=at)
            assert next_notice(request, at, "E") is None
    told = [(each.kind, each.day) for each in request.notices]
    assert len(set(told)) == len(told) <= len(reminder_days(local_day(NOW), answer_due(request, "E"), "E")) + 1
