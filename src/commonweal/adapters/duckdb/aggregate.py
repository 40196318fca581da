"""Sums over many datasets that share one data contract."""

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.insight import StockReturn

from .engine import DEFAULT_LIMITS, Limits, session, sql_of, table_function

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
_FIELDS = ("trust", "as_at", "item", "stock", "daily_use")


def cover(
    files: SealedFiles, returns: Mapping[str, tuple[str, int]], limits: Limits = DEFAULT_LIMITS
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

    Raises:
        EngineError: a file does not follow the data contract, or the engine failed.
    """
    if not returns:
        return ()
    with session(files, limits) as connection:
        rows = connection.execute(sql_of(_query(returns))).fetchall()
    return tuple(StockReturn(*row) for row in rows)


def _query(returns: Mapping[str, tuple[str, int]]) -> exp.Query:
    files = [_one_file(url, dataset, version) for url, (dataset, version) in returns.items()]
    every = files[0] if len(files) == 1 else exp.union(*files, distinct=False)
    return sqlglot.parse_one(_SUMS, dialect="duckdb", into=exp.Select).with_("returns", as_=every)


def _one_file(url: str, dataset: str, version: int) -> exp.Select:
    known = [exp.alias_(exp.Literal.string(dataset), "dataset"), exp.alias_(exp.Literal.number(version), "version")]
    return exp.select(*known, *_FIELDS).from_(table_function("read_parquet", url))
