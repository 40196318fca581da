"""A source that is checked while it is written: the same answer as of two passes, or none."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest
from tests.adapters.duckdb.conftest import STOCK, Bench, contract_of
from tests.adapters.duckdb.test_promises import HEADER as CASES
from tests.adapters.duckdb.test_promises import SOUND, contract, custom, row
from tests.adapters.duckdb.test_publisher import CHECKED, HEADER

from commonweal.adapters.duckdb import Onto, Publisher, onepass
from commonweal.adapters.duckdb.onto import Base
from commonweal.keys import PayloadWriter
from commonweal.publish import (
    ALONE,
    BITS,
    Circumstances,
    DataContract,
    Field,
    FieldType,
    QualityResult,
    SourceFormat,
)

NOW = Circumstances(datetime(2026, 11, 22, 9, tzinfo=UTC))
NAMES = count()
FULL = b"1,gloves,AB,1.5,2020-02-29,2020-04-01T09:00:00Z,true\n"


class Pass:
    """What came of one pass over a source: the check's result, and the URL of what was written."""

    def __init__(
        self,
        bench: Bench,
        plain: bytes,
        held: DataContract,
        form: SourceFormat | Onto = SourceFormat.CSV,
        at: Circumstances = ALONE,
    ) -> None:
        self.written, self.result = "", None
        source, raw = bench.offer(plain), io.BytesIO()
        target = bench.files.accept(f"one{next(NAMES)}", PayloadWriter(raw, bench._key))
        with Publisher(bench.files) as engine:
            plan = engine.write_sound(source, form, held, target, circumstances=at)
            if plan is not None:
                self.written = bench.offer_sealed(raw.getvalue())
                self.result = engine.check_sound(plan, self.written, at)
        self.learnt = source in bench.files.learnt


def one(bench: Bench, plain: bytes, held: DataContract = CHECKED) -> QualityResult | None:
    return Pass(bench, plain, held).result


@pytest.mark.parametrize(
    "rows",
    [FULL, b"1,,,,,,\n", b'7,"masks",,1e2,,2020-04-01T09:00:00.5+01:00,FALSE\n' + FULL, b"\xc2\xa0 3,,,,,,\n", b""],
)
def test_a_sound_source_is_checked_and_written_as_in_two_passes(bench: Bench, rows: bytes) -> None:
    held = replace(CHECKED, minimum_rows=1)
    source = HEADER + rows
    done, checked = Pass(bench, source, held), bench.check(source, held)
    if checked.passed or not rows:
        assert done.result == checked
        assert bench.rows(done.written) == bench.rows(bench.publish(source, held)[0])
    else:
        assert done.result is None


@pytest.mark.parametrize(
    "fault",
    [b",,,,,,", b"1.0,,,,,,", b"5,aprons,,,,,", b"5,,ab,,,,", b"5,,,-1,,,", b"5,,,101,,,", b"5,,,nan,,,",
     b"5,,,,2020-02-30,,", b"5,,,,,2020-04-01,", b"5,,,,,,yes", b"5,,,,,", b"5,,,,,,,x", b'5,",,,,,', b"1,,,,,,"],
)  # fmt: skip
@pytest.mark.parametrize("after", [b"", b"\n9,,,,,,"])
def test_any_fault_leaves_it_to_the_check(bench: Bench, fault: bytes, after: bytes) -> None:
    assert one(bench, HEADER + FULL + fault + after + b"\n") is None


def test_a_line_that_ends_in_one_delimiter_too_many_passes_both_ways(bench: Bench) -> None:
    source = HEADER + FULL + b"5,,,,,,,\n"
    assert one(bench, source) == bench.check(source, CHECKED)


@pytest.mark.parametrize("fault", [b"\0", b"\xe9", b"\xc3", b"\xed\xa0\x80", b"x" * (3 << 20)])
def test_what_is_no_text_far_behind_is_found_without_reading_it_before(bench: Bench, fault: bytes) -> None:
    held = contract_of(Field("a", FieldType.STRING), Field("b", FieldType.STRING))
    sound = b"a,b\n" + b"one,two\n" * 200_000
    done = Pass(bench, sound, held)
    assert (done.result, done.learnt) == (bench.check(sound, held), True)
    broken = Pass(bench, sound + b"one," + fault + b"\n" + b"one,two\n" * 200_000, held)
    assert (broken.result, broken.learnt) == (None, False)


