"""Run the claims and write their results; a goal that is missed is a result, so the exit code is still 0."""

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks.measure import Result, Scale

CLAIMS = (
    "start",
    "sealing",
    "sealed_reading",
    "audit",
    "decision",
    "inspecting",
    "publishing",
    "memory",
    "delivery",
    "contract_check",
)
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Read the command line, run each claim named (all without a name) and print a line for each."""
    options = _parser().parse_args()
    scale = Scale("tiny" if options.tiny else "quick" if options.quick else "full", options.runs)
    for name in options.names or CLAIMS:
        result: Result = import_module(f"benchmarks.{name}").run(scale)
        path = result.write(options.results, scale)
        print(f"{result.line()}  → {path}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure each claim beside its rival.")
    parser.add_argument("names", nargs="*", choices=[*CLAIMS, []], metavar="NAME", help=", ".join(CLAIMS))
    parser.add_argument("--quick", action="store_true", help="smaller data; minutes")
    parser.add_argument("--tiny", action="store_true", help="seconds, for the smoke tests; its ratios mean nothing")
    parser.add_argument("--runs", type=int, default=5, help="paired rounds (default 5)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder the JSON goes to")
    return parser


if __name__ == "__main__":
    main()
