"""Finds, for an append or an upsert, which rows of the version before are kept; no row is held in memory."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import (
    FIRST_ROWS,
    DataContract,
    Field,
    Finding,
    Mode,
    Origin,
    SourceFormat,
    column_of,
    key_findings,
    typed_value,
    verify_fields,
)

from .engine import describe, sql_of, table_function, verify_even
from .kinds import KINDS
from .onto import NOTHING, REPLACED, Base, Onto
from .reader import opened_source
from .uniqueness import SHARES

_ROW = "row"
_TYPES = {kind: field_type for field_type, kind in KINDS.items()}
_COUNT = exp.Count(this=exp.Star())
_ONE = exp.Literal.number(1)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Former:
    """The version before, as it is offered: its number, and the URLs of its files."""

    number: int
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A source as it is offered: its URL and form, and what gives a row's number in the file."""

    url: str
    form: SourceFormat
    number: Callable[[int], int] = int


@dataclass(frozen=True, slots=True)
class Merged:
    """A source onto the version before: what to check and write, what is wrong with its key, and what it changes.

    `rows` are those of the source, `gone` those of the base that are not kept; `matched` rows of the source took the
    place of one, `differing` of them with other values. They are 0 of an append, and where the key has faults.
    """

    onto: Onto
    faults: tuple[Finding, ...] = ()
    rows: int = 0
    gone: int = 0
    matched: int = 0
    differing: int = 0

    def origin(self, mode: Mode, base: int, key: tuple[str, ...], total: int) -> Origin:
        """Return the origin of the version of `total` rows that comes of it."""
        kept = self.onto.base.rows - self.gone
        return Origin(
            mode,
            base,
            key,
            added=total - kept - self.matched,
            changed=self.differing,
            kept=kept + self.matched - self.differing,
        )


def merge_source(
    connection: duckdb.DuckDBPyConnection,
    files: SealedFiles,
    sent: Sent,
    contract: DataContract,
    former: Former | None,
    *,
    key: Sequence[str],
) -> Merged:
    """Return a source onto the version before, whose rows with the key of one of the source's are not kept.

    Without a key all are. The values of the key are held in memory, in shares where they do not fit at once. What else
    is wrong with the source the check finds, also that it does not have the contract's fields.

    Raises:
        MergeError: the version before has other fields than the data contract.
        SourceError: the source is no such table.
    """
    base = NOTHING if former is None else _open_base(connection, contract, former)
    onto = Onto(sent.form, base)
    if not key:
        return Merged(onto)
    with opened_source(connection, files, sent.url, sent.form) as header:
        if not set(contract.field_names()) <= set(header):
            return Merged(onto)
        return _Join(connection, contract, header, tuple(key), base).merged(sent)


def _open_base(connection: duckdb.DuckDBPyConnection, contract: DataContract, former: Former) -> Base:
    if len(former.urls) > 1:
        verify_even(connection, former.urls)
    kinds = {name: kind for url in former.urls for name, kind in describe(connection, url).items()}
    verify_fields(contract, {name: _TYPES[kind] for name, kind in kinds.items()}, former.number)
    counting = exp.select(_COUNT.copy()).from_(table_function("read_parquet", former.urls[0]))
    return Base(former.urls, kinds, connection.execute(sql_of(counting)).fetchall()[0][0])


