"""Conditions: what an agreement demands beyond fields, rows and time, each of them enforced by the node."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from commonweal.core import Json


@dataclass(frozen=True, slots=True)
class Conditions:
    """Who of the recipient may read, by which doors, how much, and what comes after. The default demands nothing.

    `readers` are persons, and roles as `role:analyst`; empty means anybody whom the recipient gives a token. `doors`
    are the doors that may be used; empty means every one. `bars_onward` forbids the recipient to share it with a third
    body without the discloser's consent. `deliveries_per_day` and `rows_per_day` count over 24 hours; 0 sets no limit.
    `keep_days` is how long after the end copies may be kept, None when it was not agreed; then they are deleted, and
    the recipient certifies it. `review` is the day by which both sides look at the agreement again.
    """

    # A stored condition that this version does not know is not passed over: such an agreement opens nothing.
    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012  a mark for the store, the same for all

    readers: tuple[str, ...] = ()
    doors: tuple[str, ...] = ()
    bars_onward: bool = False
    deliveries_per_day: int = 0
    rows_per_day: int = 0
    keep_days: int | None = None
    review: date | None = None

    def faults_against(self, wider: "Conditions") -> tuple[str, ...]:
        """Return a sentence for each way in which these conditions let more through than `wider`; none when within.

        A role does not lie within a person nor a person within a role, as who holds a role changes. An earlier review
        is within, a later one or none is not.
        """
        return tuple(_faults(self, wider))

    def without_effect(self) -> tuple[str, ...]:
        """Return a sentence for each condition that no agreement can have: a number below nothing, a name twice."""
        return tuple(_nonsense(self))

    def as_json(self) -> dict[str, Json]:
        """Return every condition by its name, as events and the REST API show it; the review is an ISO 8601 date."""
        return {
            "readers": [*self.readers],
            "doors": [*self.doors],
            "bars_onward": self.bars_onward,
            "deliveries_per_day": self.deliveries_per_day,
            "rows_per_day": self.rows_per_day,
            "keep_days": self.keep_days,
            "review": None if self.review is None else self.review.isoformat(),
        }

    def describe(self) -> tuple[tuple[str, str], ...]:
        """Return what is demanded, in the order of the fields, as pairs of a name and words; nothing for the rest."""
        return tuple(_described(self))


ROLE = "role:"
"""What stands before the name of a role among the readers."""


def _faults(own: Conditions, wider: Conditions) -> Iterator[str]:
    if not _lists_within(own.readers, wider.readers):
        yield f"Only these may read: {', '.join(wider.readers)}."
    if not _lists_within(own.doors, wider.doors):
        yield f"Only these doors may be used: {', '.join(wider.doors)}."
    if wider.bars_onward and not own.bars_onward:
        yield "Sharing it onward is barred."
    if not _limits_within(own.deliveries_per_day, wider.deliveries_per_day):
        yield f"There are {wider.deliveries_per_day} deliveries a day at most."
    if not _limits_within(own.rows_per_day, wider.rows_per_day):
        yield f"There are {wider.rows_per_day} rows a day at most."
    if wider.keep_days is not None and (own.keep_days is None or own.keep_days > wider.keep_days):
        yield f"Copies may be kept for {wider.keep_days} days after the end at most."
    if wider.review is not None and (own.review is None or own.review > wider.review):
        yield f"The review is by {wider.review.isoformat()}."


def _lists_within(own: tuple[str, ...], wider: tuple[str, ...]) -> bool:
    return not wider or (bool(own) and set(own) <= set(wider))


def _limits_within(own: int, wider: int) -> bool:
    return not wider or 0 < own <= wider


def _nonsense(own: Conditions) -> Iterator[str]:
    limits = (("deliveries a day", own.deliveries_per_day), ("rows a day", own.rows_per_day))
    for what, limit in (*limits, ("days to keep copies", own.keep_days or 0)):
        if not 0 <= limit <= MOST:
            yield f"The number of {what} is from 0 to {MOST}."
    for what, named in (("reader", own.readers), ("door", own.doors)):
        if len(set(named)) != len(named):
            yield f"A {what} is named twice."


MOST = 10**12
"""The largest number that a condition may have."""


def _described(own: Conditions) -> Iterator[tuple[str, str]]:
    if own.readers:
        yield "Readers", ", ".join(own.readers)
    if own.doors:
        yield "Doors", ", ".join(own.doors)
    if own.bars_onward:
        yield "Onward sharing", "Barred without the discloser's consent"
    if own.deliveries_per_day:
        yield "Deliveries in 24 hours", f"{own.deliveries_per_day:,} at most"
    if own.rows_per_day:
        yield "Rows in 24 hours", f"{own.rows_per_day:,} at most"
    if own.keep_days is not None:
        yield "Copies", f"Deleted within {own.keep_days} days of the end, with a certificate"
    if own.review is not None:
        yield "Review", f"By {own.review.isoformat()}"
