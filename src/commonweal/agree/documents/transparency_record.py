"""The record that the Algorithmic Transparency Recording Standard asks for, where a tool has a part in decisions."""

from collections.abc import Iterator

from .document import DISCLAIMER, Block, Entries, Gap, Paragraph, Section
from .facts import DocumentFacts
from .lawfulness import gateway_in_words, lawful_basis
from .safeguards import security_measures
from .stated import answer, lines_or, values_of
from .wording import classification, day, last_day

TITLE = "Algorithmic transparency record"
ABOUT = "What the Algorithmic Transparency Recording Standard asks for, in its two tiers, as far as the facts give it."
QUESTION = "automated"
"""The question of the share-request form that says whether a tool decides, or has a part in deciding, about people."""


def compose(facts: DocumentFacts) -> tuple[Section, ...]:
    """Return the record in the order of the standard, then what only the recipient knows."""
    return (
        Section("Tier 1: overview", tuple(_overview(facts))),
        Section("Tier 2: owner and responsibility", (Entries(tuple(_owner(facts))),)),
        Section("Tier 2: description and rationale", (Entries(tuple(_rationale(facts))),)),
        Section("Tier 2: decision-making process", tuple(_process(facts))),
        Section("Tier 2: data", (Entries(tuple(_data(facts))),)),
        Section("Tier 2: risks, mitigations and impact assessments", (Entries(tuple(_risks(facts))),)),
        Section("To complete", tuple(_gaps(facts))),
    )


def _overview(facts: DocumentFacts) -> Iterator[Block]:
    yield Paragraph(DISCLAIMER)
    yield Entries(
        (
            ("Name of the tool", ("To complete",)),
            ("What it is used for", tuple(each for each in (facts.purpose.title, facts.purpose.description) if each)),
            ("How the tool has a part in decisions", answer(facts, QUESTION)),
            ("Where to read more", ("To complete",)),
            ("Whom to ask", lines_or(facts, "contact")),
        )
    )


def _owner(facts: DocumentFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "Organisation", (f"{facts.recipient.name} ({facts.recipient.id})",)
    yield "Team", ("To complete",)
    yield "Senior responsible owner", lines_or(facts, "accountable")
    yield "External supplier of the tool", ("To complete",)


def _rationale(facts: DocumentFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "What will be done with the data", lines_or(facts, "aims")
    yield "Benefits", lines_or(facts, "benefits")
    yield "What would happen without", lines_or(facts, "without-it")
    yield "What was used before, and which alternatives were weighed", ("To complete",)


def _process(facts: DocumentFacts) -> Iterator[Block]:
    yield Entries(
        (
            ("What the tool is given", (f"{len(facts.fields)} fields of {facts.dataset.title}",)),
            ("From and until", (f"{day(facts.agreement.starts)} to {last_day(facts.agreement.ends)}",)),
            ("Who sees it", lines_or(facts, "readers")),
        )
    )
    yield Gap(
        "at which point a person looks at what the tool says, who may overrule it, and how they were trained",
        f"the service owner at {facts.recipient.name}",
        "Articles 22A to 22D UK GDPR ask for safeguards where a significant decision is solely automated.",
    )
    yield Gap(
        "how people learn that a tool had a part, and how they have the decision looked at again",
        f"the service owner at {facts.recipient.name}",
        "a person who cannot find out cannot contest it.",
    )


def _data(facts: DocumentFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "Source", (f"{facts.dataset.title}, from {facts.discloser.name}", f"Agreement {facts.agreement.id}")
    yield "Fields", tuple(f"{e.name}: {e.description or 'not described'}; {classification(e)}" for e in facts.fields)
    yield "Legal gateway", (gateway_in_words(facts),)
    yield "Lawful basis of the discloser", (lawful_basis(facts),)
    yield "Access and storage", security_measures(facts)
    yield "Retention by the recipient", lines_or(facts, "retention")


def _risks(facts: DocumentFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "Data protection impact assessment", lines_or(facts, "dpia")
    yield "Equality impact assessment", ("To complete",)
    yield "Risks and what limits them", ("To complete",)


def _gaps(facts: DocumentFacts) -> Iterator[Gap]:
    recipient = facts.recipient.name
    owner = f"the service owner at {recipient}"
    yield Gap("the tool's name, the team that runs it, and its page", owner, "the public looks for it by name.")
    yield Gap(
        "the model or rules, their version, what they were made and tested with, and how well they do for whom",
        f"whoever makes the tool for {recipient}",
        "the node knows what data goes in, and nothing of the tool.",
    )
    yield Gap(
        "what could go wrong, for which people, and what limits it, with the equality impact assessment",
        owner,
        "a tool that is wrong more often for some people treats them unfairly, however it was meant.",
    )
    if not values_of(facts, "accountable"):
        yield Gap("the senior responsible owner", recipient, "somebody with a name stands for what the tool does.")
