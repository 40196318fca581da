"""Where two rule packs differ, entry by entry and part by part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol, TypeAlias

Change: TypeAlias = Literal["added", "removed", "changed"]

_SECTIONS = {
    "lawful_bases": "lawful basis",
    "special_categories": "special category",
    "purposes": "purpose",
    "data_categories": "data category",
    "legal_persons": "legal person",
    "provisions": "provision",
    "gateways": "gateway",
}


class Sections(Protocol):
    """What is compared of a rule pack."""

    @property
    def version(self) -> str:
        """Return its version."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that differs: what it is, its identifier, and of a change each part with both wordings."""

    what: str
    id: str
    change: Change
    parts: tuple[tuple[str, str, str], ...] = ()


def compare_packs(old: Sections, new: Sections) -> tuple[Difference, ...]:
    """Return what was added, removed and changed from one pack to another, in the order of the packs."""
    found: list[Difference] = []
    for section, what in _SECTIONS.items():
        found += _compare(what, getattr(old, section), getattr(new, section))
    return tuple(found)


def _compare(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for key in dict.fromkeys((*old, *new)):
        if key not in new:
            yield Difference(what, key, "removed")
        elif key not in old:
            yield Difference(what, key, "added")
        elif parts := tuple(_parts(old[key], new[key])):
            yield Difference(what, key, "changed", parts)


def _parts(old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    for each in fields(old):
        before, after = getattr(old, each.name), getattr(new, each.name)
        if before != after:
            yield each.name, in_words(before), in_words(after)


def in_words(value: Any) -> str:
    """Return a part of an entry as one line of text, sets in order."""
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, tuple):
        return "; ".join(in_words(each) for each in value)
    if hasattr(value, "__dataclass_fields__"):
        told = ((each.name, in_words(getattr(value, each.name))) for each in fields(value))
        return ", ".join(f"{name}: {text}" for name, text in told if text)
    return "" if value is None else str(value)
