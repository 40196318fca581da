"""What the recipient stated in its access request, taken over as it stands; a gap where it stated nothing."""

from collections.abc import Iterator, Mapping

from commonweal.request import QUESTIONS, SOURCES, Source

from .document import Block, Entries, Gap
from .facts import DocumentFacts

_QUESTIONS = {each.code: each for each in QUESTIONS}
_ROLES = {
    "joint": "Controller jointly with the discloser: an arrangement under Article 26 UK GDPR is due",
    "processor": "Processor for the discloser: a contract under Article 28 UK GDPR is due",
}


def stated(facts: DocumentFacts, wanted: Mapping[str, str], gap: Gap) -> Iterator[Block]:
    """Yield the answers to questions of the share-request form, then a gap unless each has one.

    `wanted` maps what a document calls it to the code of the question.
    """
    rows = tuple((name, lines) for name, code in wanted.items() if (lines := answer(facts, code)))
    if rows:
        yield Entries(rows)
    if len(rows) < len(wanted):
        yield gap


def answer(facts: DocumentFacts, code: str) -> tuple[str, ...]:
    """Return the answer to a question in words, with where it comes from; empty where there is none."""
    values = values_of(facts, code)
    if not values:
        return ()
    return (*(_QUESTIONS[code].words_of(each) for each in values), _source(facts, code))


def values_of(facts: DocumentFacts, code: str) -> tuple[str, ...]:
    """Return the answer to a question as it was given; empty where there is none."""
    reply = facts.replies.get(code)
    return tuple(each for each in reply.values if each) if reply else ()


def lines_or(facts: DocumentFacts, code: str) -> tuple[str, ...]:
    """Return the answer to a question in words, or that it is to be completed."""
    return answer(facts, code) or ("To complete",)


def recipient_role(facts: DocumentFacts) -> str:
    """Return what the recipient is for the data; a controller of its own unless it stated otherwise."""
    role = next(iter(values_of(facts, "role")), "")
    return _ROLES.get(
        role, "Controller of the data from when it reads it" + ("" if role else ", unless agreed otherwise")
    )


def _source(facts: DocumentFacts, code: str) -> str:
    source = facts.replies[code].source
    if source is Source.ASKER:
        return f"As {facts.recipient.name} stated in its access request."
    return f"Filled in from {SOURCES[source]}; {facts.recipient.name} let it stand."
