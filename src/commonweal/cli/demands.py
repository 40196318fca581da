"""The options by which conditions are set: who may read, by which doors, how much, and what comes after."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from cyclopts import Parameter

from commonweal.core import InputError

Several = Annotated[list[str] | None, Parameter(negative=())]


@Parameter(name="*")
@dataclass(frozen=True)
class Demands:
    """What an agreement demands; what is left out demands nothing."""

    reader: Several = None
    "only this person of the recipient may read, or who has a role there, as role:analyst; repeat for more."

    door: Several = None
    "rows leave by this door only, such as csv, parquet, delta-sharing or age; repeat for more."

    no_onward: bool = False
    "the recipient may not share it with a third body without the discloser's consent."

    deliveries_per_day: int = 0
    "how many deliveries at most in any 24 hours."

    rows_per_day: int = 0
    "how many rows at most in any 24 hours."

    keep_days: int | None = None
    "how many days after the end copies may be kept; then they are deleted, and that is certified."

    review: str = ""
    "the day by which both sides look at the agreement again."

    def as_json(self) -> dict[str, Any]:
        """Return them as the REST API takes them.

        Raises:
            InputError: the review is no day.
        """
        return {
            "readers": self.reader or [],
            "doors": self.door or [],
            "bars_onward": self.no_onward,
            "deliveries_per_day": self.deliveries_per_day,
            "rows_per_day": self.rows_per_day,
            "keep_days": self.keep_days,
            "review": day_of(self.review),
        }


def day_of(text: str) -> str | None:
    """Return the day of a review as the REST API takes it, None for none.

    Raises:
        InputError: it is no day.
    """
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        raise InputError(f"{text[:40]!r} is not a day.", advice="Write 2027-03-31.") from None
