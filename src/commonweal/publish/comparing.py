"""Compares two versions of a data contract: what changed, for whom it breaks, and which version number it asks for."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum

from .kinds import Classification, FieldType
from .model import DataContract, Field

LIKENESS = 0.6

_VERSION = re.compile(r"v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?")
_WIDER = {
    FieldType.INTEGER: frozenset({FieldType.NUMBER, FieldType.STRING}),
    FieldType.DATE: frozenset({FieldType.TIMESTAMP, FieldType.STRING}),
    FieldType.NUMBER: frozenset({FieldType.STRING}),
    FieldType.TIMESTAMP: frozenset({FieldType.STRING}),
    FieldType.BOOLEAN: frozenset({FieldType.STRING}),
}


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
            return "Nothing changed that the contract promises."
        found = "Breaking" if self.breaks else "Compatible"
        asks = f"{found}: it asks for a {self.asked.word} version."
        if self.is_versioned:
            return f"{asks} {self.old_version} to {self.new_version} is one."
        old = _numbers(self.old_version)
        if old is None or _numbers(self.new_version) is None:
            return f"{asks} {self.old_version} and {self.new_version} are not numbers such as 1.0.0, so neither tells."
        return f"{asks} {self.old_version} to {self.new_version} is none; call it {_next(old, self.asked)}."


_BUMPS = (Bump.MAJOR, Bump.MINOR, Bump.PATCH)


def compare_contracts(old: DataContract, new: DataContract) -> Comparison:
    """Return what changed from `old` to `new`; two fields are one renamed when type and place or name are alike."""
    changes = [*_about_the_whole(old, new), *_about_fields(old, new)]
    changes.sort(key=lambda each: -each.bump)
    return Comparison(old.version, new.version, tuple(changes))


def _about_the_whole(old: DataContract, new: DataContract) -> Iterator[Change]:
    if old.id != new.id:
        yield Change("id", "", Bump.MAJOR, f"The identifier was {old.id} and is {new.id}: it is another data contract.")
    if new.minimum_rows > old.minimum_rows:
        told = f"At least {new.minimum_rows:,} rows are promised where {old.minimum_rows:,} were."
        yield Change("minimum-rows-raised", "", Bump.MINOR, told, stops=True)
    elif new.minimum_rows < old.minimum_rows:
        told = f"Only {new.minimum_rows:,} rows are promised where {old.minimum_rows:,} were."
        yield Change("minimum-rows-lowered", "", Bump.MINOR, told)
    for what in ("title", "description", "notes"):
        if getattr(old, what) != getattr(new, what):
            yield Change(what, "", Bump.PATCH, f"The {what} reads otherwise.")
    both = [each for each in old.field_names() if each in new.field_names()]
    if both != [each for each in new.field_names() if each in old.field_names()]:
        yield Change("order", "", Bump.PATCH, "The fields stand in another order.")


def _about_fields(old: DataContract, new: DataContract) -> Iterator[Change]:
    before, after = ({each.name: each for each in contract.fields} for contract in (old, new))
    renamed = dict(_renamed(old, new))
    for name, field in before.items():
        if name in renamed:
            told = f"{name} is gone; {renamed[name]} looks like it under a new name."
            yield Change("renamed", name, Bump.MAJOR, told, stops=True)
            yield from _about_field(field, after[renamed[name]])
        elif name not in after:
            yield Change("removed", name, Bump.MAJOR, f"{name} is gone.", stops=True)
        else:
            yield from _about_field(field, after[name])
    for name, field in after.items():
        if name not in before and name not in renamed.values():
            filled = ", and it must be filled" if field.required else ", and it may be empty"
            kind = "added-required" if field.required else "added"
            yield Change(kind, name, Bump.MINOR, f"{name} is new{filled}; every source must have it.", stops=True)


def _renamed(old: DataContract, new: DataContract) -> Iterator[tuple[str, str]]:
    """Yield each field that is gone with the new one that it looks like, the likest first."""
    gone = [(place, each) for place, each in enumerate(old.fields) if each.name not in new.field_names()]
    come = [(place, each) for place, each in enumerate(new.fields) if each.name not in old.field_names()]
    scored = [
        (_likeness(one, other, same_place=place == at), one.name, other.name)
        for place, one in gone
        for at, other in come
        if one.type is other.type
    ]
    taken: set[tuple[str, str]] = set()
    for likeness, one, other in sorted(scored, key=lambda each: -each[0]):
        if likeness >= LIKENESS and ("old", one) not in taken and ("new", other) not in taken:
            taken |= {("old", one), ("new", other)}
            yield one, other


def _likeness(one: Field, other: Field, *, same_place: bool) -> float:
    first, second = (re.sub(r"[\W_]+", "", each.name.casefold()) for each in (one, other))
    if first == second:
        return 2.0
    likeness = SequenceMatcher(a=first, b=second).ratio()
    alike = (one.required, one.unique, one.pattern, one.allowed) == (
        other.required,
        other.unique,
        other.pattern,
        other.allowed,
    )
    return likeness + 0.2 * (same_place and alike)


def _about_field(old: Field, new: Field) -> Iterator[Change]:
    for compare in _COMPARED:
        yield from compare(old, new)


def _type(old: Field, new: Field) -> Iterator[Change]:
    if old.type is new.type:
        return
    change = f"{new.name} was {old.type} and is {new.type}"
    if new.type in _WIDER.get(old.type, frozenset()):
        told = f"{change}: wider, so values may come that were not of the old type."
        yield Change("type-widened", new.name, Bump.MAJOR, told)
    elif old.type in _WIDER.get(new.type, frozenset()):
        told = f"{change}: narrower; the column's type differs in what is delivered, and values may be stopped."
        yield Change("type-narrowed", new.name, Bump.MAJOR, told, stops=True)
    else:
        yield Change("type-changed", new.name, Bump.MAJOR, f"{change}.", stops=True)


def _required(old: Field, new: Field) -> Iterator[Change]:
    if new.required and not old.required:
        told = f"{new.name} must now be filled."
        yield Change("required-added", new.name, Bump.MINOR, told, stops=True)
    if old.required and not new.required:
        yield Change("required-removed", new.name, Bump.MAJOR, f"{new.name} may now be empty.")


def _unique(old: Field, new: Field) -> Iterator[Change]:
    if new.unique and not old.unique:
        told = f"{new.name} must now be unique."
        yield Change("unique-added", new.name, Bump.MINOR, told, stops=True)
    if old.unique and not new.unique:
        yield Change("unique-removed", new.name, Bump.MAJOR, f"{new.name} need no longer be unique.")


def _pattern(old: Field, new: Field) -> Iterator[Change]:
    if old.pattern == new.pattern:
        return
    if not old.pattern:
        told = f"{new.name} must now match a pattern."
        yield Change("pattern-added", new.name, Bump.MINOR, told, stops=True)
    elif not new.pattern:
        yield Change("pattern-removed", new.name, Bump.MAJOR, f"{new.name} need no longer match a pattern.")
    else:
        told = f"{new.name} has another pattern, which may let through what the old one did not."
        yield Change("pattern-changed", new.name, Bump.MAJOR, told, stops=True)


def _allowed(old: Field, new: Field) -> Iterator[Change]:
    added, removed = set(new.allowed) - set(old.allowed), set(old.allowed) - set(new.allowed)
    if old.allowed and not new.allowed:
        told = f"{new.name} may now hold any value; its list is gone."
        yield Change("values-freed", new.name, Bump.MAJOR, told)
    elif new.allowed and not old.allowed:
        told = f"{new.name} may now hold only the {_values(len(new.allowed))} listed."
        yield Change("values-listed", new.name, Bump.MINOR, told, stops=True)
    else:
        if added:
            told = f"{new.name} may now hold {_values(len(added))} more, which readers do not know."
            yield Change("values-added", new.name, Bump.MAJOR, told)
        if removed:
            told = f"{new.name} may no longer hold {_values(len(removed))} of its list."
            yield Change("values-removed", new.name, Bump.MINOR, told, stops=True)


def _bounds(old: Field, new: Field) -> Iterator[Change]:
    for bound, sign in (("minimum", 1), ("maximum", -1)):
        was, now = getattr(old, bound), getattr(new, bound)
        if was == now:
            continue
        if was is None or (now is not None and sign * now > sign * was):
            told = f"The {bound} of {new.name} {_told_bound(was, now)}: tighter."
            yield Change(f"{bound}-tightened", new.name, Bump.MINOR, told, stops=True)
        else:
            told = f"The {bound} of {new.name} {_told_bound(was, now)}: looser, so values may come that did not."
            yield Change(f"{bound}-loosened", new.name, Bump.MAJOR, told)


def _validator(old: Field, new: Field) -> Iterator[Change]:
    if (old.validator, old.valid_on) == (new.validator, new.valid_on):
        return
    if not old.validator:
        told = f"{new.name} must now keep the published rule {new.validator}."
        yield Change("validator-added", new.name, Bump.MINOR, told, stops=True)
    elif not new.validator:
        told = f"{new.name} need no longer keep the published rule {old.validator}."
        yield Change("validator-removed", new.name, Bump.MAJOR, told)
    else:
        told = f"{new.name} is held to another published rule, or to that of another day."
        yield Change("validator-changed", new.name, Bump.MAJOR, told, stops=True)


def _classification(old: Field, new: Field) -> Iterator[Change]:
    if old.classification is new.classification:
        return
    told = f"{new.name} was classified {old.classification} and is {new.classification}"
    if new.classification is Classification.NOT_PERSONAL:
        yield Change("classification-lowered", new.name, Bump.MINOR, f"{told}: it needs less protection.")
    else:
        told = f"{told}: whoever has it must look again at what they may do with it."
        yield Change("classification-changed", new.name, Bump.MAJOR, told)


def _description(old: Field, new: Field) -> Iterator[Change]:
    if old.description != new.description:
        yield Change("description", new.name, Bump.PATCH, f"The description of {new.name} reads otherwise.")


_COMPARED: tuple[Callable[[Field, Field], Iterator[Change]], ...] = (
    _type,
    _required,
    _unique,
    _pattern,
    _validator,
    _allowed,
    _bounds,
    _classification,
    _description,
)


def _told_bound(was: float | None, now: float | None) -> str:
    if was is None:
        return f"is {now:.15g}, where there was none"
    return f"was {was:.15g} and is gone" if now is None else f"was {was:.15g} and is {now:.15g}"


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"


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
