"""The pages of acts on keys: what waits for a second person, a proposal and its end, and certificates."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as PathParameter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.core import CommonwealError, NotFoundError, RefusedError
from commonweal.identity import Permission
from commonweal.keys import SHREDDED, KeyAct, SecondPersonError, read_certificate
from commonweal.node import Caller, Node
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .names import Names
from .posted import Posted, ThePosted, faults_of
from .record import LAST_EVENT
from .requests import SEE_OTHER
from .wording import describe_roles, roles_that_may

router = APIRouter(include_in_schema=False)

ACTS = {
    KeyAct.ROTATE: "Rotate a key",
    KeyAct.CONTAIN: "Contain the leak of a key",
    KeyAct.SHRED_VERSION: "Shred a version of a dataset",
    KeyAct.SHRED_AGREEMENT: "Shred what an agreement opened",
    KeyAct.SHRED_BODY: "Shred everything of a body",
}


@router.get("/keys/acts")
def acts(request: Request, node: TheNode, caller: TheSignedIn) -> Response:
    """Show what waits for a second person, how far rotations are, and certificates."""
    if refusal := _closed_to(request, caller):
        return refusal
    return _show(request, node, caller, Posted())


def _show(
    request: Request, node: Node, caller: Caller, posted: Posted, error: CommonwealError | None = None
) -> Response:
    can_read = caller.may(Permission.READ_LOG, caller.person.body)
    certified = node.acts.certificates(caller) if can_read else []
    return render(
        request,
        "key_acts.html",
        status_code=error.outcome.status if error else 200,
        waiting=node.acts.waiting(caller),
        rotations=[each for each in node.acts.rotations(caller) if each.left],
        certificates=[(each.index, read_certificate(each.event)) for each in certified],
        acts=ACTS,
        names=Names(node),
        posted=posted,
        faults=faults_of(error, "subject") if error else (),
    )


@router.get("/keys/acts/propose")
def proposal_form(
    request: Request,
    node: TheNode,
    caller: TheSignedIn,
    act: Annotated[str, Query(max_length=40)] = "",
    subject: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Show the same page with the act and its subject filled in, as links elsewhere ask."""
    if refusal := _closed_to(request, caller):
        return refusal
    return _show(request, node, caller, Posted({"act": [act], "subject": [subject]}))


@router.post("/keys/acts")
def propose(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted) -> Response:
    """Propose an act, and go to where it waits, or to what was done at once."""
    try:
        reason = posted.sentence("reason", "Say why; the log keeps it.")
        done = node.acts.propose(caller, posted.text("act"), posted.text("subject"), reason)
    except SecondPersonError:
        return RedirectResponse("/keys/acts", status_code=SEE_OTHER)
    except RefusedError:
        raise
    except CommonwealError as error:
        return _show(request, node, caller, posted, error)
    return RedirectResponse(f"/keys/acts/{done.proposal.id}", status_code=SEE_OTHER)


@router.get("/keys/acts/{identifier}")
def proposal_page(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show one proposal: what it does, who proposed it, who could confirm it."""
    if refusal := _closed_to(request, caller):
        return refusal
    view = node.acts.view(caller, identifier)
    is_mine = caller.person.id == view.proposal.proposed_by
    return render(request, "key_act.html", view=view, acts=ACTS, is_mine=is_mine, names=Names(node))


@router.post("/keys/acts/{identifier}/confirmation")
def confirm(node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Confirm a proposal as the second person, see it done, and go to it."""
    done = node.acts.confirm(caller, identifier)
    return RedirectResponse(f"/keys/acts/{done.proposal.id}", status_code=SEE_OTHER)


@router.post("/keys/acts/{identifier}/withdrawal")
def withdraw(node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Withdraw a proposal, and go to what waits."""
    node.acts.withdraw(caller, identifier)
    return RedirectResponse("/keys/acts", status_code=SEE_OTHER)


@router.get("/keys/acts/certificates/{index}")
def certificate(
    request: Request, node: TheNode, caller: TheSignedIn, index: Annotated[int, PathParameter(ge=0, le=LAST_EVENT)]
) -> Response:
    """Show a certificate of shredding, with the address of its proof, to be printed."""
    proven = node.auditing.examine(caller, index)
    if proven.event.name != SHREDDED:
        raise NotFoundError(f"Event {index} is no certificate.")
    found = read_certificate(proven.event)
    names = Names(node)
    people = [names.person(each) for each in found.people]
    return render(request, "certificate.html", certificate=found, people=people, index=index, names=names)


def _closed_to(request: Request, caller: Caller) -> Response | None:
    """Return the page that says which roles may manage keys, unless the caller may."""
    own = caller.person.body
    if caller.is_operator or caller.may(Permission.MANAGE_KEYS, own):
        return None
    roles, could = describe_roles(caller.person.roles), roles_that_may(Permission.MANAGE_KEYS)
    return render(request, "closed_record.html", status_code=403, roles=roles, could=could, what="manage keys")
