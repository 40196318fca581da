"""What the values of an inspected file are likely to reveal, set beside how it reads."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commonweal.adapters.held_rows import HeldRows
    from commonweal.publish import Reading


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
    told = {each.field: each for each in found.fields}
    evidence = {each.name: each.evidence for each in reading.recipe.columns}
    fields = [
        {
            **each,
            "classification": told[each["name"]].classification.value,
            "evidence": f"{evidence[each['name']]} Suggested as {told[each['name']].classification.value}: "
            f"{told[each['name']].evidence}.",
        }
        for each in answer["fields"]
    ]
    notes = [found.note] if found.note else []
    if not rows.is_whole:
        notes.append("Of so large a file only the first rows were looked at for personal data.")
    return {**answer, "fields": fields, "notes": [*answer["notes"], *notes]}
