"""Claim: `commonweal --help` answers in at most 0.4 of the time that importing the engines takes.

Limit: the same interpreter importing duckdb, pyarrow, fastapi and sqlalchemy, which a program that loads everything at
its start would pay. Ours: the installed `commonweal` command. Timed: the whole process, from its start to its end, by
wall time, the modules compiled and in the page cache.
"""

import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Measure, Result, Scale, compile_modules, interleaved

CLAIM = "`commonweal --help` takes at most 0.4 of the time that importing its engines takes."
COMMAND = [str(Path(sys.executable).with_name("commonweal")), "--help"]
ENGINES = [sys.executable, "-c", "import duckdb, pyarrow, fastapi, sqlalchemy"]


def run(scale: Scale) -> Result:
    """Time both processes."""
    compile_modules()
    rounds = interleaved({"engines": lambda: _run(ENGINES), "ours": lambda: _run(COMMAND)}, scale)
    return Result(
        name="start",
        claim=CLAIM,
        measures=[Measure("wall time", rounds.ratio("ours", "engines"), at_most=0.4)],
        runs=scale.runs,
        rivals=rounds.rivals("engines"),
        libraries=("cyclopts", "duckdb", "pyarrow", "fastapi", "sqlalchemy"),
        profile=_slow_imports,
    )


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _slow_imports() -> str:
    """The imports that take longest, in microseconds: their own, with what they import, and the module."""
    command = [sys.executable, "-X", "importtime", *COMMAND]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines()
    timed = [line.removeprefix("import time:") for line in told if "|" in line and "self" not in line]
    return "\n".join(sorted(timed, key=lambda line: -int(line.split("|")[1]))[:20])
