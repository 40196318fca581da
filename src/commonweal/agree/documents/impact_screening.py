"""Whether a data protection impact assessment is due: triggers from the agreement's facts, each with its why."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from commonweal.publish import Classification, Field

from .document import Block, Entries, Gap, Section, Table
from .facts import DocumentFacts
from .impact_assessment import skeleton
from .stated import answer
from .wording import officer

TITLE = "Data protection impact assessment: screening"
ABOUT = "Whether the facts of the agreement call for an assessment, and as much of one as they give."
LARGE = 10_000
"""From how many rows this screening takes the scale for large; the law gives no number."""

_MATCHING = frozenset({"check", "de-identified"})
_CHILDREN = re.compile(r"child|pupil|school|young|minor", re.IGNORECASE)
_VULNERABLE = re.compile(
    r"safeguard|welfare|benefit|homeless|debt|disab|care\b|poverty|asylum|victim|patient|health|income|disadvantage",
    re.IGNORECASE,
)
_TRACKING = re.compile(
    r"gps|latitude|longitude|location|easting|northing|device|imei|ip.?address|journey|movement|browsing|cookie",
    re.IGNORECASE,
)


class Answer(StrEnum):
    """Whether a trigger is met; `ask` where the node cannot know."""

    YES = "yes"
    NO = "no"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A reason for an assessment: whether it is met, and why the node says so."""

    name: str
    answer: Answer
    why: str


def compose(facts: DocumentFacts) -> tuple[Section, ...]:
    """Return the screening and, where an assessment is due, its skeleton."""
    triggers = screen(facts)
    due = conclusion(triggers)
    screening = Section("Screening", tuple(_screening(facts, triggers)))
    return (screening, *skeleton(facts)) if due is Answer.YES else (screening,)


def screen(facts: DocumentFacts) -> tuple[Trigger, ...]:
    """Return every trigger with its answer."""
    if not facts.is_personal:
        why = "Every field is confirmed as not about people."
        return tuple(Trigger(name, Answer.NO, why) for name in _TRIGGERS)
    return tuple(Trigger(name, *ask(facts)) for name, ask in _TRIGGERS.items())


def conclusion(triggers: tuple[Trigger, ...]) -> Answer:
    """Return whether an assessment is due: one trigger that is met calls for it."""
    answers = {each.answer for each in triggers}
    return next((each for each in (Answer.YES, Answer.ASK) if each in answers), Answer.NO)


_SAID = {
    Answer.YES: "An assessment is due before the data is used: {}. Its skeleton follows.",
    Answer.ASK: "No trigger is met as far as the node knows, but some need an answer from a person.",
    Answer.NO: "No trigger is met. Keep this screening as the record of why no assessment was made.",
}


def _screening(facts: DocumentFacts, triggers: tuple[Trigger, ...]) -> Iterator[Block]:
    due = conclusion(triggers)
    law = "Part 3 of the Data Protection Act 2018" if facts.is_law_enforcement else "Article 35 UK GDPR"
    yield Entries((("Is an assessment due?", (due.value.capitalize(), _SAID[due].format(law))),))
    if how_far := answer(facts, "dpia"):
        yield Entries((("How far the recipient's assessment is", how_far),))
    rows = tuple((each.name, each.answer.value.capitalize(), each.why) for each in triggers)
    yield Table("Triggers", ("Trigger", "Answer", "Why"), rows)
    for each in triggers:
        if each.answer is Answer.ASK:
            yield Gap(
                f"an answer to “{each.name}”",
                officer(facts.recipient.name),
                "the node cannot know it, and a yes would make an assessment due.",
            )


def _matching(facts: DocumentFacts) -> tuple[Answer, str]:
    if facts.agreement.tokenised:
        return Answer.YES, "Keyed tokens are released, by which rows are joined."
    if facts.purpose.rung in _MATCHING:
        return Answer.YES, f"“{facts.purpose.title}” is served by holding people against the recipient's own records."
    return Answer.ASK, "Rows about people are released; whether the recipient joins them to others is not known."


def _special(facts: DocumentFacts) -> tuple[Answer, str]:
    marked = [each.name for each in facts.fields if each.classification is Classification.SPECIAL]
    if marked:
        return Answer.YES, f"Classified as special category: {', '.join(marked)}."
    unconfirmed = [each.name for each in facts.fields if not each.confirmed]
    if unconfirmed:
        return Answer.ASK, f"No steward has confirmed the classification of: {', '.join(unconfirmed)}."
    return Answer.NO, "A steward has confirmed every field, none as special category."


def _scale(facts: DocumentFacts) -> tuple[Answer, str]:
    if facts.version is None:
        return Answer.ASK, "No version is held, so there are no rows to count."
    rows = f"Version {facts.version.number} has {facts.version.rows:,} rows"
    if facts.version.rows < LARGE:
        return (
            Answer.NO,
            f"{rows}, fewer than {LARGE:,}, which are taken for large; the law gives no number.",
        )
    if facts.agreement.rows:
        return (
            Answer.ASK,
            f"{rows}; how many meet the row conditions is not counted. {LARGE:,} are taken for large.",
        )
    return Answer.YES, f"{rows}, and {LARGE:,} are taken for large; the law gives no number."


def _about(pattern: re.Pattern[str], met: str, unmet: str) -> Callable[[DocumentFacts], tuple[Answer, str]]:
    def answer(facts: DocumentFacts) -> tuple[Answer, str]:
        purpose = facts.purpose
        if pattern.search(f"{purpose.code} {purpose.title} {purpose.description}"):
            return Answer.YES, f"The purpose says so: {purpose.title}."
        named = _named(facts, pattern)
        if named:
            return Answer.YES, met.format(", ".join(named))
        return Answer.ASK, unmet

    return answer


def _tracking(facts: DocumentFacts) -> tuple[Answer, str]:
    named = _named(facts, _TRACKING)
    if named:
        listed = ", ".join(named)
        return Answer.ASK, f"By name or description these may tell where people are or what they do: {listed}."
    return Answer.NO, "No field is, by its name or description, a place where a person is, a device or a journey."


def _automated(facts: DocumentFacts) -> tuple[Answer, str]:
    return Answer.ASK, f"What {facts.recipient.name} decides with the data, and whether a person does, is not known."


def _invisible(facts: DocumentFacts) -> tuple[Answer, str]:
    return Answer.ASK, f"{facts.recipient.name} does not get it from the people; whether they are told is not known."


def _named(facts: DocumentFacts, pattern: re.Pattern[str]) -> list[str]:
    return [each.name for each in facts.fields if _is_named(each, pattern)]


def _is_named(field: Field, pattern: re.Pattern[str]) -> bool:
    return pattern.search(f"{field.name} {field.description}") is not None


_TRIGGERS: Mapping[str, Callable[[DocumentFacts], tuple[Answer, str]]] = {
    "Data matching": _matching,
    "Special category data": _special,
    "Large scale": _scale,
    "Children": _about(
        _CHILDREN,
        "By name or description these tell of children: {}.",
        "Neither the purpose nor a field speaks of children; whether some of the people are children is not known.",
    ),
    "Vulnerable people": _about(
        _VULNERABLE,
        "By name or description these tell of people who may be vulnerable: {}.",
        "Neither the purpose nor a field says so; whether the people are vulnerable is not known.",
    ),
    "Tracking of place or behaviour": _tracking,
    "Automated decisions": _automated,
    "People who may not know": _invisible,
}
