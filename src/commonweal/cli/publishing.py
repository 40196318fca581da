"""The commands of a steward: publish, classify, twin, withdraw, reinstate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote

from cyclopts import App, Parameter

from commonweal.core import CommonwealError, InputError

from .arguments import text_of, words_of
from .forms import FormOption, read_layout
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
    contract: Path,
    access: Literal["open", "shared", "closed"] | None = None,
    marking: str = "",
    title: str = "",
    description: str = "",
    licence: str = "",
    attribution: str = "",
    keywords: str = "",
    confirm: bool = False,
    confirm_fields: str = "",
    confirm_reason: str = "",
    new_contract_version: bool = False,
    regime: Literal["uk-gdpr", "law-enforcement"] | None = None,
    retain: str = "",
    accept: str = "",
    key_class: Literal["body", "device"] | None = None,
    split: bool = False,
    form: FormOption = "auto",
    member: str = "",
    sheet: str = "",
    element: str = "",
    layout: Path | None = None,
    mode: Literal["replace", "append", "upsert"] = "replace",
    key: str = "",
    derived_from: str = "",
    where: SourceOptions = NOTHING,
    target: Target = HERE,
) -> None:
    """Check a file against its data contract and publish it: CSV, Parquet, a workbook, JSON, XML, Arrow or fixed width.

    A file that is not clean is held back with how it reads, until that reading is accepted by its name.

    Args:
        source: the file, or an address that the node reads: https, s3, postgresql, mariadb or sqlite.
        dataset: where it goes, as BODY/NAME.
        contract: the data contract, an ODCS 3.1 YAML file.
        access: open to anybody, shared on request, or closed (default: as the version before; a new dataset: shared).
        marking: OFFICIAL or OFFICIAL-SENSITIVE (default: as the version before; a new dataset: OFFICIAL).
        title: the dataset's title (default: the contract's).
        description: its description (default: the contract's).
        licence: the licence's address (open data: the Open Government Licence).
        attribution: the sentence that re-users must show.
        keywords: words to find it by, with commas.
        confirm: confirm, as its steward, how the contract classifies every field.
        confirm_fields: confirm it of these fields only, with commas.
        confirm_reason: why a field is not personal although its values keep the check of a number of people.
        new_contract_version: publish although the contract breaks for those who read the version before.
        regime: the data-protection regime (default: as the version before; a new dataset: uk-gdpr).
        retain: how long each version is kept, such as `6 years after end of year: why` (default: as before).
        accept: the name of the reading to publish by, as `inspect` or a first try shows it.
        key_class: the key it lies under: its body's, or one of its own, which a device can destroy at once (default: as
            the version before; a new dataset: its body's).
        split: give each class of fields a file and a key of its own, so that one class can be destroyed alone.
        form: the file's form, where its content should not tell it.
        member: the file of a zip archive that holds the table.
        sheet: the sheet of a workbook, or the layer of a GeoPackage.
        element: the element of XML that is a row, or the array of JSON that holds the rows (its names with dots).
        layout: the field list (name,start,length) or COBOL copybook of a fixed-width file.
        mode: whether its rows take the place of the newest version's, are added to them, or replace those with the same
            key and are added where there is none.
        key: the fields by which an upsert finds its rows, with commas (default: the contract's one unique field).
        derived_from: the agreements under which the body received what it was made from, with commas; they stay from
            version to version.
        where: what of an address is wanted, and what lets the node in.
        target: where to act.
    """
    body, _, name = dataset.partition("/")
    if not (body and name):
        raise InputError(f"A dataset is named BODY/NAME, and {dataset[:100]!r} is not.")
    with connect(target) as node:
        said = {
            "body": body,
            "name": name,
            "contract": text_of(contract),
            **stage(node, source, form, where),
            "access": access or "",
            "marking": marking,
            "title": title,
            "description": description,
            "licence": licence,
            "attribution": attribution,
            "keywords": words_of(keywords),
            "confirm": confirm,
            "confirm_fields": words_of(confirm_fields),
            "confirm_reason": confirm_reason,
            "new_contract_version": new_contract_version,
            "regime": regime or "",
            "retain": retain,
            "accept": accept,
            "key_class": key_class or "",
            "split": split,
            "member": member,
            "sheet": sheet,
            "element": element,
            "layout": read_layout(layout),
            "mode": mode,
            "key": words_of(key),
            "derived_from": words_of(derived_from),
        }
        with following("The node checks and seals it", lambda: _reach(node, said["upload"])):
            answer = node.post("/api/v1/datasets", said)
    if target.json:
        return show_json(answer)
    again = " (these bytes were already published)" if answer["again"] else ""
    say(f"Published {answer['dataset']} version {answer['version']}: {answer['rows']} rows, {answer['access']}{again}.")
    if mode != "replace":
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
