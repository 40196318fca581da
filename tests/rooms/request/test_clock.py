"""The clock of a request: working days of a nation, the due day, reminders, and counts of what waits."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.identity import Nation
from commonweal.request import (
    WORKING_DAYS,
    Ageing,
    RequestKind,
    Stage,
    Standing,
    add_working_days,
    count_ageing,
    count_working_days,
    due_day,
    is_working_day,
    local_day,
    reminder_days,
    standing_at,
)

NATIONS: tuple[Nation, ...] = ("", "E", "W", "S", "NI")
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
nations = st.sampled_from(NATIONS)
kinds = st.sampled_from(RequestKind)


def at(day: str, hour: int = 10) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "kind", "nation", "due"),
    [
        ("2026-03-02", RequestKind.URGENT, "E", "2026-03-03"),
        ("2026-03-06", RequestKind.URGENT, "E", "2026-03-09"),  # a Friday's is due on Monday
        ("2026-04-02", RequestKind.URGENT, "E", "2026-04-07"),  # Good Friday and Easter Monday
        ("2026-04-02", RequestKind.URGENT, "S", "2026-04-06"),  # Easter Monday is none in Scotland
        ("2026-11-27", RequestKind.OPEN, "S", "2026-12-07"),  # Saint Andrew's Day
        ("2026-11-27", RequestKind.OPEN, "", "2026-12-04"),
        ("2026-03-13", RequestKind.URGENT, "NI", "2026-03-16"),
        ("2026-03-16", RequestKind.URGENT, "NI", "2026-03-18"),  # Saint Patrick's Day
        ("2026-12-24", RequestKind.PERSONAL, "W", "2027-01-26"),
    ],
)
def test_an_answer_is_due_in_working_days_of_the_discloser_s_nation(
    asked: str, kind: RequestKind, nation: Nation, due: str
) -> None:
    assert due_day(at(asked), kind, nation) == date.fromisoformat(due)


def test_a_request_at_night_counts_from_the_day_it_is_in_the_united_kingdom() -> None:
    assert local_day(at("2026-06-30", 23)) == date(2026, 7, 1)
    assert due_day(at("2026-06-30", 23), RequestKind.URGENT, "E") == date(2026, 7, 2)


@given(moments, kinds, nations)
def test_a_due_day_is_a_working_day_so_many_working_days_on(begun: datetime, kind: RequestKind, nation: Nation) -> None:
    due = due_day(begun, kind, nation)
    assert is_working_day(due, nation)
    assert count_working_days(local_day(begun), due, nation) == WORKING_DAYS[kind]


@given(moments, moments, kinds, nations)
def test_who_asks_later_is_never_due_sooner(one: datetime, two: datetime, kind: RequestKind, nation: Nation) -> None:
    first, second = sorted((one, two))
    assert due_day(first, kind, nation) <= due_day(second, kind, nation)


@given(moments, nations)
def test_what_is_urgent_is_due_first_and_what_is_about_people_last(begun: datetime, nation: Nation) -> None:
    urgent, plain, personal = (
        due_day(begun, each, nation) for each in (RequestKind.URGENT, RequestKind.OPEN, RequestKind.PERSONAL)
    )
    assert local_day(begun) < urgent < plain < personal


@given(moments, kinds, nations)
def test_reminders_are_working_days_between_the_asking_and_the_due_day(
    begun: datetime, kind: RequestKind, nation: Nation
) -> None:
    start, due = local_day(begun), due_day(begun, kind, nation)
    reminders = reminder_days(start, due, nation)
    assert all(start < each < due and is_working_day(each, nation) for each in reminders)
    assert len(reminders) == (0 if kind is RequestKind.URGENT else 2)


@given(moments, kinds, nations, st.integers(0, 60))
def test_a_clock_only_runs_on(begun: datetime, kind: RequestKind, nation: Nation, days: int) -> None:
    due = due_day(begun, kind, nation)
    order = list(Stage)
    now, later = (
        standing_at(begun + timedelta(days=each), begun=begun, due=due, nation=nation) for each in (days, days + 1)
    )
    assert order.index(now.stage) <= order.index(later.stage)
    assert now.days_left >= later.days_left
    assert now.is_overdue == (local_day(begun + timedelta(days=days)) > due)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 60), nations)
def test_counting_undoes_adding(start: date, count: int, nation: Nation) -> None:
    end = add_working_days(start, count, nation)
    assert count_working_days(start, end, nation) == count == -count_working_days(end, start, nation)


@pytest.mark.parametrize(
    ("today", "stage", "told"),
    [
        ("2026-03-02", Stage.IN_TIME, "5 working days left"),
        ("2026-03-04", Stage.REMINDER, "3 working days left"),
        ("2026-03-06", Stage.LAST_DAY, "1 working day left"),
        ("2026-03-09", Stage.LAST_DAY, "due today"),
        ("2026-03-10", Stage.OVERDUE, "overdue by 1 working day"),
        ("2026-03-12", Stage.OVERDUE, "overdue by 3 working days"),
    ],
)
def test_where_a_request_stands_is_said_in_words(today: str, stage: Stage, told: str) -> None:
    standing = standing_at(at(today), begun=at("2026-03-02"), due=date(2026, 3, 9), nation="E")
    assert (standing.stage, standing.sentence) == (stage, told)


def test_what_waits_is_counted_by_body_the_most_overdue_first() -> None:
    late, early = Standing(date(2026, 3, 2), -3, Stage.OVERDUE), Standing(date(2026, 3, 20), 9, Stage.IN_TIME)
    found = count_ageing([("b", early, 1), ("a", early, 2), ("b", late, 8), ("c", early, 4), ("c", early, 3)])
    assert found == (Ageing("b", 2, 1, 8), Ageing("c", 2, 0, 4), Ageing("a", 1, 0, 2))
