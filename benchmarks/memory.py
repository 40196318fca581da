"""Claim: a process that makes a release stays within 400 MB, at 5 million rows as at 20 million.

Limit: 400 MB (10^6 bytes) of resident memory, the most that the process ever held (VmHWM), libraries and all. Ours: a
fresh process for each release, `adapters.duckdb`'s releaser from a sealed Parquet file of eight fields to a sealed
file on disk, with the limits a node sets. Two releases: six fields and half of the rows, written by the engine; and the
same with two fields as tokens, which pass through Arrow. The source is written sealed by the product too, in a stream,
in a process of its own whose peak is noted. Beside it: the memory of a process that has only imported what the release
needs. The greatest peak of all the runs counts, not the median; the smaller source is measured for how memory grows.
"""

import json
import secrets
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.measure import Cost, Measure, Result, Scale, cost_of, peak_memory
from benchmarks.shelf import Shelf
from commonweal.adapters.duckdb import Releaser
from commonweal.deliver import ReleasePlan
from commonweal.request import Operator, RowCondition

CLAIM = "A process that makes a release holds at most 400 MB of memory, at 5 million rows and at 20 million."
LIMIT = 400_000_000
FIELDS = ("person_id", "nhs_number", "born", "claimed", "authority", "award")
HALF = (RowCondition("live", Operator.EQUALS, ("true",)),)
TOKENISED = ("person_id", "nhs_number")
TOKEN_KEY = "0123456789abcdef" * 4


@dataclass(frozen=True)
class Run:
    """A child process: the bytes it held at most, when it had imported what it needs and at its end; and its cost."""

    imported: int
    peak: int
    cost: Cost


def run(scale: Scale) -> Result:
    """Write both sources, then make each release in a process of its own, as often as the scale says."""
    small = scale.pick(full=5_000_000, quick=1_000_000, tiny=10_000)
    big = scale.pick(full=20_000_000, quick=4_000_000, tiny=40_000)
    with TemporaryDirectory(prefix="commonweal-bench-") as folder:
        written = {f"writing, {rows:,} rows": [_child("write", folder, rows)] for rows in (small, big)}
        kinds = [(f"{work}, {rows:,} rows", work, rows) for rows in (small, big) for work in ("engine", "tokens")]
        released: dict[str, list[Run]] = {name: [] for name, _, _ in kinds}
        for _ in range(scale.runs):
            for name, work, rows in kinds:
                released[name].append(_child(work, folder, rows))
    peaks = {name: max(each.peak for each in runs) for name, runs in released.items()}
    told = {name: _told(runs) for name, runs in (written | released).items()}
    return Result(
        name="memory",
        claim=CLAIM,
        measures=sorted(
            (Measure(f"peak to 400 MB, {name}", peak / LIMIT, at_most=1.0) for name, peak in peaks.items()),
            key=lambda measure: -measure.ratio,
        ),
        runs=scale.runs,
        rivals={name: _medians(runs, peaks[name]) for name, runs in released.items()},
        libraries=("duckdb", "pyarrow", "polars", "polars-hash"),
        profile=lambda: json.dumps(told, indent=1),
        notes={"megabytes": told},
    )


def _told(runs: Sequence[Run]) -> dict[str, float]:
    return {
        "imported": round(median(each.imported for each in runs) / 1e6),
        "peak, median": round(median(each.peak for each in runs) / 1e6),
        "peak, greatest": round(max(each.peak for each in runs) / 1e6),
    }


def _medians(runs: Sequence[Run], peak: int) -> dict[str, float]:
    wall, cpu = median(each.cost.wall for each in runs), median(each.cost.cpu for each in runs)
    return {"wall": round(wall, 6), "cpu": round(cpu, 6), "ratio": round(peak / LIMIT, 4)}


def _child(work: str, folder: str, rows: int) -> Run:
    answers: list[dict[str, int]] = []
    command = [sys.executable, "-m", "benchmarks.memory", work, folder, str(rows)]
    cost = cost_of(lambda: answers.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout)))
    return Run(cost=cost, **answers[0])


def main() -> None:
    """Do one piece of work as a process of its own and say what memory it took."""
    work, folder, rows = sys.argv[1:]
    shelf = Shelf(Path(folder))
    imported = peak_memory()
    if work == "write":
        shelf.write_rows(f"version-{rows}", int(rows))
    else:
        _release(shelf, f"version-{rows}", tokens=work == "tokens")
    print(json.dumps({"imported": imported, "peak": peak_memory()}))


def _release(shelf: Shelf, version: str, *, tokens: bool) -> None:
    plan = ReleasePlan(FIELDS, HALF, frozenset(TOKENISED if tokens else ()))
    with shelf.reading(version) as reader, shelf.writing(f"release-{secrets.token_hex(8)}") as (files, out):
        Releaser(files).release(files.offer("version", reader), plan, TOKEN_KEY if tokens else None, out)


if __name__ == "__main__":
    main()
