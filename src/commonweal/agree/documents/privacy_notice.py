"""Words for a privacy notice: what is shared about people, in words that people use."""

from collections.abc import Iterator

from .document import Gap, Paragraph, Points, Section
from .facts import DocumentFacts
from .wording import last_day, officers

TITLE = "Words for a privacy notice"
ABOUT = "Short, plain words for the public, for the privacy notice of each body."


def compose(facts: DocumentFacts) -> tuple[Section, ...]:
    """Return the notice, then what is to be filled in before it is published."""
    return (
        Section("How we share your information", tuple(_notice(facts))),
        Section("Before you publish this", tuple(_gaps(facts))),
    )


def _notice(facts: DocumentFacts) -> Iterator[Paragraph | Points]:
    discloser, recipient = facts.discloser.name, facts.recipient.name
    yield Paragraph(f"{discloser} shares some information about you with {recipient}.")
    yield Paragraph(f"Why: {_plain(facts.purpose.title)}. {facts.purpose.description}".strip())
    yield Paragraph("What is shared:")
    yield Points(tuple(_item(each.description or each.name) for each in facts.fields))
    if facts.agreement.tokenised:
        yield Paragraph("Some of this is turned into codes first, so that it does not show who you are by itself.")
    yield Paragraph(
        f"{recipient} may use it for this and nothing else. It may not pass it on. "
        f"The sharing ends on {last_day(facts.agreement.ends)} at the latest."
    )
    if facts.agreement.citation:
        yield Paragraph(f"The law that allows this is {facts.agreement.citation}.")
    yield Paragraph(
        "You can ask either body what it holds about you. You can ask for mistakes to be put right. "
        "You can say that you object. You can also complain to the Information Commissioner."
    )


def _plain(title: str) -> str:
    return title[:1].lower() + title[1:]


def _item(words: str) -> str:
    told = words.replace("_", " ").strip()
    return told[:1].upper() + told[1:]


def _gaps(facts: DocumentFacts) -> Iterator[Gap]:
    both = officers(facts)
    undescribed = [each.name for each in facts.fields if not each.description]
    if undescribed:
        yield Gap(
            f"plain words for these fields: {', '.join(undescribed)}",
            f"a steward of {facts.discloser.name}",
            "the data contract does not describe them, and the public does not know names of columns.",
        )
    if not facts.agreement.citation:
        yield Gap("the law that allows this", both, "a notice says on what basis data is shared.")
    yield Gap("how to reach each body, and its data protection officer", both, "people need to know whom to ask.")
    yield Gap("how long each body keeps it", both, "a notice says so, or how that is decided.")
    yield Gap(
        "whether telling people would harm the purpose, such as catching fraud",
        both,
        "the law then lets some of this be left out, and that is decided case by case.",
    )
