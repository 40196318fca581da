"""The commands of a steward: publish, withdraw."""

from pathlib import Path
from typing import Literal
from urllib.parse import quote

from cyclopts import App

from commonweal.core import InputError

from .arguments import text_of, words_of
from .forms import FormOption, read_layout
from .rendering import say, show_json
from .session import Target, connect

HERE = Target()


def register(app: App) -> None:
    """Add the commands to the command line."""
    for command in (publish, withdraw):
        app.command(command)


def publish(
    source: Path,
    dataset: str,
    /,
    *,
    contract: Path,
    access: Literal["open", "shared", "closed"] = "shared",
    marking: str = "OFFICIAL",
    title: str = "",
    description: str = "",
    licence: str = "",
    attribution: str = "",
    keywords: str = "",
    confirm: bool = False,
    accept: str = "",
    key_class: Literal["body", "device"] | None = None,
    split: bool = False,
    form: FormOption = "auto",
    member: str = "",
    sheet: str = "",
    element: str = "",
    layout: Path | None = None,
    target: Target = HERE,
) -> None:
    """Check a file against its data contract and publish it: CSV, Parquet, a workbook, JSON, XML, Arrow or fixed width.

    A file that is not clean is held back with how it reads, until that reading is accepted by its name.

    Args:
        source: the file.
        dataset: where it goes, as BODY/NAME.
        contract: the data contract, an ODCS 3.1 YAML file.
        access: open to anybody, shared on request, or closed.
        marking: OFFICIAL or OFFICIAL-SENSITIVE.
        title: the dataset's title (default: the contract's).
        description: its description (default: the contract's).
        licence: the licence's address (open data: the Open Government Licence).
        attribution: the sentence that re-users must show.
        keywords: words to find it by, with commas.
        confirm: confirm, as its steward, how the contract classifies every field.
        accept: the name of the reading to publish by, as `inspect` or a first try shows it.
        key_class: the key it lies under: its body's, or one of its own, which a device can destroy at once (default: as
            the version before; a new dataset: its body's).
        split: give each class of fields a file and a key of its own, so that one class can be destroyed alone.
        form: the file's form, where its content should not tell it.
        member: the file of a zip archive that holds the table.
        sheet: the sheet of a workbook.
        element: the element of XML that is a row, or the array of JSON that holds the rows (its names with dots).
        layout: the field list (name,start,length) or COBOL copybook of a fixed-width file.
        target: where to act.
    """
    body, _, name = dataset.partition("/")
    if not (body and name):
        raise InputError(f"A dataset is named BODY/NAME, and {dataset[:100]!r} is not.")
    with connect(target) as node:
        answer = node.post(
            "/api/v1/datasets",
            {
                "body": body,
                "name": name,
                "contract": text_of(contract),
                "upload": node.upload(source),
                "format": form,
                "access": access,
                "marking": marking,
                "title": title,
                "description": description,
                "licence": licence,
                "attribution": attribution,
                "keywords": words_of(keywords),
                "confirm": confirm,
                "accept": accept,
                "key_class": key_class or "",
                "split": split,
                "member": member,
                "sheet": sheet,
                "element": element,
                "layout": read_layout(layout),
            },
        )
    if target.json:
        return show_json(answer)
    again = " (these bytes were already published)" if answer["again"] else ""
    say(f"Published {answer['dataset']} version {answer['version']}: {answer['rows']} rows, {answer['access']}{again}.")
    if answer["key_class"] != "body":
        say(answer["key"])
    return say(*(f"  {each}" for each in answer["findings"]))


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
