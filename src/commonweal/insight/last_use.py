"""When a key was last used, and by what: read from the log, never noted down apart from it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from commonweal.audit import LogEvent
from commonweal.core import Event, Json
from commonweal.deliver import AGE_DOOR, MANIFEST_DOOR

from .held_keys import HeldKey, Holdings, KeyRole, Opening

FILES = "files"
_SEALED_DOORS = frozenset({AGE_DOOR, MANIFEST_DOOR})
"""Doors at which ciphertext leaves, so that no key of this node is used."""

USES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dataset.published": (FILES, KeyRole.SOURCE),
        "publication.held": (KeyRole.SOURCE,),
        "dataset.set-aside-read": (FILES,),
        "dataset.downloaded": (FILES,),
        "release.written": (FILES, KeyRole.TOKENS),
        "delivery.authorised": (FILES, KeyRole.LINK),
        "wraps.passed-on": (FILES,),
        "header.opened": (KeyRole.RECEIVING,),
        "recipient.shown": (KeyRole.RECEIVING,),
        "rule_pack.adopted": (KeyRole.SIGNING,),
        "request.asked": (KeyRole.RECORDS,),
        "agreement.signed": (KeyRole.RECORDS,),
        "agreement.countersigned": (KeyRole.RECORDS,),
    }
)
"""For each event the keys that it implies a use of; `FILES` stands for the key-encryption keys of the files it names,
else of its dataset. The key that signs the log is used by every event, whose checkpoint it signs."""

_LINKED_DOOR = "delta-sharing"
_OF_THE_NODE = frozenset({KeyRole.LINK, KeyRole.SOURCE, KeyRole.RECORDS, KeyRole.SIGNING, KeyRole.ROOT})
_OF_ONE = frozenset({KeyRole.TOKENS, KeyRole.RECEIVING})
_FROM_THE_DEVICE = frozenset({KeyRole.LINK, KeyRole.SOURCE, KeyRole.RECORDS, KeyRole.TOKENS, KeyRole.RECEIVING})


@dataclass(frozen=True, slots=True)
class LastUse:
    """The newest event that used a key."""

    index: int
    event: str
    at: datetime


def find_last_uses(holdings: Holdings, events: Iterable[LogEvent]) -> dict[tuple[str, int], LastUse]:
    """Return the newest of `events` that used each version of each key, by key and version.

    A version counts as used when it was the current one, or the one that a file's header names if that is an earlier.
    A release of some fields of a split version counts as a use of the keys of all its parts.
    """
    found: dict[tuple[str, int], LastUse] = {}
    users = _Users(holdings)
    for logged in sorted(events, key=lambda each: each.index):
        use = LastUse(logged.index, logged.event.name, logged.event.at)
        for key in users.used_by(logged.event):
            found[key.key, key.version] = use
    return found


def moments_of_rotation(keys: Iterable[HeldKey]) -> list[tuple[str, datetime]]:
    """Return for each version that followed another when it was made and whose events used the one before.

    That is a body, or empty for a key of the whole node. Each pair is there once, oldest first.
    """
    later = {
        ("" if each.role in _OF_THE_NODE else each.body, each.created)
        for each in keys
        if each.version > 1 and each.created is not None
    }
    return sorted(later, key=lambda each: (each[1], each[0]))


class _Users:
    """Answers which keys an event used."""

    def __init__(self, holdings: Holdings) -> None:
        self._by_file: dict[str, list[Opening]] = {}
        self._by_version: dict[tuple[str, int], list[Opening]] = {}
        for each in holdings.openings:
            self._by_file.setdefault(each.sealed_file, []).append(each)
            if each.is_of_version:
                self._by_version.setdefault((each.dataset, each.number), []).append(each)
        self._versions: dict[str, list[HeldKey]] = {}
        self._serving: dict[tuple[str, str], dict[str, None]] = {}
        for key in holdings.keys:
            self._versions.setdefault(key.key, []).append(key)
            self._serving.setdefault((key.role, _serves(key)), {})[key.key] = None

    def used_by(self, event: Event) -> Iterator[HeldKey]:
        wanted = USES.get(event.name, ())
        if FILES in wanted and event.facts.get("door") not in _SEALED_DOORS:
            yield from self._of_files(event)
        roles = {each for each in (*wanted, KeyRole.SIGNING) if _fits(each, event)}
        if roles & _FROM_THE_DEVICE:
            roles.add(KeyRole.ROOT)
        for role in roles:
            yield from self._current(role, event.subject if role in _OF_ONE else "", event.at)

    def _of_files(self, event: Event) -> Iterator[HeldKey]:
        named = str(event.facts.get("key", ""))
        if named:
            yield from self._at(named, event.at, None)
            return
        openings = [*self._openings_of(event)]
        for opening in openings:
            yield from self._at(opening.holder, event.at, opening.version)
        if not openings:
            yield from self._of_dataset(event)

    def _openings_of(self, event: Event) -> Iterator[Opening]:
        for file in _files_of(event.facts):
            yield from self._by_file.get(file, ())
        if event.name == "release.written":  # which opens the version to write the release
            yield from self._by_version.get((str(event.facts.get("dataset")), _number(event.facts.get("version"))), ())

    def _of_dataset(self, event: Event) -> Iterator[HeldKey]:
        dataset = str(event.facts.get("dataset", event.subject))
        own = [key for role in (KeyRole.DATASET, KeyRole.FIELDS) for key in self._current(role, dataset, event.at)]
        yield from own or self._current(KeyRole.BODY, event.body, event.at)

    def _at(self, holder: str, at: datetime, most: int | None) -> Iterator[HeldKey]:
        """Yield the version of a key that was current at a moment, or the older one that a header names."""
        for key in _current_of(self._versions.get(holder, ()), at):
            yield next((e for e in self._versions[holder] if e.version == most and most < key.version), key)

    def _current(self, role: str, served: str, at: datetime) -> Iterator[HeldKey]:
        for name in self._serving.get((role, served), ()):
            yield from _current_of(self._versions[name], at)


def _current_of(versions: Sequence[HeldKey], at: datetime) -> list[HeldKey]:
    made = [each for each in versions if each.created is None or each.created <= at]
    return [max(made, key=lambda each: each.version)] if made else []


def _serves(key: HeldKey) -> str:
    """Return the body, dataset, agreement or name that events know a key by; empty for a key of the whole node."""
    if key.role is KeyRole.RECEIVING:
        return key.key
    return key.body if key.role is KeyRole.BODY else key.about


def _fits(use: str, event: Event) -> bool:
    if use == KeyRole.LINK:
        return event.facts.get("door") == _LINKED_DOOR
    return use != FILES


def _files_of(facts: Mapping[str, Json]) -> Iterator[str]:
    files, parts, reading = facts.get("files"), facts.get("parts"), facts.get("reading")
    yield str(facts.get("sealed_file", ""))
    yield from (str(each) for each in files) if isinstance(files, list) else ()
    for each in [*parts, reading] if isinstance(parts, list) else [reading]:
        if isinstance(each, Mapping):
            yield str(each.get("sealed_file", each.get("set_aside_file", "")))


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0
