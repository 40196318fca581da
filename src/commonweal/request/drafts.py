"""A request that is not sent yet: the form as a task list, section by section."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from commonweal.core import Actor, Event

from .form import FormFacts, Question, Reply, Section, concerns, fill_in, find_asked_questions, find_unanswered
from .form_table import QUESTIONS
from .prefilling import section_of
from .templates import ProposedTerms


class Progress(StrEnum):
    """How far one section of a draft is."""

    TO_DO = "to-do"
    PREFILLED = "prefilled"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDraft:
    """What a body is about to ask for, and how far its form is filled in; any of its people who may ask go on with it.

    `rows` are conditions as they were written. `checked` are sections that a person has been through. `template` and
    `proposed` are as in the access request.
    """

    id: str
    dataset: str
    recipient: str
    purpose: str
    gateway: str
    fields: tuple[str, ...]
    rows: tuple[str, ...]
    until: datetime | None
    seal_to: str
    made_by: str
    made: datetime
    facts: FormFacts
    replies: tuple[Reply, ...]
    checked: tuple[Section, ...] = ()
    template: str = ""
    proposed: ProposedTerms | None = None

    def reply_to(self, code: str) -> Reply | None:
        """Return the answer to a question, or None."""
        return next((each for each in self.replies if each.question == code), None)

    def asked(self, section: Section) -> tuple[Question, ...]:
        """Return the questions of a section that are asked as things stand."""
        return section_of(find_asked_questions(QUESTIONS, self.facts, self.replies), section)

    def shown(self, section: Section) -> tuple[Question, ...]:
        """Return the questions of a section that may come to be asked, whatever is answered in it."""
        return tuple(each for each in section_of(QUESTIONS, section) if concerns(each, self.facts))

    def unanswered(self) -> tuple[Question, ...]:
        """Return the questions that are asked and have no answer yet."""
        return find_unanswered(QUESTIONS, self.facts, self.replies)

    def progress(self, section: Section) -> Progress:
        """Return how far a section is: something to do, all filled in but not checked by a person, or done."""
        if section_of(self.unanswered(), section):
            return Progress.TO_DO
        return Progress.DONE if section in self.checked else Progress.PREFILLED

    def answers(self) -> dict[str, list[str]]:
        """Return an answer for every question of the form, an empty one where there is none."""
        known = {each.question: list(each.values) for each in self.replies}
        return {each.code: known.get(each.code, []) for each in QUESTIONS}


def begin_draft(draft: RequestDraft, actor: Actor) -> tuple[RequestDraft, Event]:
    """Return a new draft and its event `request.drafted`, in the record of the body that is going to ask."""
    facts = {"dataset": draft.dataset, "purpose": draft.purpose}
    return draft, Event("request.drafted", draft.made, draft.recipient, draft.id, actor, dict(facts))


def save_section(
    draft: RequestDraft, section: Section, answers: Mapping[str, object], *, actor: Actor, at: datetime
) -> tuple[RequestDraft, Event]:
    """Return the draft with a section as a person left it, and the event `request.draft-saved`, without any answer.

    Raises:
        FormAnswersError: some answers cannot be used.
    """
    inside = {each.code for each in section_of(QUESTIONS, section)}
    given = {code: value for code, value in answers.items() if code in inside}
    replies = fill_in(QUESTIONS, draft.replies, given)
    checked = tuple(each for each in Section if each is section or each in draft.checked)
    saved = replace(draft, replies=replies, checked=checked)
    return saved, Event("request.draft-saved", at, draft.recipient, draft.id, actor, {"section": section.value})


def end_draft(draft: RequestDraft, *, actor: Actor, at: datetime, request: str = "") -> Event:
    """Return the event `request.draft-ended`: sent as `request`, or discarded."""
    return Event("request.draft-ended", at, draft.recipient, draft.id, actor, {"request": request})
