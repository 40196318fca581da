"""Counts what a synthetic twin may be made from, and holds the twin against the version that it stands beside."""

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Self

from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import (
    RAREST,
    DataContract,
    Field,
    FieldType,
    Marginal,
    SourceFormat,
    TwinCheck,
    TwinPlan,
    column_of,
    typed_value,
)

from .engine import DEFAULT_LIMITS, Limits, beside, connect, sql_of, table_function, working
from .reader import opened_source

MOST_VALUES = 200
"""Different values up to which a field's values are counted one by one."""

_STEPS = 20
_NOTHING = exp.Anonymous(this="chr", expressions=[exp.Literal.number(0)])
_STEPPED = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.DATE})
_NICE = (1, 2, 5, 10)


class Twinner:
    """Reads one version of a dataset; memory grows with the twin and not with the version. The block closes it."""

    def __init__(self, files: SealedFiles, places: Sequence[str], limits: Limits = DEFAULT_LIMITS) -> None:
        self._files = files
        self._places = places
        self._connection = connect(files, limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def count(self, fields: Sequence[Field]) -> dict[str, Marginal]:
        """Return what is counted of plain fields; one with too many texts to count is left out.

        A value in fewer than ten rows never leaves the engine. Numbers and days of many values are counted in about 20
        equal steps between the first and the last hundredth of them, and stand as the beginnings of their steps.
        """
        with working(self._files):
            counted = {each.name: self._values(each) for each in fields if self._is_few(each)}
            stepped = {
                each.name: self._steps(each) for each in fields if each.name not in counted and each.type in _STEPPED
            }
        return counted | {name: each for name, each in stepped.items() if each is not None}

    def find_untaken(self, field: Field, texts: Sequence[str]) -> tuple[str, ...]:
        """Return those of some invented texts that do not stand in a field of the version, in their order."""
        with working(self._files):
            self._connection.execute("CREATE OR REPLACE TEMP TABLE invented AS SELECT unnest(?) AS c1", [list(texts)])
            text = _as_text(typed_value(field, exp.column("c1")))
            listed = exp.select(text).from_("invented")
            query = exp.select(_held(field)).distinct().from_(self._version()).where(_held(field).isin(query=listed))
            taken = {each for (each,) in self._connection.execute(sql_of(query)).fetchall()}
            shown = exp.select(text, exp.column("c1")).from_("invented")
            return tuple(raw for cast, raw in self._connection.execute(sql_of(shown)).fetchall() if cast not in taken)

    def check(self, twin: str, plan: TwinPlan) -> TwinCheck:
        """Return what holding a twin, a CSV, against the version finds.

        Raises:
            SourceError: the twin is no such table.
        """
        with (
            working(self._files),
            opened_source(self._connection, self._files, twin, SourceFormat.CSV) as header,
        ):
            self._take_in(header, plan.contract)
            rare = {name: self._rare(name, plan.contract) for name in plan.guarded}
            rare |= {name: self._off_steps(name, plan) for name in plan.stepped}
            return TwinCheck(*self._copies(plan), rare)

    def _version(self) -> exp.Subquery:
        first, *others = self._places
        return beside(exp.select("*").from_(table_function("read_parquet", first)), others).subquery("version")

    def _ask(self, query: exp.Query) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql_of(query)).fetchall()

    def _is_few(self, field: Field) -> bool:
        distinct = exp.Anonymous(this="approx_count_distinct", expressions=[_held(field)])
        return int(self._ask(exp.select(distinct).from_(self._version()))[0][0]) <= MOST_VALUES

    def _values(self, field: Field) -> Marginal:
        return Marginal(dict(self._frequent(_held(field))))

    def _frequent(self, value: exp.Expr) -> Iterator[tuple[str | None, int]]:
        often = exp.GTE(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(RAREST))
        query = exp.select(value, exp.Count(this=exp.Star())).from_(self._version()).group_by(exp.Literal.number(1))
        yield from self._ask(query.having(often))

    def _steps(self, field: Field) -> Marginal | None:
        bounds = self._range(field)
        if bounds is None:
            return None
        low, step = bounds
        column = _reckoned(field)
        place = exp.cast(
            exp.Floor(
                this=exp.Div(
                    this=exp.Paren(this=exp.Sub(this=column, expression=_number(low))),
                    expression=_number(step),
                    typed=False,
                )
            ),
            exp.DType.BIGINT,
        )
        found = {
            None if number is None else _beginning(field, low, step, int(number)): count
            for number, count in self._frequent(place)
            if number is None or 0 <= int(number) <= _STEPS + 1
        }
        return Marginal(found, is_stepped=True)

    def _range(self, field: Field) -> tuple[float, float] | None:
        """Return where the first step begins, rounded outward, and how wide a step is; None where nothing stands."""
        shares = (exp.Literal.number("0.01"), exp.Literal.number("0.99"))
        column = exp.cast(_reckoned(field), exp.DType.DOUBLE)
        ends = [exp.Anonymous(this="approx_quantile", expressions=[column, each]) for each in shares]
        low, high = self._ask(exp.select(*ends).from_(self._version()))[0]
        if low is None:
            return None
        if field.type is FieldType.DATE:
            first, last = (date(1970, 1, 1) + timedelta(days=int(each)) for each in (low, high))
            begin, end = date(first.year, 1, 1), date(last.year + 1, 1, 1)
            return (begin - date(1970, 1, 1)).days, math.ceil((end - begin).days / _STEPS)
        step = _nice((high - low) / _STEPS, whole=field.type is FieldType.INTEGER)
        return math.floor(low / step) * step, step

    def _take_in(self, header: Sequence[str], contract: DataContract) -> None:
        """Keep the twin as a table, each value as the text that the version's own would be."""
        columns = [
            exp.alias_(_keyed(typed_value(each, column_of(each.name, header))), f"c{number}")
            for number, each in enumerate(contract.fields)
        ]
        query = sql_of(exp.select(*columns).from_("source"))
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE twin AS {query}")
        for number in range(len(contract.fields)):
            self._connection.execute(
                f"CREATE OR REPLACE TEMP TABLE f{number} AS SELECT c{number} AS v, "  # noqa: S608  numbers alone
                f"count(*) / (SELECT count(*) FROM twin) AS share FROM twin GROUP BY v"
            )

    def _rare(self, name: str, contract: DataContract) -> int:
        number = contract.field_names().index(name)
        value = _keyed(exp.column(name))
        shown = exp.select("v").from_(f"f{number}").where(exp.NEQ(this=exp.column("v"), expression=_NOTHING.copy()))
        query = exp.select(value).from_(self._version()).where(value.isin(query=shown)).group_by(exp.Literal.number(1))
        return len(self._ask(query.having(_few())))

    def _off_steps(self, name: str, plan: TwinPlan) -> int:
        """Return how many values of the twin are not among the beginnings of steps that it was to be made from."""
        number = plan.contract.field_names().index(name)
        beginnings = [value for value, _ in plan.weights[name]]
        self._connection.execute("CREATE OR REPLACE TEMP TABLE invented AS SELECT unnest(?) AS c1", [beginnings])
        typed = _keyed(typed_value(plan.contract.fields[number], exp.column("c1")))
        planned = exp.select(typed).from_("invented")
        query = exp.select(exp.Count(this=exp.Star())).from_(f"f{number}")
        return int(self._ask(query.where(exp.column("v").isin(query=planned).not_()))[0][0])

    def _copies(self, plan: TwinPlan) -> tuple[int, float]:
        """Return how many rows equal one of the version in every identifying field, and how many would by chance."""
        names = plan.contract.field_names()
        numbers = [names.index(each) for each in plan.identifying]
        if not numbers:
            return 0, 0.0
        held = [exp.alias_(_keyed(exp.column(names[each])), f"c{each}") for each in numbers]
        read = exp.select(*held).from_(self._version()).subquery("held")
        among = [exp.column(f"c{each}").isin(query=exp.select("v").from_(f"f{each}")) for each in numbers]
        columns = [f"c{each}" for each in numbers]
        met = exp.select(*columns).distinct().from_(read).where(*among)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE met AS {sql_of(met)}")
        same = " AND ".join(f"twin.c{each} = met.c{each}" for each in numbers)
        copies = self._connection.execute(f"SELECT count(*) FROM twin JOIN met ON {same}").fetchall()[0][0]  # noqa: S608
        joins = " ".join(f"JOIN f{each} ON f{each}.v = met.c{each}" for each in numbers)
        product = " * ".join(f"f{each}.share" for each in numbers)
        chance = f"SELECT coalesce(sum({product}), 0) * (SELECT count(*) FROM twin) FROM met {joins}"  # noqa: S608
        return int(copies), float(self._connection.execute(chance).fetchall()[0][0])


