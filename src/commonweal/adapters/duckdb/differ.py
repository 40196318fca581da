"""Writes what changed between two releases of one agreement, as rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import duckdb
import pyarrow
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.core import to_rfc3339
from commonweal.deliver import CHANGE_FIELDS

from .batches import write_batches
from .engine import DEFAULT_LIMITS, Limits, describe, row_group, session, sql_of, streaming, table_function

_WEIGHT = "weight"
_KIND = "kind"


@dataclass(frozen=True, slots=True)
class Commit:
    """The version that the changes lead to: its number, and when it was published."""

    number: int
    at: datetime


class Differ:
    """Compares releases over the sealed files of one piece of work; paths are the URLs these offer."""

    def __init__(self, files: SealedFiles, limits: Limits = DEFAULT_LIMITS) -> None:
        self._files = files
        self._limits = limits

    def write(
        self, former: str, later: str, out_path: str, *, key: Sequence[str], commit: Commit, shares: int = 1
    ) -> int:
        """Write the rows that lead from one release to another of the same fields, and return how many they are.

        Nothing but the two releases is read. Rows are compared whole and as often as they come; one that went and one
        that came with the same `key` are an update, where each is the only one with it. They lie in the order of the
        key, and of all their values, within each share. Each distinct row of a share is held in memory.

        Raises:
            EngineMemoryError: a share does not fit in memory; take more of them.
            EngineError: the engine failed.
        """
        with session(self._files, self._limits) as connection:
            names = tuple(describe(connection, later))
            plan = _Comparison(former, later, names, tuple(names.index(each) for each in key), commit)
            with streaming():
                first, *others = plan.queries(shares)
                batches = _batches(connection, first, len(names))
                rest = (batch for query in others for batch in _batches(connection, query, len(names)))
                return write_batches(self._files, batches.schema, chain(batches, rest), out_path)


def _batches(connection: duckdb.DuckDBPyConnection, query: exp.Query, columns: int) -> pyarrow.RecordBatchReader:
    return connection.sql(sql_of(query)).to_arrow_reader(row_group(columns))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The queries of one comparison; a field is called by its place, so that none can be taken for another name."""

    former: str
    later: str
    names: tuple[str, ...]
    key: tuple[int, ...]
    commit: Commit

    def queries(self, shares: int) -> Iterator[exp.Query]:
        """Yield the query for each share of the rows."""
        for share in range(shares):
            yield self._told(self._kinds(self._net(share, shares)))

    def _columns(self) -> list[exp.Column]:
        return [exp.column(f"c{place}") for place in range(len(self.names))]

    def _key_columns(self) -> list[exp.Column]:
        return [exp.column(f"c{place}") for place in self.key]

    def _net(self, share: int, shares: int) -> exp.Select:
        """Return each distinct row with how many more of it there are now than before."""
        both = exp.union(self._side(self.former, -1), self._side(self.later, 1), distinct=False)
        weight = exp.Sum(this=exp.column(_WEIGHT))
        query = exp.select(*self._columns(), exp.alias_(weight, _WEIGHT)).from_(both.subquery("both"))
        if shares > 1:
            hashed = exp.Anonymous(this="hash", expressions=list(self._key_columns() or self._columns()))
            query = query.where(
                exp.EQ(this=exp.Mod(this=hashed, expression=_number(shares)), expression=_number(share))
            )
        changed = exp.NEQ(this=weight.copy(), expression=_number(0))
        return query.group_by(*self._columns()).having(changed)

    def _side(self, url: str, weight: int) -> exp.Select:
        columns = [exp.alias_(exp.column(name, quoted=True), f"c{place}") for place, name in enumerate(self.names)]
        table = table_function("read_parquet", url)
        return exp.select(*columns, exp.alias_(_number(weight), _WEIGHT)).from_(table)

    def _kinds(self, net: exp.Select) -> exp.Select:
        """Return each row as often as it went or came, with the kind of its change."""
        goes = exp.LT(this=exp.column(_WEIGHT), expression=_number(0))
        alone = exp.case().when(self._is_update(), _texts(goes, "update_preimage", "update_postimage"))
        kind = alone.else_(_texts(goes, "delete", "insert"))
        times = exp.Anonymous(this="range", expressions=[exp.cast(exp.Abs(this=exp.column(_WEIGHT)), exp.DType.BIGINT)])
        each = exp.alias_(exp.Anonymous(this="unnest", expressions=[times]), "time")
        return exp.select(*self._columns(), exp.alias_(kind, _KIND), each).from_(net.subquery("net"))

    def _is_update(self) -> exp.Expr:
        if not self.key:
            return exp.false()
        given = [each.is_(exp.null()).not_() for each in self._key_columns()]
        once = [self._count_with_key(sign) for sign in (-1, 1)]
        return exp.and_(*given, *[exp.EQ(this=each, expression=_number(1)) for each in once])

    def _count_with_key(self, sign: int) -> exp.Expr:
        signed = exp.Mul(this=exp.column(_WEIGHT), expression=_number(sign))
        count = exp.Sum(this=exp.Greatest(this=signed, expressions=[_number(0)]))
        return exp.Window(this=count, partition_by=list(self._key_columns()))

    def _told(self, kinds: exp.Select) -> exp.Select:
        named = [exp.alias_(each, name, quoted=True) for each, name in zip(self._columns(), self.names, strict=True)]
        at = exp.cast(exp.Literal.string(to_rfc3339(self.commit.at)), exp.DType.TIMESTAMPTZ)
        facts = (exp.column(_KIND), exp.cast(_number(self.commit.number), exp.DType.BIGINT), at)
        told = [exp.alias_(each, name, quoted=True) for each, name in zip(facts, CHANGE_FIELDS, strict=True)]
        last = exp.Ordered(this=exp.column(_KIND), desc=True)  # what was comes before what is
        order = [*(self._key_columns() or self._columns()), last, *self._columns()]
        return exp.select(*named, *told).from_(kinds.subquery("kinds")).order_by(*order)


def _texts(condition: exp.Expr, true: str, false: str) -> exp.Expr:
    return exp.case().when(condition.copy(), exp.Literal.string(true)).else_(exp.Literal.string(false))


def _number(value: int) -> exp.Expr:
    return exp.Literal.number(value)
