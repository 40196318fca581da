"""The pages of defects: raise one on a dataset, those of one's body, one with all that was said of it, its answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.core import CommonwealError, InputError
from commonweal.identity import Permission
from commonweal.node import Caller, DefectReport, Node
from commonweal.publish import Dataset, DatasetVersion, Defect, DefectStatus
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode
from commonweal.web.views import Link

from .cases import Tag
from .names import Names
from .posted import Fault, FormError, Posted, ThePosted, collect
from .requests import SEE_OTHER
from .wording import roles_that_may

router = APIRouter(include_in_schema=False)

_TAGS = {
    DefectStatus.RAISED: Tag("Raised", "yellow"),
    DefectStatus.ACCEPTED: Tag("Accepted", "blue"),
    DefectStatus.REJECTED: Tag("Rejected", "red"),
    DefectStatus.MENDED: Tag("Mended", "green"),
    DefectStatus.CLOSED: Tag("Closed", "grey"),
}
_STEPS = {
    DefectStatus.ACCEPTED: "Accepted: it is wrong and will be mended",
    DefectStatus.REJECTED: "Rejected: the data is right as it is",
    DefectStatus.MENDED: "Mended",
    DefectStatus.CLOSED: "Closed by the body that raised it",
}
_LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class DefectLine:
    """One defect in a list; `days` is how long it has been there."""

    path: str
    title: str
    place: str
    version: int
    raiser: str
    discloser: str
    text: str
    raised: datetime
    days: int
    tag: Tag


@dataclass(frozen=True, slots=True)
class StepView:
    """One thing that was said of a defect: what, by whom, when, and in their words."""

    what: str
    person: str
    body: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class DefectView:
    """A defect with all that was said of it, and what the person who looks may do."""

    id: str
    path: str
    line: DefectLine
    dataset: Link
    raised_by: str
    agreement: Link | None
    steps: tuple[StepView, ...]
    mended_in: int
    later: tuple[int, ...]
    may_answer: bool
    may_close: bool
    who_answers: str


@router.get("/defects")
def defects(request: Request, node: TheNode, caller: TheSignedIn) -> Response:
    """Show the defects of the person's body: those that wait for it, those it raised, and those that are settled."""
    found = node.defects.list_all(caller)
    names, now = Names(node), node.parts.clock.now()
    lines = [(each, _line(each, names, now)) for each in found]
    own = caller.person.body
    return render(
        request,
        "defects.html",
        own_name=names.body(own),
        waiting=[line for each, line in lines if each.is_open and each.discloser == own],
        raised=[line for each, line in lines if each.is_open and each.discloser != own],
        settled=[line for each, line in reversed(lines) if not each.is_open],
        may_answer=caller.may(Permission.PUBLISH, own),
        who_answers=roles_that_may(Permission.PUBLISH),
    )


