"""The page of an agreement that stands by for an emergency: switch it on and off, and review what was done."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.core import CommonwealError, InputError, NotFoundError, RefusedError
from commonweal.node import Caller, Node
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .agreements import look_at
from .emergency_view import hours_of
from .posted import Posted, ThePosted, faults_of
from .requests import SEE_OTHER

router = APIRouter(include_in_schema=False)

_FIELDS = {"on": "reason", "off": "reason", "review": "finding"}
"""For each act the field of its form that says why."""


@router.get("/agreements/{identifier}/emergency")
def emergency(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show whether an agreement is switched on, who may do it, and every time that it was."""
    return _show(request, node, caller, identifier, Posted())


@router.post("/agreements/{identifier}/emergency")
def act(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted, identifier: str) -> Response:
    """Switch it on or off, or keep a review, and show how it stands then."""
    try:
        _carry_out(node, caller, posted, identifier)
    except NotFoundError:
        raise
    except (InputError, RefusedError) as error:
        return _show(request, node, caller, identifier, posted, error)
    return RedirectResponse(f"/agreements/{identifier}/emergency", status_code=SEE_OTHER)


def _carry_out(node: Node, caller: Caller, posted: Posted, identifier: str) -> None:
    wanted = posted.text("act")
    if wanted == "on":
        reason = posted.sentence("reason", "Say why it is switched on; both bodies read it.")
        node.emergencies.activate(caller, identifier, reason, hours_of(posted, "hours"))
    elif wanted == "off":
        reason = posted.sentence("reason", "Say why it is no longer needed.")
        node.emergencies.deactivate(caller, identifier, reason)
    else:
        node.emergencies.review(caller, identifier, posted.sentence("finding", "Say what you found."))


def _show(
    request: Request,
    node: Node,
    caller: Caller,
    identifier: str,
    posted: Posted,
    error: CommonwealError | None = None,
) -> Response:
    view = look_at(request, node, caller, identifier)
    if view.emergency is None:
        raise NotFoundError(f"Agreement {identifier} is not made for emergencies.", advice="It needs no switching on.")
    faults = faults_of(error, _FIELDS.get(posted.text("act"), "reason")) if error else ()
    status = error.outcome.status if error else 200
    return render(request, "emergency.html", status_code=status, view=view, posted=posted, faults=faults)
