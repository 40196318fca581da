"""The skeleton of a data protection impact assessment: what the agreement's facts give, and gaps for the rest."""

from collections.abc import Iterator

from .document import Block, Entries, Gap, Points, Section, Table
from .facts import DocumentFacts
from .lawfulness import gateway_in_words, lawful_basis
from .safeguards import left_already, on_revocation, security_measures
from .stated import stated
from .wording import day, fields_table, last_day, officer, officers, rows_released, rung


def skeleton(facts: DocumentFacts) -> tuple[Section, ...]:
    """Return the sections of the skeleton, in the order of the Commissioner's steps."""
    return (
        Section("1. Describe the processing", tuple(_processing(facts))),
        Section("2. Consult", (_consultation(facts),)),
        Section("3. Necessity and proportionality", tuple(_necessity(facts))),
        Section("4. Risks to people", tuple(_risks(facts))),
        Section("5. Measures in place", (Points(security_measures(facts)), Points(on_revocation(facts)))),
        Section("6. Outcome and sign-off", (_outcome(facts),)),
    )


def _processing(facts: DocumentFacts) -> Iterator[Block]:
    version = facts.version
    yield Entries(
        (
            ("From", (facts.discloser.name,)),
            ("To", (facts.recipient.name,)),
            ("Purpose", (facts.purpose.title, facts.purpose.description or "Not described in the rule pack")),
            ("Rows", rows_released(facts)),
            ("Scale", (f"{version.rows:,} rows before row conditions" if version else "No version is held",)),
            ("For how long", (f"{day(facts.agreement.starts)} to {last_day(facts.agreement.ends)}",)),
            ("So far", (left_already(facts),)),
        )
    )
    yield fields_table(facts)
    gap = Gap(
        "who the people are, what they may expect, and what the recipient does with the data, step by step",
        f"the information asset owner of {facts.recipient.name}",
        "the nature and context of the processing are the recipient's, and the node sees neither.",
    )
    yield from stated(facts, {"Whose data it is": "people", "What is done with it": "aims"}, gap)


def _consultation(facts: DocumentFacts) -> Gap:
    return Gap(
        "whose views were sought, of people concerned, processors and experts, or why none were",
        officer(facts.recipient.name),
        "an assessment without them misses what people fear.",
    )


def _necessity(facts: DocumentFacts) -> Iterator[Block]:
    every, agreed = len(facts.dataset.contract.fields), len(facts.agreement.fields)
    yield Entries(
        (
            ("Lawful basis of the discloser", (lawful_basis(facts),)),
            ("Legal gateway", (gateway_in_words(facts),)),
            ("Least disclosure", (f"{agreed} of {every} fields are released.",)),
            ("The least that usually serves the purpose", (rung(facts),)),
        )
    )
    gap = Gap(
        "why no less would do, why no other way serves the purpose, and how people's rights are met",
        officers(facts),
        "necessity and proportionality are judged by people.",
    )
    given = {"The least that would do": "less-data", "What happens without it": "without-it", "Who gains": "benefits"}
    yield from (each for each in stated(facts, given, gap) if each is not gap)
    yield gap


def _risks(facts: DocumentFacts) -> Iterator[Block]:
    asked = ("To complete", "To complete", "To complete")
    rows = (
        ("Somebody reads it who should not", "One role, one token, one log; refused at once when revoked", *asked),
        ("It is used for another purpose", "The agreement names one purpose; the log shows each reading", *asked),
        (
            "A person is matched wrongly",
            "The gate held it to its contract; defects are raised and answered",
            *asked,
        ),
        (
            "It is kept too long by the recipient",
            "Nothing: it cannot delete a copy that has left",
            *asked,
        ),
        ("People do not know or cannot object", "Words for a privacy notice are among these documents", *asked),
    )
    columns = ("Risk", "What the node does about it", "Likelihood", "Severity", "Left over")
    yield Table("Risks to judge", columns, rows)
    yield Gap(
        "likelihood, severity and what is left over of each risk, and any further risk",
        f"{officer(facts.recipient.name)}, with the information asset owners of both bodies",
        "how bad a harm would be is a judgement about people, which the node does not make.",
    )


def _outcome(facts: DocumentFacts) -> Gap:
    return Gap(
        "the advice of the data protection officers, who accepts what risk is left, and when it is looked at again",
        f"the senior information risk owners of {facts.discloser.name} and {facts.recipient.name}",
        "a high risk that is left goes to the Information Commissioner first (Article 36 UK GDPR).",
    )
