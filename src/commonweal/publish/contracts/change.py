"""A change from one version of a data contract to another, what all of them amount to, and the version they ask for."""

import re
from dataclasses import dataclass
from enum import IntEnum

_VERSION = re.compile(r"v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?")


class Bump(IntEnum):
    """By how much a version number must rise (Semantic Versioning 2.0.0); a breaking change asks for `MAJOR`."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str:
        """Return it as a word."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, as a sentence.

    It breaks (`bump` is `MAJOR`) when those who read the data by the old contract may fail or be misled by the new.
    `stops` says that a source which kept the old contract may be stopped at the gate by the new one.
    """

    kind: str
    field: str
    bump: Bump
    sentence: str
    stops: bool = False

    @property
    def breaks(self) -> bool:
        """Say whether it breaks for those who read the data."""
        return self.bump is Bump.MAJOR


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every change from one version of a data contract to another, breaking ones first, and the versions they state."""

    old_version: str
    new_version: str
    changes: tuple[Change, ...]

    @property
    def breaks(self) -> bool:
        """Say whether any change breaks for those who read the data."""
        return any(each.breaks for each in self.changes)

    @property
    def asked(self) -> Bump:
        """Return the bump that the changes ask for."""
        return max((each.bump for each in self.changes), default=Bump.NONE)

    @property
    def made(self) -> Bump | None:
        """Return the bump from the old version to the new one; None when it falls, or one is no such number."""
        old, new = _numbers(self.old_version), _numbers(self.new_version)
        if old is None or new is None or new < old:
            return None
        return next((bump for bump, *pair in zip(_BUMPS, old, new, strict=True) if pair[0] != pair[1]), Bump.NONE)

    @property
    def is_versioned(self) -> bool:
        """Say whether the version rises by as much as the changes ask for."""
        return self.made is not None and self.made >= self.asked

    @property
    def passes(self) -> bool:
        """Say whether the new contract may follow the old one: nothing breaks, or its version says so."""
        return not self.breaks or self.is_versioned

    def verdict(self) -> str:
        """Say what the changes amount to, and whether the versions stated fit that."""
        if not self.changes:
            return self._told_unchanged()
        found = "Breaking" if self.breaks else "Compatible"
        asks = f"{found}: it asks for a {self.asked.word} version."
        if self.is_versioned:
            return f"{asks} {self.old_version} to {self.new_version} is one."
        old = _numbers(self.old_version)
        if old is None or _numbers(self.new_version) is None:
            return f"{asks} {self.old_version} and {self.new_version} are not numbers such as 1.0.0, so neither tells."
        return f"{asks} {self.old_version} to {self.new_version} is none; call it {_next(old, self.asked)}."

    def _told_unchanged(self) -> str:
        if self.old_version == self.new_version:
            return "Nothing changed that the contract promises."
        versions = f"from {self.old_version} to {self.new_version}"
        return f"Nothing changed that the contract promises but its version, {versions}."


_BUMPS = (Bump.MAJOR, Bump.MINOR, Bump.PATCH)


def _numbers(version: str) -> tuple[int, int, int] | None:
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return None
    major, minor, patch = (int(each or 0) for each in found.groups())
    return major, minor, patch


def _next(old: tuple[int, int, int], bump: Bump) -> str:
    major, minor, patch = old
    if bump is Bump.MAJOR:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if bump is Bump.MINOR else f"{major}.{minor}.{patch + 1}"
