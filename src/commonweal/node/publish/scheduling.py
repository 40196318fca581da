"""Use cases of schedules: datasets that are published from an address on a timetable, as a durable job.

What is left to do is read from the rows of the schedules themselves, so the work resumes after any stop (ADR 23).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event as Signal
from threading import Lock, Thread

from pydantic import TypeAdapter

from commonweal.adapters.remote import RemoteSource, find_source
from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql import schedules as store
from commonweal.core import Actor, CommonwealError, Event, NotFoundError, new_identifier
from commonweal.identity import Permission, TenantScope
from commonweal.node.bodies import Bodies
from commonweal.node.callers import Caller
from commonweal.node.keys.source_secrets import SourceSecrets
from commonweal.node.parts import Parts
from commonweal.publish import (
    RunOutcome,
    Schedule,
    ScheduleBusyError,
    ScheduleRun,
    ScheduleStatus,
    begin_run,
    end_run,
    make_schedule,
    outcome_of,
    pause_schedule,
    remove_schedule,
    resume_schedule,
)

from .choosing import PublishCommand
from .fetching import Fetching, FetchStoppedError
from .publishing import Publishing

LEASE = timedelta(hours=6)
"""Longer than a run can take: reading is bounded by two hours. After a kill the next start does not wait for it."""

_WORKERS = 2
_LOOK_SECONDS = 5.0
_GRACE_SECONDS = 10.0
_PROCESS = "the node"
_COMMAND: TypeAdapter[PublishCommand] = TypeAdapter(PublishCommand)


class Scheduling:
    """Keeps schedules and, once started, runs those that are due."""

    def __init__(self, parts: Parts, bodies: Bodies, fetching: Fetching, publishing: Publishing) -> None:
        self._parts = parts
        self._bodies = bodies
        self._fetching = fetching
        self._publishing = publishing
        self._secrets = SourceSecrets(parts)
        self._holder = new_identifier("run")
        self._running: set[str] = set()
        self._lock = Lock()
        self._wanted = Signal()
        self._closed = Signal()
        self._threads: list[Thread] = []

    def add(self, caller: Caller, wanted: RemoteSource, command: PublishCommand, timetable: str) -> Schedule:
        """Make a schedule for a dataset of the caller's body; nothing is read before its first run.

        Raises:
            RoleError: the person may not publish for that body.
            SourceAddressError: the address is none, or holds a password.
            TimetableError: those words name no timetable.
            InputError: the command is malformed; other errors as for publishing.
        """
        remote, now = find_source(wanted), self._parts.clock.now()
        dataset = self._publishing.describe(caller, command)
        command.choice()
        made, event = make_schedule(
            Schedule(
                id=new_identifier("sch"),
                body=dataset.body,
                dataset=dataset.id,
                address=remote.shown,
                timetable=timetable,
                command=_COMMAND.dump_json(replace(command, body=dataset.body, upload="")).decode(),
                person=caller.person.id,
                made=now,
                due=now,
            ),
            actor=caller.actor(),
        )

        def work(transaction: Transaction) -> None:
            sealed = self._secrets.seal(transaction.connection, made, wanted)
            store.add_schedule(transaction.connection, TenantScope(made.body), made, sealed)
            transaction.record(event)

        self._parts.writer.submit(work)
        self._wanted.set()
        return made

    def list(self, caller: Caller) -> list[Schedule]:
        """Return the schedules of the caller's body; an access, so it is recorded.

        Raises:
            RoleError: the person may not publish for their body.
        """
        body = caller.person.body
        caller.require(Permission.PUBLISH, body)
        self._parts.record(Event("schedules.listed", self._parts.clock.now(), body, body, caller.actor()))
        with self._parts.read() as connection:
            return store.list_schedules(connection, TenantScope(body))

    def get(self, caller: Caller, schedule_id: str) -> Schedule:
        """Return a schedule of the caller's body with its last runs; recorded.

        Raises:
            RoleError: the person may not publish for their body.
            NotFoundError: their body has none of that identifier.
        """
        found = self._own(caller, schedule_id)
        event = Event("schedule.viewed", self._parts.clock.now(), found.body, found.id, caller.actor())
        self._parts.record(event)
        return found

    def _own(self, caller: Caller, schedule_id: str) -> Schedule:
        caller.require(Permission.PUBLISH, caller.person.body)
        with self._parts.read() as connection:
            found = store.get_schedule(connection, schedule_id)
        if found.body != caller.person.body:
            raise NotFoundError(f"There is no schedule {schedule_id[:100]!r}.")
        return found

    def pause(self, caller: Caller, schedule_id: str) -> Schedule:
        """Stop following a schedule; a run that has begun goes on. Errors as `get`, and ScheduleStateError."""
        return self._change(caller, schedule_id, pause_schedule)

    def resume(self, caller: Caller, schedule_id: str) -> Schedule:
        """Follow a schedule again from its next moment on; errors as `pause`."""
        return self._change(caller, schedule_id, resume_schedule)

    def _change(self, caller: Caller, schedule_id: str, change: Callable[..., tuple[Schedule, Event]]) -> Schedule:
        now = self._parts.clock.now()
        self._own(caller, schedule_id)

        def work(transaction: Transaction) -> Schedule:
            found = store.get_schedule(transaction.connection, schedule_id)
            after, event = change(found, at=now, actor=caller.actor())
            store.save_schedule(transaction.connection, after)
            transaction.record(event)
            return after

        return self._parts.writer.submit(work)

    def remove(self, caller: Caller, schedule_id: str) -> Schedule:
        """Forget a schedule with its password; what it published stays. Errors as `get`."""
        found, now = self._own(caller, schedule_id), self._parts.clock.now()

        def work(transaction: Transaction) -> None:
            store.remove_schedule(transaction.connection, schedule_id)
            transaction.record(remove_schedule(found, at=now, actor=caller.actor()))

        self._parts.writer.submit(work)
        return found

    def run(self, caller: Caller, schedule_id: str) -> Schedule:
        """Run a schedule now, in the name of who made it, and return it with what came of that.

        Raises:
            ScheduleBusyError: it is being run already.
            NotFoundError: as `get`, or it was removed meanwhile.
        """
        self._own(caller, schedule_id)
        self._run(schedule_id, caller.actor(), only_due=False)
        return self._own(caller, schedule_id)

    def run_due(self) -> int:
        """Run what is due, one after another, and return how many that were."""
        count = 0
        while not self._closed.is_set() and self._run_next():
            count += 1
        return count

    def _run_next(self) -> bool:
        with self._parts.read() as connection:
            due = store.list_due(connection, self._parts.clock.now(), holder=self._holder)
        for each in due:
            try:
                self._run(each, Actor(_PROCESS, ""), only_due=True)
            except (ScheduleBusyError, NotFoundError):  # another worker has it, or it was removed
                continue
            return True
        return False

    def _run(self, schedule_id: str, actor: Actor, *, only_due: bool) -> None:
        with self._lock:
            if schedule_id in self._running:
                raise _busy(schedule_id)
            self._running.add(schedule_id)
        try:
            schedule = self._take(schedule_id, actor, only_due=only_due)
            self._finish(schedule, self._attempt(schedule), actor)
        except FetchStoppedError:
            return  # the lease stays, and the next start knows by it that this run was cut off
        finally:
            with self._lock:
                self._running.discard(schedule_id)

    def _take(self, schedule_id: str, actor: Actor, *, only_due: bool) -> Schedule:
        now = self._parts.clock.now()

        def work(transaction: Transaction) -> Schedule:
            connection = transaction.connection
            found = store.get_schedule(connection, schedule_id)
            is_due = found.status is ScheduleStatus.ACTIVE and found.due <= now
            if (only_due and not is_due) or not store.take_schedule(
                connection, schedule_id, holder=self._holder, now=now, until=now + LEASE
            ):
                raise _busy(schedule_id)
            transaction.record(begin_run(found, at=now, actor=_acting(found, actor)))
            return found

        return self._parts.writer.submit(work)

    def _attempt(self, schedule: Schedule) -> ScheduleRun:
        begun = self._parts.clock.now()
        try:
            outcome, version, sentence, advice = *self._publish(schedule), ""
        except CommonwealError as error:
            outcome, version, sentence, advice = outcome_of(error), 0, str(error), error.advice()
        except FetchStoppedError:
            raise
        except Exception as error:  # noqa: BLE001  the last line before the thread: a fault of ours ends one run only
            outcome, version, advice = RunOutcome.FAILED, 0, ""
            sentence = f"The node met a fault of its own ({type(error).__name__})."
        return ScheduleRun(begun, self._parts.clock.now(), outcome, version, sentence, advice)

    def _publish(self, schedule: Schedule) -> tuple[RunOutcome, int, str]:
        caller = Caller(self._bodies.get_person(schedule.person))
        caller.require(Permission.PUBLISH, schedule.body)
        fetched = self._fetching.fetch(caller, self._secrets.open(schedule), goes_on=lambda: not self._closed.is_set())
        command = replace(_COMMAND.validate_json(schedule.command), upload=fetched.staged.id)
        if fetched.is_table:
            command = replace(command, format="csv")
        done = self._publishing.publish(caller, command)
        number = done.version.number
        if done.again:
            return RunOutcome.UNCHANGED, number, f"The source is as it was: version {number} stays the newest."
        return RunOutcome.PUBLISHED, number, f"Version {number} was published, {done.version.rows:,} rows."

    def _finish(self, schedule: Schedule, run: ScheduleRun, actor: Actor) -> None:
        def work(transaction: Transaction) -> None:
            found = store.get_schedule(transaction.connection, schedule.id)
            after, event = end_run(found, run, actor=_acting(found, actor))
            store.save_schedule(transaction.connection, after)
            store.release_schedule(transaction.connection, schedule.id, holder=self._holder)
            transaction.record(event)

        self._parts.writer.submit(work)

    def start(self) -> None:
        """Begin to run what is due, first what a killed process was at; only for the one process that serves a home."""
        self._resume_lost()
        with self._lock:
            if self._threads or self._closed.is_set():
                return
            self._threads = [
                Thread(target=self._work, name=f"commonweal-schedules-{number}", daemon=True)
                for number in range(_WORKERS)
            ]
        for each in self._threads:
            each.start()

    def _resume_lost(self) -> None:
        """Make due again what was being run when the process before this one ended: the folder's lock says it has."""
        with self._parts.read() as connection:
            lost = store.list_held(connection)
        now = self._parts.clock.now()

        def work(transaction: Transaction) -> None:
            for each in lost:
                found = store.get_schedule(transaction.connection, each)
                store.save_schedule(transaction.connection, replace(found, due=min(found.due, now)))
                transaction.record(Event("schedule.run-lost", now, found.body, found.id, Actor(_PROCESS, "")))
            store.release_all(transaction.connection)

        if lost:
            self._parts.writer.submit(work)

    def _work(self) -> None:
        while not self._closed.is_set():
            try:
                ran = self._run_next()
            except CommonwealError:  # the log has stopped, or the disk is full; what is due stays so
                ran = False
            if not ran:
                self._wanted.wait(_LOOK_SECONDS)
                self._wanted.clear()

    def close(self) -> None:
        """Stop, waiting a little for what is at work; what is cut off runs again at the next start."""
        with self._lock:
            self._closed.set()
            self._wanted.set()
            threads = self._threads
        for each in threads:
            each.join(_GRACE_SECONDS)


def _acting(schedule: Schedule, actor: Actor) -> Actor:
    """Return who acts in a run: its steward, and beside them who started it by hand."""
    started = "" if actor.person in {_PROCESS, schedule.person} else actor.person
    return Actor(schedule.person, schedule.body, started)


def _busy(schedule_id: str) -> ScheduleBusyError:
    return ScheduleBusyError(f"{schedule_id[:100]} is being run already.")
