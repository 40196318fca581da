"""Proposed terms: what a ruling starts from when the access request started from a template."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from commonweal.core import to_rfc3339
from commonweal.request import ProposedTerms, local_day

from .conditions import Conditions
from .terms import Terms


def start_from_proposed(
    terms: Terms, proposed: ProposedTerms | None, *, end_is_said: bool = False
) -> tuple[Terms, tuple[str, ...]]:
    """Return terms with the proposed ones wherever a person said nothing, and what came from them, a phrase each.

    An end is moved only to an earlier one, and only when none was said; a review after the end is left out. What the
    person did say stands: fields as tokens, and any condition that demands something.
    """
    if proposed is None:
        return terms, ()
    ending = replace(terms, ends=terms.ends if end_is_said else _end(terms, proposed))
    started = replace(
        ending,
        tokenised=terms.tokenised or tuple(each for each in terms.fields if each in proposed.tokenise),
        conditions=_conditions(ending, proposed),
    )
    return started, tuple(_differences(terms, started))


def _end(terms: Terms, proposed: ProposedTerms) -> datetime:
    return min(terms.ends, terms.starts + timedelta(days=proposed.days)) if proposed.days else terms.ends


def _conditions(terms: Terms, proposed: ProposedTerms) -> Conditions:
    said = terms.conditions
    return replace(
        said,
        doors=said.doors or proposed.doors,
        bars_onward=said.bars_onward or proposed.bars_onward,
        deliveries_per_day=said.deliveries_per_day or proposed.deliveries_per_day,
        rows_per_day=said.rows_per_day or proposed.rows_per_day,
        keep_days=proposed.keep_days if said.keep_days is None else said.keep_days,
        review=said.review or _review(terms, proposed),
    )


def _review(terms: Terms, proposed: ProposedTerms) -> date | None:
    """Return the day of the review, None where none is proposed or the agreement is over by then."""
    due = terms.starts + timedelta(days=proposed.review_days)
    return local_day(due) if proposed.review_days and due < terms.ends else None


def _differences(before: Terms, after: Terms) -> Iterator[str]:
    if after.ends != before.ends:
        yield f"Ends: {to_rfc3339(after.ends)}"
    if after.tokenised != before.tokenised:
        yield f"Only as tokens: {', '.join(after.tokenised)}"
    said = before.conditions.describe()
    yield from (f"{name}: {words}" for name, words in after.conditions.describe() if (name, words) not in said)
