"""The commands of a steward: publish, classify, twin, withdraw, reinstate."""

from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote

from cyclopts import App, Parameter

from commonweal.core import CommonwealError, words_of

from .offering import Offer
from .progress import Reach, following
from .rendering import say, show_json
from .session import Target, connect
from .sources import SourceOptions, stage

if TYPE_CHECKING:
    from commonweal.adapters.wire import NodeClient

HERE = Target()
NOTHING = SourceOptions()


def register(app: App) -> None:
    """Add the commands to the command line."""
    for command in (publish, classify, twin, withdraw, reinstate):
        app.command(command)


def publish(
    source: str,
    dataset: str,
    /,
    *,
    offer: Offer,
    confirm_fields: str = "",
    confirm_reason: str = "",
    new_contract_version: bool = False,
    regime: Literal["uk-gdpr", "law-enforcement"] | None = None,
    accept: str = "",
    derived_from: str = "",
    where: SourceOptions = NOTHING,
    target: Target = HERE,
) -> None:
    """Check a file against its data contract and publish it: CSV, Parquet, a workbook, JSON, XML, Arrow or fixed width.

    A file that is not clean is held back with how it reads, until that reading is accepted by its name.

    Args:
        source: the file, or an address that the node reads: https, s3, postgresql, mariadb or sqlite.
        dataset: where it goes, as BODY/NAME.
        offer: what is said of it.
        confirm_fields: confirm it of these fields only, with commas.
        confirm_reason: why a field is not personal although its values keep the check of a number of people.
        new_contract_version: publish although the contract breaks for those who read the version before.
        regime: the data-protection regime (default: as the version before; a new dataset: uk-gdpr).
        accept: the name of the reading to publish by, as `inspect` or a first try shows it.
        derived_from: the agreements under which the body received what it was made from, with commas; they stay from
            version to version.
        where: what of an address is wanted, and what lets the node in.
        target: where to act.
    """
    document = offer.document(dataset)
    with connect(target) as node:
        said = {
            **document,
            **stage(node, source, offer.form, where),
            "confirm_fields": words_of(confirm_fields),
            "confirm_reason": confirm_reason,
            "new_contract_version": new_contract_version,
            "regime": regime or "",
            "accept": accept,
            "derived_from": words_of(derived_from),
        }
        with following("The node checks and seals it", lambda: _reach(node, said["upload"])):
            answer = node.post("/api/v1/datasets", said)
    if target.json:
        return show_json(answer)
    again = " (these bytes were already published)" if answer["again"] else ""
    say(f"Published {answer['dataset']} version {answer['version']}: {answer['rows']} rows, {answer['access']}{again}.")
    if offer.mode != "replace":
        say(f"  {answer['origin']['sentence']}")
    if answer["key_class"] != "body":
        say(answer["key"])
    if answer["carried"]:
        say(f"  As said before: how {', '.join(answer['carried'])} are classified.")
    return say(*(f"  {each}" for each in answer["findings"]))


def _reach(node: "NodeClient", upload: str) -> Reach | None:
    try:
        told = node.get(f"/api/v1/uploads/{upload}/progress")
    except CommonwealError:
        return None  # it is published, or an older node does not tell
    return Reach(told["size"], told["read"], told["rows"])


def classify(
    dataset: str,
    /,
    *,
    fields: str,
    reason: str,
    classification: Annotated[str, Parameter(name="--as")] = "",
    target: Target = HERE,
) -> None:
    """Confirm, as its steward, how fields of a published dataset are classified, or classify them otherwise.

    An open dataset with a field that is then not plain becomes shared at once.

    Args:
        dataset: the dataset, as BODY/NAME.
        fields: the fields, with commas.
        reason: why.
        classification: what they are from now on, such as personal (default: what the data contract says).
        target: where to act.
    """
    form = {"fields": words_of(fields), "classification": classification, "reason": reason}
    with connect(target) as node:
        answer = node.post(f"/api/v1/datasets/{quote(dataset)}/classification", form)
    if target.json:
        return show_json(answer)
    say(f"{answer['dataset']} is {answer['access']}.")
    return say(*(f"  {each['name']}: {each['classification']}, confirmed" for each in answer["fields"]))


def twin(dataset: str, /, *, rows: int = 1000, target: Target = HERE) -> None:
    """Publish a synthetic twin of a dataset beside it: open, with the same fields and no row of a person.

    It is refused where a row could be a copy, or a value that few rows have could show.

    Args:
        dataset: the dataset that is not open, as BODY/NAME.
        rows: how many rows the twin is to have.
        target: where to act.
    """
    with connect(target) as node:
        answer = node.post(f"/api/v1/datasets/{quote(dataset)}/twin", {"rows": rows})
    if target.json:
        return show_json(answer)
    say(f"Published {answer['dataset']} version {answer['version']}: {answer['rows']} synthetic rows, open.")
    return say(*(f"  {each}" for each in answer["notes"]))


def withdraw(dataset: str, /, *, reason: str, target: Target = HERE) -> None:
    """Withdraw a dataset from the catalogue and from every agreement's reads.

    Args:
        dataset: the dataset, as BODY/NAME.
        reason: why.
        target: where to act.
    """
    with connect(target) as node:
        answer = node.post(f"/api/v1/datasets/{quote(dataset)}/withdrawal", {"reason": reason})
    if target.json:
        return show_json(answer)
    return say(f"{answer['dataset']} is withdrawn.")


def reinstate(dataset: str, /, *, reason: str, target: Target = HERE) -> None:
    """Put a withdrawn dataset back into the catalogue with the versions it had; agreements that still run read again.

    Args:
        dataset: the dataset, as BODY/NAME.
        reason: why.
        target: where to act.
    """
    with connect(target) as node:
        answer = node.post(f"/api/v1/datasets/{quote(dataset)}/reinstatement", {"reason": reason})
    if target.json:
        return show_json(answer)
    return say(f"{answer['dataset']} is in the catalogue again.")
