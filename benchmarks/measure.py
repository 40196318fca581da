"""The harness every claim shares: paired runs, ratios, goals, and the record of a result.

A claim is a module `benchmarks/NAME.py` with `run(scale: Scale) -> Result`. Its docstring states the claim, the
rival or limit, what is timed and what is not. Sizes come from `scale.pick(full=…, quick=…, tiny=…)`; tiny is for the
smoke tests.
"""

import compileall
import cProfile
import io
import json
import os
import platform
import pstats
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Literal

import commonweal
from commonweal.core import SystemClock

Act = Callable[[], object]
By = Literal["wall", "cpu"]


@dataclass(frozen=True)
class Scale:
    """How much work a run does, and how many paired rounds it takes the median of."""

    size: Literal["full", "quick", "tiny"] = "full"
    runs: int = 5

    def pick(self, *, full: int, quick: int, tiny: int) -> int:
        """The number that belongs to this scale."""
        return {"full": full, "quick": quick, "tiny": tiny}[self.size]


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time, and of processor time in this process, its ended children and the processes named."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Measure:
    """One ratio and its goal: `at_most` or `at_least`, never both."""

    name: str
    ratio: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def goal(self) -> str:
        """The goal as text, such as `≤ 1.2`."""
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"

    @property
    def ok(self) -> bool:
        """Whether the ratio is within its goal."""
        if self.at_most is not None:
            return self.ratio <= self.at_most
        return self.at_least is not None and self.ratio >= self.at_least

    def record(self) -> dict[str, object]:
        """The measure as JSON values."""
        return {"name": self.name, "goal": self.goal, "ratio": round(self.ratio, 4), "ok": self.ok}


@dataclass(frozen=True)
class Rounds:
    """The costs of each rival, one per round; the same index is the same round."""

    costs: Mapping[str, Sequence[Cost]]

    def ratio(self, ours: str, limit: str, *, by: By = "wall") -> float:
        """The median over the rounds of the cost of `ours` over the cost of `limit` in the same round."""
        pairs = zip(self.costs[ours], self.costs[limit], strict=True)
        return median(_value(a, by) / max(_value(b, by), 1e-9) for a, b in pairs)

    def rivals(self, limit: str, *, by: By = "wall") -> dict[str, dict[str, float]]:
        """Median seconds of each rival and its ratio to the limit, for `Result.rivals`."""
        return {name: self._rival(name, limit, by) for name in self.costs}

    def _rival(self, name: str, limit: str, by: By) -> dict[str, float]:
        costs = self.costs[name]
        wall, cpu = median(c.wall for c in costs), median(c.cpu for c in costs)
        return {"wall": round(wall, 6), "cpu": round(cpu, 6), "ratio": round(self.ratio(name, limit, by=by), 4)}


