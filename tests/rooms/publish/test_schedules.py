"""Timetables by the clocks of London, and what a run does to a schedule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commonweal.core import Actor, InputError, NotFoundError, Outcome, StoreError
from commonweal.publish import (
    GateError,
    RunOutcome,
    Schedule,
    ScheduleRun,
    ScheduleStateError,
    ScheduleStatus,
    TimetableError,
    begin_run,
    end_run,
    make_schedule,
    outcome_of,
    parse_timetable,
    pause_schedule,
    remove_schedule,
    resume_schedule,
)

PRIYA = Actor("priya.shah@dwp", "dwp")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)  # a Monday
NEW = Schedule(
    id="sch-1",
    body="dwp",
    dataset="dwp/claimants",
    address="https://example.org/a.csv",
    timetable="Daily  at 6:30",
    command="{}",
    person=PRIYA.person,
    made=NOON,
    due=NOON,
)


@pytest.mark.parametrize(
    ("words", "after", "expected"),
    [
        ("every 6 hours", "2026-01-05T12:00Z", "2026-01-05T18:00Z"),
        ("every hour", "2026-01-05T12:00Z", "2026-01-05T13:00Z"),
        ("every 90 minutes", "2026-01-05T12:00Z", "2026-01-05T13:30Z"),
        ("daily at 06:30", "2026-01-05T12:00Z", "2026-01-06T06:30Z"),
        ("daily at 06:30", "2026-01-05T06:29Z", "2026-01-05T06:30Z"),
        ("daily at 06:30", "2026-01-05T06:30Z", "2026-01-06T06:30Z"),
        ("daily at 06:30", "2026-07-05T12:00Z", "2026-07-06T05:30Z"),  # summer time
        ("daily at 00:15", "2026-07-05T22:30Z", "2026-07-05T23:15Z"),
        ("daily at 01:30", "2026-03-28T12:00Z", "2026-03-29T01:30Z"),  # an hour that does not exist
        ("daily at 01:30", "2026-10-24T12:00Z", "2026-10-25T00:30Z"),  # the first of two
        ("daily at 01:30", "2026-10-25T00:30Z", "2026-10-26T01:30Z"),
        ("weekly on monday at 07:00", "2026-01-05T12:00Z", "2026-01-12T07:00Z"),
        ("weekly on sunday at 23:59", "2026-01-05T12:00Z", "2026-01-11T23:59Z"),
    ],
)
def test_the_next_moment_is_that_of_london(words: str, after: str, expected: str) -> None:
    table = parse_timetable(words)
    assert table.next_after(datetime.fromisoformat(after)) == datetime.fromisoformat(expected)
    assert str(table) == words


@pytest.mark.parametrize(
    "words",
    [
        "",
        "at dawn",
        "every 2 minutes",
        "every 0 hours",
        "every 400 days",
        "daily at 24:00",
        "daily at 6",
        "daily at 06:60",
        "weekly at 07:00",
        "weekly on someday at 07:00",
        "every -1 hours",
        "every 999999 hours",
    ],
)
def test_words_that_name_no_timetable_are_refused(words: str) -> None:
    with pytest.raises(TimetableError):
        parse_timetable(words)


def run(outcome: RunOutcome, ended: datetime = NOON) -> ScheduleRun:
    return ScheduleRun(ended, ended, outcome, 0, "It ended.")


def test_a_schedule_begins_and_ends_with_its_events() -> None:
    made, event = make_schedule(NEW, actor=PRIYA)
    assert (made.timetable, made.due, event.name) == ("daily at 06:30", NOON + timedelta(hours=18.5), "schedule.made")
    assert begin_run(made, at=NOON, actor=PRIYA).name == "schedule.begun"
    after, ended = end_run(made, run(RunOutcome.PUBLISHED, NOON + timedelta(days=9)), actor=PRIYA)
    assert after.due == NOON + timedelta(days=9, hours=18.5)
    assert (ended.name, ended.facts["outcome"], ended.subject) == ("schedule.ended", "published", "sch-1")
    for _ in range(30):
        after, _ = end_run(after, run(RunOutcome.UNCHANGED), actor=PRIYA)
    assert len(after.runs) == 20
    assert remove_schedule(after, at=NOON, actor=PRIYA).name == "schedule.removed"


def test_what_may_pass_is_tried_again_sooner_and_sooner_never_later_than_the_timetable() -> None:
    schedule, _ = make_schedule(NEW, actor=PRIYA)
    waits = []
    for _ in range(15):
        schedule, _ = end_run(schedule, run(RunOutcome.UNREACHABLE), actor=PRIYA)
        waits.append(int((schedule.due - NOON).total_seconds() // 60))
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert max(waits) == waits[-1] == 1024
    schedule, _ = end_run(replace(schedule, timetable="every hour"), run(RunOutcome.FAILED), actor=PRIYA)
    assert schedule.due == NOON + timedelta(hours=1)
    for outcome in (RunOutcome.HELD, RunOutcome.STOPPED, RunOutcome.REFUSED):
        after, _ = end_run(schedule, run(outcome), actor=PRIYA)
        assert (after.failures, after.due) == (0, NOON + timedelta(hours=1))


def test_a_paused_schedule_is_resumed_from_its_next_moment() -> None:
    made, _ = make_schedule(NEW, actor=PRIYA)
    paused, event = pause_schedule(made, at=NOON, actor=PRIYA)
    assert (paused.status, event.name) == (ScheduleStatus.PAUSED, "schedule.paused")
    with pytest.raises(ScheduleStateError):
        pause_schedule(paused, at=NOON, actor=PRIYA)
    again, event = resume_schedule(paused, at=NOON + timedelta(days=3), actor=PRIYA)
    assert (again.due, event.name) == (NOON + timedelta(days=3, hours=18.5), "schedule.resumed")
    with pytest.raises(ScheduleStateError):
        resume_schedule(again, at=NOON, actor=PRIYA)


def test_each_error_is_an_outcome() -> None:
    class UnreachableError(StoreError):
        outcome = Outcome.UNREACHABLE

    assert outcome_of(GateError("")) is RunOutcome.STOPPED
    assert outcome_of(InputError("")) is RunOutcome.REFUSED
    assert outcome_of(UnreachableError("")) is RunOutcome.UNREACHABLE
    assert outcome_of(NotFoundError("")) is RunOutcome.FAILED
