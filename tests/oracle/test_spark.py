"""Spark answers every compiled query as DuckDB does, over the same rows; Spark runs in an environment of its own.

Each promise of a data contract has a row that keeps it and rows that break it, among them the texts on which two
engines may differ: blanks of other kinds, numbers and dates in odd forms, values that no type holds.
"""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlglot import exp

from commonweal.publish import (
    VALIDATORS,
    CheckPlan,
    ValueShare,
    compile_checks,
    compile_faults,
    compile_repeats,
    compile_surplus,
    read_contract,
    to_spark,
)

PYTHON = Path(__file__).parents[2] / ".venv-spark" / "bin" / "python"
PROGRAM = Path(__file__).with_name("run_on_spark.py")
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CODES = "parts/codes"

BLANK = [None, "", " ", "\t", "\xa0", " \xa0 ", "\u2003", "\n"]
TEXTS: dict[str, list[str | None]] = {
    "key": ["1", "2", "2", "3", "03", "+4", "4", None, "", "5"],
    "whole": [
        "0",
        "-1",
        "+1",
        "007",
        "9223372036854775807",
        "9223372036854775808",
        "1.0",
        "1e3",
        " 1",
        "1_0",
        "٣",
        *BLANK,
    ],
    "number": [
        "1.5",
        ".5",
        "5.",
        "1e308",
        "1e309",
        "-1E-3",
        "NaN",
        "Infinity",
        "1,5",
        "0x1p3",
        "1d",
        "1f",
        " 2",
        *BLANK,
    ],
    "day": [
        "2026-01-31",
        "2026-02-30",
        "0000-01-01",
        "0001-01-01",
        "2026-1-1",
        "20260101",
        "2026-01-01 ",
        "infinity",
        *BLANK,
    ],
    "end": [
        "2026-01-30",
        "2026-03-01",
        "2026-02-01",
        "0001-01-02",
        "2026-01-01",
        "2027-01-01",
        "2026-01-01",
        "2026-11-22",
    ],
    "moment": [
        "2020-04-01T09:00:00Z",
        "2020-04-01T09:00Z",
        "2020-04-01T09:00:00+01:00",
        "2020-04-01T09:00:00.123456Z",
        "2020-04-01T09:00:00",
        "2020-04-01T25:00:00Z",
        "2020-04-01 09:00:00Z",
        *BLANK,
    ],
    "flag": ["true", "false", "TRUE", "False", "yes", "1", "t", " true", *BLANK],
    "word": ["open", "shut", "Open", "open ", "öffen", "ab", "ab\n", "a\nb", "AB", "~", "\x7f", "\U0001f600", *BLANK],
    "part": ["a", "b", "c", "zz", None, "a", "A", " a"],
    "sum": ["1", "2", "3", "9", "5", "6.0", "7.25", None],
}
KINDS = {
    "key": "integer",
    "whole": "integer",
    "number": "number",
    "day": "date",
    "end": "date",
    "moment": "timestamp",
    "flag": "boolean",
    "sum": "number",
}
PROMISED: dict[str, dict[str, Any]] = {
    "key": {"primaryKey": True},
    "whole": {"required": True, "logicalTypeOptions": {"minimum": 0, "maximum": 100}},
    "number": {"required": True, "logicalTypeOptions": {"minimum": 0.5}},
    "day": {"required": True},
    "moment": {"required": True, "unique": True},
    "flag": {"required": True},
    "word": {
        "required": True,
        "unique": True,
        "enum": [{"value": "open"}, {"value": "shut"}],
        "logicalTypeOptions": {"pattern": "[a-z]+|o.*"},
    },
    "part": {"relationships": [{"to": "parts.codes.code"}]},
}
RULES = (
    "key = whole",
    "key <> whole",
    "key < number",
    "key <= number",
    "end > day",
    "end >= '2026-02-01'",
    "part in ('a', 'b')",
    "whole between 0 and 7",
    "part is null or part is not null and sum > 2",
    "not (flag)",
    "sum + 0.1 = 1.1",
    "sum - key > 1",
    "sum * 2 >= 6",
    "sum / key < 2",
    "-sum < -3",
    "end - day <= 31",
    "moment < '2020-04-01T09:00:00Z'",
)
SAMPLES = [
    *("QQ123456C", "BG123456A", "QQ 12 34 56 C", "AB123456D", "AB123456E", "9434765919", "9434765870", "943 476 5919"),
    *("SW1A 1AA", "SW1A1AA", "ZZ99 9ZZ", "E06000001", "X06000001", "GB33BUKB20201555555555", "GB33BUKB20201555555556"),
    *("01234567", "SC123456", "12345", "01110", "R0A", "A1B2C", "100000", "12345678", "10000000", "1234567890"),
    *("GB123456789", "123456789", "20-20-15", "202015", "H801200001234", "A801200001234", "0101701234", "", "O", "ab"),
]


