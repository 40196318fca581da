"""The key register as its pages show it: every key in a line, one key whole, and what its leak would expose."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from commonweal.insight import (
    OUTSIDE,
    WRAPPING,
    Exposure,
    KeyDetail,
    KeyRole,
    LastUse,
    OpenedRelease,
    OpenedVersion,
    RegisterEntry,
    StepKind,
    describe_entry,
)
from commonweal.keys import KeyState

from .cases import Tag
from .names import Names

_GROUPS = (
    ("Keys that open sealed files", WRAPPING),
    ("Keys by which bodies receive", frozenset({KeyRole.RECEIVING})),
    (
        "Keys that make tokens, links and seals",
        frozenset({KeyRole.LINK, KeyRole.SOURCE, KeyRole.RECORDS, KeyRole.TOKENS}),
    ),
    ("The key that signs the log", frozenset({KeyRole.SIGNING})),
    ("What unlocks the rest", frozenset({KeyRole.UNLOCK, KeyRole.ROOT, KeyRole.OPERATOR, KeyRole.TRANSPORT})),
    ("Keys that others hold", frozenset({KeyRole.RECIPIENT, KeyRole.READER})),
)
_STATES = {
    KeyState.ACTIVE.value: ("Active", "green"),
    KeyState.RETIRED.value: ("Retired", "yellow"),
    OUTSIDE: ("Outside this node", "blue"),
    KeyState.DESTROYED.value: ("Destroyed", "grey"),
}
_OVERDUE = Tag("Overdue", "red")
_STEPS = {
    StepKind.ROTATE: Tag("Rotate", "blue"),
    StepKind.REWRAP: Tag("Re-wrap", "blue"),
    StepKind.REVOKE: Tag("Revoke", "red"),
    StepKind.NOTIFY: Tag("Notify", "yellow"),
    StepKind.BY_HAND: Tag("By hand", "grey"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere; without a path they lead nowhere."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Custody:
    """Where keys lie and what guards them there; `country` says so when it is not stated."""

    place: str
    protection: str
    country: str


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One version of one key; `custody` counts from 1 in the register's list."""

    key: str
    version: int
    path: str
    body: str
    use: str
    algorithm: str
    tag: Tag
    created: datetime | None
    rotated: datetime | None
    due: datetime | None
    overdue: Tag | None
    last_used: LastUse | None
    custody: int
    files: int
    agreements: int
    users: tuple[str, ...]
    loss: str


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The keys of one kind, those in use first."""

    title: str
    keys: tuple[KeyLine, ...]


@dataclass(frozen=True, slots=True)
class KeysView:
    """The register at a moment."""

    custodies: tuple[Custody, ...]
    groups: tuple[KeyGroup, ...]
    as_at: datetime

    @property
    def total(self) -> int:
        """Return how many versions of keys there are."""
        return sum(len(each.keys) for each in self.groups)

    @property
    def alive(self) -> tuple[KeyLine, ...]:
        """Return the keys that are not destroyed."""
        return tuple(key for group in self.groups for key in group.keys if key.users)

    @property
    def overdue(self) -> int:
        """Return how many of them ought to have been changed by now."""
        return sum(each.overdue is not None for group in self.groups for each in group.keys)


@dataclass(frozen=True, slots=True)
class KeyView:
    """One key whole: its versions, newest first, and what they open together."""

    key: str
    use: str
    custodies: tuple[Custody, ...]
    versions: tuple[KeyLine, ...]
    opened: tuple[OpenedVersion, ...]
    releases: tuple[OpenedRelease, ...]
    agreements: tuple[Link, ...]
    exposure_path: str
    as_at: datetime


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of the checklist."""

    tag: Tag
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ExposureView:
    """What a leak of one key lays open, with names for identifiers."""

    exposure: Exposure
    path: str
    body: str
    agreements: tuple[Link, ...]
    recipients: tuple[str, ...]
    falls_with: tuple[Link, ...]
    steps: tuple[StepLine, ...]
    as_at: datetime


def view_keys(entries: Sequence[RegisterEntry], names: Names, as_at: datetime) -> KeysView:
    """Return the register as its page shows it, grouped by what the keys are for."""
    custodies = _custodies(entries)
    groups = []
    for title, roles in _GROUPS:
        lines = [_line(each, names, custodies) for each in _ordered(entries) if each.held.role in roles]
        groups += [KeyGroup(title, tuple(lines))] if lines else []
    return KeysView(custodies, tuple(groups), as_at)


def view_key(detail: KeyDetail, names: Names, as_at: datetime) -> KeyView:
    """Return one key as its page shows it."""
    custodies = _custodies(detail.entries)
    return KeyView(
        detail.key,
        detail.entries[-1].use,
        custodies,
        tuple(_line(each, names, custodies) for each in reversed(detail.entries)),
        detail.versions,
        detail.releases,
        tuple(_agreement(each) for each in detail.agreements),
        f"/keys/exposure?{urlencode({'key': detail.key})}",
        as_at,
    )


def view_exposure(exposure: Exposure, names: Names, as_at: datetime) -> ExposureView:
    """Return what a leak lays open as its page shows it."""
    return ExposureView(
        exposure,
        _path(exposure.key),
        names.body(exposure.body),
        tuple(_agreement(each) for each in exposure.agreements),
        tuple(names.body(each) for each in exposure.recipients),
        tuple(Link(each, _path(each)) for each in exposure.falls_with),
        tuple(StepLine(_STEPS[each.kind], each.subject, each.sentence) for each in exposure.steps),
        as_at,
    )


def as_csv(entries: Sequence[RegisterEntry]) -> str:
    """Return the register as CSV (RFC 4180) with the API's names as heading; moments are RFC 3339."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    rows = [describe_entry(each) for each in entries]
    writer.writerow(rows[0] if rows else ())
    for row in rows:
        writer.writerow("; ".join(map(str, each)) if isinstance(each, list) else each for each in row.values())
    return text.getvalue()


def _agreement(identifier: str) -> Link:
    return Link(identifier, f"/agreements/{identifier}")


def _path(key: str) -> str:
    return f"/keys/show?{urlencode({'key': key})}"


def _custodies(entries: Sequence[RegisterEntry]) -> tuple[Custody, ...]:
    return tuple(dict.fromkeys(_custody(each) for each in entries))


def _ordered(entries: Sequence[RegisterEntry]) -> list[RegisterEntry]:
    order = list(_STATES)
    return sorted(entries, key=lambda each: (order.index(each.held.state), each.held.body, each.held.key))


def _custody(entry: RegisterEntry) -> Custody:
    return Custody(entry.held.place, entry.held.protection, entry.country_in_words)


def _line(entry: RegisterEntry, names: Names, custodies: Sequence[Custody]) -> KeyLine:
    held = entry.held
    return KeyLine(
        key=held.key,
        version=held.version,
        path=_path(held.key),
        body=names.body(held.body),
        use=entry.use,
        algorithm=held.algorithm,
        tag=Tag(*_STATES[held.state]),
        created=held.created,
        rotated=entry.rotated,
        due=entry.due,
        overdue=_OVERDUE if entry.overdue else None,
        last_used=entry.last_used,
        custody=custodies.index(_custody(entry)) + 1,
        files=entry.files,
        agreements=entry.agreements,
        users=tuple(f"{each.who}: {each.how}" for each in entry.users),
        loss=entry.loss,
    )
