"""Claim: checking a data contract takes at most 1.3 times one pass of SQL written by hand, 0.4 times datacontract-cli.

Rivals: one DuckDB statement that a data engineer would write for the same ten checks over the same CSV on disk, which
only counts; and datacontract-cli 1.2.8 with the same contract, in its own environment. Ours: beside the statement, the
gate's check of the same file, in a process that runs already; beside the tool, the command `contract check` against
the command `datacontract test`, each from its start to its end, as a person waits for it. Beside that stands the gate's
check against the tool's own time for its test, both without Python's start and imports. Timed: wall time; each side
opens its own connection. Two files: one keeps every promise, so that all sides do the very same checks; in the other
some rows break five of them, and ours names the first rows of each as well, which neither rival does. The goals are the
same for both.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import yaml

from benchmarks.measure import Measure, Result, Rounds, Scale, compile_modules, interleaved, profile_of
from commonweal.adapters.duckdb import Publisher
from commonweal.adapters.duckdb.engine import DEFAULT_LIMITS
from commonweal.adapters.plain_file import PlainFile
from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import QualityResult, SourceFormat, read_contract

CLAIM = (
    "Checking a data contract over a CSV takes at most 1.3 times one hand-written DuckDB pass, and at most 0.4 times "
    "datacontract-cli."
)
GOAL, GOAL_TOOL = 1.3, 0.4
ORACLE = Path(__file__).parents[1] / ".venv-oracle" / "bin" / "python"
BROKEN = {0, 1, 4}
"""What both commands may end with: the contract is kept, or broken (1 the tool, 4 ours)."""
NAMES = ("id", "nino", "postcode", "amount", "started", "ended", "status", "code")
ROWS = """
COPY (SELECT CASE WHEN {1} AND i % 100000 = 7 THEN i - 1 ELSE i END AS id,
  CASE WHEN {1} AND i % 5000 = 3 THEN NULL ELSE 'AB' || lpad((i % 1000000)::VARCHAR, 6, '0') || 'C' END AS nino,
  CASE WHEN {1} AND i % 3000 = 1 THEN NULL ELSE 'SW' || (i % 20 + 1) || ' ' || (i % 9 + 1) || 'AA' END AS postcode,
  CASE WHEN {1} AND i % 40000 = 5 THEN -5 ELSE i % 1000 END AS amount,
  DATE '2020-01-01' + (i % 900)::INT AS started, DATE '2020-01-01' + (i % 900)::INT + (i % 30)::INT AS ended,
  CASE WHEN {1} AND i % 80000 = 11 THEN 'bad' WHEN i % 3 = 0 THEN 'open' ELSE 'closed' END AS status,
  'C' || (i % 500)::VARCHAR AS code
FROM range({0}) t(i)) TO '{2}' (HEADER)
"""
BY_HAND = """
WITH typed AS (SELECT *, TRY_CAST(id AS BIGINT) AS id_, TRY_CAST(amount AS BIGINT) AS amount_,
    TRY_CAST(started AS DATE) AS started_, TRY_CAST(ended AS DATE) AS ended_
  FROM read_csv('{}', all_varchar = true, header = true, delim = ',', auto_detect = false, columns = {}))
SELECT count(*), count(*) FILTER (id IS NULL OR trim(id) = ''), count(*) FILTER (id_ IS NULL AND trim(id) <> ''),
  count(id_) - count(DISTINCT id_), count(*) FILTER (nino IS NULL OR trim(nino) = ''),
  count(*) FILTER (trim(nino) <> '' AND NOT regexp_full_match(nino, '[A-Z]{{2}}[0-9]{{6}}[A-D]')),
  count(*) FILTER (postcode IS NULL OR trim(postcode) = ''),
  count(*) FILTER (amount_ IS NULL AND trim(amount) <> ''), count(*) FILTER (amount_ < 0),
  count(*) FILTER (started_ IS NULL AND trim(started) <> ''), count(*) FILTER (ended_ IS NULL AND trim(ended) <> ''),
  count(*) FILTER (trim(status) <> '' AND status NOT IN ('open', 'closed'))
