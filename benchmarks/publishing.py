"""Claim: a CSV of 1 GB becomes a sealed, checked and profiled version in 2.0 times DuckDB's CSV to Parquet, in 600 MB.

Limit: DuckDB's own `COPY (SELECT * FROM read_csv(…)) TO … (FORMAT parquet)` of the same file, all of its own choices
left as they are: neither sealed nor checked. Ours: a node's own use cases in a fresh process, without HTTP between: the
file arrives in pieces of 1 MiB and is sealed and digested, checked against its data contract, written as sealed
Parquet, profiled, and recorded in the node's store and log. Both are processes from their start to their end, by wall
time, with the file in the page cache; a new node's folder is made before and is not timed. The most memory (VmHWM) that
our process held at once, libraries and all, has a limit of its own.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from unittest.mock import patch

from benchmarks.measure import Measure, Result, Scale, interleaved, peak_memory
from benchmarks.source_file import CONTRACT, run_python, write_source
from commonweal.node import DEFAULT_PORT, Caller, PublishCommand, create_home, open_home

CLAIM = "CSV to a sealed, checked and profiled version takes at most 2.0 of DuckDB's CSV to Parquet, in 600 MB."
GOAL = 2.0
LIMIT = 600_000_000
PIECE = 1 << 20
COPY = """
import sys, duckdb
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
connection.execute(f"COPY (SELECT * FROM read_csv('{sys.argv[1]}')) TO '{sys.argv[2]}' (FORMAT parquet)")
"""


class Bench:
    """A source, and a new node for every time that it is published."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.source = folder / "source.csv"
        self._home = folder / "home"
        self._copy = folder / "copy.parquet"
        self.told: list[dict[str, float]] = []
        write_source(self.source, rows)

    def prepare(self) -> None:
        """Make a new node's folder."""
        rmtree(self._home, ignore_errors=True)
        create_home(self._home, body="DWP", operator="Olu Operator", port=DEFAULT_PORT)

    def publish(self) -> None:
        """Publish in a process of its own, and keep what it tells."""
        command = [sys.executable, "-m", __name__, str(self._home), str(self.source)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        self.told.append(json.loads(done.stdout.splitlines()[-1]))

    def copy(self) -> None:
        """Let DuckDB copy it."""
        run_python(COPY, str(self.source), str(self._copy))


def run(scale: Scale) -> Result:
    """Time both processes on one file."""
    with (
        TemporaryDirectory(prefix="commonweal-bench-") as secrets,
        patch.dict("os.environ", XDG_CONFIG_HOME=secrets),
        TemporaryDirectory(prefix="commonweal-bench-") as folder,
    ):
        bench = Bench(Path(folder), scale.pick(full=10_000_000, quick=1_000_000, tiny=1_000))
        rounds = interleaved({"DuckDB": bench.copy, "ours": bench.publish}, scale, prepare=bench.prepare)
        size = bench.source.stat().st_size
    told = {name: round(median(each[name] for each in bench.told), 3) for name in bench.told[0]}
    peak = max(each["peak"] for each in bench.told)
    return Result(
        name="publishing",
        claim=CLAIM,
        measures=[
            Measure("wall time", rounds.ratio("ours", "DuckDB"), at_most=GOAL),
            Measure("peak to 600 MB", peak / LIMIT, at_most=1.0),
        ],
        runs=scale.runs,
        rivals=rounds.rivals("DuckDB"),
        libraries=("duckdb", "cryptography", "sqlglot"),
        profile=lambda: json.dumps(told),
        notes={"megabytes of the file": round(size / 1e6), "seconds within ours, and bytes at most": told},
    )


def main(home: str, source: str) -> None:
    """Publish in this process and print the seconds of receiving and publishing, and the most memory held."""
    with open_home(Path(home)) as node:
        operator = Caller(node.bodies.get_person(node.parts.settings.operator), is_operator=True)
        steward = Caller(node.bodies.add_person(operator, body="dwp", name="Sam Steward", roles=["steward"]))
        started = perf_counter()
        staged = node.staging.receive(steward, _pieces(Path(source)))
        received = perf_counter()
        command = PublishCommand(body="dwp", name="claims", contract=CONTRACT.encode(), upload=staged.id)
        version = node.publishing.publish(steward, command).version
        told = {"receive": received - started, "publish": perf_counter() - received, "rows": version.rows}
        print(json.dumps({**told, "size": version.size, "peak": peak_memory()}))


def _pieces(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


if __name__ == "__main__":
    main(*sys.argv[1:])
