"""What a steward says of a file, read from words; and what tells one choice from another."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from commonweal.core import InputError
from commonweal.publish import Access, FileChoice, FileForm

from .staging import StagedSource


@dataclass(frozen=True, slots=True)
class PublishCommand:
    """What a steward says of a source: where it goes in the catalogue and how it may be shared.

    `accept` is the identifier of the reading that they accept for a source that is not clean. `key_class` says under
    which key the version lies, empty for that of the version before; `split`, that each class of fields has one.
    `format` is told by the file's content where it is `auto`; `member`, `sheet` and `element` choose the part of it
    that holds the table, and `layout` is the field list or copybook of a fixed-width file. `confirm` confirms how every
    field is classified, `confirm_fields` only those; `confirm_reason` says why against strong evidence.
    `new_contract_version` says that a data contract may break for readers of the version before. `regime` and `retain`
    (`6 years after end of year: why`), where empty, stay those of the version before. `mode` is replace, append or
    upsert, and `key` the fields by which an upsert finds its rows, the contract's own where empty. `carry` is false
    where the steward was asked of each field, so that nothing counts as confirmed from before. `derived_from` names
    the agreements under which the body received what it was made from; those of the version before stay.
    """

    body: str
    name: str
    contract: bytes
    upload: str
    format: str = "auto"
    access: str = ""
    marking: str = ""
    title: str = ""
    description: str = ""
    licence: str = ""
    attribution: str = ""
    stored: str = ""
    keywords: Sequence[str] = ()
    confirm: bool = False
    confirm_fields: Sequence[str] = ()
    confirm_reason: str = ""
    new_contract_version: bool = False
    regime: str = ""
    retain: str = ""
    twin_of: str = ""
    derived_from: Sequence[str] = ()
    accept: str = ""
    key_class: str = ""
    split: bool = False
    member: str = ""
    sheet: str = ""
    element: str = ""
    layout: str = ""
    mode: str = "replace"
    key: Sequence[str] = ()
    carry: bool = True

    def choice(self) -> FileChoice:
        """Return what it says of the file's form and of the part that holds the table.

        Raises:
            InputError: the form is none that is read.
        """
        form = parse_form(self.format)
        return FileChoice(form, member=self.member, sheet=self.sheet, element=self.element, layout=self.layout)


def mac_of(staged: StagedSource, choice: FileChoice) -> str:
    """Return the keyed digest of a source's bytes and of the part of them that was chosen, if one was."""
    parts = (choice.member, choice.sheet, choice.element, choice.layout)
    return sha256("\0".join((staged.mac, *parts)).encode()).hexdigest() if any(parts) else staged.mac


def parse_form(text: str) -> FileForm:
    """Return the form of a file that a word names.

    Raises:
        InputError: none is of that name.
    """
    try:
        return FileForm(text)
    except ValueError:
        raise InputError("The node reads no such form of file.", advice=f"Use one of {', '.join(FileForm)}.") from None


def parse_access(text: str) -> Access:
    """Return who may have a dataset before anyone asks, by its word.

    Raises:
        InputError: there is no such word.
    """
    try:
        return Access(text)
    except ValueError:
        raise InputError("Access is open, shared or closed.", advice="Use one of the three words.") from None
