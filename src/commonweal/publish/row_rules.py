"""The language of row rules (ADR 24): conditions over a contract's fields, and nothing that reads anything else.

A rule is SQL's syntax cut down to an allow-list: fields, texts, numbers, true and false; `=`, `<>`, `<`, `<=`, `>`,
`>=`, `in`, `between`, `is null`, `is not null`; `and`, `or`, `not`; `+`, `-`, `*`, `/` of numbers, and one date minus
another, in days. There is no function, no subquery and no cast.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from sqlglot import ErrorLevel, TokenType, exp, parse_one, tokenize
from sqlglot.errors import SqlglotError

from commonweal.core import from_rfc3339

from .errors import ContractError
from .kinds import FieldType

MAX_LENGTH = 1000
MAX_TOKENS = 150
PLACES = 6
"""To how many decimal places numbers that were reckoned with are compared."""

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_SUMS = (exp.Add, exp.Sub, exp.Mul, exp.Div)
_NUMBERS = {FieldType.INTEGER, FieldType.NUMBER}
_DIALECT = "duckdb"

Cell = Callable[[str], exp.Expr]
_Value = tuple[exp.Expr, FieldType, bool]


def verify_rule(text: str, kinds: Mapping[str, FieldType]) -> None:
    """Accept a row rule over these fields.

    Raises:
        ContractError: it is none; the sentence says why, and stands after the place of the rule.
    """
    compile_rule(text, kinds, exp.column)


def compile_rule(text: str, kinds: Mapping[str, FieldType], cell: Cell) -> exp.Expr:
    """Return the condition that a row rule makes, NULL where a value that it needs is empty.

    Args:
        text: the rule.
        kinds: the type of each field it may name.
        cell: gives the expression for a field's typed value.

    Raises:
        ContractError: it is none, as for `verify_rule`.
    """
    return _Rule(kinds, cell).condition(_parse(text))


def fields_of(text: str) -> tuple[str, ...]:
    """Return the fields that a row rule names, each once; errors as `compile_rule`."""
    return tuple(dict.fromkeys(each.name for each in _parse(text).find_all(exp.Column)))


def _parse(text: str) -> exp.Expr:
    if not text.strip() or len(text) > MAX_LENGTH:
        raise _fault(f"is not of 1 to {MAX_LENGTH} characters")
    try:
        tokens = tokenize(text, read=_DIALECT)
        if len(tokens) > MAX_TOKENS:
            raise _fault(f"has more than {MAX_TOKENS} words and signs")
        if any(each.token_type in _FOREIGN or each.comments for each in tokens):
            raise _fault("holds something other than one condition")
        return parse_one(text, read=_DIALECT, error_level=ErrorLevel.IMMEDIATE)
    except (SqlglotError, RecursionError, ValueError):
        raise _fault("is not a condition such as `ends >= starts`") from None


_FOREIGN = {TokenType.SELECT, TokenType.SEMICOLON, TokenType.WITH, TokenType.PARAMETER, TokenType.PLACEHOLDER}


class _Rule:
    """Goes through the tree of one rule, and builds a new one of the parts that are allowed."""

    def __init__(self, kinds: Mapping[str, FieldType], cell: Cell) -> None:
        self._kinds, self._cell = kinds, cell

    def condition(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, _COMPARISONS):
            return self._compare(type(node), node.this, node.expression)
        made = _CONDITIONS.get(type(node))
        if made is not None:
            return made(self, node)
        value, kind, _ = self._value(node)
        if kind is not FieldType.BOOLEAN:
            raise _fault("is a value, not a condition")
        return value

    def _joined(self, node: exp.Expr) -> exp.Expr:
        join = exp.and_ if isinstance(node, exp.And) else exp.or_
        return join(self.condition(node.this), self.condition(node.expression))

    def _is_null(self, node: exp.Expr) -> exp.Expr:
        if not isinstance(node.expression, exp.Null):
            raise _fault("uses `is` for something other than null")
        return self._value(node.this)[0].is_(exp.null())

    def _is_in(self, node: exp.Expr) -> exp.Expr:
        if not node.expressions or any(node.args.get(each) for each in ("query", "unnest", "field")):
            raise _fault("uses `in` for something other than a list of values")
        return exp.or_(*(self._compare(exp.EQ, node.this, each) for each in node.expressions))

    def _between(self, node: exp.Expr) -> exp.Expr:
        low, high = node.args["low"], node.args["high"]
        return exp.and_(self._compare(exp.GTE, node.this, low), self._compare(exp.LTE, node.this, high))

    def _compare(self, how: Callable[..., exp.Expr], left: exp.Expr, right: exp.Expr) -> exp.Expr:
        one, first, reckoned = self._value(left)
        two, second, also = self._value(right)
        if FieldType.STRING in {first, second} and first is not second:
            one, first = self._as(one, first, second)
            two, second = self._as(two, second, first)
        if first is not second and not {first, second} <= _NUMBERS:
            raise _fault(f"compares a {first} with a {second}")
        if reckoned or also:
            apart = exp.Sub(this=_double(one), expression=exp.paren(_double(two)))
            return how(this=exp.func("round", apart, exp.Literal.number(PLACES)), expression=exp.Literal.number(0))
        return how(this=one, expression=two)

    def _as(self, value: exp.Expr, kind: FieldType, wanted: FieldType) -> tuple[exp.Expr, FieldType]:
        """Return a text that was written out as a date or a time, where it is compared with one."""
        if kind is FieldType.STRING and isinstance(value, exp.Literal) and wanted in _WRITTEN:
            return _WRITTEN[wanted](value.name), wanted
        return value, kind

    def _value(self, node: exp.Expr) -> _Value:
        """Return a value's expression and type, and whether it was reckoned."""
        if isinstance(node, _SUMS):
            return self._reckon(node)
        made = _VALUES.get(type(node))
        if made is None:
            raise _fault("uses something that row rules do not have, such as a function")
        return made(self, node)

    def _within(self, node: exp.Expr) -> _Value:
        value, kind, reckoned = self._value(node.this)
        return exp.paren(value), kind, reckoned

    def _field(self, node: exp.Expr) -> _Value:
        if node.args.get("table") or node.name not in self._kinds:
            raise _fault("names a field that the data contract does not have")
        return self._cell(node.name), self._kinds[node.name], False

    def _literal(self, node: exp.Expr) -> _Value:
        if node.is_string:
            return exp.Literal.string(node.name), FieldType.STRING, False
        return _number(node.name), FieldType.NUMBER, False

    def _truth(self, node: exp.Expr) -> _Value:
        return exp.Boolean(this=bool(node.this)), FieldType.BOOLEAN, False

    def _negative(self, node: exp.Expr) -> _Value:
        value, kind, _ = self._value(node.this)
        if kind not in _NUMBERS:
            raise _fault(f"takes a {kind} for a number")
        return exp.Neg(this=exp.paren(_double(value))), FieldType.NUMBER, True

    def _reckon(self, node: exp.Binary) -> _Value:
        left, first, _ = self._value(node.this)
        right, second, _ = self._value(node.expression)
        if isinstance(node, exp.Sub) and first is second is FieldType.DATE:
            days = exp.DateDiff(this=left, expression=right, unit=exp.var("DAY"))
            return days, FieldType.NUMBER, True
        if not {first, second} <= _NUMBERS:
            raise _fault(f"reckons with a {first} and a {second}")
        right = _double(right)
        if isinstance(node, exp.Div):
            right = exp.func("nullif", right, exp.Literal.number(0))
        return exp.paren(type(node)(this=_double(left), expression=right)), FieldType.NUMBER, True


