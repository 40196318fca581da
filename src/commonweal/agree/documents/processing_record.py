"""The records of processing of both controllers (Article 30 UK GDPR)."""

from collections.abc import Iterator

from commonweal.identity import PublicBody
from commonweal.publish import Classification

from .document import Entries, Gap, Points, Section
from .facts import DocumentFacts
from .lawfulness import gateway_in_words, lawful_basis
from .safeguards import security_measures
from .stated import answer, lines_or, values_of
from .wording import contact_gap, last_day, officer, officers

TITLE = "Records of processing"
ABOUT = "One entry for each controller's record under Article 30 UK GDPR, ready to be put into it."


def compose(facts: DocumentFacts) -> tuple[Section, ...]:
    """Return an entry for the discloser, one for the recipient, and what they share."""
    measures = Points(security_measures(facts))
    return (
        Section(f"For the record of {facts.discloser.name}", (Entries(tuple(_discloser(facts))),)),
        Section(f"For the record of {facts.recipient.name}", (Entries(tuple(_recipient(facts))),)),
        Section("Security measures, for both", (measures,)),
        Section("To complete", tuple(_gaps(facts))),
    )


def _discloser(facts: DocumentFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    kept = facts.dataset.retention
    yield from _shared(facts, facts.discloser)
    yield "Lawful basis", (lawful_basis(facts),)
    yield "Recipients", (f"{facts.recipient.name}, under agreement {facts.agreement.id}",)
    yield "Retention", (kept.sentence if kept else "To complete",)


def _recipient(facts: DocumentFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from _shared(facts, facts.recipient)
    yield "Lawful basis", lines_or(facts, "lawful-basis")
    yield "Source", (f"{facts.discloser.name}, dataset {facts.dataset.id}, under agreement {facts.agreement.id}",)
    yield "Recipients", ("None: the agreement bars onward sharing",)
    yield (
        "Retention",
        (
            *lines_or(facts, "retention"),
            f"Reading ends after {last_day(facts.agreement.ends)}",
        ),
    )


def _shared(facts: DocumentFacts, body: PublicBody) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "Controller", (f"{body.name} ({body.id})",)
    yield "Contact and data protection officer", ("To complete",)
    yield "Purpose", (facts.purpose.title, facts.purpose.description)
    yield "Legal gateway", (gateway_in_words(facts),)
    yield "Categories of people", lines_or(facts, "people")
    yield "Categories of personal data", tuple(_categories(facts))
    yield "Transfers outside the UK", answer(facts, "where-abroad") or lines_or(facts, "abroad")


def _categories(facts: DocumentFacts) -> Iterator[str]:
    for wanted in Classification:
        named = [each.name for each in facts.fields if each.classification is wanted]
        if named:
            yield f"{wanted.value.replace('-', ' ').capitalize()}: {', '.join(named)}"


def _gaps(facts: DocumentFacts) -> Iterator[Gap]:
    recipient = officer(facts.recipient.name)
    yield contact_gap(facts, "Article 30 asks for the name and contact details of each controller and its officer.")
    if facts.is_law_enforcement:
        yield Gap(
            "what the record of processing under Part 3 of the Data Protection Act 2018 asks for besides",
            officer(facts.discloser.name),
            "the dataset is held for law enforcement, and these entries follow Article 30 UK GDPR.",
        )
    wanted = {
        "people": (
            "the categories of people that the data is about",
            f"a steward of {facts.discloser.name}",
            "a data contract describes fields and not people, and the record names both.",
        ),
        "lawful-basis": ("the recipient's lawful basis", recipient, "each controller has its own."),
        "retention": (
            "how long the recipient keeps it",
            recipient,
            "the record gives time limits where that is possible.",
        ),
        "abroad": (
            "whether either body or a processor of it holds the data outside the UK",
            officers(facts),
            "a restricted transfer needs safeguards and stands in the record; the node sees only its own keys.",
        ),
    }
    yield from (Gap(*told) for code, told in wanted.items() if not values_of(facts, code))
