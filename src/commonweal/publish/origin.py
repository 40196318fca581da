"""How a version was made: from a source alone, or from a source and the version before."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What a source does to the version before: takes its place, is added to it, or changes it row by row."""

    REPLACE = "replace"
    APPEND = "append"
    UPSERT = "upsert"


@dataclass(frozen=True, slots=True)
class Origin:
    """How a version was made. Every version is whole, so nothing is read from its `base` any more.

    `base` is the number of the version whose rows it took over, 0 where there was none. `key` are the fields by which
    an upsert found the rows that it changed. `added`, `changed` and `kept` count the new version's rows: those that
    the base has not, those that took the place of a row of the base with other values, and all others. They are 0 of a
    version that replaced the one before.
    """

    mode: Mode = Mode.REPLACE
    base: int = 0
    key: tuple[str, ...] = ()
    added: int = 0
    changed: int = 0
    kept: int = 0

    @property
    def sentence(self) -> str:
        """Say it in words."""
        if self.mode is Mode.REPLACE or not self.base:
            return "Its source and nothing else."
        if self.mode is Mode.APPEND:
            return f"{_rows(self.added)} added to the {self.kept:,} of version {self.base}."
        found = f"{_rows(self.added)} added to version {self.base}, {self.changed:,} changed and {self.kept:,} kept"
        return f"{found}, found by {' and '.join(self.key)}."


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


AS_SENT = Origin()
"""The origin of a version that holds its source and nothing else."""
