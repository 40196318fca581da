"""The clock of an access request: working days, the day an answer is due, reminders, and what is late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

from commonweal.identity import Nation

ZONE = ZoneInfo("Europe/London")
_SATURDAY = 5
_A_DAY = timedelta(days=1)
_SUBDIVISIONS: Mapping[Nation, str] = MappingProxyType({"": "ENG", "E": "ENG", "W": "WLS", "S": "SCT", "NI": "NIR"})


class RequestKind(StrEnum):
    """What an access request asks for, as far as its clock goes."""

    OPEN = "open"
    PERSONAL = "personal"
    URGENT = "urgent"


WORKING_DAYS: Mapping[RequestKind, int] = MappingProxyType(
    {RequestKind.OPEN: 5, RequestKind.PERSONAL: 20, RequestKind.URGENT: 1}
)
"""Within how many working days a request of each kind is due its answer; urgent is a duty to share or an emergency."""


class Stage(StrEnum):
    """How far the clock of a waiting request has run."""

    IN_TIME = "in-time"
    REMINDER = "reminder"
    LAST_DAY = "last-day"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a waiting request stands: `days_left` are working days, 0 on the day itself, below 0 once it is over."""

    due: date
    days_left: int
    stage: Stage

    @property
    def is_overdue(self) -> bool:
        """Say whether the day has passed."""
        return self.stage is Stage.OVERDUE

    @property
    def sentence(self) -> str:
        """Say it in words, for a person."""
        days = abs(self.days_left)
        told = f"{days} working {'day' if days == 1 else 'days'}"
        if self.is_overdue:
            return f"overdue by {told}" if days else "overdue"
        return f"{told} left" if days else "due today"


@dataclass(frozen=True, slots=True)
class Ageing:
    """How many access requests wait for a body, how many of them are overdue, and the oldest's age in working days."""

    body: str
    waiting: int
    overdue: int
    oldest: int


def is_working_day(day: date, nation: Nation) -> bool:
    """Say whether public bodies of a nation work on a day: no weekend and no bank holiday of theirs.

    A body of the whole United Kingdom keeps the bank holidays of England.
    """
    return day.weekday() < _SATURDAY and day not in _bank_holidays(nation, day.year)


def add_working_days(start: date, count: int, nation: Nation) -> date:
    """Return the `count`th working day after `start`, which itself does not count; `count` is at least 1."""
    day = start
    while count > 0:
        day += _A_DAY
        count -= is_working_day(day, nation)
    return day


def count_working_days(after: date, until: date, nation: Nation) -> int:
    """Return how many working days lie after one day up to and with another; below 0 when the second is earlier."""
    if until < after:
        return -count_working_days(until, after, nation)
    days = (after + timedelta(days=each) for each in range(1, (until - after).days + 1))
    return sum(is_working_day(day, nation) for day in days)


def local_day(moment: datetime) -> date:
    """Return the day that a moment falls on in the United Kingdom."""
    return moment.astimezone(ZONE).date()


def due_day(begun: datetime, kind: RequestKind, nation: Nation) -> date:
    """Return the day by whose end an answer is due to a request begun at that moment; a working day of the discloser's.

    The day of asking does not count.
    """
    return add_working_days(local_day(begun), WORKING_DAYS[kind], nation)


def reminder_days(begun: date, due: date, nation: Nation) -> tuple[date, ...]:
    """Return the working days on which the discloser is reminded: half-way, and the last before the due day.

    Both lie after `begun` and before `due`; a clock of one day has none.
    """
    days = count_working_days(begun, due, nation)
    counts = sorted({each for each in (days // 2, days - 1) if 0 < each < days})
    return tuple(add_working_days(begun, each, nation) for each in counts)


def standing_at(now: datetime, *, begun: datetime, due: date, nation: Nation) -> Standing:
    """Return where a waiting request stands at a moment."""
    today = local_day(now)
    return Standing(due, count_working_days(today, due, nation), _stage(today, local_day(begun), due, nation))


def count_ageing(waiting: Iterable[tuple[str, Standing, int]]) -> tuple[Ageing, ...]:
    """Return the counts by body of (body, standing, age in working days), the most overdue first, then by body."""
    found: dict[str, Ageing] = {}
    for body, standing, age in waiting:
        so_far = found.get(body, Ageing(body, 0, 0, 0))
        overdue = so_far.overdue + standing.is_overdue
        found[body] = Ageing(body, so_far.waiting + 1, overdue, max(so_far.oldest, age))
    return tuple(sorted(found.values(), key=lambda each: (-each.overdue, -each.waiting, each.body)))


def _stage(today: date, begun: date, due: date, nation: Nation) -> Stage:
    if today > due:
        return Stage.OVERDUE
    reminders = reminder_days(begun, due, nation)
    if today == due or (reminders and today >= reminders[-1]):
        return Stage.LAST_DAY
    return Stage.REMINDER if reminders and today >= reminders[0] else Stage.IN_TIME


@cache
def _bank_holidays(nation: Nation, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=year))
