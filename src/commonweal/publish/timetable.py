"""When a source is read again: a timetable in words, by the clocks of the United Kingdom."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commonweal.core import InputError

ZONE = ZoneInfo("Europe/London")

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
_LEAST = 5 * 60
_MOST = 366 * 86_400
_EVERY = re.compile(r"every (?:(\d{1,5}) )?(minute|hour|day)s?")
_AT = re.compile(r"(?:daily|weekly on (\w+)) at ([0-2]?\d):([0-5]\d)")


class TimetableError(InputError):
    """Words that name no timetable."""

    code = "publish.timetable"
    default_advice = (
        'Say "every 6 hours", "daily at 06:30" or "weekly on monday at 07:00"; the least is every 5 minutes.'
    )


@dataclass(frozen=True, slots=True)
class Timetable:
    """Either a length of time, `seconds`, or an hour of the day (`at`), on one `weekday` (Monday is 0) or on all."""

    seconds: int = 0
    at: time | None = None
    weekday: int | None = None

    def next_after(self, moment: datetime) -> datetime:
        """Return the first moment of the timetable after `moment`, in UTC.

        An hour of the day is that of London. On the day the clocks go forward an hour that does not exist is taken an
        hour later; on the day they go back, one that comes twice is its first.
        """
        if self.at is None:
            return moment.astimezone(UTC) + timedelta(seconds=self.seconds)
        day = moment.astimezone(ZONE).date()
        while (found := self._on(day)) is None or found <= moment:
            day += timedelta(days=1)
        return found

    def _on(self, day: date) -> datetime | None:
        if self.at is None or self.weekday not in {None, day.weekday()}:
            return None
        return datetime.combine(day, self.at, ZONE).astimezone(UTC)

    def __str__(self) -> str:
        if self.at is None:
            unit = next(name for name, size in reversed(_UNITS.items()) if not self.seconds % size)
            count = self.seconds // _UNITS[unit]
            return f"every {unit}" if count == 1 else f"every {count} {unit}s"
        when = "daily" if self.weekday is None else f"weekly on {_DAYS[self.weekday]}"
        return f"{when} at {self.at:%H:%M}"


def parse_timetable(text: str) -> Timetable:
    """Return the timetable that words name; `str` of it gives them back.

    Raises:
        TimetableError: they name none.
    """
    words = " ".join(text.lower().split())
    if found := _EVERY.fullmatch(words):
        seconds = int(found[1] or 1) * _UNITS[found[2]]
        if _LEAST <= seconds <= _MOST:
            return Timetable(seconds=seconds)
    elif (found := _AT.fullmatch(words)) and (found[1] in {None, *_DAYS}) and int(found[2]) < 24:
        at = time(int(found[2]), int(found[3]))
        return Timetable(at=at, weekday=None if found[1] is None else _DAYS.index(found[1]))
    raise TimetableError("That is no timetable.")
