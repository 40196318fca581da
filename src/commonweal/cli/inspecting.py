"""`commonweal inspect`: what a source holds and how it would be read, without a node."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from commonweal.core import UnreadableFileError

from .rendering import say, show_json, show_table

if TYPE_CHECKING:
    from commonweal.publish import Reading

WHOLE = 64 << 20
"""Bytes up to which a source is read whole without being told to."""

_SHOWN = 20


def register(app: App) -> None:
    """Add the command to the command line."""
    app.command(inspect)


def inspect(
    source: Path,
    /,
    *,
    full: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Say what a CSV file holds: encoding, header, columns, what would be mended and what set aside.

    Args:
        source: the file.
        full: read all of it, even above 64 MB, where otherwise the rows are estimated from the beginning.
        as_json: answer in JSON on standard output.
    """
    from commonweal.publish import describe_reading

    size, reading = _read(source, full=full)
    answer = describe_reading(reading)
    if size > WHOLE and not full:
        answer = _estimated(answer, reading, size / WHOLE)
    if as_json:
        return show_json(answer)
    return _tell(answer, reading)


def _read(source: Path, *, full: bool) -> "tuple[int, Reading]":
    from commonweal.adapters.text_table import TextTable

    try:
        with source.open("rb") as content:
            size = source.stat().st_size
            table = TextTable(content, None if full or size <= WHOLE else WHOLE)
            return size, table.tidy(table.learn()).reading
    except OSError as error:
        raise UnreadableFileError(f"{source} cannot be read: {error.strerror}.") from None


def _estimated(answer: dict[str, Any], reading: "Reading", share: float) -> dict[str, Any]:
    set_aside, kept = round(reading.set_aside * share), round(reading.kept * share)
    rows = {
        "read": kept + set_aside,
        "kept": kept,
        "mended": round(reading.mended * share),
        "set_aside": set_aside,
        "estimated": True,
    }
    note = f"Only the first {WHOLE >> 20} MiB were read, so the numbers of rows are estimates; --full reads all of it."
    return {**answer, "reading": "", "rows": rows, "notes": [*answer["notes"], note]}


def _tell(answer: dict[str, Any], reading: "Reading") -> None:
    say(*reading.understood(), "")
    columns = ("name", "type", "form", "classification", "evidence")
    show_table(answer["fields"], columns)
    for heading, lines in (
        ("Mended:", [each.sentence for each in reading.mends]),
        ("Set aside:", reading.set_aside_told()),
        ("Notes:", answer["notes"]),
    ):
        if lines:
            say("", heading, *(f"  - {line}" for line in lines[:_SHOWN]))
    if answer["reading"] and not answer["clean"]:
        say("", f"To publish it so: commonweal publish … --accept {answer['reading']}")
