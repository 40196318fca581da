"""Whether values are unique: of all at once where they fit in memory, and else of one share of them after the other."""

from collections.abc import Callable, Sequence

import duckdb
from sqlglot import exp

from commonweal.publish import FIRST_ROWS, UNIQUE, CheckPlan, Field, ValueShare, compile_repeats, compile_surplus

from .engine import sql_of

SHARES = (1, 8, 64, 512)
"""Into how many shares the values of a field are divided: the first number with which each share fits in memory."""

Compile = Callable[[Field, Sequence[str], ValueShare], exp.Query]


def run_checks(connection: duckdb.DuckDBPyConnection, plan: CheckPlan, query: str) -> tuple[object, ...]:
    """Return the one row that a plan's query answers over the relation `source`.

    `query` is the plan's query in SQL. Where it does not fit in memory, each unique field is counted by itself; each
    share of its values then costs a pass over the source.

    Raises:
        duckdb.OutOfMemoryException: not even the smallest shares fit.
    """
    try:
        return tuple(connection.execute(query).fetchall()[0])
    except duckdb.OutOfMemoryException:
        answer = list(connection.execute(sql_of(plan.lean)).fetchall()[0])
    for place, check in enumerate(plan.checks):
        if check.name == UNIQUE:
            answer[1 + 2 * place] = sum(_answers(connection, compile_surplus, check.field, plan.header))
    return tuple(answer)


def find_repeats(connection: duckdb.DuckDBPyConnection, field: Field, header: Sequence[str]) -> list[int]:
    """Return the first rows in which a value of a unique field comes back; errors as `run_checks`."""
    return sorted(_answers(connection, compile_repeats, field, header))[:FIRST_ROWS]


def _answers(
    connection: duckdb.DuckDBPyConnection, compile_share: Compile, field: Field, header: Sequence[str]
) -> list[int]:
    """Return the numbers that a query answers for each share of the field's values."""
    for count in SHARES[:-1]:
        try:
            return _answers_in(count, connection, compile_share, field, header)
        except duckdb.OutOfMemoryException:
            continue
    return _answers_in(SHARES[-1], connection, compile_share, field, header)


def _answers_in(
    count: int, connection: duckdb.DuckDBPyConnection, compile_share: Compile, field: Field, header: Sequence[str]
) -> list[int]:
    queries = (sql_of(compile_share(field, header, ValueShare(number, count))) for number in range(count))
    return [row[0] for query in queries for row in connection.execute(query).fetchall()]
