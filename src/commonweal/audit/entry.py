"""What the log keeps of an event: its canonical text, a salt, and the 32 bytes that commit to both."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from commonweal.core import Actor, Event, from_rfc3339

from .errors import EventFormError, LogProofError

HASH_SIZE = 32
SALT_SIZE = 32
_EXACT = 1 << 53
_FIELDS = {"name", "at", "body", "subject", "actor", "facts"}


@dataclass(frozen=True, slots=True)
class LogRow:
    """One event as the store keeps it: `event` is its RFC 8785 text in UTF-8, `entry` its commitment."""

    index: int
    salt: bytes
    event: bytes
    entry: bytes


@dataclass(frozen=True, slots=True)
class LogEvent:
    """An event and its index in the log."""

    index: int
    event: Event


def canonical_json(event: Event) -> bytes:
    """Return the event as RFC 8785 JSON in UTF-8, the only form that is committed.

    Raises:
        EventFormError: the facts hold something JSON cannot carry exactly (a number that is not finite or
            beyond 2^53, text with a lone surrogate, or another type).
    """
    fields = event.as_json()
    try:
        if _is_plain(fields):  # the C encoder writes the same bytes in a third of the time
            return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        return rfc8785.dumps(fields)
    except (ValueError, TypeError, RecursionError):
        raise EventFormError(f"the facts of event {event.name!r} cannot be written as JSON") from None


def _is_plain(value: object) -> bool:
    """Say whether `value` is of text in ASCII and whole numbers alone, where sorting and writing leave no choice."""
    if isinstance(value, str):
        return value.isascii()
    if isinstance(value, dict):
        return all(map(_is_name, value)) and all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or (isinstance(value, int) and -_EXACT < value < _EXACT)


def _is_name(key: object) -> bool:
    return isinstance(key, str) and key.isascii()


def parse_event(text: bytes) -> Event:
    """Return the event that `canonical_json` wrote.

    Raises:
        LogProofError: `text` is not such an event.
    """
    try:
        return _event_from(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise LogProofError("the log holds text that is not an event") from None


def _event_from(fields: dict[str, Any]) -> Event:
    if set(fields) != _FIELDS or not isinstance(fields["facts"], Mapping):
        raise ValueError("an event has other fields")
    actor = Actor(**fields["actor"])
    if not all(isinstance(fields[name], str) for name in _FIELDS - {"actor", "facts"}):
        raise ValueError("an event's own fields are text")
    return Event(
        name=fields["name"],
        at=from_rfc3339(fields["at"]),
        body=fields["body"],
        subject=fields["subject"],
        actor=actor,
        facts=fields["facts"],
    )


def commit(salt: bytes, event_json: bytes) -> bytes:
    """Return the log entry of an event: SHA-256(salt ‖ event_json), 32 bytes.

    The salt keeps the public entry from being matched against guessed events, so it is drawn afresh for
    each one and stays with the parties.

    Raises:
        LogProofError: the salt is not 32 bytes, so that salt and event could be told apart in two ways.
    """
    if len(salt) != SALT_SIZE:
        raise LogProofError(f"a salt is {SALT_SIZE} bytes")
    return hashlib.sha256(salt + event_json).digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the Merkle leaf hash of a log entry: SHA-256(0x00 ‖ entry) (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()
