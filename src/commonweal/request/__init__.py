"""A body asks for data: who, what, which rows, why, under which power."""

from .model import AccessRequest, Operator, RequestStatus, RowCondition
from .rules import NoFieldsError, PastEndError, RowConditionError, ask, describe_rows, parse_row_conditions

__all__ = [
    "AccessRequest",
    "NoFieldsError",
    "Operator",
    "PastEndError",
    "RequestStatus",
    "RowCondition",
    "RowConditionError",
    "ask",
    "describe_rows",
    "parse_row_conditions",
]
