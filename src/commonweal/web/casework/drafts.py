"""The pages of a request that is not sent yet: a task list, a page for each section, check your answers, send."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.core import InputError
from commonweal.node import Caller, Node
from commonweal.request import (
    SOURCES,
    FormAnswersError,
    Progress,
    PublicTaskError,
    Question,
    RequestDraft,
    Section,
)
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .answers import SECTIONS, FormView, answers_of, faults_in, posted_answers, view_answers
from .cases import Tag
from .names import Names
from .posted import Fault, Posted, ThePosted, faults_of
from .requests import SEE_OTHER

router = APIRouter(include_in_schema=False)

_PROGRESS = {
    Progress.TO_DO: Tag("To do", "blue"),
    Progress.PREFILLED: Tag("Filled in: check", "yellow"),
    Progress.DONE: Tag("Done", "green"),
}


@dataclass(frozen=True, slots=True)
class TaskView:
    """One section in the task list: where it is filled in, how far it is, and how many questions are open."""

    title: str
    path: str
    hint: str
    open: int
    tag: Tag


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft with its tasks and, for the last page, all its answers."""

    path: str
    dataset_title: str
    dataset_path: str
    recipient: str
    purpose: str
    tasks: tuple[TaskView, ...]
    open: int
    form: FormView


@router.get("/drafts/{identifier}")
def draft(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show the task list of a draft."""
    return render(request, "draft.html", view=_look_at(node, caller, identifier))


@router.get("/drafts/{identifier}/answers")
def check_answers(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show every answer of a draft before it is sent, and what is open."""
    return render(request, "draft_answers.html", view=_look_at(node, caller, identifier), faults=(), mend="")


@router.post("/drafts/{identifier}/sending")
def send(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Send the request that a draft has become, and go to it."""
    try:
        asked = node.requesting.send(caller, identifier)
    except InputError as error:
        place = f"/drafts/{identifier}/legal" if isinstance(error, PublicTaskError) else ""
        faults = tuple(Fault("answers", each.sentence) for each in faults_of(error, "answers"))
        view = _look_at(node, caller, identifier)
        status = error.outcome.status
        return render(request, "draft_answers.html", status_code=status, view=view, faults=faults, mend=place)
    return RedirectResponse(f"/requests/{asked.request.id}", status_code=SEE_OTHER)


@router.post("/drafts/{identifier}/discarding")
def discard(node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Forget a draft, and go to the list of requests."""
    node.requesting.discard(caller, identifier)
    return RedirectResponse("/requests", status_code=SEE_OTHER)


@router.get("/drafts/{identifier}/{section}")
def section_form(request: Request, node: TheNode, caller: TheSignedIn, identifier: str, section: Section) -> Response:
    """Show the questions of one section with the answers so far."""
    found = node.requesting.get(caller, identifier)
    return _show_section(request, found, section, posted_answers(found.replies))


@router.post("/drafts/{identifier}/{section}")
def save_section(
    request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted, identifier: str, section: Section
) -> Response:
    """Keep one section of a draft, and go back to its task list."""
    found = node.requesting.get(caller, identifier)
    questions = found.shown(section)
    try:
        node.requesting.save(caller, identifier, section, answers_of(posted, questions))
    except InputError as error:
        return _show_section(request, found, section, posted, _faults(error, questions))
    return RedirectResponse(f"/drafts/{identifier}", status_code=SEE_OTHER)


def _faults(error: InputError, questions: tuple[Question, ...]) -> tuple[Fault, ...]:
    if isinstance(error, FormAnswersError):
        return faults_in(error.reasons, questions)
    return faults_of(error, questions[0].code)


def _show_section(
    request: Request, found: RequestDraft, section: Section, posted: Posted, faults: tuple[Fault, ...] = ()
) -> Response:
    return render(
        request,
        "draft_section.html",
        status_code=400 if faults else 200,
        title=SECTIONS[section][0],
        path=f"/drafts/{found.id}",
        sources=SOURCES,
        action=f"/drafts/{found.id}/{section.value}",
        questions=found.shown(section),
        replies={each.question: each for each in found.replies},
        wordings={each.code: each.wording for each in found.shown(section)},
        posted=posted,
        faults=faults,
    )


def _look_at(node: Node, caller: Caller, identifier: str) -> DraftView:
    found, names = node.requesting.get(caller, identifier), Names(node)
    unanswered = found.unanswered()
    return DraftView(
        path=f"/drafts/{found.id}",
        dataset_title=names.dataset(found.dataset),
        dataset_path=f"/datasets/{found.dataset}",
        recipient=names.body(found.recipient),
        purpose=names.purpose(found.purpose),
        tasks=tuple(_task(found, section, unanswered) for section in Section),
        open=len(unanswered),
        form=view_answers([each for section in Section for each in found.asked(section)], found.replies),
    )


def _task(found: RequestDraft, section: Section, unanswered: tuple[Question, ...]) -> TaskView:
    title, hint = SECTIONS[section]
    open_here = sum(each.section is section for each in unanswered)
    return TaskView(title, f"/drafts/{found.id}/{section.value}", hint, open_here, _PROGRESS[found.progress(section)])
