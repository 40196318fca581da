"""The pages of what waits: an appeal against a refusal, and for anybody how many requests wait for each body."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.core import InputError
from commonweal.request import WORKING_DAYS, RequestKind
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .names import Names
from .posted import Posted, ThePosted, faults_of
from .requests import SEE_OTHER, look_at

router = APIRouter(include_in_schema=False)

_KINDS = {
    RequestKind.OPEN: "Nothing about people",
    RequestKind.PERSONAL: "Something about people",
    RequestKind.URGENT: "A duty to share, or an emergency",
}


@router.get("/waiting")
def waiting(request: Request, node: TheNode) -> Response:
    """Show how many access requests wait for each body and how many are overdue; anybody may see it."""
    names = Names(node)
    rows = [(names.body(each.body), each.waiting, each.overdue, each.oldest) for each in node.waiting.ageing()]
    days = [(_KINDS[kind], count) for kind, count in WORKING_DAYS.items()]
    return render(request, "waiting.html", rows=rows, days=days)


@router.get("/requests/{identifier}/appeal")
def appeal_form(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show the form by which a body that was refused appeals."""
    return render(request, "appeal.html", view=look_at(node, caller, identifier), posted=Posted(), faults=())


@router.post("/requests/{identifier}/appeal")
def appeal(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted, identifier: str) -> Response:
    """Appeal a refusal, and go to the request."""
    try:
        node.waiting.appeal(caller, identifier, posted.sentence("reason", "Say why the answer should be another."))
    except InputError as error:
        view, faults = look_at(node, caller, identifier), faults_of(error, "reason")
        return render(request, "appeal.html", status_code=error.outcome.status, view=view, posted=posted, faults=faults)
    return RedirectResponse(f"/requests/{identifier}", status_code=SEE_OTHER)
