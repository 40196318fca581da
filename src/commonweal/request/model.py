"""An access request: a body asks for fields and rows of a dataset, for a stated purpose."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Operator(StrEnum):
    """How a row condition compares a field with its values."""

    EQUALS = "="
    NOT_EQUALS = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    IN = "in"


@dataclass(frozen=True, slots=True)
class RowCondition:
    """Keep rows whose `field` compares with `values` (one, but for `in`); conditions are joined by AND."""

    field: str
    operator: Operator
    values: tuple[str, ...]


class RequestStatus(StrEnum):
    """Where an access request stands."""

    ASKED = "asked"
    PERMITTED = "permitted"
    REFUSED = "refused"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """What one body asks of another. `discloser` and `recipient` are body slugs; `gateway` is empty when none is named.

    `purpose` is a code of the rule pack; `fields` is never empty (all fields when the asker named none). `until`
    is the last moment the asker needs the data for, None when they named none. `seal_to` is the age recipient that
    releases are to be sealed to, empty when the asker named none.
    """

    id: str
    dataset: str
    discloser: str
    recipient: str
    purpose: str
    gateway: str
    fields: tuple[str, ...]
    rows: tuple[RowCondition, ...]
    asked_by: str
    asked: datetime
    status: RequestStatus = RequestStatus.ASKED
    until: datetime | None = None
    seal_to: str = ""
