"""`commonweal inspect`: what a source holds and how it would be read, without a node."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from commonweal.core import InputError, UnreadableFileError

from .detecting import with_detected
from .forms import FormOption, read_layout
from .rendering import say, show_json, show_table

if TYPE_CHECKING:
    from commonweal.adapters.held_rows import HeldRows
    from commonweal.publish import FileChoice, Reading

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
    form: FormOption = "auto",
    member: str = "",
    sheet: str = "",
    element: str = "",
    layout: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Say what a file holds: encoding, header, columns, what would be mended and what set aside.

    Args:
        source: the file.
        full: read all of it, even above 64 MB, where otherwise the rows are estimated from the beginning.
        form: the file's form, where its content should not tell it.
        member: the file of a zip archive that holds the table.
        sheet: the sheet of a workbook.
        element: the element of XML that is a row, or the array of JSON that holds the rows (its names with dots).
        layout: the field list (name,start,length) or COBOL copybook of a fixed-width file.
        as_json: answer in JSON on standard output.
    """
    from commonweal.publish import FileChoice, FileForm, describe_reading

    choice = FileChoice(FileForm(form), member=member, sheet=sheet, element=element, layout=read_layout(layout))
    size, reading, rows = _read(source, choice, full=full)
    answer = with_detected(describe_reading(reading), rows, reading)
    if size > WHOLE and not full:
        answer = _estimated(answer, reading, size / WHOLE)
    if as_json:
        return show_json(answer)
    return _tell(answer, reading)


def _read(source: Path, choice: "FileChoice", *, full: bool) -> "tuple[int, Reading, HeldRows]":
    """Return the table's size in bytes, how it reads, and the rows that it keeps."""
    from commonweal.adapters.held_rows import HeldRows
    from commonweal.adapters.sources import opened_table, rewriting_in_a_temporary_file
    from commonweal.adapters.text_table import TextTable
    from commonweal.publish import SourceFormat

    try:
        with source.open("rb") as file, opened_table(file, choice, rewriting_in_a_temporary_file) as found:
            if found.form is not SourceFormat.CSV:
                raise InputError("Parquet says itself how it is read.", advice="Publish it as it is.")
            size = found.content.seek(0, 2)
            table = TextTable(found.content, None if full or size <= WHOLE else WHOLE, found.taken)
            rows = HeldRows()
            return size, table.tidy(table.learn(), rows).reading, rows
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
