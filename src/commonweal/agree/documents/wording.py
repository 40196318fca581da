"""Words that several documents share: fields, rows, days, and who has to complete what."""

from datetime import datetime, timedelta

from commonweal.publish import Field
from commonweal.request import RowCondition

from .document import Gap, Table
from .facts import DocumentFacts

_RUNGS = {
    "check": "A check: yes or no about one person",
    "aggregate": "Counts, in which nobody stands out",
    "de-identified": "Rows that do not say who",
    "rows": "Rows",
}


def day(moment: datetime) -> str:
    """Return a day in words."""
    return f"{moment.day} {moment:%B %Y}"


def last_day(ends: datetime) -> str:
    """Return the last day on which an agreement that ends at `ends` holds."""
    return day(ends - timedelta(microseconds=1))


def minute(moment: datetime) -> str:
    """Return a moment in words, to the minute."""
    return f"{day(moment)}, {moment:%H:%M} UTC"


def condition(row: RowCondition) -> str:
    """Return a row condition in words, with its values: for the parties."""
    return f"{row.field} {row.operator.value} {', '.join(row.values)}"


def classification(field: Field) -> str:
    """Return how a field is classified; one that nobody has confirmed counts as personal."""
    words = field.classification.value.replace("-", " ").capitalize()
    return words if field.confirmed else f"{words}, not confirmed by a steward: counts as personal"


def rows_released(facts: DocumentFacts) -> tuple[str, ...]:
    """Return which rows are released, a line for each condition."""
    return tuple(condition(each) for each in facts.agreement.rows) or ("All rows",)


def fields_table(facts: DocumentFacts) -> Table:
    """Return every field that is released, with what it is and how it leaves."""
    rows = []
    for each in facts.fields:
        how = "Only as keyed tokens" if each.name in facts.agreement.tokenised else "As it is"
        rows.append((each.name, each.description or "Not described", classification(each), how))
    columns = ("Field", "What it holds", "Classification", "How it leaves")
    return Table("Fields that are released", columns, tuple(rows))


def officer(body: str) -> str:
    """Return who answers for data protection in a body."""
    return f"the data protection officer of {body}"


def officers(facts: DocumentFacts) -> str:
    """Return who answers for data protection in both bodies."""
    return f"the data protection officers of {facts.discloser.name} and {facts.recipient.name}"


def rung(facts: DocumentFacts) -> str:
    """Return the lowest rung of disclosure that usually serves the purpose, in words."""
    return _RUNGS.get(facts.purpose.rung, facts.purpose.rung)


def contact_gap(facts: DocumentFacts, why: str) -> Gap:
    """Return that the contacts of both bodies are to be named."""
    return Gap(
        f"the contact details of the data protection officers of {facts.discloser.name} and {facts.recipient.name}",
        "both bodies",
        why,
    )


def review_gap(facts: DocumentFacts) -> Gap:
    """Return that a day of review is to be named."""
    return Gap(
        "the day of the first review, and how often there is one after that",
        f"the people who decided for {facts.discloser.name} and {facts.recipient.name}",
        "an agreement that nobody reviews goes on after its reason has gone; the node knows only when it ends.",
    )
