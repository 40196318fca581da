"""A drafted data contract as a document to edit: ODCS 3.1 in YAML, every promise with the reason for it beside it."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from commonweal.publish.errors import ContractError

from .document import read_contract, write_contract
from .inferring import ContractDraft, DraftedField

_ABOUT = (
    "Drafted from one extract. Every reason below is what that extract shows; what must always hold, a steward says.",
    "Answer the question in each description, take out what is an accident of the extract, and check again.",
)
EVIDENCE = "commonweal.evidence"
"""The custom property of a drafted field that says why it is classified as it is."""

_ASKED = "What is this data, who collects it, why, and what is it not good for?"


def write_draft(draft: ContractDraft) -> str:
    """Return the draft as an ODCS 3.1 document with comments, which `read_contract` reads as `draft.contract()` is.

    Raises:
        ContractError: a column of the extract has no name that a data contract may give.
    """
    contract = draft.contract()
    tree = yaml.safe_load(write_contract(contract))
    table = tree.pop("schema")[0]
    head = {**tree, "status": "draft", "description": {"purpose": _ASKED}}
    about = (*_ABOUT, draft.together) if draft.together else _ABOUT
    lines = [*_comments(about), _dump(head).rstrip("\n"), "schema:", "- name: data", "  logicalType: object"]
    lines.append("  properties:")
    for drafted, described in zip(draft.fields, table["properties"], strict=True):
        lines += ["", *_property(drafted, described)]
    rule = {"quality": table["quality"]}
    lines += ["", *_indented(_comments([draft.rows_reason]), 2), *_indented(_dump(rule).splitlines(), 2), ""]
    text = "\n".join(lines)
    _verify(text)
    return text


def _verify(text: str) -> None:
    try:
        read_contract(text.encode())
    except ContractError as error:
        raise ContractError(
            "No data contract can be drafted: a column's name, the id or the title is not one that it may have.",
            advice="Give every column a name of 1 to 128 printable characters, or say --id and --title.",
            reasons=error.reasons or (str(error),),
        ) from None


def _property(drafted: DraftedField, described: Mapping[str, Any]) -> Iterator[str]:
    yield from _indented(_comments(drafted.reasons), 2)
    shown = _in_order(described)
    if drafted.evidence:
        shown |= {"customProperties": [{"property": EVIDENCE, "value": drafted.evidence}]}
    yield from _indented(_dump([shown]).splitlines(), 2)


def _in_order(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return a property with what a steward edits first, and without what says a thing twice."""
    first = ("name", "description", "logicalType", "required", "unique", "logicalTypeOptions")
    ordered = {key: described[key] for key in first if key in described}
    return ordered | {key: value for key, value in described.items() if key not in {*first, "customProperties"}}


def _comments(sentences: "tuple[str, ...] | list[str]") -> list[str]:
    return [f"# {' '.join(each.split())}" for each in sentences]


def _dump(tree: object) -> str:
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=110)


def _indented(lines: list[str], depth: int) -> list[str]:
    return [f"{' ' * depth}{line}" if line else line for line in lines]
