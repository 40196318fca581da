"""Sums over many datasets that share one data contract."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import sqlglot
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.insight import StockReturn

from .engine import DEFAULT_LIMITS, Limits, beside, session, sql_of, table_function, verify_even

_SUMS = """
    SELECT
        trust, as_at, sum(stock)::DOUBLE, sum(daily_use)::DOUBLE,
        coalesce(min_by(item, stock / daily_use) FILTER (WHERE daily_use > 0), ''),
        coalesce(min(stock / daily_use) FILTER (WHERE daily_use > 0), 'inf'::DOUBLE),
        dataset, version
    FROM returns
    GROUP BY trust, as_at, dataset, version
    ORDER BY trust, as_at, dataset, version
"""
STOCK_FIELDS = ("trust", "as_at", "item", "stock", "daily_use")
"""The fields of a stock return that are read."""


def cover(
    files: SealedFiles,
    returns: Mapping[str, tuple[str, int]],
    limits: Limits = DEFAULT_LIMITS,
    *,
    parts: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> tuple[StockReturn, ...]:
    """Return every stock return that the files hold, summed over items: one query over every file.

    They come in the order of trust, day, dataset and version. A dataset may name another body's trust, so its
    returns stay apart: the caller knows whose dataset counts for which trust.

    An item lasts its stock over its daily use; a trust that uses nothing has no scarcest item, and it lasts for
    ever (infinity).

    Args:
        files: the sealed files to read.
        returns: for each URL of a Parquet file under the data contract `uk.nhs.ppe-stock-return`, the dataset's
            identifier and the version's number.
        limits: what the engine may use.
        parts: for a URL of `returns` that is one part of a split version, the URLs of its other parts that are needed.

    Raises:
        EngineError: a file does not follow the data contract, or the engine failed.
    """
    if not returns:
        return ()
    with session(files, limits) as connection:
        for url, others in parts.items():
            verify_even(connection, (url, *others))
        rows = connection.execute(sql_of(_query(returns, parts))).fetchall()
    return tuple(StockReturn(*row) for row in rows)


def _query(returns: Mapping[str, tuple[str, int]], parts: Mapping[str, Sequence[str]]) -> exp.Query:
    files = [
        beside(_one_file(url, dataset, version), parts.get(url, ())) for url, (dataset, version) in returns.items()
    ]
    every = files[0] if len(files) == 1 else exp.union(*files, distinct=False)
    return sqlglot.parse_one(_SUMS, dialect="duckdb", into=exp.Select).with_("returns", as_=every)


def _one_file(url: str, dataset: str, version: int) -> exp.Select:
    known = [exp.alias_(exp.Literal.string(dataset), "dataset"), exp.alias_(exp.Literal.number(version), "version")]
    return exp.select(*known, *STOCK_FIELDS).from_(table_function("read_parquet", url))
