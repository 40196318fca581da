"""What a steward says of a file, read from words; and what tells one choice from another."""

from hashlib import sha256

from commonweal.core import InputError
from commonweal.publish import FileChoice, FileForm

from .staging import StagedSource


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
