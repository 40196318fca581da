"""PPE cover is one query over every return of every trust."""

from datetime import date

import pytest
from tests.adapters.duckdb.conftest import Bench

from commonweal.adapters.duckdb import EngineError, cover
from commonweal.insight import StockReturn


def stock(bench: Bench, *rows: tuple[str, str, str, int, int]) -> str:
    return bench.offer(bench.parquet(" UNION ALL ".join(map(line, rows))))


def line(row: tuple[str, str, str, int, int]) -> str:
    trust, day, item, held, used = row
    counted = f"{held}::BIGINT AS stock, {used}::BIGINT AS daily_use"
    return f"SELECT '{trust}' AS trust, DATE '{day}' AS as_at, '{item}' AS item, {counted}"


def test_each_return_is_summed(bench: Bench) -> None:
    returns = {
        stock(bench, ("R0B", "2020-04-01", "gloves", 100, 10), ("R0B", "2020-04-01", "masks", 12, 4)): ("b/ppe", 1),
        stock(bench, ("R0A", "2020-04-01", "gloves", 7, 0)): ("a/ppe", 1),
        stock(bench, ("R0B", "2020-04-02", "gloves", 90, 10), ("R0B", "2020-04-02", "masks", 8, 4)): ("b/ppe", 2),
    }
    assert cover(bench.files, returns) == (
        StockReturn("R0A", date(2020, 4, 1), 7, 0, "", float("inf"), "a/ppe", 1),
        StockReturn("R0B", date(2020, 4, 1), 112, 14, "masks", 3, "b/ppe", 1),
        StockReturn("R0B", date(2020, 4, 2), 98, 14, "masks", 2, "b/ppe", 2),
    )


def test_a_return_about_another_trust_does_not_displace_its_own(bench: Bench) -> None:
    returns = {
        stock(bench, ("R0A", "2020-04-01", "gloves", 10, 1)): ("a/ppe", 1),
        stock(bench, ("R0A", "2020-04-09", "gloves", 0, 1)): ("b/ppe", 1),
    }
    assert [(each.dataset, each.stock) for each in cover(bench.files, returns)] == [("a/ppe", 10), ("b/ppe", 0)]


def test_one_return_or_none_will_do(bench: Bench) -> None:
    assert cover(bench.files, {}) == ()
    assert len(cover(bench.files, {stock(bench, ("R0A", "2020-04-01", "gloves", 7, 1)): ("a/it's", 1)})) == 1


def test_a_file_of_another_contract_is_refused(bench: Bench) -> None:
    with pytest.raises(EngineError):
        cover(bench.files, {bench.offer(bench.parquet("SELECT 1 AS a")): ("a/ppe", 1)})
