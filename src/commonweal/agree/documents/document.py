"""A document made from an agreement: its sections as plain values, which every form is written from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from commonweal.core import Json, to_rfc3339

LANGUAGE = "en-GB"
DISCLAIMER = "Decision support; a lawyer decides."


class DocumentName(StrEnum):
    """The documents that an agreement gives rise to; each value is the document's name in addresses."""

    SHARING = "dsa"
    IMPACT = "dpia"
    REGISTER = "dea-register"
    RECORD = "ropa"
    NOTICE = "privacy-notice"
    RISK = "risk"
    TRANSPARENCY = "transparency-record"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Headings with what stands under each, one line or several."""

    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of each row names the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the node does not know: what is to be completed, by whom, and why it matters."""

    what: str
    by: str
    why: str

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        return f"To complete: {self.what}. By: {self.by}. Why it matters: {self.why}"


Block: TypeAlias = Paragraph | Points | Entries | Table | Gap


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a document was made from, so that a reader can tell whether it still holds.

    `terms` is the SHA-256 of the agreement's terms, `policies` that of the policies that answered the request,
    `decided_pack` that of the rule pack they had; `pack` and `pack_version` name the pack whose words the document
    gives. `version` is the dataset's, None where none is held.
    """

    agreement: str
    state: str
    terms: str
    policies: str
    decided_pack: str
    pack: str
    pack_version: str
    dataset: str
    version: int | None
    made: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """A document made from one agreement. `about` says in a sentence what it is; `warning` is empty or comes first."""

    name: DocumentName
    title: str
    about: str
    warning: str
    sections: tuple[Section, ...]
    provenance: Provenance

    def gaps(self) -> tuple[Gap, ...]:
        """Return what has still to be completed, in order."""
        return tuple(each for section in self.sections for each in section.blocks if isinstance(each, Gap))


def origin(made: Provenance) -> Section:
    """Return the section that says what a document was made from."""
    version = "none is held" if made.version is None else f"version {made.version}"
    rows = (
        ("Agreement", (made.agreement, made.state)),
        ("SHA-256 of its terms", (made.terms,)),
        ("Dataset", (f"{made.dataset}, {version}",)),
        ("Rule pack whose words it gives", (f"version {made.pack_version}", made.pack)),
        ("Rule pack at the decision", (made.decided_pack or "Not recorded",)),
        ("SHA-256 of the policies at the decision", (made.policies or "Not recorded",)),
        ("Made", (to_rfc3339(made.made),)),
    )
    changed = bool(made.decided_pack) and made.decided_pack != made.pack
    warning = Paragraph("The rule pack has changed since the decision: read its words again before relying on them.")
    return Section("What this was made from", (Entries(rows), *([warning] if changed else [])))


def describe_document(document: Document) -> dict[str, Json]:
    """Return a document as plain values, the same for every door.

    Each block of a section has a `kind` (paragraph, points, entries, table or gap) and that kind's own fields.
    """
    return {
        "document": document.name.value,
        "title": document.title,
        "language": LANGUAGE,
        "agreement": document.provenance.agreement,
        "about": document.about,
        "warning": document.warning,
        "disclaimer": DISCLAIMER,
        "to_complete": len(document.gaps()),
        "sections": [
            {"heading": section.heading, "blocks": [dict(_describe(each)) for each in section.blocks]}
            for section in document.sections
        ],
        "made_from": dict(_describe_provenance(document.provenance)),
    }


def _describe(block: Block) -> Iterator[tuple[str, Json]]:
    yield "kind", type(block).__name__.lower()
    match block:
        case Paragraph(text):
            yield "text", text
        case Points(items):
            yield "items", [*items]
        case Entries(rows):
            yield "rows", [{"name": name, "lines": [*lines]} for name, lines in rows]
        case Table(caption, columns, cells):
            yield "caption", caption
            yield "columns", [*columns]
            yield "rows", [[*row] for row in cells]
        case _:
            yield from (("what", block.what), ("by", block.by), ("why", block.why))


def _describe_provenance(made: Provenance) -> Iterator[tuple[str, Json]]:
    yield "agreement", made.agreement
    yield "state", made.state
    yield "terms_sha256", made.terms
    yield "policies_sha256", made.policies
    yield "decided_with_pack_sha256", made.decided_pack
    yield "pack_version", made.pack_version
    yield "pack_sha256", made.pack
    yield "dataset", made.dataset
    yield "version", made.version
    yield "made", to_rfc3339(made.made)
