"""Suggests what a field may reveal, from its name alone; a steward decides."""

from dataclasses import dataclass

from commonweal.publish.kinds import Classification, FieldType
from commonweal.publish.lexicon import read_name

from .recipe import Column


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A classification to consider, and why; what is unknown counts as personal."""

    classification: Classification
    evidence: str


def suggest_classification(column: Column) -> Suggestion:
    """Return what a column might be classified as. It is only a suggestion: nothing is confirmed by it."""
    sense = read_name(column.name, is_text=column.type is FieldType.STRING)
    return Suggestion(sense.classification, sense.evidence)
