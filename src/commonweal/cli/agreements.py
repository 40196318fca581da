"""The commands of agreements: list them, show one, change what it opens, stop it, and all that became of it."""

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from cyclopts import App, Parameter

from commonweal.core import InputError, words_of

from .demands import Demands, day_of
from .duties import due, review
from .rendering import say, show_json, show_table
from .requests import moment_of
from .session import Target, connect

if TYPE_CHECKING:
    from commonweal.adapters.wire import NodeClient

HERE = Target()
NOTHING = Demands()
Rows = Annotated[list[str] | None, Parameter(negative=())]


def register(app: App) -> None:
    """Add the commands to the command line."""
    agreements = App(
        name="agreements", help="See agreements, change what one opens, stop it, and all that became of it."
    )
    agreements.command(list_agreements, name="list")
    for command in (show, narrow, suspend, resume, renew, supersede, relinquish, history):
        agreements.command(command)
    agreements.command(review)
    agreements.command(due)
    app.command(agreements)


def list_agreements(*, every: bool = False, target: Target = HERE) -> None:
    """List the agreements to which your body is a party, those that are not over.

    Args:
        every: those too that are over, replaced or revoked.
        target: the node, and who asks.
    """
    with connect(target) as node:
        found = node.get("/api/v1/agreements")["agreements"]
    shown = [each for each in found if every or each["state"] not in {"expired", "superseded", "revoked"}]
    if target.json:
        return show_json({"agreements": shown})
    if not shown:
        return say("No agreement was signed." if every else "No agreement is in force. See --every.")
    return show_table(shown, ("agreement", "state", "dataset", "recipient", "purpose", "ends", "edition"))


def show(agreement: str, /, *, target: Target = HERE) -> None:
    """Show an agreement: its terms, how it stands, and what you may do to it now.

    Args:
        agreement: the agreement.
        target: the node, and who asks.
    """
    with connect(target) as node:
        answer = node.get(_path(agreement))
    if target.json:
        return show_json(answer)
    rows = "; ".join(f"{each['field']} {each['operator']} {','.join(each['values'])}" for each in answer["rows"])
    return say(
        f"Agreement {answer['agreement']} is {answer['state']}, edition {answer['edition']}.",
        f"{answer['recipient']} reads {answer['dataset']} of {answer['discloser']} for {answer['purpose']}.",
        f"Fields: {', '.join(answer['fields'])}. Only as tokens: {', '.join(answer['tokenised']) or 'none'}.",
        f"Rows: {rows or 'all'}. From {answer['starts']} until {answer['ends']}.",
        *(f"{name}: {words}" for name, words in answer["conditions_in_words"].items()),
        *_standing(answer),
        f"You may: {', '.join(answer['acts']) or 'do nothing to it; see `commonweal people` for who may'}.",
    )


def narrow(
    agreement: str,
    /,
    *,
    reason: str,
    fields: str = "",
    rows: Rows = None,
    tokenise: str = "",
    until: str = "",
    demands: Demands = NOTHING,
    target: Target = HERE,
) -> None:
    """Let an agreement open less from now on; what is left out stays as it is, and nothing can become wider.

    Args:
        agreement: the agreement.
        reason: why; both bodies read it.
        fields: leave only these fields, with commas.
        rows: a further condition that rows must meet; repeat for more.
        tokenise: give these fields too as keyed tokens only, with commas.
        until: an earlier last day, or a moment with its offset.
        demands: what is demanded more strictly than before.
        target: the node, and who acts.
    """
    form = {
        "reason": reason,
        "fields": words_of(fields),
        "rows": rows or [],
        "tokenise": words_of(tokenise),
        "until": moment_of(until),
        "conditions": demands.as_json(),
    }
    answer = _post(agreement, "narrowing", form, target)
    return _tell(
        answer,
        f"Agreement {agreement} is narrowed, edition {answer['edition']}: {', '.join(answer['fields'])}, "
        f"until {answer['ends']}. What the recipient has already opened cannot be taken back.",
        target,
    )


def suspend(agreement: str, /, *, reason: str, target: Target = HERE) -> None:
    """Have an agreement open nothing until it is resumed; the next request is refused and open streams are cut.

    Args:
        agreement: the agreement.
        reason: why; both bodies read it.
        target: the node, and who acts.
    """
    answer = _post(agreement, "suspension", {"reason": reason}, target)
    return _tell(answer, f"Agreement {agreement} is suspended. Resume it with `commonweal agreements resume`.", target)


