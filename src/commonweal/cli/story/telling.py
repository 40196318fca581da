"""Telling the story: five steps in order, each timed, and one outcome."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from commonweal.core import CommonwealError

from .council_tax import FIELDS, Slice, tell_council_tax
from .open_data import tell_open_data
from .ppe import tell_ppe
from .proof import tell_proof
from .refusals import tell_refusals
from .stage import Stage, StepError, set_stage

T = TypeVar("T")


@dataclass
class Telling:
    """The steps told so far."""

    steps: list[dict[str, Any]] = field(default_factory=list)

    def step(self, name: str, sentence: str, tell: Callable[[], tuple[dict[str, Any], T]]) -> T:
        """Tell one step, say how it went on standard error, and return what the next ones need."""
        sys.stderr.write(f"{len(self.steps) + 1}. {sentence} … ")
        sys.stderr.flush()
        began = time.monotonic()
        try:
            figures, result = tell()
        except CommonwealError as error:
            self._close(name, began, {"failure": str(error), "reasons": list(error.reasons)}, ok=False)
            raise
        except Exception as error:  # a recipient's own tool may raise anything
            self._close(name, began, {"failure": type(error).__name__}, ok=False)
            raise StepError(f"The step {name} ended with {type(error).__name__}.") from error
        self._close(name, began, figures, ok=True)
        return result

    def _close(self, name: str, began: float, figures: dict[str, Any], *, ok: bool) -> None:
        seconds = round(time.monotonic() - began, 2)
        sys.stderr.write(f"{'done' if ok else 'FAILED'} in {seconds} s\n")
        self.steps.append({"name": name, "ok": ok, "seconds": seconds, "figures": figures})


def tell(home: Path, *, port: int) -> dict[str, Any]:
    """Tell the story in a new home and return its outcome; `ok` only when every step was verified.

    Raises:
        InputError: the home holds something that is not a demonstration.
    """
    stage = set_stage(home, port)
    telling = Telling()
    held: Slice | None = None
    try:
        stage.start()
        held = _tell_steps(stage, telling)
    except CommonwealError as error:
        sys.stderr.write(f"{error}\n" + "".join(f"  - {each}\n" for each in error.reasons) + f"{error.advice()}\n")
    finally:
        stage.stop()
    return {
        "ok": len(telling.steps) == 5 and all(each["ok"] for each in telling.steps),
        "steps": telling.steps,
        "home": str(home),
        **(_describe(held) if held else {}),
    }


def _tell_steps(stage: Stage, telling: Telling) -> Slice:
    telling.step("open-data", "Lambeth publishes its payments as open data", lambda: (tell_open_data(stage), None))
    told = telling.step("ppe", "NHS trusts report PPE stock and DHSC reads it", lambda: tell_ppe(stage))
    held = telling.step(
        "council-tax-support", "Lambeth asks DWP who gets support in its area", lambda: tell_council_tax(stage)
    )
    telling.step(
        "refusals",
        "Every door that must stay shut stays shut",
        lambda: (tell_refusals(stage, held, told), None),
    )
    telling.step("proof", "The log proves itself", lambda: (tell_proof(stage, held.people), None))
    return held


def _describe(held: Slice) -> dict[str, Any]:
    return {
        "source": str(held.source),
        "people": [each.nino for each in held.people],
        "agreement": held.agreement,
        "profile": str(held.profile),
        "table": held.table,
        "fields": list(FIELDS),
        "rows": held.rows,
    }
