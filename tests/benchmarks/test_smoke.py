"""Every claim runs at a tiny size and writes a whole record; no time is asserted, for a tiny size means nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CLAIMS = (
    "start",
    "sealing",
    "sealed_reading",
    "audit",
    "decision",
    "inspecting",
    "publishing",
    "memory",
    "contract_check",
)
KINDS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "claim": str,
    "goal": str,
    "ratio": float,
    "ok": bool,
    "runs": int,
    "rivals": dict,
    "measures": list,
    "notes": dict,
    "machine": dict,
    "versions": dict,
    "quick": bool,
    "measured": str,
}


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_writes_a_whole_record(claim: str, tmp_path: Path) -> None:
    done = run(claim, "--tiny", "--runs", "1", "--results", str(tmp_path))
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / f"{claim}.json").read_text("utf-8"))
    assert {key: type(record[key]) for key in KINDS} == KINDS
    assert set(record) - {"profile"} == set(KINDS)
    assert (record["name"], record["quick"]) == (claim, True)
    verify_measures(record)
    assert done.stdout.startswith(f"{claim:15} {'ok  ' if record['ok'] else 'MISS'} ")
    assert record["goal"] in done.stdout


def verify_measures(record: dict[str, Any]) -> None:
    measures, rivals = record["measures"], record["rivals"]
    assert all(set(each) == {"name", "goal", "ratio", "ok"} and each["ratio"] > 0 for each in measures)
    assert (measures[0]["goal"], measures[0]["ratio"]) == (record["goal"], record["ratio"])
    assert record["ok"] == all(each["ok"] for each in measures)
    assert rivals
    assert all(set(each) == {"wall", "cpu", "ratio"} and each["wall"] > 0 for each in rivals.values())
    assert record["ok"] or record["profile"]
    assert {"cpu", "cores", "memory_gib", "system"} == set(record["machine"])
    assert {"python", "commonweal"} <= set(record["versions"])


def test_an_unknown_claim_is_refused(tmp_path: Path) -> None:
    done = run("nosuch", "--results", str(tmp_path))
    assert done.returncode == 2
    assert "invalid choice" in done.stderr
