"""What one version's fields hold, told in counts: the profile that is stored with the version, never the data."""

from dataclasses import dataclass, replace

SHOWN_FROM = 5
"""The fewest rows that a value or a bar of a histogram must stand for before its number is told."""


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value, cut to 40 characters, and how many rows share it: at least `SHOWN_FROM`."""

    value: str
    rows: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram: rows from `least` to below the next bar's, and of the last bar to `most` itself.

    `rows` is None where so few share the bar that their number is not told.
    """

    least: str
    most: str
    rows: int | None


@dataclass(frozen=True, slots=True)
class FieldProfile:
    """How one field of a version is filled.

    `present` and `missing` are rows. `distinct` counts different values, None where nobody counted; `is_exact` says
    that it is counted and not estimated (which may be 5 % off). `shortest` and `longest` are lengths of text in
    characters. What shows values is given only for a field that a steward has confirmed as not personal: `least` and
    `most` and `bars` of numbers and dates, and in `top` the values that the most rows share.
    """

    present: int
    missing: int
    distinct: int | None = None
    is_exact: bool = False
    shortest: int | None = None
    longest: int | None = None
    least: str = ""
    most: str = ""
    top: tuple[ValueCount, ...] = ()
    bars: tuple[Bar, ...] = ()

    @property
    def missing_share(self) -> float:
        """Return the share of rows in which the field is empty, from 0 to 1."""
        rows = self.present + self.missing
        return self.missing / rows if rows else 0.0

    @property
    def shows_values(self) -> bool:
        """Say whether any value of the field is told."""
        return bool(self.least or self.most or self.top or self.bars)

    def without_values(self) -> "FieldProfile":
        """Return the counts and lengths alone, for those who may not read the data."""
        return replace(self, least="", most="", top=(), bars=())
