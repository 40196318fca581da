"""Profiles a version that was just written: what each field holds, in counts."""

from collections.abc import Sequence

import duckdb
from sqlglot import exp

from commonweal.publish import Field, FieldProfile, compile_measures, compile_values, measures_from, profile_from

from .engine import sql_of, table_function

AT_ONCE = 64
"""Fields that one pass over a version profiles: more would need memory for each of them."""


def profile_version(
    connection: duckdb.DuckDBPyConnection, url: str, fields: Sequence[Field]
) -> dict[str, FieldProfile]:
    """Return the profile of `fields` of a version's Parquet file, in at most two passes over each of them.

    Memory does not grow with the rows.

    Raises:
        duckdb.Error: the engine failed; run it where the error is turned into our own.
    """
    query = exp.select("*").from_(table_function("read_parquet", url))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW version AS {sql_of(query)}")
    rows = connection.execute("SELECT count(*) FROM version").fetchall()[0][0]
    found: dict[str, FieldProfile] = {}
    for each in _batches(fields):
        found |= _profile(connection, each, rows)
    return found


def _profile(connection: duckdb.DuckDBPyConnection, fields: Sequence[Field], rows: int) -> dict[str, FieldProfile]:
    measures = measures_from(fields, connection.execute(sql_of(compile_measures(fields, rows))).fetchall()[0])
    query = compile_values(measures)
    return profile_from(measures, None if query is None else connection.execute(sql_of(query)).fetchall()[0])


def _batches(fields: Sequence[Field]) -> list[Sequence[Field]]:
    return [fields[start : start + AT_ONCE] for start in range(0, len(fields), AT_ONCE)]
