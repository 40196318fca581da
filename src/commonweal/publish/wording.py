"""The words that a dataset is described by: plain text of a sensible length, as a catalogue shows it to anybody."""

from collections.abc import Iterator
from unicodedata import category

from commonweal.core import InputError

from .model import Dataset

_BREAKS = "\r\n\t"
_JOINERS = "\N{SOFT HYPHEN}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_LONGEST = {"title": 200, "description": 10_000, "licence": 200, "attribution": 1_000, "stored": 1_000}
_LONGEST_KEYWORD = 100
_MOST_KEYWORDS = 50


class WordingError(InputError):
    """Words about a dataset that no catalogue can show; `reasons` names each place, never its text."""

    code = "publish.wording"
    default_advice = "Write plain text: only a description may have line breaks, and no text has control characters."


def verify_wording(dataset: Dataset) -> None:
    """Return when every text that describes a dataset and its fields is plain and not too long.

    Raises:
        WordingError: some are not.
    """
    if faults := tuple(dict.fromkeys(_faults(dataset))):
        raise WordingError("Some words about the dataset cannot be shown.", reasons=faults)


def _faults(dataset: Dataset) -> Iterator[str]:
    for name, longest in _LONGEST.items():
        yield from _text_faults(f"The {name}", getattr(dataset, name), longest)
    if len(dataset.keywords) > _MOST_KEYWORDS:
        yield f"There are more than {_MOST_KEYWORDS} keywords."
    for number, keyword in enumerate(dataset.keywords, 1):
        yield from _text_faults(f"Keyword {number}", keyword, _LONGEST_KEYWORD)
    for number, field in enumerate(dataset.contract.fields, 1):
        yield from _text_faults(f"The description of field {number}", field.description, _LONGEST["description"])


def _text_faults(what: str, text: str, longest: int) -> Iterator[str]:
    if len(text) > longest:
        yield f"{what} is longer than {longest:,} characters."
    allowed = _BREAKS + _JOINERS if "description" in what else _JOINERS
    if any(category(each).startswith("C") and each not in allowed for each in text):
        yield f"{what} has a character that cannot be shown."
