"""Conditions: what an agreement demands beyond fields, rows and time, each of them enforced by the node."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Conditions:
    """Who of the recipient may read, by which doors, how much, and what comes after. The default demands nothing.

    `readers` are persons, and roles as `role:analyst`; empty means anybody whom the recipient gives a token. `doors`
    are the doors that may be used; empty means every one. `bars_onward` forbids the recipient to share it with a third
    body without the discloser's consent. `deliveries_per_day` and `rows_per_day` count over 24 hours; 0 sets no limit.
    `keep_days` is how long after the end copies may be kept, None when it was not agreed; then they are deleted, and
    the recipient certifies it. `review` is the day by which both sides look at the agreement again.
    """

    readers: tuple[str, ...] = ()
    doors: tuple[str, ...] = ()
    bars_onward: bool = False
    deliveries_per_day: int = 0
    rows_per_day: int = 0
    keep_days: int | None = None
    review: date | None = None