@router.get("/defects/{identifier}")
def defect(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show one defect: where it is, what was said of it, and the version that has it mended."""
    return _show(request, node, caller, identifier, Posted(), ())


@router.post("/defects/{identifier}/answer")
def answer(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted, identifier: str) -> Response:
    """Answer a defect as a steward, and go to it."""
    try:
        collect(partial(posted.some, "outcome", "Choose an answer."))
        is_mended = posted.text("outcome") == "mended"
        version = _number(posted, "version") if is_mended else None
        node.defects.answer(caller, identifier, posted.text("outcome"), posted.text("text"), version)
    except InputError as error:
        return _show(request, node, caller, identifier, posted, _faults(error))
    return RedirectResponse(f"/defects/{identifier}", status_code=SEE_OTHER)


@router.post("/defects/{identifier}/closing")
def close(node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Close a defect as the body that raised it, and go to it."""
    node.defects.close(caller, identifier)
    return RedirectResponse(f"/defects/{identifier}", status_code=SEE_OTHER)


@router.get("/datasets/{body}/{name}/defect")
def defect_form(
    request: Request,
    node: TheNode,
    caller: TheSignedIn,
    body: str,
    name: str,
    field: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """Show the form by which a consumer raises a defect on a dataset."""
    return _show_form(request, node, caller, node.datasets.get(f"{body}/{name}"), Posted({"field": [field]}))


@router.post("/datasets/{body}/{name}/defect")
def report(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted, body: str, name: str) -> Response:
    """Raise a defect on a dataset, and go to it."""
    dataset = node.datasets.get(f"{body}/{name}")
    try:
        raised = node.defects.report(caller, _report(posted, dataset))
    except InputError as error:
        return _show_form(request, node, caller, dataset, posted, error=error)
    return RedirectResponse(f"/defects/{raised.id}", status_code=SEE_OTHER)


def _report(posted: Posted, dataset: Dataset) -> DefectReport:
    row, version = _number(posted, "row"), _number(posted, "version")
    return DefectReport(dataset.id, posted.text("text"), posted.text("field"), row, version)


def _number(posted: Posted, name: str) -> int | None:
    text = posted.text(name).replace(",", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_NUMBER:
        raise FormError(Fault(name, "Give a whole number, such as 12."))
    return int(text)


def _faults(error: CommonwealError) -> tuple[Fault, ...]:
    """Return what an error says of either form, each fault at the field that it is about."""
    if isinstance(error, FormError):
        return error.faults
    sentences = error.reasons or (f"{error} {error.advice()}",)
    return tuple(Fault(_place(each), each) for each in sentences)


def _place(sentence: str) -> str:
    if sentence.startswith("Version "):
        return "row"
    if "version" in sentence:
        return "version"
    return "field" if "field" in sentence else "text"


def _show_form(
    request: Request,
    node: Node,
    caller: Caller,
    dataset: Dataset,
    posted: Posted,
    *,
    error: CommonwealError | None = None,
) -> Response:
    versions = node.datasets.versions(dataset)
    return render(
        request,
        "defect_form.html",
        status_code=200 if error is None else error.outcome.status,
        dataset=dataset,
        publisher=Names(node).body(dataset.body),
        fields=[("", "No one field"), *((each, each) for each in dataset.contract.field_names())],
        versions=_version_choices(versions),
        posted=posted,
        faults=_faults(error) if error else (),
        may_raise=bool(versions) and node.defects.may_report(caller, dataset),
        is_published=bool(versions),
    )


def _version_choices(versions: Iterable[DatasetVersion]) -> list[tuple[str, str]]:
    return [(str(each.number), f"Version {each.number}, {each.published:%-d %B %Y}") for each in versions]


def _show(
    request: Request, node: Node, caller: Caller, identifier: str, posted: Posted, faults: tuple[Fault, ...]
) -> Response:
    found = node.defects.view(caller, identifier)
    view = _view(node, caller, found)
    return render(request, "defect.html", status_code=400 if faults else 200, view=view, posted=posted, faults=faults)


def _view(node: Node, caller: Caller, found: Defect) -> DefectView:
    names, now = Names(node), node.parts.clock.now()
    versions = node.datasets.versions(node.datasets.get(found.dataset))
    answers = caller.may(Permission.PUBLISH, found.discloser)
    return DefectView(
        id=found.id,
        path=f"/defects/{found.id}",
        line=_line(found, names, now),
        dataset=Link(names.dataset(found.dataset), f"/datasets/{found.dataset}"),
        raised_by=names.person(found.raised_by),
        agreement=_counted_in(found),
        steps=tuple(
            StepView(_told(found, each.status), names.person(each.person), names.body(each.body), each.at, each.text)
            for each in found.steps
        ),
        mended_in=found.mended_in,
        later=tuple(each.number for each in versions if each.number > found.version),
        may_answer=answers and found.is_open,
        may_close=caller.person.body == found.raiser and found.status is not DefectStatus.CLOSED,
        who_answers=roles_that_may(Permission.PUBLISH) if found.is_open and not answers else "",
    )


def _counted_in(found: Defect) -> Link | None:
    path = f"/agreements/{found.agreement}"
    return Link(f"What agreement {found.agreement} opens", path) if found.agreement else None


def _told(found: Defect, status: DefectStatus) -> str:
    where = f" in version {found.mended_in}" if status is DefectStatus.MENDED else ""
    return f"{_STEPS[status]}{where}"


def _line(found: Defect, names: Names, now: datetime) -> DefectLine:
    return DefectLine(
        path=f"/defects/{found.id}",
        title=names.dataset(found.dataset),
        place=found.place,
        version=found.version,
        raiser=names.body(found.raiser),
        discloser=names.body(found.discloser),
        text=found.text,
        raised=found.raised,
        days=(now - found.raised).days,
        tag=_TAGS[found.status],
    )
