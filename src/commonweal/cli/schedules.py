"""The commands of schedules: publish from an address on a timetable."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cyclopts import App

from .offering import Offer
from .rendering import say, show_json, show_table
from .session import Target, connect
from .sources import SourceOptions

HERE = Target()
NOTHING = SourceOptions()
_COLUMNS = ("schedule", "dataset", "timetable", "status", "due", "last", "address")


def register(app: App) -> None:
    """Add the commands to the command line."""
    schedule = App(name="schedule", help="Publish from an address on a timetable.")
    schedule.command(list_schedules, name="list")
    for command in (add, show, run, pause, resume, remove):
        schedule.command(command)
    app.command(schedule)


def add(
    address: str,
    dataset: str,
    /,
    *,
    when: str,
    offer: Offer,
    source: SourceOptions = NOTHING,
    target: Target = HERE,
) -> None:
    """Publish a dataset from an address on a timetable from now on, in your name; the password is kept sealed.

    Args:
        address: https://HOST/PATH, s3://BUCKET/KEY, postgresql://HOST/DATABASE, mariadb://HOST/DATABASE or
            sqlite:///PATH.
        dataset: where it goes, as BODY/NAME.
        when: `every 6 hours`, `daily at 06:30` or `weekly on monday at 07:00`, by the clocks of London.
        offer: what is said of it.
        source: what of the address is wanted, and what lets the node in.
        target: where to act.
    """
    document = {**source.form(address), "timetable": when, **offer.document(dataset)}
    with connect(target) as node:
        answer = node.post("/api/v1/schedules", document)
    if target.json:
        return show_json(answer)
    return say(f"{answer['schedule']} publishes {answer['dataset']} {answer['timetable']}, first at {answer['due']}.")


def list_schedules(*, target: Target = HERE) -> None:
    """List the schedules of your body: when each is due, and what came of it last.

    Args:
        target: the node.
    """
    with connect(target) as node:
        answer = node.get("/api/v1/schedules")
    if target.json:
        return show_json(answer)
    rows = [{**each, "last": each["runs"][0]["outcome"] if each["runs"] else ""} for each in answer["schedules"]]
    return show_table(rows, _COLUMNS)


def show(schedule: str, /, *, target: Target = HERE) -> None:
    """Show a schedule and what came of its last runs.

    Args:
        schedule: the schedule, as `schedule list` names it.
        target: the node.
    """
    with connect(target) as node:
        answer = node.get(_place(schedule))
    return show_json(answer) if target.json else _tell(answer)


def run(schedule: str, /, *, target: Target = HERE) -> int:
    """Run a schedule now, and wait for what comes of it.

    Args:
        schedule: the schedule.
        target: the node.
    """
    answer = _act(schedule, "run", target)
    if target.json:
        show_json(answer)
    else:
        say(*_run(answer["runs"][0]))
    return 0 if answer["runs"][0]["outcome"] in {"published", "unchanged"} else 1


def pause(schedule: str, /, *, target: Target = HERE) -> None:
    """Stop following a schedule until it is resumed.

    Args:
        schedule: the schedule.
        target: the node.
    """
    answer = _act(schedule, "pause", target)
    return show_json(answer) if target.json else say(f"{answer['schedule']} is paused.")


def resume(schedule: str, /, *, target: Target = HERE) -> None:
    """Follow a paused schedule again.

    Args:
        schedule: the schedule.
        target: the node.
    """
    answer = _act(schedule, "resumption", target)
    return show_json(answer) if target.json else say(f"{answer['schedule']} is due at {answer['due']}.")


def remove(schedule: str, /, *, target: Target = HERE) -> None:
    """Forget a schedule with its password; what it published stays.

    Args:
        schedule: the schedule.
        target: the node.
    """
    answer = _act(schedule, "removal", target)
    return show_json(answer) if target.json else say(f"{answer['schedule']} is removed.")


def _place(schedule: str) -> str:
    return f"/api/v1/schedules/{quote(schedule, safe='')}"


def _act(schedule: str, act: str, target: Target) -> dict[str, Any]:
    with connect(target) as node:
        answer: dict[str, Any] = node.post(f"{_place(schedule)}/{act}")
    return answer


def _tell(answer: Mapping[str, Any]) -> None:
    say(
        f"{answer['schedule']} publishes {answer['dataset']} {answer['timetable']} from {answer['address']},",
        f"in the name of {answer['person']}. It is {answer['status']}, next due at {answer['due']}.",
        *(line for each in answer["runs"] for line in _run(each)),
    )


def _run(run: Mapping[str, Any]) -> list[str]:
    told = [f"{run['begun']} {run['outcome']}: {run['sentence']}"]
    return [*told, *([f"  {run['advice']}"] if run["advice"] else [])]
