"""Compares two versions of a data contract: what changed of the whole and of each field, and for whom it breaks."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from commonweal.publish.kinds import Classification, FieldType
from commonweal.publish.model import DataContract, Field

from .change import Bump, Change, Comparison
from .comparing_promises import compare_field_rules, compare_promises, compare_validator_limits

LIKENESS = 0.6

_WIDER = {
    FieldType.INTEGER: frozenset({FieldType.NUMBER, FieldType.STRING}),
    FieldType.DATE: frozenset({FieldType.TIMESTAMP, FieldType.STRING}),
    FieldType.NUMBER: frozenset({FieldType.STRING}),
    FieldType.TIMESTAMP: frozenset({FieldType.STRING}),
    FieldType.BOOLEAN: frozenset({FieldType.STRING}),
}


def compare_contracts(old: DataContract, new: DataContract) -> Comparison:
    """Return what changed from `old` to `new`; two fields are one renamed when type and place or name are alike.

    There is none only where both promise the very same in the same words and order, their versions aside.
    """
    changes = [*_about_the_whole(old, new), *_about_fields(old, new), *compare_promises(old.promises, new.promises)]
    if not changes and _plain(old) != _plain(new):
        changes.append(Change("order", "", Bump.PATCH, "What it lists stands in another order, or once more."))
    changes.sort(key=lambda each: -each.bump)
    return Comparison(old.version, new.version, tuple(changes))


def _plain(contract: DataContract) -> DataContract:
    """Return a data contract without its version and what a steward has said of it since."""
    fields = tuple(replace(each, confirmed=False, stated=None) for each in contract.fields)
    return replace(contract, version="", fields=fields)


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
    compare_validator_limits,
    compare_field_rules,
    _classification,
    _description,
)


def _told_bound(was: float | None, now: float | None) -> str:
    if was is None:
        return f"is {now:.15g}, where there was none"
    return f"was {was:.15g} and is gone" if now is None else f"was {was:.15g} and is {now:.15g}"


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"
