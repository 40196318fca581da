"""Opens a staged source as the relation `source`: a row number and columns of text."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import SourceError, SourceFormat

from .engine import describe, explained, sql_of, table_function
from .parquet_footer import count_columns
from .parquet_growth import verify_growth
from .source_text import (
    MAX_COLUMNS,
    MAX_HEADER,
    MAX_LINE,
    CsvForm,
    Read,
    explain_break,
    read_form,
    read_head,
    verify_header,
)

_BUFFER = 2 * MAX_LINE
"""Bytes of a CSV that the engine asks for at once: of its own 16 lines at most, several are in memory at a time."""

_MAGIC = b"PAR1"
_MOST_ROWS = 200
_UNMEASURED = 10_000_000
_WHOLE_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
_TEXTUAL = {
    *_WHOLE_NUMBERS,
    *(f"U{each}" for each in _WHOLE_NUMBERS),
    *("VARCHAR", "BOOLEAN", "FLOAT", "DOUBLE", "DATE", "TIME", "UUID"),
    *("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
}
_INSTANT = "TIMESTAMP WITH TIME ZONE"
_ISO = "%Y-%m-%dT%H:%M:%S.%fZ"


@contextmanager
def opened_source(
    connection: duckdb.DuckDBPyConnection, files: SealedFiles, url: str, source_format: SourceFormat
) -> Iterator[tuple[str, ...]]:
    """Make the view `source` over a staged source and give its header; errors met while it is read are explained.

    The view's columns are `row`, the 1-based row number in the source's order, and `c1`, `c2` … as text, NULL
    where the source has nothing. A line of a CSV with nothing on it is no row.

    Raises:
        SourceError: it is no such table; the sentence says where and never quotes it.
    """
    form = None
    if source_format is SourceFormat.CSV:
        form = _form_of(files, url)
    try:
        with explained(files):
            header = _view_csv(connection, url, form) if form else _view_parquet(connection, files, url)
            yield header
    except duckdb.Error:
        if form is None:
            raise SourceError("The Parquet file is damaged, or is written in a way that cannot be read.") from None
        raise explain_break(_reading(files, url), form) from None


def _form_of(files: SealedFiles, url: str) -> CsvForm:
    """Return the form of a CSV source, which is read once through for it the first time that it is asked for."""
    known = files.learnt.get(url)
    form = known if isinstance(known, CsvForm) else read_form(_reading(files, url))
    files.learnt[url] = form
    return form


def read_beginning(files: SealedFiles, url: str) -> CsvForm:
    """Return the form of a CSV source from its beginning alone; what comes after may be no text.

    Raises:
        SourceError: its beginning is no text, or has no usable header.
    """
    return read_head(_reading(files, url)(MAX_HEADER))


def _view_csv(connection: duckdb.DuckDBPyConnection, url: str, form: CsvForm) -> tuple[str, ...]:
    names = [f"c{number}" for number in range(1, len(form.header) + 1)]
    types = [exp.PropertyEQ(this=exp.to_identifier(name), expression=exp.Literal.string("VARCHAR")) for name in names]
    table = table_function(
        "read_csv",
        url,
        auto_detect=exp.false(),
        columns=exp.Struct(expressions=types),
        delim=exp.Literal.string(form.delimiter),
        quote=exp.Literal.string('"'),
        escape=exp.Literal.string('"'),
        header=exp.true(),
        strict_mode=exp.true(),
        null_padding=exp.false(),
        max_line_size=exp.Literal.number(MAX_LINE),
        buffer_size=exp.Literal.number(_BUFFER),
    )
    _create_view(connection, table, [exp.column(name) for name in names], names)
    return form.header


def _view_parquet(connection: duckdb.DuckDBPyConnection, files: SealedFiles, url: str) -> tuple[str, ...]:
    _verify_parquet(files, url)
    _verify_rows(connection, files, url)
    verify_growth(connection, files, url)
    table = table_function("read_parquet", url)
    kinds = describe(connection, url)
    header = tuple(kinds)
    verify_header(header)
    names = [f"c{number}" for number in range(1, len(header) + 1)]
    columns = [_as_text(number, kind) for number, kind in enumerate(kinds.values(), start=1)]
    _create_view(connection, table, columns, names)
    return header


def _create_view(
    connection: duckdb.DuckDBPyConnection, table: exp.Expr, columns: Sequence[exp.Expr], names: Sequence[str]
) -> None:
    row = exp.Window(this=exp.Anonymous(this="row_number"))
    alias = exp.TableAlias(this=exp.to_identifier("t"), columns=[exp.to_identifier(name) for name in names])
    selected = [exp.alias_(each, name) for each, name in zip(columns, names, strict=True)]
    query = exp.select(exp.alias_(row, "row"), *selected).from_(exp.Table(this=table, alias=alias))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW source AS {sql_of(query)}")


def _as_text(number: int, kind: str) -> exp.Expr:
    """Return the column as text in the form that a CSV would give it (ISO 8601)."""
    column = exp.column(f"c{number}")
    if kind == _INSTANT:
        return exp.func("strftime", column, exp.Literal.string(_ISO), dialect="duckdb")
    if kind not in _TEXTUAL and not kind.startswith(("DECIMAL(", "ENUM(")):
        raise SourceError(f"Column {number} of the Parquet file holds bytes, lists or structures, not single values.")
    return exp.cast(column, exp.DType.VARCHAR)


def _verify_parquet(files: SealedFiles, url: str) -> None:
    size = int(str(files.info(url)["size"]))
    if size == 0:
        raise SourceError("The source is empty.", advice="Publish a file with data in it.")
    handle = files.open(url, "rb")
    head = handle.read(4)
    handle.seek(max(0, size - 4))
    tail = handle.read(4)
    if b"PARE" in {head, tail}:
        raise SourceError(
            "The Parquet file is encrypted.", advice="Publish it unencrypted: the node seals what it stores."
        )
    if head != _MAGIC or tail != _MAGIC:
        raise SourceError("The source is not a Parquet file, or is cut short.")
    columns = count_columns(handle, size)
    if columns > MAX_COLUMNS:
        raise SourceError(f"The source has {columns:,} columns; a table may have {MAX_COLUMNS:,}.")


def _verify_rows(connection: duckdb.DuckDBPyConnection, files: SealedFiles, url: str) -> None:
    """Refuse a file that claims more rows than its bytes can hold: to read them would take for ever."""
    whole = exp.select("num_rows").from_(table_function("parquet_file_metadata", url))
    first = exp.EQ(this=exp.column("column_id"), expression=exp.Literal.number(0))
    groups = exp.select(exp.Sum(this=exp.column("row_group_num_rows"))).from_(table_function("parquet_metadata", url))
    claims = [connection.execute(sql_of(each)).fetchall()[0][0] for each in (whole, groups.where(first))]
    rows, size = max(int(each or 0) for each in claims), int(str(files.info(url)["size"]))
    if rows > _UNMEASURED + _MOST_ROWS * size:
        raise SourceError(f"The Parquet file claims {rows:,} rows, more than {size:,} bytes hold.")


def _reading(files: SealedFiles, url: str) -> Read:
    read: Read = files.open(url, "rb").read
    return read
