"""A source is held to its data contract in one pass, and written as the contract's fields."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.adapters.duckdb.conftest import STOCK, Bench, contract_of

from commonweal.adapters.duckdb import Publisher
from commonweal.keys import SealedFileError
from commonweal.publish import ContractError, Field, FieldType, SourceError, SourceFormat, read_contract

CHECKED = contract_of(
    Field("id", FieldType.INTEGER, required=True, unique=True),
    Field("kind", FieldType.STRING, allowed=("gloves", "masks")),
    Field("code", FieldType.STRING, pattern="^[A-Z]+$"),
    Field("price", FieldType.NUMBER, minimum=0, maximum=100),
    Field("day", FieldType.DATE),
    Field("at", FieldType.TIMESTAMP),
    Field("ok", FieldType.BOOLEAN),
)
HEADER = b"id,kind,code,price,day,at,ok\n"


def faults(bench: Bench, *rows: str) -> dict[tuple[str, str], tuple[int, ...]]:
    result = bench.check(HEADER + "\n".join(rows).encode(), CHECKED)
    assert result.rows == len(rows)
    return {(each.check, each.field): each.rows for each in result.findings}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("1,gloves,AB,1.5,2020-02-29,2020-04-01T09:00:00Z,true", set()),
        ("1,,,,,,", set()),
        (",gloves,AB,1,,,", {("required", "id")}),
        (
            " ,gloves,AB,1,,,",
            {
                ("required", "id"),
            },
        ),
        ("1.0,,,,,,", {("type", "id")}),
        ("9223372036854775808,,,,,,", {("type", "id")}),
        ("1,aprons,,,,,", {("allowed", "kind")}),
        ("1,,ab,,,,", {("pattern", "code")}),
        ("1,,,-0.01,,,", {("minimum", "price")}),
        ("1,,,100.5,,,", {("maximum", "price")}),
        ("1,,,1e2,,,", set()),
        ("1,,,1e999,,,", {("type", "price")}),
        ('1,,,"1,000",,,', {("type", "price")}),
        ("1,,,nan,,,", {("type", "price")}),
        ("1,,,£5,,,", {("type", "price")}),
        ("1,,,,2020-02-30,,", {("type", "day")}),
        ("1,,,,01/04/2020,,", {("type", "day")}),
        ("1,,,,2020-4-1,,", {("type", "day")}),
        ("1,,,,0000-01-01,,", {("type", "day")}),
        ("1,,,,,2020-04-01T09:00:00,", {("type", "at")}),
        ("1,,,,,2020-04-01T09:00:00.5+01:00,", set()),
        ("1,,,,,2020-04-01T25:00Z,", {("type", "at")}),
        ("1,,,,,,yes", {("type", "ok")}),
        ("1,,,,,,FALSE", set()),
    ],
)
def test_each_promise_is_checked(bench: Bench, row: str, found: set[tuple[str, str]]) -> None:
    assert set(faults(bench, row)) == found


def test_a_repeat_is_found_where_it_comes_back(bench: Bench) -> None:
    rows = [f"{number},,,,,," for number in ("1", "2", "01", "3", "2", "2", "4")]
    assert faults(bench, *rows) == {("unique", "id"): (3, 5)}


def test_findings_name_the_field_the_count_and_the_first_rows_and_no_value(bench: Bench) -> None:
    result = bench.check(b"trust,stock\n" + b"R0A,5\n" * 6 + b"canary,-7\n" * 7, STOCK)
    pattern, minimum = sorted(result.findings, key=lambda each: each.check, reverse=True)
    assert minimum.sentence == "stock is below 0 in 7 rows (the first are rows 7, 8, 9, 10 and 11)."
    assert (pattern.field, pattern.count, pattern.rows) == ("trust", 7, (7, 8, 9, 10, 11))
    assert "canary" not in pattern.sentence
    assert not result.passed


@pytest.mark.parametrize(
    ("header", "sentences"),
    [
        (b"trust", ("The data has no field stock, which the data contract promises.",)),
        (b"trust,canary,stock", ("Column 2 of the data has a name that the data contract does not promise",)),
        (b"canary,smith", ("The first line of the data names no field of the data contract",)),
    ],
)
def test_a_header_that_differs_stops_and_is_not_quoted(bench: Bench, header: bytes, sentences: tuple[str, ...]) -> None:
    cells = b",".join([b"R0A", b"1", b"2"][: header.count(b",") + 1])
    told = [each.sentence for each in bench.check(header + b"\n" + cells + b"\n", STOCK).findings]
    for sentence in sentences:
        assert any(each.startswith(sentence) for each in told)
    assert "canary" not in " ".join(told)


def test_a_version_holds_the_contracts_fields_typed_and_in_order(bench: Bench) -> None:
    version, _ = bench.publish(
        HEADER + b"1,gloves,AB,1.5,2020-02-29,2020-04-01T09:00:00+01:00,true\n2,,,,,,\n", CHECKED
    )
    first, second = bench.rows(version)
    assert [str(each) for each in first] == [
        "1", "gloves", "AB", "1.5", "2020-02-29", "2020-04-01 08:00:00+00:00", "True",
    ]  # fmt: skip
    assert second == (2, None, None, None, None, None, None)


def test_a_source_without_the_fields_is_not_written(bench: Bench) -> None:
    with pytest.raises(SourceError):
        bench.publish(b"trust\nR0A\n", STOCK)


@pytest.mark.parametrize("pattern", ["(", "(?=a)a", "a{1001}", r"(a)\1"])
def test_a_pattern_that_is_not_re2_is_the_contracts_fault(bench: Bench, pattern: str) -> None:
    with pytest.raises(ContractError) as refused:
        bench.check(b"a\n1\n", contract_of(Field("a", FieldType.STRING, pattern=pattern)))
    assert refused.value.reasons == ("The pattern of a is not a regular expression as RE2 defines it.",)


def test_names_that_look_like_sql_are_only_names(bench: Bench) -> None:
    name = 'row"; DROP VIEW source; --'
    contract = contract_of(Field(name, FieldType.STRING, allowed=("it's", '"')), Field("row", FieldType.INTEGER))
    source = b'"row""; DROP VIEW source; --",row\nit\'s,3\n'
    assert bench.check(source, contract).passed
    version, _ = bench.publish(source, contract)
    assert bench.rows(version) == [("it's", 3)]
    assert bench.profile(version, contract)[name].present == 1


def test_a_damaged_source_gives_its_own_error(bench: Bench) -> None:
    raw = bytearray(bench.seal(b"trust,stock\n" + b"R0A,1\n" * 200_000))
    raw[300_000] ^= 1
    url = bench.offer_sealed(bytes(raw))
    with Publisher(bench.files) as engine, pytest.raises(SealedFileError):
        engine.check(url, SourceFormat.CSV, STOCK)


STORY = Path(__file__).parents[3] / "src" / "commonweal" / "cli" / "story" / "data"
SOUND: Mapping[str, bytes] = {
    "ppe-stock": b"trust,as_at,item,stock,daily_use\nR0A,2020-04-01,gloves,100,5\nR0A,2020-04-01,body bags,0,0\n",
    "claimants": b"nino,name,date_of_birth,postcode,council,award\nQQ123456C,A B,1980-01-31,SE1 7PB,E09000022,92.5\n",
    "large": b"reading,site,taken,value,note\n0,S1,2020-04-01,1.25,words\n",
}


@pytest.mark.parametrize("name", sorted(SOUND))
def test_the_demonstrations_contracts_hold_of_sound_data(bench: Bench, name: str) -> None:
    contract = read_contract((STORY / f"{name}.odcs.yaml").read_bytes())
    assert bench.check(SOUND[name], contract).findings == ()


def test_the_payments_contract_is_true_of_the_real_file(bench: Bench) -> None:
    contract = read_contract((STORY / "payments.odcs.yaml").read_bytes())
    source = (STORY / "lambeth-payments-2011-01.csv").read_bytes()
    assert bench.check(source, contract).findings == ()
    version, written = bench.publish(source, contract)
    assert written.rows == 1072
    assert round(sum(float(str(amount)) for _, amount in bench.rows(version)), 2) == 38_447_618.14


def test_negative_stock_is_stopped(bench: Bench) -> None:
    contract = read_contract((STORY / "ppe-stock.odcs.yaml").read_bytes())
    result = bench.check(SOUND["ppe-stock"].replace(b",100,", b",-100,"), contract)
    assert [each.sentence for each in result.findings] == ["stock is below 0 in 1 row (row 1)."]
