"""Compares what two versions of a data contract promise with limits, of several fields, other datasets and time."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from commonweal.publish.model import Field
from commonweal.publish.promises import (
    NONE_MAY,
    FieldRule,
    Freshness,
    Limit,
    Metric,
    Promises,
    Reconciliation,
    Reference,
    RowRule,
    UniqueKey,
)

from .change import Bump, Change

P = TypeVar("P")
_RULES = {
    Metric.MISSING: "is filled",
    Metric.INVALID: "holds only what is listed for it",
    Metric.DUPLICATE: "is unique",
}


def compare_promises(old: Promises, new: Promises) -> Iterator[Change]:
    """Yield what changed of the promises about the table as a whole.

    A promise that only warns was never kept at the gate, so that nothing breaks for readers when it goes or is
    loosened; a service level is said to readers, and breaks for them whether it stops a source or not.
    """
    yield from _about(_KEYS, old.keys, new.keys)
    yield from _about_primary(old.keys, new.keys)
    yield from _about(_ROW_RULES, old.rules, new.rules)
    yield from _about_names(old.rules, new.rules)
    yield from _about(_REFERENCES, old.references, new.references)
    yield from _about(_RECONCILIATIONS, old.reconciliations, new.reconciliations)
    yield from _about_service_levels(_levels(old), _levels(new))
    yield from _about_service_levels(_volume(old), _volume(new), to_readers=False)


def compare_field_rules(old: Field, new: Field) -> Iterator[Change]:
    """Yield what changed of the promises of a field that have limits."""
    kind: _Kind[FieldRule] = _Kind(
        "rule", lambda each: (each.metric, each.allowed, each.pattern), lambda each: each.limit, _told_rule(new.name)
    )
    yield from (replace(each, field=new.name) for each in _about(kind, old.rules, new.rules))


def compare_validator_limits(old: Field, new: Field) -> Iterator[Change]:
    """Yield how the limit of a field's published rule changed, where it has one before and after."""
    if old.validator and new.validator:
        told = f"The published rule of {new.name}"
        yield from _about_limit("validator", told, new.name, old.validator_limit, new.validator_limit)
    elif new.validator and new.validator_limit != NONE_MAY:
        told = f"The published rule of {new.name} {_with(new.validator_limit)}."
        yield Change("validator-limit", new.name, Bump.PATCH, told)


@dataclass(frozen=True, slots=True)
class _Kind(Generic[P]):
    """One kind of promise: what makes two of them the same, its limit, and how it is told."""

    name: str
    same: Callable[[P], Hashable]
    limit: Callable[[P], Limit]
    told: Callable[[P], str]


def _about(kind: _Kind[P], old: Sequence[P], new: Sequence[P]) -> Iterator[Change]:
    """Yield what is gone, what is new, and what has another limit."""
    before, after = _numbered(kind, old), _numbered(kind, new)
    for same, each in before.items():
        if same in after:
            told = f"Of the promise that {kind.told(each)}"
            yield from _about_limit(kind.name, told, "", kind.limit(each), kind.limit(after[same]))
        else:
            bump = Bump.MAJOR if kind.limit(each).stops else Bump.MINOR
            warned = "" if kind.limit(each).stops else ", of which it only warned"
            yield Change(f"{kind.name}-removed", "", bump, f"It is promised no more{warned}: {kind.told(each)}.")
    for same, each in after.items():
        if same not in before:
            limit = kind.limit(each)
            told = f"It is newly promised{_limited(limit)}: {kind.told(each)}."
            yield Change(f"{kind.name}-added", "", Bump.MINOR, told, stops=limit.stops)


def _numbered(kind: _Kind[P], promised: Iterable[P]) -> dict[Hashable, P]:
    """Return promises by what makes them the same; of what stands several times the strictest comes first."""
    found: dict[Hashable, P] = {}
    seen: Counter[Hashable] = Counter()
    for each in sorted(promised, key=lambda each: _strictness(kind.limit(each)), reverse=True):
        same = kind.same(each)
        seen[same] += 1
        found[same, seen[same]] = each
    return found


def _strictness(limit: Limit) -> tuple[bool, bool, float, bool]:
    return limit.stops, not limit.most, -limit.most, limit.below


def _about_limit(kind: str, told: str, field: str, old: Limit, new: Limit) -> Iterator[Change]:
    if old.stops and not new.stops:
        yield Change(f"{kind}-warns", field, Bump.MAJOR, f"{told}: what breaks it is only warned of now.")
    elif new.stops and not old.stops:
        yield Change(f"{kind}-stops", field, Bump.MINOR, f"{told}: what breaks it stops a source now.", stops=True)
    was, now = replace(old, stops=True), replace(new, stops=True)
    if was == now:
        return
    change = f"{told}: {_allowed(old)} could break it, and {_allowed(new)} can"
    if _is_tighter(was, now):
        yield Change(f"{kind}-tightened", field, Bump.MINOR, f"{change}: tighter.", stops=new.stops)
    else:
        bump = Bump.MAJOR if old.stops else Bump.MINOR
        yield Change(f"{kind}-loosened", field, bump, f"{change}: it may be broken where it could not be.")


def _is_tighter(old: Limit, new: Limit) -> bool:
    """Say whether whatever keeps the new limit keeps the old one, whatever the number of rows."""
    if not new.most:
        return True
    if old.percent is not new.percent or not old.most:
        return False
    return new.most < old.most or (new.most == old.most and new.below)


def _allowed(limit: Limit) -> str:
    return limit.told() or "no row"


def _limited(limit: Limit) -> str:
    allowed = f" for all but {limit.told()}" if limit.told() else ""
    return f"{allowed}{'' if limit.stops else ', with a warning only'}"


