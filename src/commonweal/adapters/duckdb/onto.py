"""A source as it comes, or together with the rows of the version before that it leaves as they are."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import SourceFormat

from .engine import beside, sql_of, table_function
from .reader import opened_source

REPLACED = "replaced"
"""The table of a connection whose one row says, one bit a row, which rows of the version before are not kept."""

_SENT = "sent"
_ROW = "row"
_PLACE = "file_row_number"
_INSTANT = "TIMESTAMP WITH TIME ZONE"
_ISO = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class Base:
    """The version before: its Parquet files, DuckDB's type of each field, and how many rows it has."""

    urls: tuple[str, ...]
    kinds: Mapping[str, str]
    rows: int

    def select(self, columns: Sequence[exp.Expr]) -> exp.Select:
        """Return the query for `columns` of the version after `row`, the 1-based number of each row."""
        is_taken = len(self.urls) > 1 or any(name.lower() == _PLACE for name in self.kinds)
        counted = exp.Window(this=exp.Anonymous(this="row_number")) if is_taken else _plus_one(exp.column(_PLACE))
        options = {} if is_taken else {_PLACE: exp.true()}
        table = table_function("read_parquet", self.urls[0], **options)
        return beside(exp.select(exp.alias_(counted, _ROW), *columns).from_(table), self.urls[1:])


NOTHING = Base((), {}, 0)
"""What stands before a dataset's first version."""


@dataclass(frozen=True, slots=True)
class Onto:
    """A source of this form, read after the rows that are kept of the version before; `replaces` says if some go.

    A row that is kept has its number in the version before, and one of the source a number above all of these.
    """

    form: SourceFormat
    base: Base
    replaces: bool = False

    def number_in_source(self, row: int) -> int:
        """Return the number in the source of a row that the engine numbered; 0 for one of the version before."""
        return max(0, row - self.base.rows)


@contextmanager
def opened_rows(
    connection: duckdb.DuckDBPyConnection, files: SealedFiles, url: str, source_format: SourceFormat | Onto
) -> Iterator[tuple[str, ...]]:
    """Make the view `source` as `opened_source` does, of a source or of one onto a version; errors as there."""
    onto = source_format if isinstance(source_format, Onto) else Onto(source_format, NOTHING)
    with opened_source(connection, files, url, onto.form) as header:
        if not onto.base.urls:
            yield header
            return
        connection.execute(f"DROP VIEW IF EXISTS {_SENT}")
        connection.execute(f"ALTER VIEW source RENAME TO {_SENT}")
        connection.execute(f"CREATE TEMP VIEW source AS {sql_of(_together(onto, header))}")
        yield header


def _together(onto: Onto, header: Sequence[str]) -> exp.Query:
    names = [f"c{number}" for number in range(1, len(header) + 1)]
    texts = [exp.alias_(_as_text(name, onto.base.kinds), column) for name, column in zip(header, names, strict=True)]
    columns = [exp.column(name) for name in names]
    kept = exp.select(exp.column(_ROW), *columns).from_(onto.base.select(texts).subquery("base"))
    if onto.replaces:
        bit = exp.Anonymous(this="get_bit", expressions=[_gone(), _place_in_bits()])
        kept = kept.where(exp.EQ(this=bit, expression=exp.Literal.number(0)))
    number = exp.Add(this=exp.column(_ROW), expression=exp.Literal.number(onto.base.rows))
    sent = exp.select(exp.alias_(number, _ROW), *[each.copy() for each in columns]).from_(_SENT)
    return exp.union(kept, sent, distinct=False)


def _as_text(name: str, kinds: Mapping[str, str]) -> exp.Expr:
    """Return a field of the version as the text that a CSV would give it; NULL of a field that it does not have."""
    column = exp.column(name, quoted=True) if name in kinds else exp.null()
    if kinds.get(name) == _INSTANT:
        return exp.func("strftime", column, exp.Literal.string(_ISO), dialect="duckdb")
    return exp.cast(column, exp.DType.VARCHAR)


def _gone() -> exp.Expr:
    return exp.select("gone").from_(REPLACED).subquery()


def _place_in_bits() -> exp.Expr:
    return exp.cast(exp.Sub(this=exp.column(_ROW), expression=exp.Literal.number(1)), exp.DType.INT)


def _plus_one(column: exp.Column) -> exp.Expr:
    return exp.Add(this=column, expression=exp.Literal.number(1))
