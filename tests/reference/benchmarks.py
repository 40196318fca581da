"""What was measured, from the results that are committed; a miss is shown as a miss, with its profile."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .source import ROOT
from .tables import cell, page, table

RESULTS = ROOT / "benchmarks" / "results"
NOTHING = "Nothing has been measured yet: `benchmarks/results` holds no result."

Result = Mapping[str, Any]


def read_results(folder: Path = RESULTS) -> list[Result]:
    """Return every committed result, by name."""
    return [json.loads(each.read_bytes()) for each in sorted(folder.glob("*.json"))]


def write_benchmarks(folder: Path = RESULTS) -> str:
    """Return the page of benchmarks."""
    results = read_results(folder)
    return page(
        "Benchmarks",
        "Each claim is a ratio to a named rival that ran in the same run, on the same machine; seconds are medians. "
        "Absolute times say little elsewhere, ratios more. Each claim has its program in the folder `benchmarks`.",
        _summary(results) if results else NOTHING,
        *(_section(each) for each in results),
    )


def _summary(results: list[Result]) -> str:
    met = sum(1 for each in results if each["ok"])
    rows = [(each["name"], each["claim"], each["goal"], _ratio(each["ratio"]), _verdict(each)) for each in results]
    return f"{met} of {len(results)} claims are met.\n\n" + table(("benchmark", "claim", "goal", "ratio", "met"), rows)


def _section(result: Result) -> str:
    parts = [f"## {result['name']}", cell(result["claim"]), _measured(result)]
    if result.get("rivals"):
        parts.append(table(("what ran", "wall, s", "processor, s", "ratio to the limit"), _rivals(result["rivals"])))
    if result.get("measures"):
        rows = [(each["name"], each["goal"], _ratio(each["ratio"]), _verdict(each)) for each in result["measures"]]
        parts.append(table(("measure", "goal", "ratio", "met"), rows))
    if not result["ok"]:
        parts += [
            "**The goal is missed.** Where the time goes:",
            _quoted(result.get("profile") or "no profile was kept"),
        ]
    return "\n\n".join((*parts, _circumstances(result)))


def _measured(result: Result) -> str:
    short = " It was a quick run, which proves that the program works and no more." if result.get("quick") else ""
    missed = ", ".join(each["name"] for each in result.get("measures", ()) if not each["ok"])
    verdict = "met" if result["ok"] else f"missed ({missed})" if missed else "missed"
    return (
        f"Goal {cell(result['goal'])}; measured {_ratio(result['ratio'])} over {result['runs']} runs on "
        f"{result['measured']}: {cell(verdict)}.{short}"
    )


def _rivals(rivals: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[object, ...]]:
    for name, told in rivals.items():
        yield name, _ratio(told.get("wall")), _ratio(told.get("cpu")), _ratio(told.get("ratio"))


def _circumstances(result: Result) -> str:
    machine = "; ".join(f"{name}: {value}" for name, value in result["machine"].items())
    versions = ", ".join(f"{name} {value}" for name, value in result["versions"].items())
    notes = "".join(f"\n- {cell(name)}: {cell(value)}" for name, value in result.get("notes", {}).items())
    return f"- Machine: {cell(machine)}\n- Versions: {cell(versions)}{notes}"


def _quoted(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.strip().splitlines())


def _verdict(told: Result) -> str:
    return "yes" if told["ok"] else "**no**"


def _ratio(number: object) -> str:
    return f"{number:.3g}" if isinstance(number, int | float) else "–"
