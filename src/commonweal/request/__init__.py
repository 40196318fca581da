"""A body asks for data: who, what, which rows, why, under which power."""

from .model import AccessRequest, Operator, RequestStatus, RowCondition
from .rules import NoFieldsError, PastEndError, RowConditionError, ask, describe_rows, parse_row_conditions
from .sealing import OWN, SealToError, parse_seal_to, shorten_recipient

__all__ = [
    "OWN",
    "AccessRequest",
    "NoFieldsError",
    "Operator",
    "PastEndError",
    "RequestStatus",
    "RowCondition",
    "RowConditionError",
    "SealToError",
    "ask",
    "describe_rows",
    "parse_row_conditions",
    "parse_seal_to",
    "shorten_recipient",
]
