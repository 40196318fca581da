"""Runs the checks of a plan: values that do not fit in memory at once are looked at in shares, one after the other."""

from collections.abc import Callable, Sequence
from functools import partial

import duckdb
from sqlglot import exp

from commonweal.publish import (
    BITS,
    FIRST_ROWS,
    CheckPlan,
    Field,
    ValueShare,
    compile_bits,
    compile_faults,
    compile_repeats,
    compile_span,
    compile_surplus,
    may_take_bits,
)

from .engine import sql_of

SHARES = (1, 8, 64, 512)
"""Into how many shares the values of a key are divided: the first number with which each share fits in memory."""

_WORTH = 16 << 20
"""From how many bytes of a source bits are worth their memory: 32 MB for each key in each thread."""

_MOST_IN_BITS = 2
_BEGINNING = 2048
_BATCH = 256
_BEGINNINGS = (1 << 19, 1 << 22)
"""Rows of a source's beginning in which repeated values are looked for, before all of it is."""

Compile = Callable[[Sequence[Field], Sequence[str], ValueShare], exp.Query]


def run_checks(connection: duckdb.DuckDBPyConnection, plan: CheckPlan, query: str, size: int = 0) -> tuple[object, ...]:
    """Return the one row that a plan's query answers over the relation `source`.

    `query` is the plan's query in SQL. In a source of many bytes, of which `size` is the number, whole numbers that
    begin close to each other are counted in bits. Where it does not fit in memory, each key is counted by itself; each
    share of its values then costs a pass over the source.

    Raises:
        duckdb.OutOfMemoryException: not even the smallest shares fit.
    """
    narrow = _narrow_keys(connection, plan) if size >= _WORTH else []
    asked = sql_of(compile_bits(plan, narrow)) if narrow else query
    try:
        found = list(connection.execute(asked).fetchall()[0])
        again = _too_wide(narrow, found)
    except duckdb.OutOfMemoryException:
        found = list(connection.execute(sql_of(plan.lean)).fetchall()[0])
        again = [place for place, check in enumerate(plan.checks) if check.keys]
    for place in again:
        found[1 + place] = sum(_answers(connection, compile_surplus, plan.checks[place].keys, plan.header))
    return tuple(found[: len(plan.query.expressions)])


def _narrow_keys(connection: duckdb.DuckDBPyConnection, plan: CheckPlan) -> list[int]:
    """Return the places of the first checks of uniqueness of whole numbers that lie close in the first rows."""
    found: list[int] = []
    for place, check in enumerate(plan.checks):
        if len(found) < _MOST_IN_BITS and may_take_bits(check.keys):
            span = sql_of(compile_span(check.keys, plan.header, _BEGINNING))
            if _is_narrow(*connection.execute(span).fetchall()[0]):
                found.append(place)
    return found


def _too_wide(narrow: Sequence[int], answer: Sequence[int | None]) -> list[int]:
    ends = answer[len(answer) - 2 * len(narrow) :]
    return [
        place
        for place, least, most in zip(narrow, ends[::2], ends[1::2], strict=True)
        if not (least is None or _is_narrow(least, most))
    ]


def _is_narrow(least: int | None, most: int | None) -> bool:
    return least is not None and most is not None and most - least < BITS


def find_rows(connection: duckdb.DuckDBPyConnection, plan: CheckPlan, answer: Sequence[object]) -> dict[int, list[int]]:
    """Return the first rows that break each promise whose breach is told, by the check's place in the plan.

    The source is read again in its order, and only as far as the last of these rows; a key costs a grouping of its own.
    Errors as `run_checks`.
    """
    total, *counts = (each if isinstance(each, int) else 0 for each in answer[: 1 + len(plan.checks)])
    told = {
        place: count
        for place, (check, count) in enumerate(zip(plan.checks, counts, strict=True))
        if not check.limit.passes(count, total)
    }
    keys = {place: plan.checks[place].keys for place in told if plan.checks[place].keys}
    single = {place: min(FIRST_ROWS, count) for place, count in told.items() if place not in keys}
    found = _first_rows(connection, plan, single) if single else {}
    return found | {place: find_repeats(connection, key, plan.header, total) for place, key in keys.items()}


def _first_rows(connection: duckdb.DuckDBPyConnection, plan: CheckPlan, wanted: dict[int, int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {place: [] for place in wanted}
    rows = connection.execute(sql_of(compile_faults(plan, list(wanted))))
    while any(len(found[place]) < count for place, count in wanted.items()) and (batch := rows.fetchmany(_BATCH)):
        for row, *broken in batch:
            for place, is_broken in zip(wanted, broken, strict=True):
                if is_broken and len(found[place]) < wanted[place]:
                    found[place].append(row)
    return found


def find_repeats(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[Field], header: Sequence[str], rows: int
) -> list[int]:
    """Return the first of the source's `rows` rows in which the values of a key come back; errors as `run_checks`.

    The beginning of the source is grouped first: if it has enough of them, the rest is not read.
    """
    for first in (each for each in _BEGINNINGS if each < rows):
        found = _answers(connection, partial(compile_repeats, first=first), keys, header)
        if len(found) >= FIRST_ROWS:
            return sorted(found)[:FIRST_ROWS]
    return sorted(_answers(connection, compile_repeats, keys, header))[:FIRST_ROWS]


def count_over(
    connection: duckdb.DuckDBPyConnection,
    compile_share: Compile,
    keys: Sequence[Field],
    header: Sequence[str],
    shares: int,
) -> int:
    """Return the sum of what a query answers for each of at least so many shares of a key's values.

    Raises:
        duckdb.OutOfMemoryException: not even the smallest shares fit.
    """
    return sum(_answers(connection, compile_share, keys, header, shares))


def _answers(
    connection: duckdb.DuckDBPyConnection,
    compile_share: Compile,
    keys: Sequence[Field],
    header: Sequence[str],
    least: int = 1,
) -> list[int]:
    """Return the numbers that a query answers for each share of the key's values."""
    for count in sorted({least, *(each for each in SHARES[:-1] if each > least)}):
        try:
            return _answers_in(count, connection, compile_share, keys, header)
        except duckdb.OutOfMemoryException:
            continue
    return _answers_in(SHARES[-1], connection, compile_share, keys, header)


def _answers_in(
    count: int,
    connection: duckdb.DuckDBPyConnection,
    compile_share: Compile,
    keys: Sequence[Field],
    header: Sequence[str],
) -> list[int]:
    queries = (sql_of(compile_share(keys, header, ValueShare(number, count))) for number in range(count))
    return [row[0] for query in queries for row in connection.execute(query).fetchall()]
