"""`commonweal contract`: draft a data contract from a file, check a file against one, compare two; without a node."""

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from commonweal.core import InputError, Outcome, UnreadableFileError

from .forms import FormOption, choose_part
from .rendering import say, show_json
from .sources import NOTHING, SourceOptions, find_local, name_local, words_of_local

if TYPE_CHECKING:
    from commonweal.node import CheckedFile, DraftedFile
    from commonweal.publish import Comparison, DataContract

_BROKEN = Outcome.CONTRACT.exit_code

_TOLD = ("unique", "not unique", "pattern", "only values", "no list", "published rule", "no published rule")

Json = Annotated[bool, Parameter(name="--json")]


def register(app: App) -> None:
    """Add the commands to the command line."""
    contract = App(name="contract", help="Draft a data contract from a file, check a file against one, compare two.")
    for command in (draft, check, diff):
        contract.command(command)
    app.command(contract)


def draft(
    source: str,
    /,
    *,
    identifier: Annotated[str, Parameter(name="--id")] = "",
    title: str = "",
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    force: bool = False,
    form: FormOption = "auto",
    member: str = "",
    sheet: str = "",
    element: str = "",
    layout: Path | None = None,
    where: SourceOptions = NOTHING,
) -> None:
    """Write the data contract that a file suggests, with the reason for every promise, to be edited.

    The file may be of every form that `publish` reads. One that is not clean is drafted from as `inspect` would read
    it. Fields are classified by their names and a sample of their values, and no value of a person is written down.

    Args:
        source: the file, or an address that this machine reads: https, s3, postgresql, mariadb or sqlite.
        identifier: the data contract's id (default: from the file's or table's name).
        title: its title (default: from the file's or table's name).
        output: the file to write (default: standard output).
        force: write it even where that file exists.
        form: the file's form, where its content should not tell it.
        member: the file of a zip archive that holds the table.
        sheet: the sheet of a workbook, or the layer of a GeoPackage.
        element: the element of XML that is a row, or the array of JSON that holds the rows (its names with dots).
        layout: the field list (name,start,length) or COBOL copybook of a fixed-width file.
        where: what of an address is wanted, and what lets its reader in.
    """
    from commonweal.node import draft_contract
    from commonweal.publish import write_draft

    _verify_new(output, force=force)
    named = find_local(source, where)
    words = re.sub(r"[\W_]+", " ", words_of_local(named)).strip() or "data"
    identifier, title = identifier or words.lower().replace(" ", "-"), title or words
    choice = choose_part(form, member=member, sheet=sheet, element=element, layout=layout)
    found = draft_contract(named, identifier=identifier, title=title, choice=choice)
    text = write_draft(found.draft)
    if output is None:
        say(text.rstrip("\n"))
    else:
        _write(output, text, force=force)
    sys.stderr.write("".join(f"{line}\n" for line in _told_draft(found, output)))


def check(
    source: str,
    /,
    *,
    contract: Path,
    form: FormOption = "auto",
    member: str = "",
    sheet: str = "",
    element: str = "",
    layout: Path | None = None,
    where: SourceOptions = NOTHING,
    as_json: Json = False,
) -> int:
    """Check a file against its data contract as `publish` would, and publish nothing.

    The file may be of every form that `publish` reads. One that is not clean is checked as `inspect` would read it. It
    ends with 4 when the file breaks its contract.

    Args:
        source: the file, or an address that this machine reads: https, s3, postgresql, mariadb or sqlite.
        contract: the data contract, an ODCS 3.1 YAML file.
        form: the file's form, where its content should not tell it.
        member: the file of a zip archive that holds the table.
        sheet: the sheet of a workbook, or the layer of a GeoPackage.
        element: the element of XML that is a row, or the array of JSON that holds the rows (its names with dots).
        layout: the field list (name,start,length) or COBOL copybook of a fixed-width file.
        where: what of an address is wanted, and what lets its reader in.
        as_json: answer in JSON on standard output.
    """
    from commonweal.node import check_file

    promised = _contract(contract)
    choice = choose_part(form, member=member, sheet=sheet, element=element, layout=layout)
    named = find_local(source, where)
    found = check_file(named, promised, choice)
    if as_json:
        show_json(_described(found, promised))
    else:
        say(*_told_check(found, promised, name_local(named)))
    return 0 if found.quality.passed else _BROKEN


