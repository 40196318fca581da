"""The commands of emergency mode: switch an agreement on standby on and off, and review what was done."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import App, Parameter

from .rendering import say, show_json
from .session import Target, connect

HERE = Target()


@Parameter(name="*")
@dataclass(frozen=True)
class OnStandby:
    """How the agreement stands by for an emergency; without an officer it does not."""

    officer: Annotated[list[str] | None, Parameter(negative=())] = None
    "this person of either body may switch it on, such as jo.bloggs@lambeth; repeat for more."

    standby_hours: int = 0
    "for how many hours at most it is switched on, 1 to 720."


def register(app: App) -> None:
    """Add the commands to the command line."""
    app.command(activate)
    app.command(deactivate)
    app.command(review_emergency, name="review-emergency")


def activate(agreement: str, /, *, reason: str, hours: int = 0, target: Target = HERE) -> None:
    """Switch an agreement on standby on, as one of its officers; it ends by itself and is reviewed after.

    Args:
        agreement: the agreement.
        reason: the emergency, in a sentence; both bodies read it.
        hours: for how long (default: all that was agreed).
        target: where to act; --as names the officer.
    """
    answer = _post(agreement, "activation", {"reason": reason, "hours": hours}, target)
    if target.json:
        return show_json(answer)
    return say(
        f"Agreement {agreement} is switched on until {answer['on_until']}. It ends then by itself.",
        f"Another person of {answer['discloser']} reviews it by {answer['reviews_due'][-1]}: "
        f"`commonweal review-emergency {agreement}`.",
    )


def deactivate(agreement: str, /, *, reason: str, target: Target = HERE) -> None:
    """Switch an agreement off before its hour: the next read is refused and open streams are cut.

    Args:
        agreement: the agreement.
        reason: why it is no longer needed.
        target: where to act; --as names the officer.
    """
    answer = _post(agreement, "deactivation", {"reason": reason}, target)
    if target.json:
        return show_json(answer)
    return say(
        f"Agreement {agreement} is switched off. Its review is due by {answer['reviews_due'][-1]}: "
        f"`commonweal review-emergency {agreement}`."
    )


def review_emergency(agreement: str, /, *, finding: str, target: Target = HERE) -> None:
    """Keep what a review of the oldest activation that is over found; not by who switched it on.

    Args:
        agreement: the agreement.
        finding: what was found: was it needed, what was read, what is to change.
        target: where to act; --as names the person of the discloser.
    """
    answer = _post(agreement, "emergency-review", {"finding": finding}, target)
    if target.json:
        return show_json(answer)
    return say(f"The review is kept. Agreement {agreement} is {answer['state']}.")


def _post(agreement: str, act: str, form: dict[str, Any], target: Target) -> dict[str, Any]:
    with connect(target) as node:
        answer: dict[str, Any] = node.post(f"/api/v1/agreements/{quote(agreement, safe='')}/{act}", form)
    return answer
