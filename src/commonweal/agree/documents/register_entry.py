"""The entry in the public register of information sharing under Part 5 of the Digital Economy Act 2017."""

from collections.abc import Iterator

from .document import DISCLAIMER, Block, Entries, Gap, Paragraph, Section
from .facts import DocumentFacts
from .lawfulness import gateway_in_words
from .stated import lines_or, values_of
from .wording import contact_gap, day, last_day, review_gap

TITLE = "Entry in the register of the Digital Economy Act 2017"
ABOUT = "What the public register of information sharing agreements asks for, field by field."
ACT = "Digital Economy Act 2017"
_NATIONS = {"": "United Kingdom", "E": "England", "W": "Wales", "S": "Scotland", "NI": "Northern Ireland"}


def compose(facts: DocumentFacts) -> tuple[Section, ...]:
    """Return the entry, then what has to be completed before it can be sent."""
    return (Section("Entry", (Entries(tuple(_rows(facts))),)), Section("To complete", tuple(_gaps(facts))))


def _rows(facts: DocumentFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    agreement = facts.agreement
    yield "Reference", (agreement.id,)
    yield "Purpose", (facts.purpose.title, facts.purpose.description)
    yield "Expected benefits", lines_or(facts, "benefits")
    yield "Power", (gateway_in_words(facts),)
    yield "Data", tuple(f"{each.name}: {each.description}" if each.description else each.name for each in facts.fields)
    yield "Controllers", (facts.discloser.name, facts.recipient.name)
    yield "Method", (_method(facts),)
    yield "Processors", (_processors(facts),)
    yield "Retention", lines_or(facts, "retention")
    yield "Start", (day(agreement.starts),)
    yield "End", (last_day(agreement.ends),)
    yield "Review", ("To complete",)
    yield "Contact", ("To complete",)
    yield "Areas covered", (_areas(facts),)


def _method(facts: DocumentFacts) -> str:
    if facts.agreement.sealed_to:
        return "Read from a Commonweal node as a file sealed to the recipient's own key"
    return "Read from a Commonweal node by its recipient's token, with every reading in the log"


def _processors(facts: DocumentFacts) -> str:
    if facts.host.slug in {facts.discloser.slug, facts.recipient.slug}:
        return "None known to the node; to complete"
    return f"{facts.host.name}, which runs the node; others to complete"


def _areas(facts: DocumentFacts) -> str:
    nations = {_NATIONS[each.nation] for each in (facts.discloser, facts.recipient)}
    return f"By the bodies' own nations: {', '.join(sorted(nations))}; to confirm"


def _gaps(facts: DocumentFacts) -> Iterator[Block]:
    discloser, recipient = facts.discloser.name, facts.recipient.name
    yield Paragraph(DISCLAIMER)
    if not values_of(facts, "benefits"):
        yield Gap(
            "the benefits that are expected, and how they are measured",
            recipient,
            "the register is how the public and Parliament see what the sharing is for.",
        )
    if not values_of(facts, "retention"):
        yield Gap(f"how long {recipient} keeps the data", recipient, "the entry states it.")
    yield Gap("every processor of either body", f"{discloser} and {recipient}", "the entry names them.")
    yield Gap(
        "the areas that the sharing covers",
        f"{discloser} and {recipient}",
        "the registers of bodies tell a nation at most, and the power may not reach every nation.",
    )
    yield review_gap(facts)
    yield contact_gap(facts, "the register names a contact for the public.")
    if facts.gateway is None or not any("register" in each for each in facts.gateway.needs_a_person):
        yield Gap(
            "whether this chapter of the Act asks for an entry in the register",
            f"the lawyers of {discloser}",
            "the rule pack says nothing of a register for this gateway.",
        )
    yield Gap(
        "the business case that the code of practice asks for",
        f"{discloser} and {recipient}",
        "the entry is made after it is approved; accuracy of the entry lies with the bodies.",
    )
