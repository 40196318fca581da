"""The commands of defects: raise one, list them, answer, close."""

from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from cyclopts import App

from commonweal.core import InputError

from .rendering import say, show_json, show_table
from .session import Target, connect

if TYPE_CHECKING:
    from commonweal.adapters.wire import NodeClient

HERE = Target()


def register(app: App) -> None:
    """Add the commands to the command line."""
    defect = App(name="defect", help="Say what is wrong with published data, and see it answered and mended.")
    defect.command(raise_defect, name="raise")
    defect.command(list_defects, name="list")
    defect.command(answer)
    defect.command(close)
    app.command(defect)


def raise_defect(
    dataset: str,
    text: str,
    /,
    *,
    field: str = "",
    row: int | None = None,
    version: int | None = None,
    target: Target = HERE,
) -> None:
    """Raise a defect on a field or a row of a dataset that you read; its steward answers.

    Args:
        dataset: the dataset, as BODY/NAME.
        text: what is wrong, in a sentence; no value of the data is needed.
        field: the field, as the data contract names it.
        row: the row's number in the data as you read it; the first is 1.
        version: the version's number (default: the newest).
        target: the node, and who acts.
    """
    body, _, name = dataset.partition("/")
    if not (body and name):
        raise InputError(f"A dataset is named BODY/NAME, and {dataset[:100]!r} is not.")
    with connect(target) as node:
        form = {"text": text, "field": field, "row": row, "version": version}
        answer = node.post(f"/api/v1/datasets/{quote(dataset)}/defects", form)
    if target.json:
        return show_json(answer)
    return say(f"Raised {answer['defect']} on version {answer['version']} of {answer['dataset']}.")


def list_defects(*, dataset: str = "", every: bool = False, target: Target = HERE) -> None:
    """List the defects that your body raised or is asked to mend, oldest first.

    Args:
        dataset: only those of this dataset, as BODY/NAME.
        every: those too that are rejected, mended or closed.
        target: the node, and who asks.
    """
    with connect(target) as node:
        found = node.get("/api/v1/defects", dataset=dataset)["defects"]
    shown = [each for each in found if every or each["status"] in {"raised", "accepted"}]
    if target.json:
        return show_json({"defects": shown})
    if not shown:
        return say("No defect is open." if not every else "No defect was raised.")
    rows = [{**each, "row": each["row"] or "", "mended in": each["mended_in"] or ""} for each in shown]
    return show_table(rows, ("defect", "status", "dataset", "version", "field", "row", "mended in", "text"))


def answer(
    defect: str,
    outcome: Literal["accepted", "rejected", "mended"],
    /,
    *,
    text: str = "",
    version: int | None = None,
    target: Target = HERE,
) -> None:
    """Answer a defect, as a steward of the body that published the data.

    Args:
        defect: the defect, as `defect list` names it.
        outcome: accepted (it is wrong and will be mended), rejected (with --text), or mended (with --version).
        text: what the body that raised it should know; for a rejection, why.
        version: the number of the version that has it mended.
        target: the node, and who acts.
    """
    with connect(target) as node:
        form = {"outcome": outcome, "text": text, "version": version}
        _finish(node, f"/api/v1/defects/{quote(defect, safe='')}/answer", form, target)


def close(defect: str, /, *, target: Target = HERE) -> None:
    """Close a defect that your body raised, once it is settled or was a mistake.

    Args:
        defect: the defect.
        target: the node, and who acts.
    """
    with connect(target) as node:
        _finish(node, f"/api/v1/defects/{quote(defect, safe='')}/closing", None, target)


def _finish(node: "NodeClient", path: str, form: dict[str, Any] | None, target: Target) -> None:
    answer = node.post(path, form)
    if target.json:
        return show_json(answer)
    where = f" in version {answer['mended_in']}" if answer["status"] == "mended" else ""
    return say(f"{answer['defect']} is {answer['status']}{where}.")