def _rows() -> list[dict[str, str | None]]:
    """Return rows in which every text of every field stands once, and after that the fields' texts come round again."""
    columns = TEXTS | {f"v_{code}": list(SAMPLES) for code in VALIDATORS}
    length = max(map(len, columns.values()))
    return [{name: texts[place % len(texts)] for name, texts in columns.items()} for place in range(length)]


def _plan(header: list[str]) -> CheckPlan:
    fields: list[dict[str, Any]] = [
        {"name": each, "logicalType": KINDS.get(each, "string"), **PROMISED.get(each, {})} for each in TEXTS
    ]
    for code in VALIDATORS:
        rule = {"type": "custom", "engine": "commonweal", "implementation": {"validator": code}}
        fields.append({"name": f"v_{code}", "logicalType": "string", "quality": [rule]})
    custom: list[dict[str, Any]] = [{"rule": each} for each in RULES]
    custom.append({"rule": "sum > 2", "when": "part = 'a'"})
    custom.append({"reconcile": {"dataset": CODES, "by": {"part": "code"}, "fields": {"sum": "amount"}}})
    table: list[dict[str, Any]] = [
        {"type": "custom", "engine": "commonweal", "implementation": each} for each in custom
    ]
    table.append({"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["part", "flag"]}})
    schema = {"name": "rows", "properties": fields, "quality": table}
    fresh = [{"property": "latency", "value": 1, "unit": "d", "element": f"rows.{each}"} for each in ("end", "moment")]
    tree = {"kind": "DataContract", "apiVersion": "v3.1.0", "id": "x", "version": "1", "schema": [schema]}
    contract = read_contract(json.dumps({**tree, "slaProperties": fresh}).encode())
    return compile_checks(contract, header, held=(CODES,), at=NOW)


def _queries(plan: CheckPlan) -> Iterator[tuple[str, exp.Query]]:
    yield "counts", plan.query
    yield "lean", plan.lean
    yield "faults", compile_faults(plan, [place for place, each in enumerate(plan.checks) if not each.keys])
    for check in (each for each in plan.checks if each.keys):
        name = "+".join(each.name for each in check.keys)
        yield f"surplus of {name}", compile_surplus(check.keys, plan.header)
        yield f"repeats of {name}", compile_repeats(check.keys, plan.header)
        for number in range(2):
            yield f"share {number} of {name}", compile_surplus(check.keys, plan.header, ValueShare(number, 2))


def _write(connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]], path: Path) -> None:
    columns = list(rows[0])
    types = ", ".join(f'"{each}" {"BIGINT" if each == "row" else "VARCHAR"}' for each in columns)
    connection.execute(f"CREATE TABLE {name} ({types})")
    places = ", ".join("?" for _ in columns)
    values = [list(each.values()) for each in rows]
    connection.executemany(f"INSERT INTO {name} VALUES ({places})", values)  # noqa: S608  names of this file
    connection.execute(f"COPY {name} TO '{path}' (FORMAT parquet)")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[CheckPlan, dict[str, Any], dict[str, Any]]:
    """Return the plan, and what DuckDB and Spark answer to its queries."""
    if not PYTHON.exists():
        pytest.fail("Spark is not installed; `make nightly` installs it in .venv-spark (it needs Java 17).")
    folder = tmp_path_factory.mktemp("spark")
    rows = _rows()
    plan = _plan(list(rows[0]))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        numbered = [
            {"row": number, **{f"c{place}": text for place, text in enumerate(row.values(), start=1)}}
            for number, row in enumerate(rows, start=1)
        ]
        _write(connection, "source", numbered, folder / "source.parquet")
        codes = [("a", "1"), ("b", "2"), ("c", "4"), ("c", "5")]
        reads = plan.contract.promises.reads()[CODES]
        values = [
            {f"f{place}": {"code": code, "amount": amount}[name] for place, name in enumerate(reads, start=1)}
            for code, amount in codes
        ]
        _write(connection, "reference1", values, folder / "reference1.parquet")
        amount = f"f{reads.index('amount') + 1}"
        connection.execute(f"ALTER TABLE reference1 ALTER {amount} TYPE DOUBLE")
        connection.execute(f"COPY reference1 TO '{folder}/reference1.parquet' (FORMAT parquet)")
        ours = {
            name: connection.execute(query.sql("duckdb", identify=True)).fetchall() for name, query in _queries(plan)
        }
    job = {
        "views": {name: str(folder / f"{name}.parquet") for name in ("source", "reference1")},
        "queries": {name: to_spark(query) for name, query in _queries(plan)},
    }
    (folder / "job.json").write_text(json.dumps(job), "utf-8")
    done = subprocess.run([PYTHON, PROGRAM, folder / "job.json"], capture_output=True, check=False, text=True)
    if done.returncode:
        pytest.fail(f"Spark did not run; it needs Java 17 (openjdk-17-jre-headless).\n{done.stderr[-3000:]}")
    return plan, ours, json.loads(done.stdout.splitlines()[-1])["answers"]


