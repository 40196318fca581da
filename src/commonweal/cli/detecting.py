"""What the values of an inspected file are likely to reveal, set beside how it reads."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commonweal.adapters.held_rows import HeldRows
    from commonweal.publish import Detection, Reading

_LOOKED_AT = 200
_LONGEST = 200


def with_detected(answer: dict[str, Any], rows: "HeldRows", reading: "Reading") -> dict[str, Any]:
    """Return the answer of `inspect` with each field's classification as its values suggest it, and a note on groups.

    `rows` are those that the reading keeps. Where they are no table of their own, names alone must do.
    """
    from commonweal.adapters.duckdb import EngineMemoryError, detect
    from commonweal.adapters.sealed import SealedFiles
    from commonweal.publish import SourceError, SourceFormat

    files = SealedFiles()
    try:
        found = detect(files, files.offer("rows", rows), SourceFormat.CSV, reading.marks)
    except (SourceError, EngineMemoryError):
        return answer
    notes = [found.note] if found.note else []
    if not rows.is_whole:
        notes.append("Of so large a file only the first rows were looked at for personal data.")
    return {**_with_fields(answer, found.fields, reading), "notes": [*answer["notes"], *notes]}


def with_suggested(answer: dict[str, Any], rows: "HeldRows", reading: "Reading") -> dict[str, Any]:
    """Do as `with_detected` by rows from all over the beginning that was read, in which no groups are counted."""
    from csv import reader
    from io import StringIO

    from commonweal.publish import count_withheld, detect_table

    names, *records = reader(StringIO(rows.read().decode("utf-8", "replace"), newline=""))
    columns: dict[str, list[str]] = {name: [] for name in names}
    for record in records[:: len(records) // _LOOKED_AT + 1]:
        for name, value in zip(names, record, strict=True):
            if value:
                columns[name].append(value[:_LONGEST])
    withheld = {name: count_withheld(each) for name, each in (reading.marks or {}).items()}
    return _with_fields(answer, detect_table(columns, withheld), reading)


def _with_fields(answer: dict[str, Any], found: "Sequence[Detection]", reading: "Reading") -> dict[str, Any]:
    from commonweal.publish import describe_detected

    return {**describe_detected(answer, reading, found)}
