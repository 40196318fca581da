"""The key register as its page shows it: for each key what it is for, who holds it, where, and what it opens."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commonweal.core import to_rfc3339
from commonweal.keys import KeyPurpose, KeyRecord, KeyState
from commonweal.node import RegisterEntry

from .cases import Tag
from .names import Names

_PURPOSES = {
    KeyPurpose.KEY_ENCRYPTION: "Keys that open the sealed files of a body",
    KeyPurpose.SIGNING: "Keys that sign the log's checkpoints",
    KeyPurpose.TOKENS: "Keys that make tokens and links",
}
_USES = {
    KeyPurpose.KEY_ENCRYPTION: "Wraps file keys",
    KeyPurpose.SIGNING: "Signs the log's checkpoints",
    KeyPurpose.TOKENS: "Makes tokens",
}
_OWN_USES = {"link": "Signs the links to files", "source": "Knows a source again"}
_TOKENS_OF = "token-"
_STATES = {
    KeyState.ACTIVE: ("Active", "green"),
    KeyState.RETIRED: ("Retired", "yellow"),
    KeyState.DESTROYED: ("Destroyed", "grey"),
}
_HEADINGS = (
    "key",
    "version",
    "body",
    "use",
    "algorithm",
    "state",
    "created",
    "place",
    "protection",
    "holders",
    "files it opens",
)


@dataclass(frozen=True, slots=True)
class Custody:
    """Where keys lie, what guards them there and who can use them."""

    place: str
    protection: str
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key; `custody` counts from 1 in the register's list."""

    key: str
    version: int
    body: str
    use: str
    algorithm: str
    tag: Tag
    created: datetime
    custody: int
    opens: int


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The keys of one purpose, those in use first."""

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
        """Return how many keys there are."""
        return sum(len(each.keys) for each in self.groups)


def view_keys(entries: Sequence[RegisterEntry], names: Names, as_at: datetime) -> KeysView:
    """Return the register as its page shows it, grouped by what the keys are for."""
    custodies = tuple(dict.fromkeys(_custody(each) for each in entries))
    groups = []
    for purpose, title in _PURPOSES.items():
        lines = [_line(each, names, custodies) for each in _ordered(entries) if each.record.purpose is purpose]
        groups += [KeyGroup(title, tuple(lines))] if lines else []
    return KeysView(custodies, tuple(groups), as_at)


def as_csv(view: KeysView) -> str:
    """Return the register as CSV (RFC 4180) with a heading; moments are RFC 3339."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADINGS)
    for each in (key for group in view.groups for key in group.keys):
        held = view.custodies[each.custody - 1]
        made = (each.key, each.version, each.body, each.use, each.algorithm, each.tag.text, to_rfc3339(each.created))
        writer.writerow((*made, held.place, held.protection, "; ".join(held.holders), each.opens))
    return text.getvalue()


def _ordered(entries: Sequence[RegisterEntry]) -> list[RegisterEntry]:
    order = list(_STATES)
    return sorted(entries, key=lambda each: (order.index(each.record.state), each.body, each.record.key_id))


def _custody(entry: RegisterEntry) -> Custody:
    return Custody(entry.record.place, entry.record.protection, entry.holders)


def _line(entry: RegisterEntry, names: Names, custodies: Sequence[Custody]) -> KeyLine:
    record = entry.record
    return KeyLine(
        key=record.key_id,
        version=record.version,
        body=names.body(entry.body),
        use=_use(record),
        algorithm=record.algorithm,
        tag=Tag(*_STATES[record.state]),
        created=record.created,
        custody=custodies.index(_custody(entry)) + 1,
        opens=entry.opens,
    )


def _use(record: KeyRecord) -> str:
    if record.key_id.startswith(_TOKENS_OF):
        return "Makes the tokens of one agreement"
    return _OWN_USES.get(record.key_id, _USES[record.purpose])
