"""The share-request form: what a question is, which are asked, an answer within its limits, and what is left open."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from commonweal.core import InputError

LONGEST_ANSWER = 2_000
_BREAKS = frozenset("\n\r\t")


class FormAnswersError(InputError):
    """Answers to the form that cannot be used; `reasons` lists each by the code of its question, never by its text."""

    code = "request.answers"
    default_advice = "Write the form to a file with `commonweal requests form`, answer it there, and give it back."


class PublicTaskError(InputError):
    """A public body asks a charity or a supplier about people, and does not state its public task."""

    code = "request.public-task"
    default_advice = (
        "Answer the question `public-task`: which task in the public interest or official authority needs the data."
    )


class Section(StrEnum):
    """The five sections of the form."""

    PURPOSE = "purpose"
    LEGAL = "legal"
    PROTECTION = "protection"
    SECURITY = "security"
    CHECK = "check"


class AnswerKind(StrEnum):
    """What kind of answer a question takes."""

    TEXT = "text"
    CHOICE = "choice"
    SEVERAL = "several"
    DATE = "date"
    YES_NO = "yes-no"


class Source(StrEnum):
    """Where an answer comes from; all but the asker's own are filled in before anybody is asked."""

    ASKER = "asker"
    REQUEST = "request"
    CONTRACT = "contract"
    DATASET = "dataset"
    PURPOSE = "purpose"
    GATEWAY = "gateway"
    TEMPLATE = "template"


SOURCES: Mapping[Source, str] = MappingProxyType(
    {
        Source.ASKER: "",
        Source.REQUEST: "what is asked for",
        Source.CONTRACT: "the data contract",
        Source.DATASET: "the dataset’s record",
        Source.PURPOSE: "the purpose in the rule pack",
        Source.GATEWAY: "the legal gateway in the rule pack",
        Source.TEMPLATE: "the template",
    }
)
"""What an answer was filled in from, in words; empty for the asker's own."""


class When(StrEnum):
    """When a question is asked."""

    ALWAYS = "always"
    PERSONAL = "personal"
    SPECIAL = "special"
    PUBLIC_TASK = "public-task"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the form.

    `why` says why it matters, to who asks and to who decides. `options` are values with their words. `follows` names a
    question and the answer to it that this one needs.
    """

    code: str
    section: Section
    wording: str
    why: str
    kind: AnswerKind = AnswerKind.TEXT
    source: Source = Source.ASKER
    when: When = When.ALWAYS
    options: tuple[tuple[str, str], ...] = ()
    follows: tuple[str, str] = ("", "")

    def words_of(self, value: str) -> str:
        """Return what an option says; any other value stands for itself."""
        return dict(self.options).get(value, value)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one question: one value, or several where it takes several; and where it comes from."""

    question: str
    values: tuple[str, ...]
    source: Source = Source.ASKER


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What decides which questions are asked.

    Whether data about people is asked for, whether some is of a special category, and whether a public body asks one
    that is no public authority, so that it states its public task.
    """

    personal: bool = False
    special: bool = False
    public_task: bool = False


def concerns(question: Question, facts: FormFacts) -> bool:
    """Say whether a question may be asked at all, given what the request is about."""
    cases = {
        When.ALWAYS: True,
        When.PERSONAL: facts.personal,
        When.SPECIAL: facts.special,
        When.PUBLIC_TASK: facts.public_task,
    }
    return cases[question.when]


def is_asked(question: Question, facts: FormFacts, replies: Mapping[str, Reply]) -> bool:
    """Say whether a question is asked, given what the request is about and what has been answered."""
    before, answer = question.follows
    return concerns(question, facts) and (not before or (before in replies and answer in replies[before].values))


def find_asked_questions(
    questions: Sequence[Question], facts: FormFacts, replies: Sequence[Reply]
) -> tuple[Question, ...]:
    """Return the questions that are asked, in the form's order."""
    known = {each.question: each for each in replies}
    return tuple(each for each in questions if is_asked(each, facts, known))


def find_unanswered(questions: Sequence[Question], facts: FormFacts, replies: Sequence[Reply]) -> tuple[Question, ...]:
    """Return the questions that are asked and have no answer yet, in the form's order."""
    answered = {each.question for each in replies}
    return tuple(each for each in find_asked_questions(questions, facts, replies) if each.code not in answered)


def fill_in(
    questions: Sequence[Question], prefilled: Sequence[Reply], answers: Mapping[str, object]
) -> tuple[Reply, ...]:
    """Return pre-filled answers with those given over them, in the form's order.

    `answers` maps codes of questions to a text, a list of texts, true or false; None or an empty answer takes the
    pre-filled one away. One that says what was filled in keeps its source.

    Raises:
        FormAnswersError: `reasons` lists every answer at fault: an unknown question, an answer of another kind, one
            longer than 2,000 characters or with characters that cannot be shown.
    """
    known = {each.code: each for each in questions}
    faults = [f"The form has no question `{code[:40]!s}`." for code in answers if code not in known]
    replies = {each.question: each for each in prefilled}
    for code, value in answers.items():
        read = _read(known[code], value) if code in known else None
        if isinstance(read, str):
            faults.append(f"Question `{code}` {read}.")
        elif read is not None:
            _put(replies, code, read)
    if faults:
        raise FormAnswersError("Some answers cannot be used.", reasons=tuple(faults))
    return tuple(replies[each.code] for each in questions if each.code in replies)


def _put(replies: dict[str, Reply], code: str, values: tuple[str, ...]) -> None:
    before = replies.get(code)
    if not values:
        replies.pop(code, None)
    elif before is None or before.values != values:
        replies[code] = Reply(code, values)


def _read(question: Question, value: object) -> tuple[str, ...] | str:
    """Return the values of an answer, or what is wrong with it."""
    values = _values(value)
    if values is None or (len(values) > 1 and question.kind is not AnswerKind.SEVERAL):
        return f"takes {_TAKES[question.kind]}"
    return next(_faults(question, values), values)


def _values(value: object) -> tuple[str, ...] | None:
    if value is None:
        return ()
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, (list, tuple)) or not all(isinstance(each, str) for each in texts):
        return None
    return tuple(dict.fromkeys(text for each in texts if (text := each.replace("\r\n", "\n").strip())))


def _faults(question: Question, values: tuple[str, ...]) -> Iterator[str]:
    for value in values:
        if len(value) > LONGEST_ANSWER:
            yield f"has an answer longer than {LONGEST_ANSWER:,} characters"
        if not all(each.isprintable() or each in _BREAKS for each in value):
            yield "has an answer with characters that cannot be shown"
        if question.kind is AnswerKind.DATE and not _is_day(value):
            yield f"takes {_TAKES[AnswerKind.DATE]}"
        if question.options and value not in dict(question.options):
            yield "takes " + ", ".join(each for each, _ in question.options)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_TAKES = {
    AnswerKind.TEXT: "a text",
    AnswerKind.CHOICE: "one of its options",
    AnswerKind.SEVERAL: "a list of its options",
    AnswerKind.DATE: "a day, such as 2027-03-31",
    AnswerKind.YES_NO: "yes or no",
}
