"""Compiles the survey of a source, one query for many columns, and its answer into facts to draft a contract from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from commonweal.publish.kinds import FieldType
from commonweal.publish.model import Field
from commonweal.publish.quality import SOURCE, column_of, typed_value

NARROWER_FIRST = (FieldType.BOOLEAN, FieldType.DATE, FieldType.TIMESTAMP, FieldType.INTEGER, FieldType.NUMBER)
LONGEST_CODE = 40

_SPOILT = r"[+-]?0\d+(\.\d*)?|\+\d+|\d+[eE]\d+"
_LETTERS, _DIGITS = "BCDEFGHIJKLMNOPQRSTUVWXYZ", "012345678"
_PER_COLUMN = 15


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What one column holds, in counts and bounds; none but `least` and `most` is or holds a value.

    `filled` of `rows` are not blank. `forms` counts those that the gate takes as each type. `spoilt` counts numbers
    that arithmetic would spoil: with leading zeros, a plus sign, or an exponent that may be a letter. `digits` are the
    lengths of the shortest and the longest of plain digits, `shape` is that of every value alike (A a capital letter,
    9 a digit) or empty, `distinct` an estimate that may be 5 % off, `longest` in characters.
    """

    name: str
    rows: int
    filled: int
    forms: Mapping[FieldType, int] = field(default_factory=dict)
    spoilt: int = 0
    digits: tuple[int, int] = (0, 0)
    least: float | None = None
    most: float | None = None
    shape: str = ""
    distinct: int = 0
    longest: int = 0


def compile_survey(names: Sequence[str], header: Sequence[str]) -> exp.Select:
    """Return the query that surveys the columns `names` of the relation `source`, in constant memory: one row."""
    aggregates: list[exp.Expr] = [exp.Count(this=exp.Star())]
    for name in names:
        aggregates += _aggregates(column_of(name, header))
    return exp.select(*aggregates).from_(SOURCE)


def facts_from(names: Sequence[str], answer: Sequence[Any]) -> tuple[ColumnFacts, ...]:
    """Return what the one row of `compile_survey` says of each column."""
    pieces = range(1, len(answer), _PER_COLUMN)
    found = (answer[each : each + _PER_COLUMN] for each in pieces)
    return tuple(_facts(name, answer[0], piece) for name, piece in zip(names, found, strict=True))


def compile_listing(names: Sequence[str], header: Sequence[str]) -> exp.Select:
    """Return the query for each value of the columns `names` and how often it comes: one row of maps.

    It holds every distinct value, so it is for columns that the survey says have few.
    """
    return exp.select(*(_call("histogram", _given(column_of(name, header))) for name in names)).from_(SOURCE)


def _aggregates(column: exp.Expr) -> list[exp.Expr]:
    given = _given(column)
    typed = [typed_value(Field("", each), column) for each in NARROWER_FIRST]
    width = exp.case().when(_like(given, r"\d+"), exp.Length(this=given.copy()))
    shape = _shape(given)
    return [
        exp.Count(this=given),
        *(exp.Count(this=each) for each in typed),
        exp.Count(this=exp.case().when(_like(given, _SPOILT), exp.Literal.number(1))),
        *_bounds(width),
        *_bounds(typed[-1]),
        *_bounds(shape),
        _call("approx_count_distinct", given),
        exp.Max(this=exp.Length(this=given.copy())),
    ]


def _facts(name: str, rows: int, piece: Sequence[Any]) -> ColumnFacts:
    filled, *rest = piece
    kinds = len(NARROWER_FIRST)
    spoilt, shortest, longest_digits, least, most, low, high, distinct, longest = rest[kinds:]
    return ColumnFacts(
        name=name,
        rows=rows,
        filled=filled,
        forms=dict(zip(NARROWER_FIRST, rest[:kinds], strict=True)),
        spoilt=spoilt,
        digits=(shortest or 0, longest_digits or 0),
        least=least,
        most=most,
        shape=low if low and low == high else "",
        distinct=distinct,
        longest=longest or 0,
    )


def _given(column: exp.Expr) -> exp.Expr:
    return typed_value(Field("", FieldType.STRING), column)


def _shape(given: exp.Expr) -> exp.Expr:
    """Return the value with every capital as A and every digit as 9, and nothing telling of one that is long."""
    alike = (_LETTERS + _DIGITS, "A" * len(_LETTERS) + "9" * len(_DIGITS))
    shape = _call("translate", given, *(exp.Literal.string(each) for each in alike))
    short = exp.LTE(this=exp.Length(this=given.copy()), expression=exp.Literal.number(LONGEST_CODE))
    empty = exp.case().when(given.copy().is_(exp.null()).not_(), exp.Literal.string(""))
    return exp.case().when(short, shape).else_(empty)


def _bounds(value: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    return exp.Min(this=value.copy()), exp.Max(this=value.copy())


def _like(value: exp.Expr, pattern: str) -> exp.Expr:
    return _call("regexp_full_match", value, exp.Literal.string(pattern))


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[each.copy() for each in arguments])
