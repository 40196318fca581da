"""The share-request form as the pages show it: answers by section, what is open and why it matters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commonweal.request import QUESTIONS, SOURCES, AccessRequest, AnswerKind, Question, Reply, Section, section_of

from .posted import Fault, Posted

SECTIONS = {
    Section.PURPOSE: ("Purpose", "What the data is for, and what comes of it."),
    Section.LEGAL: ("Legal", "Which law lets the data move."),
    Section.PROTECTION: ("Data protection", "What protects the people it is about."),
    Section.SECURITY: ("Security", "How it travels, who sees it, how it ends."),
    Section.CHECK: ("Who answers for it", "Whom to ask, and who stands for it."),
}
"""For each section of the form its title and a hint."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One question with its answer in words, empty where it is open; `source` says what it was filled in from."""

    code: str
    wording: str
    why: str
    words: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class SectionView:
    """The answered questions of one section."""

    title: str
    answers: tuple[AnswerView, ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """The form of a request: the sections that have answers, and the questions that have none."""

    sections: tuple[SectionView, ...]
    unanswered: tuple[AnswerView, ...]


def view_form(request: AccessRequest) -> FormView:
    """Return the form of a request as its page shows it."""
    asked = {each.question for each in request.answers} | set(request.unanswered)
    return view_answers([each for each in QUESTIONS if each.code in asked], request.answers)


def view_answers(asked: Iterable[Question], replies: Iterable[Reply]) -> FormView:
    """Return questions that are asked with their answers, by section, and those that have none."""
    known = {each.question: each for each in replies}
    questions = tuple(asked)
    answered = [each for each in questions if each.code in known]
    sections = (
        SectionView(title, tuple(_view(each, known[each.code]) for each in section_of(answered, section)))
        for section, (title, _) in SECTIONS.items()
    )
    return FormView(
        tuple(each for each in sections if each.answers),
        tuple(AnswerView(each.code, each.wording, each.why, ()) for each in questions if each.code not in known),
    )


def posted_answers(replies: Iterable[Reply]) -> Posted:
    """Return a form filled in with answers, a day as its parts."""
    days = {each.code for each in QUESTIONS if each.kind is AnswerKind.DATE}
    fields: dict[str, Sequence[str]] = {}
    for reply in replies:
        if reply.question in days:
            parts = zip(("year", "month", "day"), reply.values[0].split("-"), strict=True)
            fields |= {f"{reply.question}-{part}": (str(int(number)),) for part, number in parts}
        else:
            fields[reply.question] = reply.values
    return Posted(fields)


def answers_of(posted: Posted, questions: Iterable[Question]) -> dict[str, object]:
    """Return what a form answers to questions, an empty list where it leaves one open.

    Raises:
        FormError: a day is none.
    """
    return {each.code: _answer(posted, each) for each in questions}


def faults_in(reasons: Iterable[str], questions: Iterable[Question]) -> tuple[Fault, ...]:
    """Return what is wrong with answers, each at its question, in words that name it as the page does."""
    wordings = {f"Question `{each.code}`": each for each in questions}
    found = ((reason, name) for reason in reasons for name in wordings if reason.startswith(name))
    return tuple(
        Fault(wordings[name].code, f"“{wordings[name].wording}” {reason.removeprefix(name).strip()}")
        for reason, name in found
    )


def _answer(posted: Posted, question: Question) -> list[str]:
    if question.kind is AnswerKind.DATE:
        day = posted.day(question.code)
        return [day.isoformat()] if day else []
    if question.kind is AnswerKind.SEVERAL:
        return list(posted.choices(question.code))
    text = posted.text(question.code)
    return [text] if text else []


def _view(question: Question, reply: Reply) -> AnswerView:
    words = tuple(question.words_of(each) for each in reply.values)
    return AnswerView(question.code, question.wording, question.why, words, SOURCES[reply.source])
