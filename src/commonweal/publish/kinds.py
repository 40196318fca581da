"""The kinds of value that a table holds, and what a field may reveal."""

from enum import StrEnum


class Classification(StrEnum):
    """What a field may reveal. Until a steward confirms it, every field counts as personal."""

    NOT_PERSONAL = "not-personal"
    PERSONAL = "personal"
    SPECIAL = "special-category"
    CONFIDENTIAL = "confidential"
    LICENSED = "third-party-licensed"
    DISCLOSIVE = "disclosive"


class FieldType(StrEnum):
    """ODCS 3.1 logical types that a table can hold."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOLEAN = "boolean"