_CONDITIONS: dict[type[exp.Expr], Callable[[_Rule, exp.Expr], exp.Expr]] = {
    exp.Paren: lambda rule, node: exp.paren(rule.condition(node.this)),
    exp.Not: lambda rule, node: exp.not_(exp.paren(rule.condition(node.this))),
    exp.And: _Rule._joined,  # noqa: SLF001  the table of its own methods
    exp.Or: _Rule._joined,  # noqa: SLF001
    exp.Is: _Rule._is_null,  # noqa: SLF001
    exp.In: _Rule._is_in,  # noqa: SLF001
    exp.Between: _Rule._between,  # noqa: SLF001
}
_VALUES: dict[type[exp.Expr], Callable[[_Rule, exp.Expr], _Value]] = {
    exp.Paren: _Rule._within,  # noqa: SLF001
    exp.Column: _Rule._field,  # noqa: SLF001
    exp.Literal: _Rule._literal,  # noqa: SLF001
    exp.Boolean: _Rule._truth,  # noqa: SLF001
    exp.Neg: _Rule._negative,  # noqa: SLF001
}


def _double(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, exp.DType.DOUBLE)


def _number(text: str) -> exp.Expr:
    try:
        return exp.cast(exp.Literal.number(repr(float(text))), exp.DType.DOUBLE)
    except ValueError:
        raise _fault("holds a number that cannot be read") from None


def _written(wanted: exp.DType, read: Callable[[str], date], text: str) -> exp.Expr:
    try:
        plain = read(text).isoformat()
    except ValueError:
        raise _fault("compares a date with a text that is none; write 2020-04-01 or 2020-04-01T09:00:00Z") from None
    return exp.cast(exp.Literal.string(plain), wanted)


_WRITTEN: dict[FieldType, Callable[[str], exp.Expr]] = {
    FieldType.DATE: partial(_written, exp.DType.DATE, date.fromisoformat),
    FieldType.TIMESTAMP: partial(_written, exp.DType.TIMESTAMPTZ, from_rfc3339),
}


def _fault(what: str) -> ContractError:
    return ContractError("The data contract cannot be enforced as it stands.", reasons=(f"The rule {what}.",))