def _plain(rows: list[Any]) -> list[list[str]]:
    """Return rows as texts in an order, with times in UTC; a condition that is not known does not hold."""
    return sorted([str(each or 0).removesuffix("+00:00") for each in row] for row in rows)


@pytest.mark.nightly
def test_every_count_is_the_same(both: tuple[CheckPlan, dict[str, Any], dict[str, Any]]) -> None:
    plan, ours, theirs = both
    names = [
        "rows",
        *(f"{each.name}: {each.subject}" for each in plan.checks),
        *(each.field for each in plan.freshness),
    ]
    found = list(zip(names, *_plain(ours["counts"]), *_plain(theirs["counts"]), strict=True))
    assert [each for each in found if each[1] != each[2]] == []
    broken = {each.name for each, count in zip(plan.checks, ours["counts"][0][1:], strict=False) if count}
    assert broken >= {"required", "type", "minimum", "maximum", "pattern", "allowed", "unique", "unique-together"}
    assert broken >= {"validator", "rule", "reference", "unfound", "unequal"}


@pytest.mark.nightly
def test_every_row_that_is_told_is_the_same(both: tuple[CheckPlan, dict[str, Any], dict[str, Any]]) -> None:
    _, ours, theirs = both
    alike = [name for name in ours if not name.startswith("share ")]
    assert [name for name in alike if _plain(ours[name]) != _plain(theirs[name])] == []


@pytest.mark.nightly
def test_the_shares_of_a_keys_values_make_up_the_whole(
    both: tuple[CheckPlan, dict[str, Any], dict[str, Any]],
) -> None:
    _, _, theirs = both
    for name in (each.removeprefix("surplus of ") for each in theirs if each.startswith("surplus of ")):
        shares = [theirs[f"share {number} of {name}"][0][0] for number in range(2)]
        assert sum(shares) == theirs[f"surplus of {name}"][0][0]
