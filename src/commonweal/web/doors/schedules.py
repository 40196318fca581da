"""Sources by address, and schedules, by REST."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from commonweal.core import to_rfc3339
from commonweal.node import PublishCommand, SourceCommand
from commonweal.publish import Schedule
from commonweal.web.state import TheNode, ThePerson

from .forms import Form, PublishForm

router = APIRouter(prefix="/api/v1", tags=["publish"])

Answer = dict[str, Any]
ScheduleName = Annotated[str, Path(max_length=64)]

_OF_THE_SOURCE = frozenset({"address", "table", "query", "user", "password"})


class SourceForm(Form):
    """Where a source lies, and what of it is wanted: of a database a `table` or a `query`.

    `user` and `password` let the node in: of a database, the two parts of an access key, or a token of a web address
    as `password` alone. They are never part of the address.
    """

    address: str = Field(min_length=1, max_length=4096)
    table: str = Field("", max_length=300)
    query: str = Field("", max_length=100_000)
    user: str = Field("", max_length=300)
    password: str = Field("", max_length=4096, repr=False)


class ScheduleForm(PublishForm, SourceForm):
    """Publish a dataset from an address on a `timetable`, such as `daily at 06:30`; the rest as for publishing."""

    upload: str = Field("", max_length=0)
    accept: str = Field("", max_length=0)
    timetable: str = Field(min_length=1, max_length=100)


@router.post("/uploads/address", operation_id="fetch", status_code=201)
def fetch(node: TheNode, caller: ThePerson, form: SourceForm) -> Answer:
    """Have the node read a source by its address; publish it within the hour, like any upload."""
    fetched = node.fetching.fetch(caller, SourceCommand(**form.model_dump()))
    return {
        "upload": fetched.staged.id,
        "bytes": fetched.staged.size,
        "address": fetched.address,
        "format": "csv" if fetched.is_table else "auto",
    }


@router.get("/schedules", operation_id="listSchedules")
def list_schedules(node: TheNode, caller: ThePerson) -> Answer:
    """List the schedules of the caller's body."""
    return {"schedules": [_schedule(each) for each in node.scheduling.list(caller)]}


@router.post("/schedules", operation_id="addSchedule", status_code=201)
def add_schedule(node: TheNode, caller: ThePerson, form: ScheduleForm) -> Answer:
    """Publish a dataset from an address on a timetable from now on; what lets the node in is kept sealed."""
    given = form.model_dump()
    source = SourceCommand(**{name: given.pop(name) for name in _OF_THE_SOURCE})
    timetable = given.pop("timetable")
    command = PublishCommand(**{**given, "contract": form.contract.encode()})
    return _schedule(node.scheduling.add(caller, source, command, timetable))


@router.get("/schedules/{schedule}", operation_id="getSchedule")
def get_schedule(node: TheNode, caller: ThePerson, schedule: ScheduleName) -> Answer:
    """Return a schedule with what came of its last runs."""
    return _schedule(node.scheduling.get(caller, schedule))


@router.post("/schedules/{schedule}/run", operation_id="runSchedule")
def run_schedule(node: TheNode, caller: ThePerson, schedule: ScheduleName) -> Answer:
    """Run a schedule now, and answer when it has run."""
    return _schedule(node.scheduling.run(caller, schedule))


@router.post("/schedules/{schedule}/pause", operation_id="pauseSchedule")
def pause_schedule(node: TheNode, caller: ThePerson, schedule: ScheduleName) -> Answer:
    """Stop following a schedule until it is resumed."""
    return _schedule(node.scheduling.pause(caller, schedule))


@router.post("/schedules/{schedule}/resumption", operation_id="resumeSchedule")
def resume_schedule(node: TheNode, caller: ThePerson, schedule: ScheduleName) -> Answer:
    """Follow a paused schedule again, from its next moment on."""
    return _schedule(node.scheduling.resume(caller, schedule))


@router.post("/schedules/{schedule}/removal", operation_id="removeSchedule")
def remove_schedule(node: TheNode, caller: ThePerson, schedule: ScheduleName) -> Answer:
    """Forget a schedule with its password; what it published stays."""
    return _schedule(node.scheduling.remove(caller, schedule))


def _schedule(schedule: Schedule) -> Answer:
    return {
        "schedule": schedule.id,
        "dataset": schedule.dataset,
        "address": schedule.address,
        "timetable": schedule.timetable,
        "status": schedule.status.value,
        "due": to_rfc3339(schedule.due),
        "person": schedule.person,
        "made": to_rfc3339(schedule.made),
        "failures": schedule.failures,
        "runs": [
            {
                "begun": to_rfc3339(each.begun),
                "ended": to_rfc3339(each.ended),
                "outcome": each.outcome.value,
                "version": each.version,
                "sentence": each.sentence,
                "advice": each.advice,
            }
            for each in schedule.runs
        ],
    }
