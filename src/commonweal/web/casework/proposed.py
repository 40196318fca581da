"""The terms that a request proposes, as the form of a permission shows them filled in."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from commonweal.request import ProposedTerms, local_day

from .cases import RequestView
from .posted import Posted


def with_proposed(posted: Posted, view: RequestView, now: datetime) -> Posted:
    """Return the form of a permission filled in with what the request proposes, where it proposes something."""
    if view.proposed is None:
        return posted
    names = tuple(each.name for each in view.fields)
    return Posted({**posted.fields, **dict(_fields(view.proposed, names, now, view.last_day))})


def _fields(
    proposed: ProposedTerms, names: Sequence[str], now: datetime, asked: date | None
) -> Iterator[tuple[str, Sequence[str]]]:
    yield "tokenise", tuple(each for each in names if each in proposed.tokenise)
    yield "doors", proposed.doors
    yield "onward", ("barred",) if proposed.bars_onward else ()
    for name in ("deliveries_per_day", "rows_per_day"):
        yield name, (str(getattr(proposed, name) or ""),)
    yield "keep_days", ("" if proposed.keep_days is None else str(proposed.keep_days),)
    ends = local_day(now + timedelta(days=proposed.days)) if proposed.days and asked is None else asked
    review = local_day(now + timedelta(days=proposed.review_days))
    if proposed.review_days and (ends is None or review < ends):
        yield from _day("review", review)
    if ends is not None:
        yield from _day("until", ends)


def _day(name: str, day: date) -> Iterator[tuple[str, Sequence[str]]]:
    yield from ((f"{name}-{part}", (str(getattr(day, part)),)) for part in ("day", "month", "year"))
