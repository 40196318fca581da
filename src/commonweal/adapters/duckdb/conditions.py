"""Row conditions as SQL: each value proved to be of its field's type, and written as a typed literal."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sqlglot import exp

from commonweal.core import InputError, from_rfc3339, to_rfc3339
from commonweal.publish import FieldType
from commonweal.request import Operator, RowCondition

from .kinds import KINDS

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COMPARISONS: dict[Operator, type[exp.Binary]] = {
    Operator.EQUALS: exp.EQ,
    Operator.NOT_EQUALS: exp.NEQ,
    Operator.LESS: exp.LT,
    Operator.LESS_OR_EQUAL: exp.LTE,
    Operator.GREATER: exp.GT,
    Operator.GREATER_OR_EQUAL: exp.GTE,
}


class ConditionError(InputError):
    """A row condition that cannot be applied to its field."""

    code = "deliver.row-condition"
    default_advice = "Compare a field of the dataset with a value of the field's own type; dates are YYYY-MM-DD."


def compile_rows(conditions: Sequence[RowCondition], kinds: Mapping[str, str]) -> exp.Expr:
    """Return the expression that is true of the rows which meet every condition.

    Args:
        conditions: the conditions, joined by AND.
        kinds: DuckDB's type of each field.

    Raises:
        ConditionError: a field is unknown, or a value is not of its field's type.
    """
    return exp.and_(exp.true(), *[_compile(each, kinds) for each in conditions])


def verify_rows(conditions: Sequence[RowCondition], types: Mapping[str, FieldType]) -> None:
    """Accept conditions whose values are of their fields' types, before anybody agrees to them.

    Raises:
        ConditionError: a field is unknown, or a value is not of its field's type.
    """
    compile_rows(conditions, {name: KINDS[kind] for name, kind in types.items()})


def _compile(condition: RowCondition, kinds: Mapping[str, str]) -> exp.Expr:
    kind = kinds.get(condition.field, "")
    if kind not in _PARSERS:
        raise ConditionError("A row condition names a field that the dataset does not have.")
    column = exp.column(condition.field, quoted=True)
    literals = [_literal(condition.field, kind, each) for each in condition.values]
    if condition.operator is Operator.IN and literals:
        return column.isin(*literals)
    if condition.operator is Operator.IN or len(literals) != 1:
        raise ConditionError(f"The row condition on {condition.field} does not have the values it needs.")
    return _COMPARISONS[condition.operator](this=column, expression=literals[0])


def _literal(field: str, kind: str, value: str) -> exp.Expr:
    try:
        text = _PARSERS[kind](value)
    except (ValueError, OverflowError):
        raise ConditionError(f"A value of the row condition on {field} is not of the field's type.") from None
    return exp.cast(exp.Literal.string(text), exp.DataType.build(kind, dialect="duckdb"))


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("NUL")
    value.encode()
    return value


def _whole(value: str) -> str:
    if not _WHOLE.fullmatch(value) or not -(2**63) <= int(value) < 2**63:
        raise ValueError("not a 64-bit whole number")
    return str(int(value))


def _number(value: str) -> str:
    if not _NUMBER.fullmatch(value) or not math.isfinite(float(value)):
        raise ValueError("not a finite number")
    return repr(float(value))


def _day(value: str) -> str:
    if not _DATE.fullmatch(value):
        raise ValueError("not an ISO 8601 date")
    return date.fromisoformat(value).isoformat()


def _instant(value: str) -> str:
    return to_rfc3339(from_rfc3339(value))


def _truth(value: str) -> str:
    if value.lower() not in {"true", "false"}:
        raise ValueError("neither true nor false")
    return value.lower()


_PARSERS: dict[str, Callable[[str], str]] = {
    "VARCHAR": _text,
    "BIGINT": _whole,
    "DOUBLE": _number,
    "DATE": _day,
    "TIMESTAMP WITH TIME ZONE": _instant,
    "BOOLEAN": _truth,
}
