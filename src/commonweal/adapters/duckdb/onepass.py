"""Writes a source as a version and checks it in the same pass, for as long as no row has a fault."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import (
    BITS,
    WRITTEN,
    CheckPlan,
    Field,
    SourceError,
    SourceFormat,
    compile_rest,
    compile_sound,
    compile_written_bits,
    compile_written_span,
    compile_written_surplus,
    is_strict,
    may_take_bits,
)

from .engine import copy_parquet, sql_of, table_function
from .onto import Onto, opened_rows
from .reader import read_beginning
from .uniqueness import count_over

_AT_ONCE = 2_000_000
"""Values of a key that are counted at once: 10 million whole numbers in one table take 400 MB."""


class UnsoundError(Exception):
    """A source cannot be checked while it is written; it says nothing of why."""


@contextmanager
def opened_unread(
    connection: duckdb.DuckDBPyConnection,
    files: SealedFiles,
    url: str,
    source_format: SourceFormat | Onto,
    look: Callable[[bytes], None],
) -> Iterator[tuple[str, ...]]:
    """Make the view `source` as `opened_rows` does, without reading a CSV through before.

    What that would find, the engine finds in the columns that it reads, and `look`, which is shown each block. So if
    the block ends in an error, nothing is known of the source.
    """
    form = source_format.form if isinstance(source_format, Onto) else source_format
    if form is not SourceFormat.CSV or url in files.learnt:
        with opened_rows(connection, files, url, source_format) as header:
            yield header
        return
    files.learnt[url] = read_beginning(files, url)
    try:
        with files.watching(url, look), opened_rows(connection, files, url, source_format) as header:
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
    if may_take_bits(keys):
        least, most = connection.execute(sql_of(compile_written_span(keys[0], header))).fetchall()[0]
        if least is not None and most - least < BITS:
            bits = compile_written_bits(keys[0], header, least, most)
            return int(connection.execute(sql_of(bits)).fetchall()[0][0])
    return count_over(connection, compile_written_surplus, keys, header, -(-rows // _AT_ONCE))


def verify_text(block: bytes) -> None:
    """Refuse a block that holds a NUL byte; of letters the engine says it, in every column that it reads.

    Raises:
        SourceError: it does.
    """
    if b"\0" in block:
        raise SourceError("The source is not text: it holds a NUL byte.")


def verify_letters(block: bytes) -> None:
    """Refuse a block that is no UTF-8 by itself, for a pass that leaves columns out: one that cuts a letter as well.

    Raises:
        SourceError: it is not, or holds a NUL byte.
    """
    verify_text(block)
    try:
        block.isascii() or block.decode()
    except UnicodeDecodeError:
        raise SourceError("The source is not text: it holds bytes of another encoding.") from None
