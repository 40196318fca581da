"""The pages of agreements: those of one's body, one with its history, and its end."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.agree import Agreement, to_odrl
from commonweal.core import InputError
from commonweal.node import Caller, Front, Node
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .agreed import AgreementView, view_agreement, view_agreements
from .duties import view_duties, view_standing
from .names import Names
from .posted import Posted, ThePosted, faults_of
from .recent import find_recent
from .requests import SEE_OTHER
from .trail import EventLine, Logged, view_event

router = APIRouter(include_in_schema=False)


@router.get("/agreements")
def agreements(
    request: Request, node: TheNode, caller: TheSignedIn, state: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Show the agreements of the person's body, those of one state where one is chosen."""
    found = node.asking.list_agreements(caller)
    view = view_agreements(found, caller, Names(node), node.parts.clock.now(), state)
    chosen = Posted({"state": (state,)})
    duties = view_duties(node.duties.list_due(caller), Names(node))
    return render(request, "agreements.html", view=view, duties=duties, posted=chosen)


@router.get("/agreements/{identifier}")
def agreement(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show one agreement: its terms, its history with proofs, how to read it."""
    view, found = look_at(request, node, caller, identifier), node.asking.get_agreement(caller, identifier)
    duties = view_standing(node, found, caller)
    return render(request, "agreement.html", view=view, duties=duties)


@router.get("/agreements/{identifier}/odrl")
def agreement_as_odrl(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Give one agreement as ODRL 2.2 in JSON-LD."""
    found = node.asking.view_agreement(caller, identifier)
    answer = to_odrl(found, base=str(request.base_url).rstrip("/"))
    return JSONResponse(answer, media_type="application/ld+json")


@router.get("/agreements/{identifier}/revocation")
def revocation_form(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show what revoking does and what it cannot take back, and ask for the reason."""
    view = look_at(request, node, caller, identifier)
    return render(request, "revocation.html", view=view, posted=Posted(), faults=())


@router.post("/agreements/{identifier}/revocation")
def revoke(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted, identifier: str) -> Response:
    """End an agreement for a stated reason, and go to it."""
    try:
        reason = posted.sentence("reason", "Say why the agreement ends; the recipient reads it.")
        node.asking.revoke(caller, identifier, reason)
    except InputError as error:
        view, faults = look_at(request, node, caller, identifier), faults_of(error, "reason")
        status = error.outcome.status
        return render(request, "revocation.html", status_code=status, view=view, posted=posted, faults=faults)
    return RedirectResponse(f"/agreements/{identifier}", status_code=SEE_OTHER)


def look_at(request: Request, node: Node, caller: Caller, identifier: str) -> AgreementView:
    """Return an agreement as its pages show it; the access is recorded.

    Raises:
        NotFoundError: there is none, or it is between other bodies.
    """
    found: Agreement = node.asking.view_agreement(caller, identifier)
    history = node.auditing.history(caller, found.id, (found.discloser, found.recipient))
    names, front = Names(node), _front(request)
    now = node.parts.clock.now()
    recent = find_recent(history.events, caller, now)

    def told(each: Logged) -> EventLine:
        return view_event(each, names, provable=node.auditing.may_read(caller, each.event))

    return view_agreement(
        found,
        caller=caller,
        names=names,
        now=now,
        events=tuple(told(each) for each in history.events),
        counts=history.counts,
        documents=node.documents.list(found),
        url=front.url or node.parts.settings.url,
        acts=node.living.acts(caller, found),
        emergency=node.emergencies.standing(found),
        done=told(recent) if recent else None,
    )


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front
