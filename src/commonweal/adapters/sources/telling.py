"""What was taken of a source, and the words for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from commonweal.publish import SourceError

_SHOWN = 10
_LONGEST = 60


class Content(Protocol):
    """Bytes that can be read from any place."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to so many of the next bytes, and none at the end."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place among the bytes and return it."""
        ...

    def tell(self) -> int:
        """Return the place among the bytes."""
        ...


class Output(Protocol):
    """What takes bytes in."""

    def write(self, data: bytes, /) -> object:
        """Take in the next bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken from a source: `what` in words, sentences on it, and whether it was one guess among several."""

    what: str
    notes: tuple[str, ...] = ()
    guessed: bool = False


def list_names(names: Sequence[str]) -> str:
    """Return the names that a source gives its parts, the first ten, each cut to what can be shown."""
    shown = ", ".join(f"“{shown_name(each)}”" for each in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else shown


def shown_name(name: str) -> str:
    """Return a name without what cannot be printed, and not too long."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in name[: _LONGEST + 1])
    return clean if len(clean) <= _LONGEST else f"{clean[:_LONGEST]}…"


def many(count: int, one: str, several: str = "") -> str:
    """Return a number with its noun."""
    return f"1 {one}" if count == 1 else f"{count:,} {several or one + 's'}"


def refuse(sentence: str, advice: str = "") -> SourceError:
    """Return the refusal of a source."""
    return SourceError(sentence, advice=advice) if advice else SourceError(sentence)