def resume(agreement: str, /, *, reason: str, target: Target = HERE) -> None:
    """Have a suspended agreement open again what it opened before.

    Args:
        agreement: the agreement.
        reason: why; both bodies read it.
        target: the node, and who acts.
    """
    answer = _post(agreement, "resumption", {"reason": reason}, target)
    return _tell(answer, f"Agreement {agreement} is {answer['state']} again until {answer['ends']}.", target)


def renew(agreement: str, /, *, until: str, reason: str, review: str = "", target: Target = HERE) -> None:
    """Move an agreement's end to a later day; law and policy are asked again, and may refuse.

    Args:
        agreement: the agreement.
        until: the new last day, or a moment with its offset.
        reason: why; both bodies read it.
        review: the day of its next review (default: the one it has).
        target: the node, and who acts.
    """
    moment = moment_of(until)
    if moment is None:
        raise InputError("Until when it is renewed is not said.", advice="Give --until 2028-03-31.")
    answer = _post(agreement, "renewal", {"until": moment, "reason": reason, "review": day_of(review)}, target)
    return _tell(
        answer, f"Agreement {agreement} is renewed, edition {answer['edition']}: until {answer['ends']}.", target
    )


def supersede(agreement: str, newer: str, /, *, reason: str, target: Target = HERE) -> None:
    """Put a newer agreement in another's place, which opens nothing from then on, for ever.

    Args:
        agreement: the agreement that is replaced.
        newer: the one in its place: between the same two bodies, on the same dataset, in force.
        reason: why; both bodies read it.
        target: the node, and who acts.
    """
    answer = _post(agreement, "succession", {"newer": newer, "reason": reason}, target)
    return _tell(answer, f"Agreement {agreement} is replaced by {newer}. It opens nothing any more.", target)


def relinquish(agreement: str, /, *, reason: str, target: Target = HERE) -> None:
    """Give an agreement up, as the body that reads under it; it ends for ever.

    Args:
        agreement: the agreement.
        reason: why; both bodies read it.
        target: the node, and who acts.
    """
    answer = _post(agreement, "relinquishment", {"reason": reason}, target)
    return _tell(answer, f"Agreement {agreement} is given up. It opens nothing any more.", target)


def history(agreement: str, /, *, target: Target = HERE) -> None:
    """Show every edition of an agreement's terms, and who changed what, when and why.

    Args:
        agreement: the agreement.
        target: the node, and who asks.
    """
    with connect(target) as node:
        answer = node.get(f"{_path(agreement)}/history")
    if target.json:
        return show_json(answer)
    signed = answer["signed"]
    return say(
        f"{signed['at']} signed, edition 1.",
        *(f"  {name}: {words}" for name, words in signed["terms"].items()),
        *(line for each in answer["changes"] for line in _change(each)),
        f"Agreement {answer['agreement']} is {answer['state']}, edition {answer['edition']}.",
    )


def _change(each: dict[str, Any]) -> list[str]:
    edition = f", edition {each['edition_after']}" if each["edition_after"] != each["edition_before"] else ""
    heading = f"{each['at']} {each['act']}{edition}, by {each['person']}: {each['reason']}"
    return [heading, *(f"  {sentence}" for sentence in each["changed"])]


def _standing(answer: dict[str, Any]) -> list[str]:
    if answer["state"] == "offered":
        return [f"It waits for a signature of {answer['awaits']}, and opens nothing yet."]
    if answer["state"] == "suspended":
        return [f"Suspended by {answer['suspended_by']}: {answer['suspension_reason']}"]
    if answer["state"] == "superseded":
        return [f"Replaced by {answer['superseded_by']}."]
    if answer["state"] == "revoked":
        return [f"Ended by {answer['revoked_by']}: {answer['revocation_reason']}"]
    return []


def _path(agreement: str) -> str:
    return f"/api/v1/agreements/{quote(agreement, safe='')}"


def _post(agreement: str, act: str, form: dict[str, Any], target: Target) -> dict[str, Any]:
    node: NodeClient
    with connect(target) as node:
        answer: dict[str, Any] = node.post(f"{_path(agreement)}/{act}", form)
    return answer


def _tell(answer: dict[str, Any], words: str, target: Target) -> None:
    return show_json(answer) if target.json else say(words)
