"""Promises about several fields, other datasets, time and the versions before, held against sources in one pass."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from sqlglot import exp, parse_one
from tests.adapters.duckdb.conftest import Bench, contract_of
from tests.adapters.duckdb.test_memory import LITTLE

from commonweal.adapters.duckdb import Publisher
from commonweal.publish import (
    Circumstances,
    DataContract,
    Dimension,
    Field,
    FieldType,
    FormerVersion,
    QualityResult,
    SourceFormat,
    compile_checks,
    compile_faults,
    compile_repeats,
    compile_surplus,
    read_contract,
    typed_value,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
FIELDS = [
    {"name": "case", "logicalType": "integer"},
    {"name": "part", "logicalType": "string"},
    {"name": "opened", "logicalType": "date"},
    {"name": "closed", "logicalType": "date"},
    {"name": "status", "logicalType": "string"},
    {"name": "net", "logicalType": "number"},
    {"name": "tax", "logicalType": "number"},
    {"name": "total", "logicalType": "number"},
    {"name": "ward", "logicalType": "string"},
    {"name": "urgent", "logicalType": "boolean"},
]
HEADER = ",".join(each["name"] for each in FIELDS)
SOUND = "1,a,2026-01-01,2026-02-01,closed,0.1,0.2,0.3,W1,true"
CODES = contract_of(Field("code", FieldType.STRING), Field("population", FieldType.INTEGER))


def custom(implementation: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "custom", "engine": "commonweal", "implementation": implementation, **more}


def contract(*quality: dict[str, Any], fields: dict[str, Any] | None = None, **more: Any) -> DataContract:
    properties = [each | (fields or {}).get(each["name"], {}) for each in FIELDS]
    table = {"name": "cases", "properties": properties, "quality": list(quality), **more.pop("table", {})}
    tree = {"kind": "DataContract", "apiVersion": "v3.1.0", "id": "x", "version": "1", "schema": [table], **more}
    return read_contract(json.dumps(tree).encode())


def row(**changes: str) -> str:
    cells = dict(zip(HEADER.split(","), SOUND.split(","), strict=True)) | changes
    return ",".join(cells.values())


def source(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows, "")).encode()


def found(result: QualityResult) -> dict[str, tuple[int, tuple[int, ...], bool]]:
    return {each.check: (each.count, each.rows, each.stops) for each in result.findings}


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ({"rule": "closed >= opened"}, {"closed": "2025-12-31"}),
        ({"rule": "closed is not null", "when": "status = 'closed'"}, {"closed": ""}),
        ({"rule": "total = net + tax"}, {"total": "0.31"}),
        ({"rule": "closed - opened <= 31"}, {"closed": "2026-02-02"}),
        ({"rule": "opened between '2026-01-01' and '2026-12-31'"}, {"opened": "2025-12-31"}),
        ({"rule": "status in ('open', 'closed')"}, {"status": "shut"}),
        ({"rule": "urgent or not (net > 0)"}, {"urgent": "false"}),
        ({"rule": "net / tax < 1"}, {"net": "5"}),
        ({"rule": "-net < 0"}, {"net": "-1"}),
        ({"rule": '"status" <> part'}, {"part": "closed"}),
    ],
)
def test_a_row_rule_finds_the_row_that_breaks_it(bench: Bench, rule: dict[str, str], broken: dict[str, str]) -> None:
    promised = contract(custom(rule))
    assert found(bench.check(source(SOUND, row(**broken), SOUND), promised)) == {"rule": (1, (2,), True)}


def test_a_row_whose_values_are_empty_does_not_break_a_rule(bench: Bench) -> None:
    promised = contract(custom({"rule": "total = net + tax and closed >= opened"}), custom({"rule": "net / tax = 1"}))
    assert bench.check(source(row(net="", closed=""), row(net="0", tax="0", total="0")), promised).passed


@pytest.mark.parametrize(
    ("limit", "told", "stops"),
    [
        ({}, True, True),
        ({"mustBeLessOrEqualTo": 2}, False, True),
        ({"mustBeLessThan": 2}, True, True),
        ({"mustBeLessThan": 50, "unit": "percent"}, True, True),
        ({"mustBeLessOrEqualTo": 50, "unit": "percent"}, False, True),
        ({"severity": "warning"}, True, False),
    ],
)
def test_a_limit_lets_some_rows_pass_and_a_warning_travels(
    bench: Bench, limit: dict[str, Any], told: bool, stops: bool
) -> None:
    outside = {key: limit[key] for key in ("unit", "severity") if key in limit}
    inside = {key: value for key, value in limit.items() if key not in outside}
    metric = {"metric": "nullValues", "mustBe": 0} | limit if not inside else {"metric": "nullValues"} | limit
    rule = custom({"rule": "ward is not null", **inside}, **outside)
    rows = source(SOUND, row(ward="", case="2"), row(ward=" ", case="3"), row(case="4"))
    for promised in (contract(rule), contract(fields={"ward": {"quality": [metric]}})):
        result = bench.check(rows, promised)
        assert [(each.count, each.stops) for each in result.findings] == ([(2, stops)] if told else [])
        assert result.passed is not (told and stops)
        dimension = Dimension.CONSISTENCY if promised.promises.rules else Dimension.COMPLETENESS
        (measured,) = (each for each in result.dimensions if each.dimension is dimension)
        assert (measured.failed, measured.stops, measured.warns) == (2, told and stops, told and not stops)


def test_keys_of_several_fields_are_counted_in_little_memory_alike(bench: Bench) -> None:
    promised = contract(
        {"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["ward", "status"]}},
        fields={"case": {"primaryKey": True, "primaryKeyPosition": 2}, "part": {"primaryKey": True}},
    )
    assert [each.fields for each in promised.promises.keys] == [("part", "case"), ("ward", "status")]
    rows = [
        row(case=str(number), part=f"a long enough name of part {number}", ward=f"ward {number} of many", status="")
        for number in range(120_000)
    ]
    rows += [rows[7], row(case="7", part="b"), row(case="8", part="b")]
    with Publisher(bench.files, LITTLE) as engine:
        in_shares = engine.check(bench.offer(source(*rows)), SourceFormat.CSV, promised)
    assert in_shares == bench.check(source(*rows), promised)
    told = [(each.count, each.rows, each.sentence) for each in in_shares.findings]
    assert told == [
        (1, (120_001,), "part and case together repeat the values of an earlier row in 1 row (row 120001)."),
        (1, (120_003,), "ward and status together repeat the values of an earlier row in 1 row (row 120003)."),
    ]


def held_against(bench: Bench, promised: DataContract, *rows: str) -> QualityResult:
    codes, _ = bench.publish(b"code,population\nW1,100\nW2,200\nW3,1\nW3,2\n,5\n", CODES)
    with Publisher(bench.files) as engine:
        return engine.check(
            bench.offer(source(*rows)),
            SourceFormat.CSV,
            promised,
            circumstances=Circumstances(NOW, references=(("leeds/wards", 4),)),
            references={"leeds/wards": (codes,)},
        )


def test_values_stand_in_another_dataset(bench: Bench) -> None:
    promised = contract(fields={"ward": {"relationships": [{"to": "leeds.wards.code"}]}})
    result = held_against(bench, promised, SOUND, row(ward="W3"), row(ward="W9"), row(ward=""), row(ward="w1"))
    (finding,) = result.findings
    assert finding.sentence == "ward does not stand in leeds/wards in 2 rows (rows 3 and 5)."
    assert (finding.field, finding.dimension, result.references) == (
        "ward",
        Dimension.CONSISTENCY,
        (("leeds/wards", 4),),
    )


def test_accuracy_is_measured_only_against_a_reference(bench: Bench) -> None:
    told = {"dataset": "leeds/wards", "by": {"ward": "code"}, "fields": {"case": "population"}}
    promised = contract(custom({"reconcile": told}, severity="warning", dimension="accuracy"))
    rows = (row(case="100"), row(case="7"), row(case="200", ward="W2"), row(ward="W3"), row(ward="W9"), row(ward=""))
    result = held_against(bench, promised, *rows)
    assert found(result) == {"unfound": (2, (4, 5), False), "unequal": (1, (2,), False)}
    measured = {each.dimension: each for each in result.dimensions}[Dimension.ACCURACY]
    assert (measured.measured, measured.rows, measured.failed, measured.warns) == (True, 6, 3, True)
    alone = bench.check(source(*rows), promised)
    assert {each.dimension: each.measured for each in alone.dimensions}[Dimension.ACCURACY] is False
    assert [each.sentence for each in alone.findings] == [
        "The data was not held against leeds/wards: that takes a node which has it."
    ]


TIMELY: dict[str, Any] = {
    "slaProperties": [
        {"property": "latency", "value": 2, "unit": "d", "element": "cases.opened"},
        {"property": "frequency", "value": 1, "unit": "month"},
    ]
}


@pytest.mark.parametrize(
    ("opened", "after", "rows", "checks"),
    [
        ("2026-11-20", 20, 2, []),
        ("2026-11-19", 20, 2, ["freshness"]),
        ("2027-01-01", 20, 2, ["freshness"]),
        ("", 20, 2, ["freshness"]),
        ("2026-11-20", 32, 2, ["frequency"]),
        ("2026-11-20", 20, 1, ["volume"]),
        ("2026-11-20", 20, 3, ["volume"]),
    ],
)
def test_time_and_volume_are_held_to_what_was_promised(
    bench: Bench, opened: str, after: int, rows: int, checks: list[str]
) -> None:
    promised = contract(custom({"volume": {"within": 20}}), **TIMELY)
    before = FormerVersion(NOW - timedelta(days=after), 2)
    with Publisher(bench.files) as engine:
        rows_of_it = source(*[row(opened=opened, closed="")] * rows)
        url = bench.offer(rows_of_it)
        result = engine.check(url, SourceFormat.CSV, promised, circumstances=Circumstances(NOW, (before,)))
    assert [each.check for each in result.findings] == checks
    assert result.passed
    timely = {each.dimension: each for each in result.dimensions}[Dimension.TIMELINESS]
    assert timely.measured
    assert timely.warns is bool(set(checks) & {"freshness", "frequency"})


def test_what_is_an_error_stops(bench: Bench) -> None:
    tree = json.loads(json.dumps(TIMELY))
    for each in tree["slaProperties"]:
        each["customProperties"] = [{"property": "commonweal.severity", "value": "error"}]
    promised = contract(custom({"volume": {"within": 20}}, severity="error"), **tree)
    late = Circumstances(NOW, (FormerVersion(NOW - timedelta(days=99), 9),))
    with Publisher(bench.files) as engine:
        result = engine.check(bench.offer(source(SOUND)), SourceFormat.CSV, promised, circumstances=late)
    assert [each.stops for each in result.findings] == [True] * 3
    assert {each.check for each in result.findings} == {"freshness", "frequency", "volume"}


def test_each_of_six_dimensions_is_told_and_none_passes_unmeasured(bench: Bench) -> None:
    plain = contract_of(Field("name", FieldType.STRING))
    result = bench.check(b"name\na\n", plain)
    assert [(each.dimension, each.measured) for each in result.dimensions] == [
        (each, each is Dimension.COMPLETENESS) for each in Dimension
    ]


EVERY = contract(
    custom({"rule": "closed - opened <= 31 and total = net + tax", "when": "status in ('closed')"}, name="sums"),
    custom({"reconcile": {"dataset": "leeds/wards", "by": {"ward": "code"}, "fields": {"case": "population"}}}),
    {"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["ward", "status"]}},
    fields={
        "case": {"primaryKey": True, "logicalTypeOptions": {"minimum": 1, "maximum": 5}},
        "part": {"enum": [{"value": "a"}], "quality": [{"metric": "duplicateValues", "mustBeLessThan": 3}]},
        "status": {"required": True, "logicalTypeOptions": {"pattern": "[a-z]+"}},
        "ward": {"relationships": [{"to": "leeds.wards.code"}]},
    },
    **TIMELY,
)


def test_every_compiled_query_is_spark_sql_too() -> None:
    plan = compile_checks(EVERY, HEADER.split(","), held=("leeds/wards",), at=NOW)
    faults = [place for place, each in enumerate(plan.checks) if not each.keys]
    keys = [each.keys for each in plan.checks if each.keys]
    queries = [
        plan.query,
        plan.lean,
        compile_faults(plan, faults),
        *(compile_surplus(each, plan.header) for each in keys),
    ]
    assert len(keys) == 3
    for query in queries:
        text = query.sql("spark", identify=True)
        assert parse_one(text, read="spark").sql("spark", identify=True) == text
    assert all("GROUP BY" in compile_repeats(each, plan.header).sql("spark") for each in keys)


@pytest.mark.parametrize("word", ["infinity", "-infinity", "epoch", "today"])
def test_no_word_is_a_date(word: str) -> None:
    value = typed_value(Field("day", FieldType.DATE), exp.column("day")).sql("duckdb")
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {value} FROM (SELECT ? AS day)", [word]).fetchall() == [(None,)]  # noqa: S608
