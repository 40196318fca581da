"""Writes a source as a version and checks it in the same pass, for as long as no row has a fault."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import (
    WRITTEN,
    CheckPlan,
    Field,
    FieldType,
    SourceError,
    SourceFormat,
    compile_rest,
    compile_sound,
    compile_written_bits,
    compile_written_span,
    compile_written_surplus,
    is_strict,
)

from .engine import copy_parquet, sql_of, table_function
from .onto import Onto, opened_rows
from .reader import read_beginning
from .uniqueness import count_over

_AT_ONCE = 2_000_000
"""Values of a key that are counted at once: 10 million whole numbers in one table take 400 MB."""

_SPAN = 1 << 28
"""How far apart whole numbers may lie for a bit to stand for each: 32 MB in each thread."""


class UnsoundError(Exception):
    """A source cannot be checked while it is written; it says nothing of why."""


@contextmanager
def opened_unread(
    connection: duckdb.DuckDBPyConnection, files: SealedFiles, url: str, source_format: SourceFormat | Onto
) -> Iterator[tuple[str, ...]]:
    """Make the view `source` as `opened_rows` does, without reading a CSV through before.

    What that would find, the engine finds as it reads every column, and a guard that looks at each block. So if the
    block ends in an error, nothing is known of the source.
    """
    form = source_format.form if isinstance(source_format, Onto) else source_format
    if form is not SourceFormat.CSV or url in files.learnt:
        with opened_rows(connection, files, url, source_format) as header:
            yield header
        return
    files.learnt[url] = read_beginning(files, url)
    try:
        with files.watching(url, _verify_text), opened_rows(connection, files, url, source_format) as header:
            yield header
    except BaseException:
        del files.learnt[url]
        raise


def write_sound(connection: duckdb.DuckDBPyConnection, plan: CheckPlan, out_path: str) -> None:
    """Write the relation `source` as Parquet.

    Raises:
        UnsoundError: a row has a fault, the source cannot be read, or the plan is not strict.
    """
    if not is_strict(plan):
        raise UnsoundError
    try:
        connection.execute(copy_parquet(compile_sound(plan), out_path, kept=True))
    except duckdb.Error:
        raise UnsoundError from None


def check_rest(
    connection: duckdb.DuckDBPyConnection, plan: CheckPlan, version_path: str, at: datetime | None
) -> tuple[object, ...]:
    """Return what `run_checks` would answer of a source that `write_sound` wrote; errors as there."""
    query = exp.select("*").from_(table_function("read_parquet", version_path))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {WRITTEN} AS {sql_of(query)}")
    answer = list(connection.execute(sql_of(compile_rest(plan, at))).fetchall()[0])
    for place, check in enumerate(plan.checks):
        if check.keys:
            answer[1 + place] = _count_surplus(connection, check.keys, plan.header, answer[0])
    return tuple(answer)


def _count_surplus(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[Field], header: Sequence[str], rows: int
) -> int:
    """Return how many rows repeat the key of an earlier one; numbers that lie close take a bit each, and one pass."""
    if len(keys) == 1 and keys[0].type is FieldType.INTEGER:
        least, most = connection.execute(sql_of(compile_written_span(keys[0], header))).fetchall()[0]
        if least is not None and most - least < _SPAN:
            bits = compile_written_bits(keys[0], header, least, most)
            return int(connection.execute(sql_of(bits)).fetchall()[0][0])
    return count_over(connection, compile_written_surplus, keys, header, -(-rows // _AT_ONCE))


def _verify_text(block: bytes) -> None:
    if b"\0" in block:
        raise SourceError("The source is not text: it holds a NUL byte.")
