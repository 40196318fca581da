"""Files that hold different fields of the same rows are read as one, row by row, whatever the threads."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow
import pyarrow.parquet
import pytest
from tests.adapters.duckdb.conftest import Bench, contract_of

from commonweal.adapters.duckdb import EngineError, cover
from commonweal.publish import Field, FieldType
from commonweal.request import Operator, RowCondition

ROWS = 500_000
KEY = "0123456789abcdef" * 4
FIELDS = ("id", "name", "condition", "amount")
CONTRACT = contract_of(
    Field("id", FieldType.INTEGER),
    Field("name", FieldType.STRING),
    Field("condition", FieldType.STRING),
    Field("amount", FieldType.INTEGER),
)
SPLITS = (("condition",), ("name", "id"), ("amount",))
CONDITIONS = (
    RowCondition("condition", Operator.IN, ("c3", "c7")),
    RowCondition("amount", Operator.LESS, ("500",)),
)


def source() -> bytes:
    drawn = random.Random(7)
    rows = (f"{n},n{drawn.randrange(10**6)},c{drawn.randrange(13)},{drawn.randrange(1000)}" for n in range(ROWS))
    return "\n".join(("id,name,condition,amount", *rows)).encode()


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def whole(bench: Bench) -> str:
    return bench.publish(source(), CONTRACT)[0]


@pytest.fixture(scope="module")
def parts(bench: Bench) -> Sequence[str]:
    return [bench.publish(source(), CONTRACT, fields=each)[0] for each in SPLITS]


def test_a_part_holds_its_fields_in_the_contracts_order_and_counts_them_alone(bench: Bench) -> None:
    part, written = bench.publish(b"id,name,condition,amount\n1,a,,3\n2,,c,\n", CONTRACT, fields=("condition", "name"))
    assert bench.rows(part) == [("a", None), (None, "c")]
    assert written.rows == 2


@dataclass(frozen=True)
class Asked:
    """What a release is asked for."""

    fields: Sequence[str]
    conditions: Sequence[RowCondition] = ()
    tokenised: Sequence[str] = ()


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize(
    "asked",
    [
        Asked(FIELDS),
        Asked(FIELDS, CONDITIONS, ("id",)),
        Asked(("id", "name"), CONDITIONS),
        Asked(("amount", "id"), CONDITIONS[:1], ("amount",)),
    ],
    ids=["all", "tokens", "chosen by other parts", "chosen by one other part"],
)
def test_a_release_over_parts_is_row_for_row_that_over_the_whole(
    bench: Bench, whole: str, parts: Sequence[str], asked: Asked, threads: int
) -> None:
    plan = asked.fields, asked.conditions, asked.tokenised, KEY if asked.tokenised else None
    joined, count = bench.release(parts[0], *plan, beside=parts[1:], threads=threads)
    expected, expected_count = bench.release(whole, *plan)
    assert count == expected_count > 0
    assert bench.rows(joined) == bench.rows(expected)


def test_what_is_kept_is_in_the_order_of_the_source(bench: Bench, parts: Sequence[str]) -> None:
    first, *others = parts
    kept = [
        int(str(row[0])) for row in bench.rows(bench.release(first, ("id",), CONDITIONS, beside=others, threads=4)[0])
    ]
    assert kept == sorted(kept)
    assert 30_000 < len(kept) < ROWS


def test_parts_of_unequal_length_are_refused(bench: Bench, parts: Sequence[str]) -> None:
    shorter = bench.publish(b"id,name,condition,amount\n1,a,b,3\n", CONTRACT, fields=("amount",))[0]
    with pytest.raises(EngineError):
        bench.release(parts[0], ("condition", "amount"), beside=[shorter])


def test_a_stock_return_in_parts_is_summed_as_one(bench: Bench) -> None:
    stated = "SELECT 'R0A' AS trust, DATE '2020-04-01' AS as_at, {item} AS item"
    named = bench.offer(bench.parquet(" UNION ALL ".join(stated.format(item=f"'{each}'") for each in ("a", "b"))))
    counted = bench.offer(bench.parquet("SELECT * FROM (VALUES (7, 1), (12, 4)) AS t (stock, daily_use)"))
    (found,) = cover(bench.files, {named: ("a/ppe", 1)}, parts={named: [counted]})
    assert (found.stock, found.daily_use, found.scarcest, found.scarcest_days) == (19, 5, "b", 3)
    uneven = bench.offer(bench.parquet("SELECT 7 AS stock, 1 AS daily_use"))
    with pytest.raises(EngineError):
        cover(bench.files, {named: ("a/ppe", 1)}, parts={named: [uneven]})


def test_parts_may_have_row_groups_of_different_sizes(bench: Bench) -> None:
    numbers = pyarrow.table({"id": range(ROWS)})
    words = pyarrow.table({"word": pyarrow.array(range(ROWS)).cast(pyarrow.string())})
    first, second = (bench.offer(in_row_groups(each, size)) for each, size in ((numbers, 122_880), (words, 10_240)))
    joined, count = bench.release(first, ("id", "word"), beside=[second], threads=4)
    assert count == ROWS
    assert all(str(number) == text for number, text in bench.rows(joined))


def in_row_groups(table: pyarrow.Table, size: int) -> bytes:
    raw = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, raw, row_group_size=size)
    return bytes(raw.getvalue())
