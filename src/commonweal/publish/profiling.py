"""Compiles the profile of a written version, two queries for many fields, and their answers into counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, isfinite
from typing import Any

from sqlglot import exp

from .kinds import FieldType
from .model import Field
from .profile import SHOWN_FROM, Bar, FieldProfile, ValueCount

VERSION = "version"
BARS = 10
COUNTED = 100_000
"""Up to how many rows different values are counted and not estimated."""
LISTED = 1000
"""How many different values a field may have, by estimate, for the commonest of them to be listed."""

_TOP = 5
_LONGEST = 40
_PER_FIELD = 6
_MEASURED = {FieldType.INTEGER, FieldType.NUMBER, FieldType.DATE, FieldType.TIMESTAMP}
_MOMENTS = {FieldType.DATE, FieldType.TIMESTAMP}
_CONTINUOUS = {FieldType.NUMBER, FieldType.TIMESTAMP}
_A_DAY = 86_400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scale:
    """The equal steps of a histogram from `start`: numbers, or seconds since 1970 for dates and times."""

    start: float
    step: float
    bars: int

    def edge(self, number: int) -> float:
        """Return where bar `number`, from 0, begins."""
        return self.start + number * self.step


@dataclass(frozen=True, slots=True)
class Measure:
    """What the first query found of a field; `least` and `most` as numbers, only of a field whose values may show."""

    field: Field
    rows: int
    present: int
    distinct: int
    shortest: int | None
    longest: int | None
    least: float | None
    most: float | None

    @property
    def lists(self) -> bool:
        """Say whether the second query counts each value."""
        return self.field.is_plain and self.field.type not in _CONTINUOUS and 0 < self.distinct <= LISTED

    def scale(self) -> Scale | None:
        """Return the steps of the field's histogram; None where there is none to draw."""
        if self.least is None or self.most is None or not isfinite(self.most - self.least):
            return None
        span = self.most - self.least
        unit = {FieldType.INTEGER: 1.0, FieldType.DATE: _A_DAY}.get(self.field.type, 0.0)
        if not unit:
            return Scale(self.least, span / BARS, BARS) if span else Scale(self.least, 1.0, 1)
        steps = int(span // unit) + 1
        step = ceil(steps / BARS)
        return Scale(self.least, step * unit, ceil(steps / step))


def compile_measures(fields: Sequence[Field], rows: int) -> exp.Select:
    """Return the query that measures `fields` of the relation `version` of so many rows: one row.

    Different values are counted up to `COUNTED` rows and estimated above, so that memory does not grow with the rows.
    """
    aggregates: list[exp.Expr] = [exp.Count(this=exp.Star())]
    for each in fields:
        aggregates += _aggregates(each, is_exact=rows <= COUNTED)
    return exp.select(*aggregates).from_(VERSION)


def measures_from(fields: Sequence[Field], answer: Sequence[Any]) -> tuple[Measure, ...]:
    """Return what the one row of `compile_measures` says of each field."""
    pieces = (answer[start : start + _PER_FIELD] for start in range(1, len(answer), _PER_FIELD))
    return tuple(_measure(field, answer[0], piece) for field, piece in zip(fields, pieces, strict=True))


def compile_values(measures: Sequence[Measure]) -> exp.Select | None:
    """Return the query that counts values and bars where they may show: one row of maps, two for each field.

    None where no field has any. It holds at most `LISTED` values of a field, by estimate.
    """
    if not any(each.lists or each.scale() for each in measures):
        return None
    return exp.select(*(maps for each in measures for maps in (_listing(each), _bars(each)))).from_(VERSION)


def profile_from(measures: Sequence[Measure], answer: Sequence[Any] | None) -> dict[str, FieldProfile]:
    """Return the profile of each field; `answer` is the one row of `compile_values`, None where it was not asked."""
    maps = list(answer) if answer is not None else [None] * (2 * len(measures))
    pairs = zip(maps[::2], maps[1::2], strict=True)
    return {each.field.name: _profile(each, values, bars) for each, (values, bars) in zip(measures, pairs, strict=True)}


def _aggregates(field: Field, *, is_exact: bool) -> list[exp.Expr]:
    column = _column(field)
    value = _number_of(field) if field.is_plain and field.type in _MEASURED else exp.null()
    length = exp.Length(this=column.copy()) if field.type is FieldType.STRING else exp.null()
    return [
        exp.Count(this=column),
        _different(field, is_exact=is_exact),
        exp.Min(this=length.copy()),
        exp.Max(this=length.copy()),
        exp.Min(this=value.copy()),
        exp.Max(this=value.copy()),
    ]


def _different(field: Field, *, is_exact: bool) -> exp.Expr:
    """Return the aggregate for how many different values a field has; one that passed as unique has as many as rows."""
    column = _column(field)
    if field.unique:
        return exp.Count(this=column)
    return exp.Count(this=exp.Distinct(expressions=[column])) if is_exact else _call("approx_count_distinct", column)


def _measure(field: Field, rows: int, piece: Sequence[Any]) -> Measure:
    present, distinct, shortest, longest, least, most = piece
    return Measure(field, rows, present, min(distinct, present), shortest, longest, least, most)


def _listing(measure: Measure) -> exp.Expr:
    return _call("histogram", _column(measure.field)) if measure.lists else exp.null()


def _bars(measure: Measure) -> exp.Expr:
    scale = measure.scale()
    if scale is None:
        return exp.null()
    steps = exp.Div(this=exp.paren(_minus(_number_of(measure.field), scale.start)), expression=_number(scale.step))
    return _call("histogram", exp.cast(_call("floor", steps), exp.DType.INT))


def _profile(measure: Measure, values: Mapping[object, int] | None, bars: Mapping[int, int] | None) -> FieldProfile:
    distinct, is_exact = _distinct(measure, values)
    shown = measure.field.is_plain and measure.present >= SHOWN_FROM
    return FieldProfile(
        present=measure.present,
        missing=measure.rows - measure.present,
        distinct=distinct,
        is_exact=is_exact,
        shortest=measure.shortest,
        longest=measure.longest,
        least=tell_value(measure.field.type, measure.least) if shown else "",
        most=tell_value(measure.field.type, measure.most) if shown else "",
        top=_top(values or {}) if shown else (),
        bars=_told_bars(measure, bars or {}) if shown else (),
    )


def _distinct(measure: Measure, values: Mapping[object, int] | None) -> tuple[int, bool]:
    if values is not None:
        return len(values), True
    if measure.field.unique:
        return measure.present, True
    return measure.distinct, measure.rows <= COUNTED


def _top(values: Mapping[object, int]) -> tuple[ValueCount, ...]:
    common = sorted((-rows, _tell_listed(value)) for value, rows in values.items() if rows >= SHOWN_FROM)
    return tuple(ValueCount(value, -rows) for rows, value in common[:_TOP])


def _tell_listed(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _told_bars(measure: Measure, counted: Mapping[int, int]) -> tuple[Bar, ...]:
    scale = measure.scale()
    if scale is None:
        return ()
    rows = [0] * scale.bars
    for number, count in counted.items():
        rows[min(number, scale.bars - 1)] += count  # the greatest value ends the last bar and begins none
    hidden = _hidden(rows)
    kind = measure.field.type
    edges = [tell_value(kind, scale.edge(number)) for number in range(scale.bars)]
    ends = [*edges[1:], tell_value(kind, measure.most)]
    return tuple(Bar(edges[each], ends[each], None if each in hidden else rows[each]) for each in range(scale.bars))


def _hidden(rows: Sequence[int]) -> set[int]:
    """Return the bars whose number is not told: those of few rows, and others until no subtraction gives them away."""
    hidden = {number for number, each in enumerate(rows) if 0 < each < SHOWN_FROM}
    others = sorted((each, number) for number, each in enumerate(rows) if each >= SHOWN_FROM)
    if len(hidden) == 1 and others:
        hidden.add(others[0][1])
    return hidden


def tell_value(kind: FieldType, value: float | None) -> str:
    """Return a number, or a date or time given as seconds since 1970, as text; empty where there is none."""
    if value is None:
        return ""
    if kind in _MOMENTS:
        return _tell_moment(kind, value)
    return f"{value:.0f}" if kind is FieldType.INTEGER else f"{value:.10g}"


def _tell_moment(kind: FieldType, seconds: float) -> str:
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return ""
    return moment.date().isoformat() if kind is FieldType.DATE else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _column(field: Field) -> exp.Column:
    return exp.column(field.name, quoted=True)


def _number_of(field: Field) -> exp.Expr:
    column = _column(field)
    return _call("epoch", column) if field.type in _MOMENTS else exp.cast(column, exp.DType.DOUBLE)


def _minus(value: exp.Expr, number: float) -> exp.Expr:
    return exp.Sub(this=value, expression=exp.paren(_number(number)))


def _number(number: float) -> exp.Expr:
    return exp.cast(exp.Literal.string(repr(number)), exp.DType.DOUBLE)


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[each.copy() for each in arguments])
