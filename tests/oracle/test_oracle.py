"""datacontract-cli holds the same file to the same contract, in an environment of its own, and counts the same.

It is the oracle of every count that it knows. It counts the values that come back, and the gate the rows in which they
do, so no value is planted three times. It knows no row rule of ours: for it each is written in SQL too.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from commonweal.adapters.duckdb import Publisher
from commonweal.adapters.plain_file import PlainFile
from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import Circumstances, QualityResult, SourceFormat, read_contract

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / ".venv-oracle" / "bin" / "python"
ROWS = 3000
HEADER = "id,kind,part,amount,opened,closed"
RULES = {"closed >= opened": "closed < opened", "amount < 900 or kind = 'a'": "NOT (amount < 900 OR kind = 'a')"}
PROPERTIES: list[dict[str, Any]] = [
    {"name": "id", "logicalType": "string", "required": True, "unique": True},
    {
        "name": "kind",
        "logicalType": "string",
        "quality": [
            {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["a", "b"]}},
            {"metric": "nullValues", "mustBeLessThan": 1, "unit": "percent"},
        ],
    },
    {"name": "part", "logicalType": "string", "logicalTypeOptions": {"pattern": "[a-z]+[0-9]*"}},
    {"name": "amount", "logicalType": "integer", "logicalTypeOptions": {"minimum": 0, "maximum": 1000}},
    {"name": "opened", "logicalType": "date"},
    {"name": "closed", "logicalType": "date"},
]
TABLE_RULES: list[dict[str, Any]] = [
    {"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["kind", "part"]}},
    {"metric": "rowCount", "mustBeGreaterOrEqualTo": ROWS + 1},
]


def planted() -> str:
    """Return the rows, with faults planted: each kind of fault another number of times."""
    rows = [
        (
            "" if number % 400 == 7 else str(number - 1 if number % 500 == 3 else number),
            "" if number % 90 == 5 else "z" if number % 700 == 9 else "ab"[number % 2],
            f"UPPER{number}" if number % 800 == 11 else f"part{number - 2 if number % 600 == 22 else number}",
            str(-5 if number % 1000 == 13 else 5000 if number % 750 == 17 else number % 1000),
            "2026-01-02",
            "2026-01-01" if number % 1200 == 19 else "" if number % 50 == 1 else "2026-03-01",
        )
        for number in range(ROWS)
    ]
    return "\n".join((HEADER, *map(",".join, rows), ""))


def document(properties: list[dict[str, Any]], rules: list[dict[str, Any]], **more: Any) -> str:
    table = {"name": "cases", "properties": properties, "quality": rules}
    start = {"kind": "DataContract", "apiVersion": "v3.1.0", "id": "x", "version": "1", "name": "x", "status": "active"}
    return yaml.safe_dump({**start, **more, "schema": [table]}, sort_keys=False)


def ours(source: Path) -> QualityResult:
    rules = [{"type": "custom", "engine": "commonweal", "implementation": {"rule": each}} for each in RULES]
    contract = read_contract(document(PROPERTIES, TABLE_RULES + rules).encode())
    files, content = SealedFiles(), PlainFile(source)
    with Publisher(files) as engine:
        return engine.check(files.offer("rows", content), SourceFormat.CSV, contract, circumstances=Circumstances())


def theirs(source: Path) -> dict[str, Any]:
    rules = [
        {"type": "sql", "query": f"SELECT COUNT(*) FROM cases WHERE {each}", "mustBe": 0}  # noqa: S608  ours
        for each in RULES.values()
    ]
    servers = [{"server": "here", "type": "local", "path": str(source), "format": "csv", "delimiter": ","}]
    written = source.with_suffix(".yaml")
    written.write_text(document(PROPERTIES, TABLE_RULES + rules, servers=servers), "utf-8")
    command = [str(ORACLE), str(Path(__file__).with_name("count_faults.py")), str(written)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_every_count_is_the_oracles(tmp_path: Path) -> None:
    if not ORACLE.exists():
        pytest.fail("The oracle is not installed: run `make .venv-oracle/made-from-lock`.")
    source = tmp_path / "cases.csv"
    source.write_text(planted(), "utf-8")
    told, found = theirs(source), ours(source)
    assert told["odd"] == []
    assert len(told["counts"]) == len(told["failed"])
    oracle = sorted((field, metric, int(count)) for field, _, metric, count in told["counts"])
    assert oracle == sorted(map(_as_told, found.findings))
    assert len(oracle) == 11


def _as_told(finding: Any) -> tuple[str, str, int]:
    """Return a finding in the oracle's words."""
    match finding.check:
        case "required":
            return finding.field, "missing_count", finding.count
        case "unique" | "unique-together":
            return finding.field, "duplicate_count", finding.count
        case "rule":
            return "", "custom_sql", finding.count
        case "minimum-rows":
            return "", "row_count", ROWS + 1 - finding.count
        case _:
            return finding.field, "invalid_count", finding.count
