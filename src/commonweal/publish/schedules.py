"""Schedules: a dataset that is published from an address on a timetable, by the steward who said so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from commonweal.core import Actor, CommonwealError, Event, InputError, Json, Outcome, RefusedError, to_rfc3339

from .errors import GateError
from .reading.errors import ReadingUnconfirmedError
from .timetable import parse_timetable

KEPT_RUNS = 20
FIRST_WAIT = timedelta(minutes=1)
MOST_DOUBLED = 10


class ScheduleStatus(StrEnum):
    """Whether a schedule is followed."""

    ACTIVE = "active"
    PAUSED = "paused"


class RunOutcome(StrEnum):
    """What came of one run. After `UNREACHABLE` and `FAILED` it is tried again sooner than the timetable says."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    HELD = "held"
    STOPPED = "stopped"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


_AGAIN_SOON = frozenset({RunOutcome.UNREACHABLE, RunOutcome.FAILED})


@dataclass(frozen=True, slots=True)
class ScheduleRun:
    """One run: when it began and ended, what came of it, the version (0 if none), and a sentence on it."""

    begun: datetime
    ended: datetime
    outcome: RunOutcome
    version: int
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A dataset of a body, published from an address on a timetable.

    `address` is the one to be shown, without user, password and options; what is needed to read it lies sealed beside
    this. `command` is how it is published, as JSON. `person` made it, and every run acts in their name. `due` is the
    next run; `failures` counts those in a row that are worth trying again soon. `runs` are the last ones, newest first.
    """

    id: str
    body: str
    dataset: str
    address: str
    timetable: str
    command: str
    person: str
    made: datetime
    due: datetime
    status: ScheduleStatus = ScheduleStatus.ACTIVE
    failures: int = 0
    runs: tuple[ScheduleRun, ...] = ()


class ScheduleStateError(RefusedError):
    """The schedule is already as it should become."""

    code = "publish.schedule-state"
    default_advice = "`commonweal schedule show` says how it is."


class ScheduleBusyError(CommonwealError):
    """The schedule is being run right now; it never runs twice at a time."""

    code = "publish.schedule-busy"
    outcome = Outcome.UNREACHABLE
    default_advice = "Wait for that run; `commonweal schedule show` says what came of it."


def make_schedule(schedule: Schedule, *, actor: Actor) -> tuple[Schedule, Event]:
    """Return a new schedule with its first due moment, and `schedule.made`.

    Raises:
        TimetableError: its timetable is none.
    """
    table = parse_timetable(schedule.timetable)
    made = replace(schedule, timetable=str(table), due=table.next_after(schedule.made))
    facts: dict[str, Json] = {"address": made.address, "timetable": made.timetable, "due": to_rfc3339(made.due)}
    return made, _event("schedule.made", made, made.made, actor, facts)


def begin_run(schedule: Schedule, *, at: datetime, actor: Actor) -> Event:
    """Return `schedule.begun`."""
    return _event("schedule.begun", schedule, at, actor, {"address": schedule.address, "due": to_rfc3339(schedule.due)})


def end_run(schedule: Schedule, run: ScheduleRun, *, actor: Actor) -> tuple[Schedule, Event]:
    """Return a schedule after a run, due when the timetable says or sooner if that is worth it, and `schedule.ended`.

    However many runs were missed, the next one is after now.
    """
    failures = schedule.failures + 1 if run.outcome in _AGAIN_SOON else 0
    regular = parse_timetable(schedule.timetable).next_after(run.ended)
    sooner = run.ended + FIRST_WAIT * 2 ** min(failures - 1, MOST_DOUBLED) if failures else regular
    after = replace(schedule, due=min(regular, sooner), failures=failures, runs=(run, *schedule.runs)[:KEPT_RUNS])
    facts: dict[str, Json] = {
        "outcome": run.outcome.value,
        "version": run.version,
        "sentence": run.sentence,
        "due": to_rfc3339(after.due),
    }
    return after, _event("schedule.ended", after, run.ended, actor, facts)


def pause_schedule(schedule: Schedule, *, at: datetime, actor: Actor) -> tuple[Schedule, Event]:
    """Return a schedule that is no longer followed, and `schedule.paused`.

    Raises:
        ScheduleStateError: it is paused already.
    """
    if schedule.status is ScheduleStatus.PAUSED:
        raise ScheduleStateError(f"{schedule.id} is paused already.")
    return replace(schedule, status=ScheduleStatus.PAUSED), _event("schedule.paused", schedule, at, actor, {})


def resume_schedule(schedule: Schedule, *, at: datetime, actor: Actor) -> tuple[Schedule, Event]:
    """Return a schedule that is followed again from its next moment on, and `schedule.resumed`.

    Raises:
        ScheduleStateError: it is not paused.
    """
    if schedule.status is ScheduleStatus.ACTIVE:
        raise ScheduleStateError(f"{schedule.id} is not paused.")
    due = parse_timetable(schedule.timetable).next_after(at)
    again = replace(schedule, status=ScheduleStatus.ACTIVE, due=due, failures=0)
    return again, _event("schedule.resumed", again, at, actor, {"due": to_rfc3339(due)})


def remove_schedule(schedule: Schedule, *, at: datetime, actor: Actor) -> Event:
    """Return `schedule.removed`."""
    return _event("schedule.removed", schedule, at, actor, {"address": schedule.address})


def outcome_of(error: CommonwealError) -> RunOutcome:
    """Return what a run came to that ended with an error."""
    if isinstance(error, ReadingUnconfirmedError):
        return RunOutcome.HELD
    if isinstance(error, GateError):
        return RunOutcome.STOPPED
    if isinstance(error, RefusedError | InputError):
        return RunOutcome.REFUSED
    return RunOutcome.UNREACHABLE if error.outcome is Outcome.UNREACHABLE else RunOutcome.FAILED


def _event(name: str, schedule: Schedule, at: datetime, actor: Actor, facts: Mapping[str, Json]) -> Event:
    return Event(name, at, schedule.body, schedule.id, actor, {"dataset": schedule.dataset, **facts})
