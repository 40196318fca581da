"""The commands of schedules: publish from an address on a timetable."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from cyclopts import App

from commonweal.core import InputError

from .arguments import text_of, words_of
from .forms import FormOption, read_layout
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
    contract: Path,
    access: Literal["open", "shared", "closed"] | None = None,
    marking: str = "",
    title: str = "",
    description: str = "",
    licence: str = "",
    attribution: str = "",
    keywords: str = "",
    confirm: bool = False,
    retain: str = "",
    key_class: Literal["body", "device"] | None = None,
    split: bool = False,
    form: FormOption = "auto",
    member: str = "",
    sheet: str = "",
    element: str = "",
    layout: Path | None = None,
    mode: Literal["replace", "append", "upsert"] = "replace",
    key: str = "",
    source: SourceOptions = NOTHING,
    target: Target = HERE,
) -> None:
    """Publish a dataset from an address on a timetable from now on, in your name; the password is kept sealed.

    Args:
        address: https://HOST/PATH, s3://BUCKET/KEY, postgresql://HOST/DATABASE, mariadb://HOST/DATABASE or
            sqlite:///PATH.
        dataset: where it goes, as BODY/NAME.
        when: `every 6 hours`, `daily at 06:30` or `weekly on monday at 07:00`, by the clocks of London.
        contract: the data contract, an ODCS 3.1 YAML file.
        access: open to anybody, shared on request, or closed (default: as the version before; a new dataset: shared).
        marking: OFFICIAL or OFFICIAL-SENSITIVE (default: as the version before; a new dataset: OFFICIAL).
        title: the dataset's title (default: the contract's).
        description: its description (default: the contract's).
        licence: the licence's address (open data: the Open Government Licence).
        attribution: the sentence that re-users must show.
        keywords: words to find it by, with commas.
        confirm: confirm, as its steward, how the contract classifies every field.
        retain: how long each version is kept.
        key_class: the key it lies under: its body's, or one of its own.
        split: give each class of fields a file and a key of its own.
        form: the source's form, where its content should not tell it.
        member: the file of a zip archive that holds the table.
        sheet: the sheet of a workbook, or the layer of a GeoPackage.
        element: the element of XML that is a row, or the array of JSON that holds the rows.
        layout: the field list or COBOL copybook of a fixed-width file.
        mode: whether its rows take the place of the newest version's, are added to them, or replace those with the same
            key.
        key: the fields by which an upsert finds its rows, with commas.
        source: what of the address is wanted, and what lets the node in.
        target: where to act.
    """
    body, _, name = dataset.partition("/")
    if not (body and name):
        raise InputError(f"A dataset is named BODY/NAME, and {dataset[:100]!r} is not.")
    document = {
        **source.form(address),
        "timetable": when,
        "body": body,
        "name": name,
        "contract": text_of(contract),
        "access": access or "",
        "marking": marking,
        "title": title,
        "description": description,
        "licence": licence,
        "attribution": attribution,
        "keywords": words_of(keywords),
        "confirm": confirm,
        "retain": retain,
        "key_class": key_class or "",
        "split": split,
        "format": form,
        "member": member,
        "sheet": sheet,
        "element": element,
        "layout": read_layout(layout),
        "mode": mode,
        "key": words_of(key),
    }
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