def diff(old: Path, new: Path, /, *, as_json: Json = False) -> int:
    """Say what changed between two data contracts, whether it breaks for readers, and which version it asks for.

    It ends with 4 when a change breaks and the version has not risen to its next major number.

    Args:
        old: the data contract as it was, an ODCS 3.1 YAML file.
        new: the data contract as it is to be.
        as_json: answer in JSON on standard output.
    """
    from commonweal.publish import compare_contracts

    found = compare_contracts(_contract(old), _contract(new))
    if as_json:
        show_json(_compared(found))
    else:
        for each in found.changes:
            at_gate = " A source that kept the old contract may be stopped." if each.stops else ""
            say(f"{'breaking' if each.breaks else 'compatible':<10}  {each.sentence}{at_gate}")
        say(found.verdict())
    return 0 if found.passes else _BROKEN


def _contract(path: Path) -> "DataContract":
    from commonweal.publish import read_contract

    try:
        return read_contract(path.read_bytes())
    except OSError as error:
        raise UnreadableFileError(
            f"{path} cannot be read: {error.strerror}.", advice="Give the path of an ODCS 3.1 YAML file."
        ) from None


def _verify_new(output: Path | None, *, force: bool) -> None:
    if output is not None and output.exists() and not force:
        raise _exists(output)


def _write(output: Path, text: str, *, force: bool) -> None:
    """Write a file whole, and one that exists only where it may be; a public document, so of the usual mode."""
    flags = os.O_TRUNC if force else os.O_EXCL
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | flags, 0o666)
    except FileExistsError:
        raise _exists(output) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _exists(output: Path) -> InputError:
    return InputError(f"{output} exists already.", advice="Name another file, or say --force to write over it.")


def _told_draft(found: "DraftedFile", output: Path | None) -> list[str]:
    drafted = found.draft
    told = [f"Drafted {drafted.id} with {len(drafted.fields)} fields and {drafted.rows_reason}."]
    if found.reading is not None:
        told.append(f"The file is not clean; it was drafted from as {found.reading.identifier} reads it (`inspect`).")
    if drafted.together:
        told.append(drafted.together)
    if output is not None:
        told += [
            f"  {each.field.name}: {reason}"
            for each in drafted.fields
            for reason in each.reasons
            if reason.startswith(_TOLD)
        ]
        told.append(f"Wrote {output}. Answer its questions, then: commonweal contract check FILE --contract {output}")
    return told


def _told_check(found: "CheckedFile", contract: "DataContract", source: str) -> list[str]:
    quality = found.quality
    verb = "keeps" if quality.passed else "breaks"
    told = [f"{source} {verb} {contract.id} {contract.version}: {quality.rows:,} rows."]
    told += [f"  - {each.sentence}" for each in quality.findings]
    if found.reading is not None:
        told.append(f"It is not clean. To publish it so: commonweal publish … --accept {found.reading.identifier}")
    return told


def _described(found: "CheckedFile", contract: "DataContract") -> dict[str, Any]:
    return {
        "contract": contract.id,
        "contract_version": contract.version,
        "passed": found.quality.passed,
        "rows": found.quality.rows,
        "reading": found.reading.identifier if found.reading else "",
        "findings": [
            {
                "check": each.check,
                "field": each.field,
                "dimension": each.dimension.value,
                "count": each.count,
                "rows": list(each.rows),
                "stops": each.stops,
                "sentence": each.sentence,
            }
            for each in found.quality.findings
        ],
    }


def _compared(found: "Comparison") -> dict[str, Any]:
    return {
        "verdict": "breaking" if found.breaks else "compatible",
        "old_version": found.old_version,
        "new_version": found.new_version,
        "asks_for": found.asked.word,
        "version_fits": found.is_versioned,
        "changes": [
            {
                "change": each.kind,
                "field": each.field,
                "breaking": each.breaks,
                "version": each.bump.word,
                "stops_sources": each.stops,
                "sentence": each.sentence,
            }
            for each in found.changes
        ],
        "told": found.verdict(),
    }
