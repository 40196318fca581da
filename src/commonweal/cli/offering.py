"""What the commands say of a dataset that they publish, at once or on a timetable."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from commonweal.core import InputError, words_of

from .arguments import text_of
from .forms import FormOption, read_layout

_KEY_CLASS = (
    "the key it lies under: its body's, or one of its own, which a device can destroy at once (default: as the version "
    "before; a new dataset: its body's)."
)
_MODE = (
    "whether its rows take the place of the newest version's, are added to them, or replace those with the same key "
    "and are added where there is none."
)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Offer:
    """What is said of a dataset that is published, and of the part of its source that holds the table."""

    contract: Path
    "the data contract, an ODCS 3.1 YAML file."

    access: Literal["open", "shared", "closed"] | None = None
    "open to anybody, shared on request, or closed (default: as the version before; a new dataset: shared)."

    marking: str = ""
    "OFFICIAL or OFFICIAL-SENSITIVE (default: as the version before; a new dataset: OFFICIAL)."

    title: str = ""
    "the dataset's title (default: the contract's)."

    description: str = ""
    "its description (default: the contract's)."

    licence: str = ""
    "the licence's address (open data: the Open Government Licence)."

    attribution: str = ""
    "the sentence that re-users must show."

    keywords: str = ""
    "words to find it by, with commas."

    confirm: bool = False
    "confirm, as its steward, how the contract classifies every field."

    retain: str = ""
    "how long each version is kept, such as `6 years after end of year: why` (default: as before)."

    key_class: Annotated[Literal["body", "device"] | None, Parameter(help=_KEY_CLASS)] = None

    split: bool = False
    "give each class of fields a file and a key of its own, so that one class can be destroyed alone."

    form: FormOption = "auto"
    "the file's form, where its content should not tell it."

    member: str = ""
    "the file of a zip archive that holds the table."

    sheet: str = ""
    "the sheet of a workbook, or the layer of a GeoPackage."

    element: str = ""
    "the element of XML that is a row, or the array of JSON that holds the rows (its names with dots)."

    layout: Path | None = None
    "the field list (name,start,length) or COBOL copybook of a fixed-width file."

    mode: Annotated[Literal["replace", "append", "upsert"], Parameter(help=_MODE)] = "replace"

    key: str = ""
    "the fields by which an upsert finds its rows, with commas (default: the contract's one unique field)."

    def document(self, dataset: str) -> dict[str, Any]:
        """Return it of a dataset, BODY/NAME, as a form of the API.

        Raises:
            InputError: the dataset is not named so.
            UnreadableFileError: the data contract or the layout cannot be read as text.
        """
        body, _, name = dataset.partition("/")
        if not (body and name):
            raise InputError(f"A dataset is named BODY/NAME, and {dataset[:100]!r} is not.")
        return {"body": body, "name": name, "contract": text_of(self.contract), **self._said(), **self._part()}

    def _said(self) -> dict[str, Any]:
        return {
            "access": self.access or "",
            "marking": self.marking,
            "title": self.title,
            "description": self.description,
            "licence": self.licence,
            "attribution": self.attribution,
            "keywords": words_of(self.keywords),
            "confirm": self.confirm,
            "retain": self.retain,
            "key_class": self.key_class or "",
            "split": self.split,
        }

    def _part(self) -> dict[str, Any]:
        return {
            "format": self.form,
            "member": self.member,
            "sheet": self.sheet,
            "element": self.element,
            "layout": read_layout(self.layout),
            "mode": self.mode,
            "key": words_of(self.key),
        }
