"""A reading as a document, with what its fields are likely to reveal set beside how they read."""

from collections.abc import Mapping, Sequence

from commonweal.core import Json
from commonweal.publish.reading.recipe import Column, Reading

from .detecting import Detection


def describe_detected(
    answer: Mapping[str, Json], reading: Reading, found: Sequence[Detection], note: str = ""
) -> dict[str, Json]:
    """Return `describe_reading` with each field's classification as its values suggest it, and a note on groups."""
    told = {each.field: each for each in found}
    fields: list[Json] = [
        _detected(described, column, told[column.name]) if column.name in told else described
        for described, column in zip(_fields_of(answer), reading.recipe.columns, strict=True)
    ]
    notes = [*reading.notes, *([note] if note else [])]
    return {**answer, "fields": fields, "notes": list(notes)}


def _detected(described: Mapping[str, Json], column: Column, found: Detection) -> dict[str, Json]:
    suggested = f"Suggested as {found.classification.value}: {found.evidence}."
    return {
        **described,
        "classification": found.classification.value,
        "evidence": f"{column.evidence} {suggested}",
    }


def _fields_of(answer: Mapping[str, Json]) -> list[dict[str, Json]]:
    fields = answer["fields"]
    return [each for each in fields if isinstance(each, dict)] if isinstance(fields, list) else []