@dataclass(frozen=True)
class Result:
    """What a claim's run found; the first measure is the headline.

    Args:
        rivals: name to medians, as `Rounds.rivals` gives them.
        libraries: distributions whose versions matter to the result.
        profile: called only when a goal is missed; answers where the time (or memory) goes.
        notes: other figures worth keeping, JSON values.
    """

    name: str
    claim: str
    measures: Sequence[Measure]
    runs: int
    rivals: Mapping[str, Mapping[str, float]]
    libraries: Sequence[str] = ()
    profile: Callable[[], str] | None = None
    notes: Mapping[str, object] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every measure is within its goal."""
        return all(measure.ok for measure in self.measures)

    def line(self) -> str:
        """One line for a person: the claim's name, and each ratio beside its goal."""
        told = "; ".join(f"{m.name} {m.ratio:.2f} (goal {m.goal}{'' if m.ok else ', MISS'})" for m in self.measures)
        return f"{self.name:15} {'ok  ' if self.ok else 'MISS'} {told}"

    def record(self, scale: Scale) -> dict[str, object]:
        """The result as JSON values, with the machine, the versions and, on a miss, the profile."""
        told: dict[str, object] = {
            "name": self.name,
            "claim": self.claim,
            "goal": self.measures[0].goal,
            "ratio": round(self.measures[0].ratio, 4),
            "ok": self.ok,
            "runs": self.runs,
            "rivals": {name: dict(costs) for name, costs in self.rivals.items()},
            "measures": [measure.record() for measure in self.measures],
            "notes": dict(self.notes),
            "machine": machine(),
            "versions": versions(self.libraries),
            "quick": scale.size != "full",
            "measured": SystemClock().now().date().isoformat(),
        }
        if not self.ok and self.profile is not None:
            told["profile"] = self.profile()
        return told

    def write(self, folder: Path, scale: Scale) -> Path:
        """Write the record to `folder/NAME.json` and answer its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(self.record(scale), indent=2, ensure_ascii=False) + "\n", "utf-8")
        return path


def interleaved(
    acts: Mapping[str, Act], scale: Scale, *, pids: Sequence[int] = (), prepare: Act | None = None, warm: bool = True
) -> Rounds:
    """Run every act once a round, A B A B…, `scale.runs` rounds; the order turns round every other round.

    Args:
        acts: what is timed; anything an act should not pay for is done before.
        scale: gives the number of rounds.
        pids: other processes (a served node, a database) whose processor time belongs to every act.
        prepare: done before every run of every act, and not timed.
        warm: run each act once, uncounted, before the first round.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in acts}
    for round_ in range(-int(warm), scale.runs):
        for name in list(acts) if round_ % 2 == 0 else reversed(list(acts)):
            if prepare is not None:
                prepare()
            cost = cost_of(acts[name], pids=pids)
            if round_ >= 0:
                costs[name].append(cost)
    return Rounds(costs)


def interleaved_calls(acts: Mapping[str, Act], calls: int, scale: Scale) -> Rounds:
    """For acts of milliseconds: call each `calls` times a round, in turn; a round's cost is the median.

    The first call of each act is not counted.
    """
    rounds: dict[str, list[Cost]] = {name: [] for name in acts}
    for act in acts.values():
        act()
    for _ in range(scale.runs):
        costs: dict[str, list[Cost]] = {name: [] for name in acts}
        for _ in range(calls):
            for name, act in acts.items():
                costs[name].append(cost_of(act))
        for name, each in costs.items():
            rounds[name].append(Cost(median(cost.wall for cost in each), median(cost.cpu for cost in each)))
    return Rounds(rounds)


def cost_of(act: Act, *, pids: Sequence[int] = ()) -> Cost:
    """What one run of the act costs."""
    wall, cpu = time.perf_counter(), _own_cpu() + sum(map(cpu_of, pids))
    act()
    return Cost(time.perf_counter() - wall, _own_cpu() + sum(map(cpu_of, pids)) - cpu)


def cpu_of(pid: int) -> float:
    """Processor seconds a running process and its ended children have used (Linux)."""
    after_name = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")


def peak_memory(pid: int | Literal["self"] = "self") -> int:
    """The most resident memory a process has had, in bytes (VmHWM, Linux)."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(_line(status, "VmHWM").split()[0]) * 1024


def profile_of(act: Act, *, lines: int = 15) -> str:
    """The functions of this thread that take the most time in one run of the act, as cProfile tells it."""
    profiler, text = cProfile.Profile(), io.StringIO()
    profiler.runcall(act)
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(lines)
    return text.getvalue().strip()


def machine() -> dict[str, object]:
    """The processor, its cores, the memory and the system this runs on."""
    memory = int(_line(Path("/proc/meminfo").read_text("utf-8"), "MemTotal").split()[0])
    return {
        "cpu": _line(Path("/proc/cpuinfo").read_text("utf-8"), "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**20, 1),
        "system": platform.platform(),
    }


def versions(libraries: Sequence[str]) -> dict[str, str]:
    """The versions of Python, Commonweal and the distributions named."""
    return {"python": platform.python_version()} | {name: version(name) for name in ("commonweal", *libraries)}


def compile_modules() -> None:
    """Compile Commonweal's modules, as an installer does, so that no command that is timed compiles them itself."""
    compileall.compile_dir(Path(commonweal.__file__).parent, quiet=2)


def _value(cost: Cost, by: By) -> float:
    return cost.wall if by == "wall" else cost.cpu


def _own_cpu() -> float:
    spent = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in spent)


def _line(text: str, name: str) -> str:
    found = (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith(name))
    return next(found, "")
