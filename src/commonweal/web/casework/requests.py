"""The pages of access requests: those of one's body, one with all that came of it, a person's ruling, a signature."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.core import CommonwealError, InputError
from commonweal.node import Caller, Node, NoRecipientError, RuleCommand, StaleSignInError
from commonweal.request import AccessRequest
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .cases import RequestView, view_request, view_requests
from .demanded import DOOR_CHOICES, ONWARD, conditions_of
from .emergency_view import hours_of
from .names import Names
from .posted import Posted, ThePosted, collect, faults_of
from .proposed import with_proposed
from .recent import tell_recent
from .stale import render_stale
from .wording import REFUSALS

router = APIRouter(include_in_schema=False)

SEE_OTHER = 303
_CHOICES = {"doors": DOOR_CHOICES, "onward": ONWARD}
_NO_FIELD = "Tick at least one field, or refuse the request."
_SENTENCES = {
    "reason": "Choose the kind of reason.",
    "text": "Say in a sentence why the request is refused.",
    "would_change": "Say what would change the answer.",
}
"""For each field of a refusal what is said when it is left out."""


@router.get("/requests")
def requests(request: Request, node: TheNode, caller: TheSignedIn) -> Response:
    """Show the access requests of the person's body, those that wait for the person first."""
    drafts = node.requesting.list_all(caller)
    view = view_requests(node.asking.list_requests(caller), caller, Names(node), node.waiting.standing, drafts)
    return render(request, "requests.html", view=view)


@router.get("/requests/{identifier}")
def access_request(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show one access request: the question, the answer of law and policy, the ruling, the agreement."""
    return render(request, "request.html", view=look_at(node, caller, identifier))


@router.get("/requests/{identifier}/permission")
def permission_form(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show the form by which a named person permits a request, in whole or in part."""
    view = look_at(node, caller, identifier)
    posted = with_proposed(_as_asked(view), view, node.parts.clock.now())
    return render(request, "permission.html", status_code=200, view=view, posted=posted, faults=(), **_CHOICES)


@router.post("/requests/{identifier}/permission")
def permit(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted, identifier: str) -> Response:
    """Permit a request within what was asked for, and go to it."""
    asked = node.asking.get_request(caller, identifier).request
    try:
        node.asking.rule(caller, identifier, permission_of(posted, asked))
    except (InputError, NoRecipientError) as error:
        return _show_again(request, "permission.html", look_at(node, caller, identifier), posted, error, "fields")
    return RedirectResponse(f"/requests/{identifier}", status_code=SEE_OTHER)


@router.get("/requests/{identifier}/refusal")
def refusal_form(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show the form by which a named person refuses a request."""
    view = look_at(node, caller, identifier)
    return render(request, "refusal.html", view=view, posted=Posted(), faults=(), codes=REFUSALS)


@router.post("/requests/{identifier}/refusal")
def refuse(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted, identifier: str) -> Response:
    """Refuse a request with a coded reason, a sentence and what would change it, and go to it."""
    try:
        node.asking.rule(caller, identifier, refusal_of(posted))
    except InputError as error:
        return _show_again(request, "refusal.html", look_at(node, caller, identifier), posted, error, "reason")
    return RedirectResponse(f"/requests/{identifier}", status_code=SEE_OTHER)


@router.post("/requests/{identifier}/signature")
def sign(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Sign the agreement that a ruling permits, and go to it; who signed in long ago is told how to get back here."""
    try:
        agreement = node.asking.agree(caller, identifier)
    except StaleSignInError as error:
        return render_stale(request, error, f"/requests/{identifier}", caller)
    return RedirectResponse(f"/agreements/{agreement.id}", status_code=SEE_OTHER)


def look_at(node: Node, caller: Caller, identifier: str) -> RequestView:
    """Return an access request as its pages show it; the access is recorded.

    Raises:
        NotFoundError: there is none, or it is between other bodies.
    """
    stored, names = node.asking.view_request(caller, identifier), Names(node)
    return view_request(
        stored.request,
        stored.decision,
        stored.ruling,
        caller=caller,
        names=names,
        contract=node.datasets.get(stored.request.dataset).contract.fields,
        agreement=node.asking.find_agreement_of(stored.request),
        waits=node.waiting.standing(stored.request),
        done=tell_recent(stored.request, stored.ruling, caller, names, node.parts.clock.now()),
        deciders=node.asking.deciders.of_request(caller, stored.request, stored.decision),
    )


def permission_of(posted: Posted, asked: AccessRequest) -> RuleCommand:
    """Return the permission that a form gives.

    Raises:
        FormError: no field is ticked, a day is none, or a number is none.
    """
    collect(
        lambda: posted.some("fields", _NO_FIELD),
        lambda: posted.last_day("until"),
        lambda: conditions_of(posted),
        lambda: hours_of(posted, "standby_hours"),
    )
    return RuleCommand(
        permit=True,
        fields=posted.choices("fields"),
        rows=posted.lines("rows"),
        tokenise=posted.choices("tokenise"),
        until=posted.last_day("until", unless=asked.until),
        sealed=bool(posted.choices("sealed")),
        countersign=bool(posted.choices("countersign")),
        conditions=conditions_of(posted),
        as_asked=True,
        officers=posted.lines("officers"),
        standby_hours=hours_of(posted, "standby_hours"),
    )


def refusal_of(posted: Posted) -> RuleCommand:
    """Return the refusal that a form gives.

    Raises:
        FormError: something is left out; every gap is named.
    """
    collect(*(partial(posted.sentence, name, missing) for name, missing in _SENTENCES.items()))
    reason, text, would_change = (posted.text(name) for name in _SENTENCES)
    return RuleCommand(permit=False, reason=reason, text=text, would_change=would_change)


def _as_asked(view: RequestView) -> Posted:
    """Return the form of a permission filled in with what was asked for."""
    fields: dict[str, Sequence[str]] = {"fields": tuple(each.name for each in view.fields)}
    if view.last_day:
        day = view.last_day
        fields |= {"until-day": (str(day.day),), "until-month": (str(day.month),), "until-year": (str(day.year),)}
    return Posted(fields)


def _show_again(
    request: Request, template: str, view: RequestView, posted: Posted, error: CommonwealError, elsewhere: str
) -> Response:
    faults = faults_of(error, elsewhere)
    status = error.outcome.status
    return render(
        request, template, status_code=status, view=view, posted=posted, faults=faults, codes=REFUSALS, **_CHOICES
    )
