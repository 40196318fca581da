"""What arguments mean: files of text."""

from pathlib import Path

from commonweal.core import UnreadableFileError


def text_of(path: Path) -> str:
    """Return the text of a data contract's file.

    Raises:
        UnreadableFileError: it cannot be read as UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnreadableFileError(
            f"{path} cannot be read as text.", advice="Give the path of an ODCS 3.1 YAML file."
        ) from None