def _held(field: Field) -> exp.Expr:
    return _as_text(exp.column(field.name))


def _as_text(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, exp.DType.VARCHAR)


def _keyed(value: exp.Expr) -> exp.Expr:
    """Return a value as text that equals itself even where nothing stands."""
    return exp.Coalesce(this=_as_text(value), expressions=[_NOTHING.copy()])


def _reckoned(field: Field) -> exp.Expr:
    column = exp.column(field.name)
    if field.type is not FieldType.DATE:
        return column
    return exp.Paren(this=exp.Sub(this=column, expression=exp.cast(exp.Literal.string("1970-01-01"), exp.DType.DATE)))


def _beginning(field: Field, low: float, step: float, number: int) -> str:
    start = low + number * step
    if field.type is FieldType.DATE:
        return (date(1970, 1, 1) + timedelta(days=int(start))).isoformat()
    least = start if field.minimum is None else max(start, field.minimum)
    return str(int(least)) if field.type is FieldType.INTEGER else f"{least:.15g}"


def _nice(width: float, *, whole: bool) -> float:
    """Return the least of 1, 2, 5 times a power of ten that is as wide, and at least 1 for whole numbers."""
    if width <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(width))
    step = next(each * power for each in _NICE if each * power >= width * (1 - 1e-9))
    return max(1, round(step)) if whole else step


def _few() -> exp.Expr:
    return exp.LT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(RAREST))


def _number(value: float) -> exp.Expr:
    return exp.cast(exp.Literal.string(repr(value)), exp.DType.DOUBLE)
