"""How small the groups are into which fields together divide the rows: k-anonymity, counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from commonweal.publish.quality import SOURCE, column_of

SAMPLE = 500
"""Values of each column that are looked at."""

_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Combination:
    """The groups of rows that agree in all of `fields`.

    `smallest` is the number of rows of the smallest (the k of k-anonymity); `under_5` and `under_10` count the rows
    that are in groups of fewer than five and of fewer than ten, `alone` those that are alone in theirs.
    """

    fields: tuple[str, ...]
    rows: int
    groups: int
    smallest: int
    alone: int
    under_5: int
    under_10: int

    @property
    def sentence(self) -> str:
        """Say it in words."""
        listed = f"{', '.join(self.fields[:-1])} and {self.fields[-1]}"
        divided = f"Together {listed} divide {self.rows:,} rows into {self.groups:,} groups"
        if not self.under_10:
            return f"{divided}, none under ten rows."
        return (
            f"{divided}, the smallest of {self.smallest}: {self.under_5:,} rows are in groups under 5, "
            f"{self.under_10:,} in groups under 10, and {self.alone:,} are alone in theirs, where whoever knows these "
            "values of somebody finds their row."
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """Some values of each column of a source, taken alike each time, and how many rows it has."""

    rows: int
    columns: dict[str, tuple[str, ...]]


def compile_sample(header: Sequence[str], size: int = SAMPLE, names: Sequence[str] = (), within: int = 0) -> exp.Select:
    """Return the query for the starts of up to `size` filled values of each column of `source`: one row of lists.

    With `names` only those columns are looked at, and with `within` only so many of the first rows.
    """
    place = exp.Anonymous(this="hash", expressions=[exp.column("row")])
    taken = (
        exp.Filter(
            this=exp.Anonymous(this="min_by", expressions=[_start(column), place.copy(), exp.Literal.number(size)]),
            expression=exp.Where(this=exp.NEQ(this=column.copy(), expression=exp.Literal.string(""))),
        )
        for column in (column_of(name, header) for name in names or header)
    )
    first = exp.select("*").from_(SOURCE).limit(within).subquery(SOURCE) if within else SOURCE
    return exp.select(exp.Count(this=exp.Star()), *taken).from_(first)


def sample_from(header: Sequence[str], answer: Sequence[object]) -> Sample:
    """Return what the one row of `compile_sample` says."""
    rows, *lists = answer
    found = (tuple(map(str, each)) if isinstance(each, list) else () for each in lists)
    return Sample(_whole(rows), dict(zip(header, found, strict=True)))


def compile_combination(fields: Sequence[str], header: Sequence[str]) -> exp.Select:
    """Return the one query that counts the groups of rows which agree in all of `fields`: one row of numbers."""
    columns = [column_of(name, header) for name in fields]
    group = exp.alias_(exp.Count(this=exp.Star()), "size")
    groups = exp.select(group).from_(SOURCE).group_by(*columns).subquery("sized")
    size = exp.column("size")
    return exp.select(
        exp.Count(this=exp.Star()),
        exp.Min(this=size.copy()),
        _rows_under(size, 2),
        _rows_under(size, 5),
        _rows_under(size, 10),
    ).from_(groups)


def combination_from(fields: Sequence[str], rows: int, answer: Sequence[object]) -> Combination:
    """Return what the one row of `compile_combination` says of a source of so many rows."""
    groups, smallest, alone, under_5, under_10 = map(_whole, answer)
    return Combination(tuple(fields), rows, groups, smallest, alone, under_5, under_10)


def _start(column: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="left", expressions=[column.copy(), exp.Literal.number(_LENGTH)])


def _rows_under(size: exp.Expr, bound: int) -> exp.Expr:
    small = exp.case().when(exp.LT(this=size.copy(), expression=exp.Literal.number(bound)), size.copy())
    return exp.cast(exp.Sum(this=small), exp.DType.BIGINT)


def _whole(value: object) -> int:
    return int(str(value or 0))
