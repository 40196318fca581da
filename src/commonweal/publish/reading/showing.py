"""A reading as a document: what `commonweal inspect` and the API answer."""

from commonweal.core import Json

from .recipe import Column, Reading
from .suggesting import suggest_classification


def describe_reading(reading: Reading) -> dict[str, Json]:
    """Return a reading as JSON values; rows are numbered as in the file, and the classifications are suggestions."""
    recipe = reading.recipe
    return {
        "reading": reading.identifier,
        "clean": reading.is_clean,
        "taken_from": recipe.taken,
        "encoding": recipe.encoding,
        "delimiter": recipe.delimiter,
        "line_end": recipe.line_end,
        "header_row": recipe.header_row,
        "header_rows": recipe.header_rows,
        "preamble": reading.preamble,
        "fields": [_field(each) for each in recipe.columns],
        "rows": {
            "read": reading.read,
            "kept": reading.kept,
            "mended": reading.mended,
            "set_aside": reading.set_aside,
        },
        "mends": [
            {"rule": each.rule, "count": each.count, "rows": list(each.rows), "sentence": each.sentence}
            for each in reading.mends
        ],
        "set_aside": [{"row": each.row, "reason": each.reason} for each in reading.aside],
        "set_aside_reasons": dict(reading.reasons or {}),
        "marks": {name: dict(each) for name, each in (reading.marks or {}).items()},
        "understood": list(reading.understood()),
        "notes": list(reading.notes),
    }


def _field(column: Column) -> dict[str, Json]:
    suggested = suggest_classification(column)
    return {
        "name": column.name,
        "type": column.type.value,
        "form": column.form,
        "classification": suggested.classification.value,
        "evidence": f"{column.evidence} Suggested as {suggested.classification.value}: {suggested.evidence}.",
        "sure": column.sure,
    }
