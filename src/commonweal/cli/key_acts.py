"""The commands of acts on keys: rotate, shred, confirm; each takes two people."""

import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cyclopts import App

from commonweal.core import CommonwealError

from .rendering import say, show_json, show_table
from .session import Target, connect

if TYPE_CHECKING:
    from commonweal.adapters.wire import NodeClient

HERE = Target()
_ACTS = "/api/v1/keys/acts"
_BLINK = 0.2


class RotationHeldUpError(CommonwealError):
    """The wraps of a rotated key do not all pass to its new version."""

    code = "cli.rotation-held-up"
    default_advice = "Nothing is lost: reading goes on, and the node tries again by itself and at every start."


def register(app: App, keys: App) -> None:
    """Add the commands to the command line and to the group of keys."""
    for command in (rotate, waiting, confirm, withdraw, one_person):
        keys.command(command)
    shred = App(name="shred", help="Destroy what opens data, for good, with a certificate. Takes two people.")
    shred.command(shred_version, name="version")
    shred.command(shred_agreement, name="agreement")
    shred.command(shred_body, name="body")
    app.command(shred)


def rotate(key: str, /, *, reason: str, target: Target = HERE) -> None:
    """Propose that a key gets its next version; a second person confirms. Data is not touched.

    Args:
        key: the key, as `keys list` names it.
        reason: why.
        target: the node, and who acts.
    """
    propose_act("rotate", key, reason, target)


def shred_version(dataset: str, number: int, /, *, reason: str, target: Target = HERE) -> None:
    """Propose that a version of a dataset can never be opened again; a second person confirms.

    Args:
        dataset: the dataset, as BODY/NAME.
        number: the version's number.
        reason: why.
        target: the node, and who acts.
    """
    propose_act("shred-version", f"{dataset}@{number}", reason, target)


def shred_agreement(agreement: str, /, *, reason: str, target: Target = HERE) -> None:
    """Propose that what an agreement that is over opened can never be opened again; a second person confirms.

    Args:
        agreement: the agreement; revoke it first.
        reason: why.
        target: the node, and who acts.
    """
    propose_act("shred-agreement", agreement, reason, target)


def shred_body(body: str, /, *, reason: str, target: Target = HERE) -> None:
    """Propose that nothing a body published can ever be opened again; a second person confirms.

    Args:
        body: any name of the body.
        reason: why.
        target: the node, and who acts.
    """
    propose_act("shred-body", body, reason, target)


def propose_act(act: str, subject: str, reason: str, target: Target) -> None:
    """Propose an act on keys and show what came of it.

    Raises:
        RemoteError: the node refused, or it waits for a second person.
    """
    with connect(target) as node:
        answer = node.post(_ACTS, {"act": act, "subject": subject, "reason": reason})
        _finish(node, answer, target)


def confirm(proposal: str, /, *, target: Target = HERE) -> None:
    """Confirm what another person proposed, and see it done.

    Args:
        proposal: the proposal, as `keys waiting` names it.
        target: the node, and who acts.
    """
    with connect(target) as node:
        answer = node.post(f"{_ACTS}/{quote(proposal, safe='')}/confirmation")
        _finish(node, answer, target)


def _finish(node: "NodeClient", answer: dict[str, Any], target: Target) -> None:
    if answer["act"] in {"rotate", "contain"}:
        _watch(node)
    if target.json:
        return show_json(answer)
    return say(*answer["sentences"])


def _watch(node: "NodeClient") -> None:
    """Show on standard error how wraps pass to the new versions, until all have.

    Raises:
        RotationHeldUpError: some could not.
    """
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()) as progress:
        tasks: dict[str, Any] = {}
        while left := [each for each in node.get("/api/v1/keys/rotations")["rotations"] if each["left"]]:
            for each in left:
                if each["failure"]:
                    raise RotationHeldUpError(f"{each['left']} wraps of {each['key']} wait: {each['failure']}")
                name = str(each["key"])
                task = tasks.setdefault(name, progress.add_task(f"Re-wrapping under {name}", total=each["total"]))
                progress.update(task, completed=each["total"] - each["left"])
            time.sleep(_BLINK)


def waiting(*, target: Target = HERE) -> None:
    """List what waits for a second person, and who could confirm it.

    Args:
        target: the node, and who asks.
    """
    with connect(target) as node:
        answer = node.get(_ACTS)
    if target.json:
        return show_json(answer)
    rows = [{**each, "could confirm": ", ".join(each["could_confirm"])} for each in answer["waiting"]]
    return show_table(rows, ("proposal", "act", "subject", "proposed_by", "expires", "could confirm"))


def withdraw(proposal: str, /, *, target: Target = HERE) -> None:
    """Withdraw what waits for a second person.

    Args:
        proposal: the proposal.
        target: the node, and who acts.
    """
    with connect(target) as node:
        answer = node.post(f"{_ACTS}/{quote(proposal, safe='')}/withdrawal")
    show_json(answer) if target.json else say(f"{answer['act']} of {answer['subject']} was withdrawn.")


def one_person(*, allow: bool = False, forbid: bool = False, reason: str, target: Target = HERE) -> None:
    """Let one person alone act on the keys of a lone node, or take two again. Every page then says so.

    Args:
        allow: allow one person; refused where a second one could confirm.
        forbid: take two people from now on.
        reason: why.
        target: the node, and who acts.
    """
    from commonweal.core import InputError

    if allow == forbid:
        raise InputError("Say either --allow or --forbid.")
    with connect(target) as node:
        answer = node.post("/api/v1/keys/one-person", {"allowed": allow, "reason": reason})
    if target.json:
        return show_json(answer)
    return say("One person may act on keys; every page says so." if allow else "Acts on keys take two people.")