def _with(limit: Limit) -> str:
    return f"may be broken by {_allowed(limit)}{'' if limit.stops else ', and only warns'}"


def _about_primary(old: Sequence[UniqueKey], new: Sequence[UniqueKey]) -> Iterator[Change]:
    before, after = ({each.fields for each in keys if each.primary} for keys in (old, new))
    kept = {each.fields for each in old} & {each.fields for each in new}
    for fields in sorted(before - after):
        if fields in kept:
            told = f"{_listed(fields)} together are the primary key no longer."
            yield Change("primary-key-removed", "", Bump.MAJOR, told)
    for fields in sorted(after - before):
        if fields in kept:
            yield Change("primary-key-added", "", Bump.MINOR, f"{_listed(fields)} together are now the primary key.")


def _about_names(old: Sequence[RowRule], new: Sequence[RowRule]) -> Iterator[Change]:
    before, after = ({(each.rule, each.when): each for each in rules} for rules in (old, new))
    for same, each in after.items():
        if same in before and before[same].name != each.name:
            yield Change("row-rule-named", "", Bump.PATCH, f"It has another name: {_told_row_rule(each)}.")


@dataclass(frozen=True, slots=True)
class _Level:
    """A promise of an amount that is better when it is less."""

    told: str
    amount: float
    unit: str
    stops: bool


def _levels(promises: Promises) -> dict[str, _Level]:
    found: dict[str, _Level] = {}
    for each in sorted(promises.freshness, key=_patience):
        told = f"How old the newest {each.field} may be"
        level = _Level(told, each.within.longest.total_seconds(), each.within.told(), each.stops)
        found[f"freshness of {each.field} {sum(level.told == told for level in found.values())}"] = level
    often = promises.frequency
    if often is not None:
        amount = often.every.longest.total_seconds()
        found["frequency"] = _Level("How far apart versions may be", amount, often.every.told(), often.stops)
    return found


def _patience(promised: Freshness) -> tuple[bool, float]:
    return not promised.stops, promised.within.longest.total_seconds()


def _volume(promises: Promises) -> dict[str, _Level]:
    each = promises.volume
    told = "How far the number of rows may drift"
    return {"volume": _Level(told, each.percent, f"{each.percent:g} %", each.stops)} if each else {}


def _about_service_levels(
    old: dict[str, _Level], new: dict[str, _Level], *, to_readers: bool = True
) -> Iterator[Change]:
    for name, was in old.items():
        kind, bump = name.split(" ")[0], Bump.MAJOR if to_readers or was.stops else Bump.MINOR
        if name not in new:
            yield Change(f"{kind}-removed", "", bump, f"{was.told} is promised no more; it was {was.unit}.")
        else:
            yield from _about_level(kind, was, new[name], bump)
    for name, now in new.items():
        if name not in old:
            told = f"{now.told} is newly promised: {now.unit}."
            yield Change(f"{name.split(' ')[0]}-added", "", Bump.MINOR, told, stops=now.stops)


def _about_level(kind: str, was: _Level, now: _Level, loosened: Bump) -> Iterator[Change]:
    change = f"{now.told} was {was.unit} and is {now.unit}"
    if now.amount < was.amount:
        yield Change(f"{kind}-tightened", "", Bump.MINOR, f"{change}: tighter.", stops=now.stops)
    elif now.amount > was.amount:
        yield Change(f"{kind}-loosened", "", loosened, f"{change}: looser.")
    elif now.unit != was.unit:
        yield Change(f"{kind}-reworded", "", Bump.PATCH, f"{change}, which is as long.")
    if was.stops and not now.stops:
        yield Change(f"{kind}-warns", "", Bump.MAJOR, f"{now.told}: what is more is only warned of now.")
    elif now.stops and not was.stops:
        yield Change(f"{kind}-stops", "", Bump.MINOR, f"{now.told}: what is more stops a source now.", stops=True)


def _told_rule(field: str) -> Callable[[FieldRule], str]:
    def told(rule: FieldRule) -> str:
        pattern = " and matches its pattern" if rule.pattern else ""
        values = f" of {len(rule.allowed):,} values" if rule.allowed else ""
        return f"{field} {_RULES[rule.metric]}{values}{pattern}"

    return told


def _told_row_rule(rule: RowRule) -> str:
    when = f" when {rule.when}" if rule.when else ""
    return f"every row keeps the rule {rule.rule}{when}" + (f" ({rule.name})" if rule.name else "")


def _told_reconciliation(each: Reconciliation) -> str:
    ours = [name for name, _ in each.fields]
    return f"{_listed(ours)} agree with {each.dataset} by {_listed([name for name, _ in each.by])}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_KEYS: _Kind[UniqueKey] = _Kind(
    "key", lambda each: each.fields, lambda each: each.limit, lambda each: f"{_listed(each.fields)} together are unique"
)
_ROW_RULES: _Kind[RowRule] = _Kind(
    "row-rule", lambda each: (each.rule, each.when), lambda each: each.limit, _told_row_rule
)
_REFERENCES: _Kind[Reference] = _Kind(
    "reference",
    lambda each: (each.fields, each.dataset, each.targets),
    lambda each: each.limit,
    lambda each: f"{_listed(each.fields)} stand in {each.dataset} ({_listed(each.targets)})",
)
_RECONCILIATIONS: _Kind[Reconciliation] = _Kind(
    "reconciliation",
    lambda each: (each.dataset, frozenset(each.by), frozenset(each.fields)),
    lambda each: each.limit,
    _told_reconciliation,
)
