"""`commonweal inspect`: what a source holds and how it would be read, without a node."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from cyclopts import App, Parameter

from commonweal.core import InputError

from .detecting import with_detected, with_suggested
from .forms import FormOption, read_layout
from .rendering import say, show_json, show_table
from .sources import NOTHING, SourceOptions, find_local

if TYPE_CHECKING:
    from commonweal.adapters.held_rows import HeldRows
    from commonweal.adapters.local_source import LocalSource
    from commonweal.adapters.text_length import Length
    from commonweal.publish import FileChoice, Reading

WHOLE = 64 << 20
"""Bytes up to which a source is read whole without being told to."""

BEGINNINGS = (64 << 10, 4 << 20, WHOLE)
"""Bytes that are read of a longer one: the first of these with `ENOUGH` lines in it, else the last."""

ENOUGH = 500

_SHOWN = 20


def register(app: App) -> None:
    """Add the command to the command line."""
    app.command(inspect)


def inspect(
    source: str,
    /,
    *,
    full: bool = False,
    form: FormOption = "auto",
    member: str = "",
    sheet: str = "",
    element: str = "",
    layout: Path | None = None,
    where: SourceOptions = NOTHING,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Say what a file or an address holds: encoding, header, columns, what would be mended and what set aside.

    Args:
        source: the file, or an address that this machine reads: https, s3, postgresql, mariadb or sqlite.
        full: read all of it, even above 64 MB, where otherwise only its beginning is read and the rows are estimated.
        form: the file's form, where its content should not tell it.
        member: the file of a zip archive that holds the table.
        sheet: the sheet of a workbook, or the layer of a GeoPackage.
        element: the element of XML that is a row, or the array of JSON that holds the rows (its names with dots).
        layout: the field list (name,start,length) or COBOL copybook of a fixed-width file.
        where: what of an address is wanted, and what lets its reader in.
        as_json: answer in JSON on standard output.
    """
    from commonweal.publish import FileChoice, FileForm, describe_reading

    choice = FileChoice(FileForm(form), member=member, sheet=sheet, element=element, layout=read_layout(layout))
    inspected = _read(find_local(source, where), choice, full=full)
    reading, answer = inspected.reading, describe_reading(inspected.reading)
    if inspected.length is None:
        answer = with_detected(answer, inspected.rows, reading)
    else:
        answer = _estimated(with_suggested(answer, inspected.rows, reading), reading, inspected.length)
    if as_json:
        return show_json(answer)
    return _tell(answer, reading)


class _Inspected(NamedTuple):
    """How a table reads and the rows it keeps; `length` tells how much is unread, None where all was read."""

    reading: "Reading"
    rows: "HeldRows"
    length: "Length | None"


def _read(source: "LocalSource", choice: "FileChoice", *, full: bool) -> _Inspected:
    from commonweal.adapters.held_rows import HeldRows
    from commonweal.adapters.local_source import opened_local
    from commonweal.adapters.text_length import measure_length
    from commonweal.adapters.text_table import TextTable
    from commonweal.publish import SourceFormat

    with opened_local(source, choice) as found:
        if found.form is not SourceFormat.CSV:
            raise InputError("Parquet says itself how it is read.", advice="Publish it as it is.")
        is_long = not full and found.content.seek(0, 2) > WHOLE
        length = measure_length(found.content, BEGINNINGS, ENOUGH) if is_long else None
        table, rows = TextTable(found.content, length.beginning if length else None, found.taken), HeldRows()
        return _Inspected(table.tidy(table.learn(), rows).reading, rows, length)


def _estimated(answer: dict[str, Any], reading: "Reading", length: "Length") -> dict[str, Any]:
    share = length.share
    set_aside, kept = round(reading.set_aside * share), round(reading.kept * share)
    rows = {
        "read": kept + set_aside,
        "kept": kept,
        "mended": round(reading.mended * share),
        "set_aside": set_aside,
        "estimated": True,
    }
    note = (
        f"Only the first {length.beginning >> 10:,} KiB were read, so the numbers of rows are estimates and what comes "
        "after is not known; --full reads all of it."
    )
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
