"""The commands of what agreements leave to be done: consents, certificates of deletion, and what is due."""

from typing import Annotated
from urllib.parse import quote

from cyclopts import App, Parameter

from .demands import day_of
from .rendering import say, show_json, show_table
from .session import Target, connect

HERE = Target()


def register(app: App) -> None:
    """Add the commands to the command line."""
    app.command(certify_deletion)
    app.command(consent_onward)


def certify_deletion(agreement: str, /, *, how: str, target: Target = HERE) -> None:
    """Certify, for the recipient of an agreement that has ended, that every copy was deleted.

    Args:
        agreement: the agreement.
        how: how the copies were deleted: the systems, and the means.
        target: where to act; --as names the person of the recipient who answers for it.
    """
    with connect(target) as node:
        answer = node.post(f"/api/v1/agreements/{quote(agreement, safe='')}/deletion", {"how": how})
    if target.json:
        return show_json(answer)
    return say(
        f"{answer['certified_by']} certifies that what agreement {agreement} gave is deleted. Both bodies see it."
    )


def consent_onward(agreement: str, /, *, to: str, reason: str, target: Target = HERE) -> None:
    """Consent, for the discloser, that the recipient of an agreement shares what it gave with one more body.

    Args:
        agreement: the agreement.
        to: the body with which it may be shared.
        reason: why.
        target: where to act; --as names the person of the discloser who answers for it.
    """
    with connect(target) as node:
        answer = node.post(
            f"/api/v1/agreements/{quote(agreement, safe='')}/onward-consents", {"to": to, "reason": reason}
        )
    if target.json:
        return show_json(answer)
    return say(f"{answer['recipient']} may share with {answer['to']} what agreement {agreement} gave.")


Next = Annotated[str, Parameter(name="--next")]


def review(agreement: str, /, *, finding: str, following: Next = "", target: Target = HERE) -> None:
    """Record that an agreement was reviewed, for either of its bodies, and when the next review is due.

    Args:
        agreement: the agreement.
        finding: what the review found; both bodies read it.
        following: the day of the next review (default: no further one is due before the end).
        target: where to act; --as names the person who answers for it.
    """
    with connect(target) as node:
        answer = node.post(
            f"/api/v1/agreements/{quote(agreement, safe='')}/reviews", {"finding": finding, "next": day_of(following)}
        )
    if target.json:
        return show_json(answer)
    then = f"The next review is due on {answer['next']}." if answer["next"] else "No further review is due."
    return say(f"{answer['reviewed_by']} reviewed agreement {agreement}. {then}")


def due(*, target: Target = HERE) -> None:
    """List what agreements leave to be done: certificates of deletion, and reviews whose day has come.

    Args:
        target: the node, and who asks.
    """
    with connect(target) as node:
        answer = node.get("/api/v1/duties")
    if target.json:
        return show_json(answer)
    if not answer["duties"]:
        return say("Nothing is due.")
    shown = [{**each, "by": " or ".join(each["by"])} for each in answer["duties"]]
    return show_table(shown, ("kind", "agreement", "due", "overdue", "by", "dataset"))
