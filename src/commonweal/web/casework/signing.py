"""The page of the other side's signature: what is signed, and for which side."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.agree import awaited_body, offered_by, terms_digest
from commonweal.identity import Permission
from commonweal.node import StaleSignInError
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .agreements import look_at
from .names import Names
from .requests import SEE_OTHER
from .stale import render_stale
from .wording import roles_that_may

router = APIRouter(include_in_schema=False)


@router.get("/agreements/{identifier}/signature")
def signature_form(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show what the other side's signature would be put under, and what it puts in force."""
    view, names = look_at(request, node, caller, identifier), Names(node)
    found = node.asking.get_agreement(caller, identifier)
    awaited, offer = awaited_body(found), offered_by(found)
    is_open = view.state == "offered" and bool(awaited)
    return render(
        request,
        "signature.html",
        view=view,
        digest=terms_digest(found),
        edition=found.edition,
        side=names.body(awaited) if is_open else "",
        offered_by=names.person(offer.person) if offer else "",
        offered_at=offer.at if offer else None,
        offering_side=names.body(offer.body) if offer else "",
        may_sign=view.may_sign,
        who_signs=roles_that_may(Permission.AGREE),
    )


@router.post("/agreements/{identifier}/signature")
def sign(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Sign an offered agreement for the side that has not, and go to it."""
    try:
        node.signing.sign(caller, identifier)
    except StaleSignInError as error:
        return render_stale(request, error, f"/agreements/{identifier}/signature", caller)
    return RedirectResponse(f"/agreements/{identifier}", status_code=SEE_OTHER)
