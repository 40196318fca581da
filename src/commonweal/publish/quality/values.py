"""The cells of a source as SQL: a column's text, whether anything is given, and its value in the field's type."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from commonweal.publish.kinds import FieldType
from commonweal.publish.model import Field

SOURCE = "source"
CELLS = "cells"
ROW = "row"

_BLANK = r"[\s\x{a0}]*"
_DATE = r"\d{4}-\d{2}-\d{2}"
_SHAPES = {
    FieldType.INTEGER: r"[+-]?\d{1,19}",
    FieldType.NUMBER: r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?",
    FieldType.DATE: _DATE,
    FieldType.TIMESTAMP: _DATE + r"T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})",
    FieldType.BOOLEAN: r"(?i)true|false",
}
_SQL_TYPES = {
    FieldType.STRING: exp.DType.VARCHAR,
    FieldType.INTEGER: exp.DType.BIGINT,
    FieldType.NUMBER: exp.DType.DOUBLE,
    FieldType.DATE: exp.DType.DATE,
    FieldType.TIMESTAMP: exp.DType.TIMESTAMPTZ,
    FieldType.BOOLEAN: exp.DType.BOOLEAN,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the relation `cells`, which has of the nth column of a source `cn`, `gn` and `vn`."""

    field: Field
    place: int

    @property
    def text(self) -> exp.Column:
        """Return its text as it came."""
        return exp.column(f"c{self.place}")

    @property
    def given(self) -> exp.Column:
        """Return whether it is there and not blank."""
        return exp.column(f"g{self.place}")

    @property
    def value(self) -> exp.Column:
        """Return its value in the field's type, NULL where there is none."""
        return exp.column(f"v{self.place}")

    def columns(self) -> Iterator[exp.Expr]:
        """Yield what the relation `cells` has of it."""
        yield self.text
        yield exp.alias_(_is_blank(self.text).not_(), self.given.name)
        yield exp.alias_(typed_value(self.field, self.text), self.value.name)


def typed_value(field: Field, column: exp.Expr) -> exp.Expr:
    """Return the expression for a text column's value in the field's type.

    NULL where the text is blank or not of the type's form; the form is ISO 8601 for dates and times, plain digits
    for numbers.
    """
    given = exp.case().when(_is_blank(column).not_(), column.copy())
    if field.type is FieldType.STRING:
        return given
    cast = exp.TryCast(this=column.copy(), to=exp.DataType.build(_SQL_TYPES[field.type]), safe=True)
    sound = _has_shape(field.type, column, cast)
    if field.type is FieldType.NUMBER:
        sound = exp.and_(sound, exp.func("isfinite", cast.copy()))
    if field.type is FieldType.DATE:
        begun = exp.GT(this=column.copy(), expression=exp.Literal.string("0001"))
        figured = exp.LT(this=column.copy(), expression=exp.Literal.string(":"))
        sound = exp.and_(sound, begun, figured)
    return exp.case().when(sound, cast)


def _has_shape(kind: FieldType, column: exp.Expr, cast: exp.Expr) -> exp.Expr:
    """Return the condition that a text has its type's form: most have as the engine itself would write the value."""
    shaped = matches(column, _SHAPES[kind])
    if kind not in {FieldType.INTEGER, FieldType.DATE, FieldType.BOOLEAN}:
        return shaped
    same = exp.EQ(this=exp.cast(cast.copy(), exp.DType.VARCHAR), expression=column.copy())
    return exp.case().when(same, exp.true()).else_(shaped)


def column_of(name: str, header: Sequence[str]) -> exp.Column:
    """Return the column of the relation `source` that holds the header's cell `name`."""
    return exp.column(f"c{list(header).index(name) + 1}")


def _is_blank(column: exp.Expr) -> exp.Expr:
    """Return the condition that nothing is given; what begins with a visible ASCII letter is seen to be at a glance."""
    visible = exp.Between(this=column.copy(), low=exp.Literal.string("!"), high=exp.Literal.string("~"))
    return exp.case().when(visible, exp.false()).else_(exp.or_(column.is_(exp.null()), matches(column, _BLANK)))


def matches(column: exp.Expr, pattern: str) -> exp.Expr:
    """Return the condition that the whole of a column's text matches a pattern (RE2)."""
    return exp.func("regexp_full_match", column.copy(), exp.Literal.string(pattern), dialect="duckdb")


def least(number: int, row: exp.Expr) -> exp.Expr:
    """Return the aggregate that lists the `number` least of the numbers that are not NULL."""
    return exp.Min(this=row, expressions=[exp.Literal.number(number)])
