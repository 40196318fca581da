"""What arguments mean: lists of words, files of text."""

from pathlib import Path

from commonweal.core import UnreadableFileError


def words_of(text: str) -> list[str]:
    """Return the words that are written with commas."""
    return [each.strip() for each in text.split(",") if each.strip()]


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