@pytest.mark.parametrize(
    ("held", "rows"),
    [
        (STOCK, "other,stock\nR0A,1\n"),
        (STOCK, "trust\nR0A\n"),
        (STOCK, "trust,stock,more\nR0A,1,2\n"),
        (STOCK, "PK\x03\x04"),
        (contract(custom({"rule": "opened <= closed"})), f"{CASES}\n{row(opened='2026-03-01')}\n"),
        (contract(fields={"ward": {"relationships": [{"to": "R0A.wards.code"}]}}), f"{CASES}\n{SOUND}\n"),
    ],
    ids=["header", "missing", "extra", "packed", "rule", "reference"],
)
def test_what_one_pass_cannot_settle_is_left(bench: Bench, held: DataContract, rows: str) -> None:
    assert one(bench, rows.encode(), held) is None


def test_a_promise_that_allows_some_faults_is_left(bench: Bench) -> None:
    limited = {"metric": "nullValues", "mustBeLessOrEqualTo": 10, "unit": "percent"}
    held = contract(fields={"ward": {"quality": [limited]}})
    assert one(bench, f"{CASES}\n{SOUND}\n".encode(), held) is None
    strict = contract(fields={"ward": {"quality": [{"metric": "nullValues", "mustBe": 0}]}})
    assert one(bench, f"{CASES}\n{SOUND}\n".encode(), strict) is not None


@pytest.mark.parametrize("opened", ["2026-11-21", "2025-01-01", "2030-01-01", ""])
def test_the_age_of_the_newest_value_is_told_as_in_two_passes(bench: Bench, opened: str) -> None:
    held = contract(slaProperties=[{"property": "latency", "value": 7, "unit": "d", "element": "cases.opened"}])
    source = f"{CASES}\n{row(opened=opened)}\n".encode()
    with Publisher(bench.files) as engine:
        checked = engine.check(bench.offer(source), SourceFormat.CSV, held, circumstances=NOW)
    assert held.promises.freshness
    assert Pass(bench, source, held, at=NOW).result == checked


@pytest.mark.parametrize("span", [BITS, 0], ids=["by bits", "by values"])
@pytest.mark.parametrize("numbers", [[-3, -9, 5], [-(2**63), 2**63 - 1, 7], [2**63 - 1], [0, 2**28 - 1], [0, 2**28]])
def test_whole_numbers_are_told_apart_wherever_they_lie(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, numbers: list[int], span: int
) -> None:
    monkeypatch.setattr(onepass, "BITS", span)
    lines = "".join(f"{each},,,,,,\n" for each in numbers)
    assert one(bench, HEADER + lines.encode()) == bench.check(HEADER + lines.encode(), CHECKED)
    assert one(bench, HEADER + f"{lines}{numbers[-1]},,,,,,\n".encode()) is None


def test_repeats_are_found_in_shares(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onepass, "_AT_ONCE", 100)
    monkeypatch.setattr(onepass, "BITS", 0)
    rows = "".join(f"{number},,,,,,\n" for number in range(1000))
    assert one(bench, HEADER + rows.encode()) == bench.check(HEADER + rows.encode(), CHECKED)
    assert one(bench, HEADER + rows.encode() + b"998,,,,,,\n") is None


def test_parquet_and_rows_onto_a_version_take_one_pass_too(bench: Bench) -> None:
    parquet = bench.parquet("SELECT 'R0A' AS trust, 1 AS stock")
    done = Pass(bench, parquet, STOCK, SourceFormat.PARQUET)
    assert done.result == bench.check(parquet, STOCK, SourceFormat.PARQUET)
    base = Base((done.written,), {"trust": "VARCHAR", "stock": "BIGINT"}, 1)
    onto = Pass(bench, b"stock,trust\n5,R0B\n", STOCK, Onto(SourceFormat.CSV, base))
    assert bench.rows(onto.written) == [("R0A", 1), ("R0B", 5)]
    assert onto.result is not None
    assert onto.result.rows == 2


def test_first_repeats_are_those_of_the_whole(bench: Bench) -> None:
    held = contract_of(Field("id", FieldType.INTEGER, unique=True))
    numbers = [*range(600_000), 5, 3, 3, *range(600_000, 600_010), 599_999, 7, 5]
    found = bench.check("\n".join(["id", *map(str, numbers)]).encode(), held).findings
    assert [(each.count, each.rows) for each in found] == [(6, (600_001, 600_002, 600_014, 600_015))]
    early = [*range(100), 5, 3, *range(100, 600_000), 1, 2, 4]
    found = bench.check("\n".join(["id", *map(str, early)]).encode(), held).findings
    assert [(each.count, each.rows) for each in found] == [(5, (101, 102, 600_003, 600_004, 600_005))]
