"""The sentences that the code cannot give, from one file; each must be there, and none for what has gone."""

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("words.toml")


class UnexplainedError(Exception):
    """The code has something that `words.toml` does not explain, or the file explains what the code has not."""


@cache
def _sections() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def explain(section: str, names: Collection[str], words: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return the sentence of each name of a section.

    Raises:
        UnexplainedError: one is missing, empty or stale.
    """
    found = _sections()[section] if words is None else words
    missing = sorted(name for name in names if not found.get(name, "").strip())
    stale = sorted(set(found) - set(names))
    if missing or stale:
        raise UnexplainedError(f"{FILE.name} [{section}]: write a sentence for {missing}, take out {stale}")
    return found
