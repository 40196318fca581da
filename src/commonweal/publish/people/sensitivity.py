"""Sensitivity: in which order fields need protecting, and how a split dataset parts them by class."""

from collections.abc import Iterable, Mapping

from commonweal.publish.kinds import Classification
from commonweal.publish.model import Field

MOST_SENSITIVE_FIRST = (
    Classification.SPECIAL,
    Classification.PERSONAL,
    Classification.DISCLOSIVE,
    Classification.CONFIDENTIAL,
    Classification.LICENSED,
    Classification.NOT_PERSONAL,
)
"""Every classification; the first of those that a file holds says under which key it lies."""


def class_of(field: Field) -> Classification:
    """Return the class that a field counts as: personal until a steward has confirmed another."""
    return field.classification if field.confirmed else Classification.PERSONAL


def most_sensitive(classes: Iterable[Classification]) -> Classification:
    """Return the most sensitive of some classes, of which there is at least one."""
    return min(classes, key=MOST_SENSITIVE_FIRST.index)


def split_fields(fields: Iterable[Field]) -> Mapping[Classification, tuple[str, ...]]:
    """Return the names of the fields of each class that occurs, in their order, the most sensitive class first."""
    found: dict[Classification, list[str]] = {}
    for each in fields:
        found.setdefault(class_of(each), []).append(each.name)
    return {each: tuple(found[each]) for each in MOST_SENSITIVE_FIRST if each in found}