class _Join:
    """The source and the version before, matched by the key; the relation `source` stands while it is used."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        contract: DataContract,
        header: Sequence[str],
        key: tuple[str, ...],
        base: Base,
    ) -> None:
        self._connection = connection
        self._fields = contract.fields
        self._header = header
        self._key = key
        self._base = base

    def merged(self, sent: Sent) -> Merged:
        rows, missing, first_missing = self._row(
            exp.select(_COUNT.copy(), *_counted(exp.or_(*[each.is_(exp.null()) for each in self._typed()]))).from_(
                "source"
            )
        )
        repeated = _in_shares(self._repeats)
        again = (sent.number(row) for row in sorted(row for rows, _ in repeated for row in rows)[:FIRST_ROWS])
        counts = (missing, sum(times for _, times in repeated))
        faults = key_findings(self._key, map(sent.number, first_missing or ()), again, counts)
        if faults or not rows or not self._base.rows:
            return Merged(Onto(sent.form, self._base), faults, rows)
        _in_shares(lambda of: self._replace(rows, of))
        gone, matched, differing = self._row(exp.select(*[_ones(name) for name in _BITS]).from_(REPLACED))
        return Merged(Onto(sent.form, self._base, replaces=gone > 0), (), rows, gone, matched, differing)

    def _row(self, query: exp.Query) -> tuple[Any, ...]:
        return tuple(self._connection.execute(sql_of(query)).fetchall()[0])

    def _typed(self) -> list[exp.Expr]:
        return [self._value(each) for each in self._keyed()]

    def _keyed(self) -> list[Field]:
        return [each for name in self._key for each in self._fields if each.name == name]

    def _value(self, field: Field) -> exp.Expr:
        return typed_value(field, column_of(field.name, self._header))

    def _repeats(self, of: int) -> list[tuple[list[int], int]]:
        """Return, of every key that comes back, the first rows in which it does and how often it does."""
        first = _least(FIRST_ROWS + 1, exp.column(_ROW))
        later = exp.Anonymous(this="list_slice", expressions=[first, *_from_the_second()])
        several = exp.GT(this=_COUNT.copy(), expression=_ONE.copy())
        found = []
        for share in range(of):
            given = [each.is_(exp.null()).not_() for each in self._typed()]
            times = exp.Sub(this=_COUNT.copy(), expression=_ONE.copy())
            query = exp.select(later.copy(), times).from_("source").where(_in_share(self._typed(), share, of), *given)
            query = query.group_by(*self._typed()).having(several.copy())
            found += self._connection.execute(sql_of(query)).fetchall()
        return found

    def _replace(self, rows: int, of: int) -> None:
        """Fill the table of the rows that are replaced, a share of the keys after the other."""
        none = [exp.alias_(exp.cast(exp.null(), exp.DType.BIT), name) for name in _BITS]
        self._keep(exp.select(*none))
        for share in range(of):
            found = exp.union(exp.select("*").from_(REPLACED), self._matches(rows, share, of), distinct=False)
            joined = [exp.alias_(exp.Anonymous(this="bit_or", expressions=[exp.column(name)]), name) for name in _BITS]
            self._keep(exp.select(*joined).from_(found.subquery("found")))

    def _keep(self, query: exp.Query) -> None:
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {REPLACED} AS {sql_of(query)}")

    def _matches(self, rows: int, share: int, of: int) -> exp.Select:
        own = [exp.column(each.name, quoted=True) for each in self._keyed()]
        held = self._base.select(_named(own, [exp.column(each.name, quoted=True) for each in self._fields]))
        sent = exp.select(exp.column(_ROW), *_named(self._typed(), [self._value(each) for each in self._fields]))
        left = held.where(_in_share(own, share, of)).subquery("b")
        right = sent.from_("source").where(_in_share(self._typed(), share, of)).subquery("s")
        same = [_pair(exp.EQ, f"k{place}") for place in range(len(self._key))]
        other = exp.Filter(this=_bits("s", rows), expression=exp.Where(this=_pair(exp.NEQ, "all_values")))
        answers = zip((_bits("b", self._base.rows), _bits("s", rows), other), _BITS, strict=True)
        counted = [exp.alias_(each, name) for each, name in answers]
        return exp.select(*counted).from_(left).join(right, on=exp.and_(*same))


_BITS = ("gone", "matched", "differing")


def _in_shares(work: Callable[[int], T]) -> T:
    """Return what the work gives with the first number of shares that fits in memory."""
    for of in SHARES[:-1]:
        try:
            return work(of)
        except duckdb.OutOfMemoryException:
            continue
    return work(SHARES[-1])


def _in_share(values: Iterable[exp.Expr], share: int, of: int) -> exp.Expr:
    if of == 1:
        return exp.true()
    place = exp.Mod(this=_hash(values), expression=exp.Literal.number(of))
    return exp.EQ(this=place, expression=exp.Literal.number(share))


def _hash(values: Iterable[exp.Expr]) -> exp.Expr:
    return exp.Anonymous(this="hash", expressions=[each.copy() for each in values])


def _named(key: Sequence[exp.Expr], values: Sequence[exp.Expr]) -> list[exp.Expr]:
    keys = [exp.alias_(each.copy(), f"k{place}") for place, each in enumerate(key)]
    return [*keys, exp.alias_(_hash(values), "all_values")]


def _pair(kind: type[exp.Binary], name: str) -> exp.Expr:
    return kind(this=exp.column(name, table="b"), expression=exp.column(name, table="s"))


def _bits(side: str, rows: int) -> exp.Expr:
    """Return the aggregate that has a bit for each of `rows` rows, set for those of a side that it meets."""
    bounds = [exp.cast(exp.Literal.number(each), exp.DType.BIGINT) for each in (1, rows)]
    row = exp.cast(exp.column(_ROW, table=side), exp.DType.BIGINT)
    return exp.Anonymous(this="bitstring_agg", expressions=[row, *bounds])


def _ones(name: str) -> exp.Expr:
    count = exp.Anonymous(this="bit_count", expressions=[exp.column(name)])
    return exp.func("coalesce", count, exp.Literal.number(0))


def _counted(fault: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    row = exp.case().when(fault, exp.column(_ROW))
    return exp.Count(this=row), _least(FIRST_ROWS, row.copy())


def _from_the_second() -> tuple[exp.Expr, exp.Expr]:
    return exp.Literal.number(2), exp.Literal.number(FIRST_ROWS + 1)


def _least(number: int, row: exp.Expr) -> exp.Expr:
    return exp.Min(this=row, expressions=[exp.Literal.number(number)])