FROM typed
"""
TOOL = """
import sys, time, json
from datacontract.data_contract import DataContract
started = time.perf_counter()
run = DataContract(data_contract_file=sys.argv[1]).test()
print(json.dumps([time.perf_counter() - started, len([each for each in run.checks if each.result.value == "failed"])]))
"""
MEASURES = (
    ("to one pass by hand", "contract check", "one pass by hand", GOAL),
    ("command to command, datacontract-cli", "command", "datacontract test", GOAL_TOOL),
    ("to datacontract-cli, both without their start", "contract check", "datacontract-cli", GOAL_TOOL),
)
KINDS = {"id": "integer", "amount": "integer", "started": "date", "ended": "date"}
TERMS: dict[str, dict[str, object]] = {
    "id": {"required": True, "unique": True},
    "nino": {"required": True, "logicalTypeOptions": {"pattern": "[A-Z]{2}[0-9]{6}[A-D]"}},
    "postcode": {"required": True},
    "amount": {"logicalTypeOptions": {"minimum": 0}},
    "status": {"quality": [{"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["open", "closed"]}}]},
}


class Sides:
    """One file, and the ways of checking it."""

    def __init__(self, folder: Path, rows: int, *, has_faults: bool) -> None:
        name = "faulty" if has_faults else "sound"
        self._source, self._contract = folder / f"{name}.csv", folder / f"{name}.odcs.yaml"
        duckdb.connect().execute(ROWS.format(rows, has_faults, self._source))
        fields = [{"name": n, "logicalType": KINDS.get(n, "string"), **TERMS.get(n, {})} for n in NAMES]
        server = {"server": "here", "type": "local", "path": str(self._source), "format": "csv"}
        start = {"kind": "DataContract", "apiVersion": "v3.1.0", "id": "x", "version": "1", "status": "active"}
        table = {"name": "rows", "properties": fields}
        self._contract.write_text(yaml.safe_dump({**start, "servers": [server], "schema": [table]}), "utf-8")
        self.inside: list[float] = []

    def by_hand(self) -> tuple[int, ...]:
        """Count every fault in one statement."""
        columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in NAMES) + "}"
        limits: dict[str, str | bool | int | float | list[str]] = {
            "threads": DEFAULT_LIMITS.threads,
            "memory_limit": DEFAULT_LIMITS.memory,
        }
        with duckdb.connect(config=limits) as connection:
            return connection.execute(BY_HAND.format(self._source, columns)).fetchall()[0]

    def ours(self) -> QualityResult:
        """Hold the file to its contract as the gate does."""
        files = SealedFiles()
        with Publisher(files) as engine:
            offered = files.offer("rows", PlainFile(self._source))
            return engine.check(offered, SourceFormat.CSV, read_contract(self._contract.read_bytes()))

    def tool(self) -> int:
        """Hold the file to its contract with datacontract-cli."""
        command = [str(ORACLE), "-c", TOOL, str(self._contract)]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        seconds, failed = json.loads(done.stdout.splitlines()[-1])
        self.inside.append(seconds)
        return int(failed)

    def our_command(self) -> None:
        """Run the command that checks the file."""
        command = str(Path(sys.executable).with_name("commonweal"))
        self._run([command, "contract", "check", str(self._source), "--contract", str(self._contract)])

    def their_command(self) -> None:
        """Run the command of datacontract-cli that does."""
        self._run([str(ORACLE.with_name("datacontract")), "test", str(self._contract)])

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode not in BROKEN or b"Traceback" in done.stderr:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}")

    def verify_alike(self) -> None:
        """Check that all sides find the same faults, so that the ratio compares like with like."""
        found = sorted(each.count for each in self.ours().findings)
        if found != sorted(each for each in self.by_hand()[1:] if each) or len(found) != self.tool():
            raise RuntimeError("the sides do not find the same faults")


def run(scale: Scale) -> Result:
    """Time the sides in turn, over the file without a fault and then over the other."""
    compile_modules()
    rows = scale.pick(full=5_000_000, quick=1_000_000, tiny=20_000)
    with TemporaryDirectory(prefix="commonweal-bench-") as folder:
        sound, faulty = (Sides(Path(folder), rows, has_faults=each) for each in (False, True))
        timed = {"no fault": _time(sound, scale), "faults, rows named": _time(faulty, scale)}
        measures = [
            Measure(f"{told}, {name}", rounds.ratio(ours, rival), at_most=goal)
            for told, ours, rival, goal in MEASURES
            for name, rounds in timed.items()
        ]
        profile = "" if all(each.ok for each in measures) else profile_of(faulty.ours)
    return Result(
        name="contract_check",
        claim=CLAIM,
        measures=measures,
        runs=scale.runs,
        rivals={
            f"{side}, {name}": cost
            for name, rounds in timed.items()
            for side, cost in rounds.rivals("one pass by hand").items()
        },
        libraries=("duckdb", "sqlglot"),
        profile=lambda: profile,
        notes={
            "datacontract-cli": "1.2.8; under this name its wall time without the start of Python and its imports",
            "processor time, contract check to one pass by hand": {
                name: round(rounds.ratio("contract check", "one pass by hand", by="cpu"), 4)
                for name, rounds in timed.items()
            },
        },
    )


def _time(sides: Sides, scale: Scale) -> Rounds:
    sides.verify_alike()
    acts = {
        "one pass by hand": sides.by_hand,
        "contract check": sides.ours,
        "datacontract-cli": sides.tool,
        "command": sides.our_command,
        "datacontract test": sides.their_command,
    }
    timed = interleaved(acts, scale)
    seconds = sides.inside[-scale.runs :]
    tool = [replace(cost, wall=wall) for cost, wall in zip(timed.costs["datacontract-cli"], seconds, strict=True)]
    return replace(timed, costs={**timed.costs, "datacontract-cli": tool})
