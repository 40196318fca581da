"""Claim: `commonweal inspect` says how a CSV of 1 GB reads in 0.1 of the time in which DuckDB reads all of it.

Limit: DuckDB's own `read_csv` of the whole file into a table in memory, all of its own choices left as they are. Ours:
the installed command, which reads the beginning of so long a file and estimates its rows from places all over it. Both
are processes from their start to their end, their modules compiled, by wall time, with the file in the page cache.
Beside it: DuckDB only counting the values of every column, which keeps nothing. The most memory that each process held
is noted.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Measure, Result, Scale, compile_modules, interleaved
from benchmarks.source_file import run_command, run_python, write_source

CLAIM = "`commonweal inspect` of a CSV of 1 GB takes at most 0.1 of the time in which DuckDB reads it."
GOAL = 0.1
COMMAND = str(Path(sys.executable).with_name("commonweal"))
READ = """
import sys, duckdb
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
connection.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{sys.argv[1]}')")
"""
COUNT = READ.replace("CREATE TABLE t AS SELECT *", "SELECT count(COLUMNS(*))")


def run(scale: Scale) -> Result:
    """Write the file, then time the processes."""
    compile_modules()
    with TemporaryDirectory(prefix="commonweal-bench-") as folder:
        source = Path(folder) / "source.csv"
        write_source(source, scale.pick(full=10_130_000, quick=2_000_000, tiny=1_000))
        ours = [COMMAND, "inspect", str(source), "--json"]
        peaks: dict[str, int] = {}

        def note(name: str, peak: int) -> None:
            peaks[name] = max(peak, peaks.get(name, 0))

        acts = {
            "DuckDB, into a table": lambda: note("DuckDB, into a table", run_python(READ, str(source))),
            "DuckDB, counting": lambda: note("DuckDB, counting", run_python(COUNT, str(source))),
            "ours": lambda: note("ours", run_command(ours)),
        }
        rounds = interleaved(acts, scale)
        told = json.loads(subprocess.run(ours, check=True, capture_output=True).stdout)["rows"]
        size = source.stat().st_size
    return Result(
        name="inspecting",
        claim=CLAIM,
        measures=[Measure("wall time", rounds.ratio("ours", "DuckDB, into a table"), at_most=GOAL)],
        runs=scale.runs,
        rivals=rounds.rivals("DuckDB, into a table"),
        libraries=("duckdb", "cyclopts"),
        profile=lambda: json.dumps(told),
        notes={
            "megabytes of the file": round(size / 1e6),
            "rows told": told,
            "peak megabytes": {name: round(peak / 1e6) for name, peak in peaks.items()},
        },
    )
