"""Whole numbers that are checked in bits, and a CSV that is checked as it is read: the same answers as otherwise."""

from collections.abc import Sequence

import pytest
from sqlglot import exp
from tests.adapters.duckdb.conftest import Bench, contract_of

from commonweal.adapters.duckdb import publisher, uniqueness
from commonweal.adapters.duckdb.onepass import verify_letters
from commonweal.publish import CheckPlan, Field, FieldType, SourceError, compile_bits

HELD = contract_of(
    Field("id", FieldType.INTEGER, unique=True),
    Field("other", FieldType.INTEGER, unique=True),
    Field("third", FieldType.INTEGER, unique=True),
    Field("note", FieldType.STRING),
)
FAR = 1 << 28


def source(*rows: str) -> bytes:
    return "\n".join(["id,other,third,note", *rows, ""]).encode()


@pytest.mark.parametrize(
    "numbers",
    [
        [-3, -9, 5],
        [7, 3, 7, 7],
        [0, FAR - 1, 0],
        [0, FAR],
        [0, FAR, FAR],
        [-(2**63), 2**63 - 1, 2**63 - 1],
        [*range(3000), FAR + 5, 2999],
        [*range(3000), 2**62, -(2**62)],
        ["x", 4, "", 4],
        ["", ""],
    ],
    ids=["below zero", "twice", "at ends", "shared", "shared twice", "extremes", "late", "later", "faulty", "blank"],
)
def test_bits_count_what_values_do(bench: Bench, monkeypatch: pytest.MonkeyPatch, numbers: list[object]) -> None:
    rows = source(*(f"{number},{place},{number},x" for place, number in enumerate(numbers)))
    by_values = bench.check(rows, HELD)
    monkeypatch.setattr(uniqueness, "_WORTH", 0)
    assert bench.check(rows, HELD) == by_values


def test_a_large_source_is_counted_in_bits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def noting(plan: CheckPlan, places: Sequence[int]) -> exp.Select:
        asked.extend(places)
        return compile_bits(plan, places)

    monkeypatch.setattr(uniqueness, "compile_bits", noting)
    bench.check(source("1,2,3,x"), HELD)
    assert asked == []
    monkeypatch.setattr(uniqueness, "_WORTH", 0)
    bench.check(source("1,2,3,x", f"2,{FAR + 2},4,x"), HELD)
    assert len(asked) == 2


@pytest.mark.parametrize("blocks", [b"caf\xc3\xa9", b"plain"])
def test_letters_pass(blocks: bytes) -> None:
    verify_letters(blocks)


@pytest.mark.parametrize("block", [b"caf\xe9", b"caf\xc3", b"\xa9,1", b"a\0b"])
def test_what_is_no_letter_by_itself_is_refused(block: bytes) -> None:
    with pytest.raises(SourceError):
        verify_letters(block)


def test_a_column_that_nothing_is_promised_of_is_text_too(bench: Bench) -> None:
    with pytest.raises(SourceError, match="line 3 holds bytes of another encoding"):
        bench.check(source("1,2,3,x") + b"4,5,6,caf\xe9\n", HELD)


def test_letters_that_a_block_cuts_are_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[bytes] = []

    def noting(block: bytes) -> None:
        try:
            verify_letters(block)
        except SourceError:
            refused.append(block)
            raise

    monkeypatch.setattr(publisher, "verify_letters", noting)
    rows = [f"{number},{number},{number},{'é' * 90}" for number in range(25_000)]
    for first in ("x", "xx"):  # a letter has two bytes: with one of the two the first block ends within one
        assert bench.check(source(f"1000000,1000000,1000000,{first}", *rows), HELD).passed
    assert refused
