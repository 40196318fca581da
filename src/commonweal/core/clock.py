"""Time and identifiers enter the rooms as values; these are their two sources."""

import secrets
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, in UTC, aware."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, in UTC, aware."""
        return datetime.now(UTC)  # noqa: TID251  the one place the machine's clock is read


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_identifier(kind: str) -> str:
    """Return a fresh identifier such as `agr-4z0k8w1n5q7x3c2v`: a kind and 80 random bits in Crockford base 32.

    The result is safe in a path, in a URL and as a Delta Sharing share name.
    """
    number = secrets.randbits(80)
    return f"{kind}-" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))


def to_rfc3339(moment: datetime) -> str:
    """Return `moment` as RFC 3339 in UTC with microseconds and a `Z`, the only form the node writes."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_rfc3339(text: str) -> datetime:
    """Return the aware UTC moment that `text` names.

    Raises:
        ValueError: `text` is not RFC 3339 or names no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment must name its offset from UTC")
    return moment.astimezone(UTC)
