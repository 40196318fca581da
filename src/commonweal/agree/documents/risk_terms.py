"""Risk-sharing terms: which body bears what, so that neither carries the other's risk without knowing."""

from collections.abc import Iterator

from .document import DISCLAIMER, Block, Gap, Paragraph, Points, Section, Table
from .facts import DocumentFacts
from .safeguards import left_already, on_revocation

TITLE = "Risk-sharing terms"
ABOUT = "Proposed terms: which body bears which risk, what limits it, and what neither can undo."


def compose(facts: DocumentFacts) -> tuple[Section, ...]:
    """Return who bears what, what neither can undo, and what is to be agreed."""
    return (
        Section("Who bears what", tuple(_shares(facts))),
        Section("What limits the risk", (Points(tuple(_limits(facts))),)),
        Section("What neither body can undo", (Points((left_already(facts), _backups(facts))),)),
        Section("To agree", tuple(_gaps(facts))),
    )


def _shares(facts: DocumentFacts) -> Iterator[Block]:
    discloser, recipient = facts.discloser.name, facts.recipient.name
    yield Paragraph(f"Proposed from the facts of the agreement. {DISCLAIMER}")
    rows = (
        ("The power to disclose is missing or was misread", discloser, f"{recipient} stops using the data at once"),
        ("The recipient had no lawful basis", recipient, f"{discloser} revokes"),
        ("The data was wrong when published", discloser, f"{recipient} raises a defect and holds its decisions"),
        ("A decision about a person was wrong", recipient, f"{discloser} says what the data means and its quality"),
        ("It leaks from the node or on the way", facts.host.name, f"{discloser} and {recipient} contain it together"),
        ("It leaks after it was read", recipient, f"{discloser} revokes and has keys rotated"),
        ("It is used for another purpose or passed on", recipient, f"{discloser} revokes"),
        ("It is kept too long", recipient, f"{discloser} asks for a certificate of deletion"),
        (
            "It is not shared, and people come to harm",
            f"{discloser} and {recipient}",
            "Both say why, with the record",
        ),
    )
    yield Table("Risks", ("What could happen", "Who answers for it first", "What the other body does"), rows)


def _limits(facts: DocumentFacts) -> Iterator[str]:
    every, agreed = len(facts.dataset.contract.fields), len(facts.agreement.fields)
    yield f"{agreed} of {every} fields are released" + (
        ", under row conditions." if facts.agreement.rows else ", all rows."
    )
    if facts.agreement.tokenised:
        yield f"Only as keyed tokens: {', '.join(facts.agreement.tokenised)}."
    if facts.agreement.sealed_to:
        yield "What is released opens with the recipient's own key alone."
    yield "Each reading is in the log, which both bodies can prove."
    yield from on_revocation(facts)


def _backups(facts: DocumentFacts) -> str:
    return f"A backup made before the end holds the releases, sealed, for up to {facts.backup_days} days."


def _gaps(facts: DocumentFacts) -> Iterator[Gap]:
    risk_owners = f"the senior information risk owners of {facts.discloser.name} and {facts.recipient.name}"
    yield Gap(
        "that both bodies accept this split, or how it differs",
        risk_owners,
        "a risk that nobody took is carried by both.",
    )
    yield Gap(
        "who pays for containing an incident, telling people, and putting things right",
        risk_owners,
        "the agreement's terms say nothing of money.",
    )
    yield Gap(
        "any indemnity, insurance or limit of liability",
        "the lawyers of both bodies",
        "whether one public body can indemnify another depends on what each is in law.",
    )
    yield Gap("who settles a dispute, in which time", risk_owners, "in an incident a dispute costs time.")
