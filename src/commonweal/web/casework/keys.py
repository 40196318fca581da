"""The pages of keys: the register, one key, what its leak would expose, and an agreement's security case."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from commonweal.identity import Permission
from commonweal.node import Front
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .custody import as_csv, view_exposure, view_key, view_keys
from .names import Names
from .record import refuse_record

router = APIRouter(include_in_schema=False)

KeyName = Annotated[str, Query(max_length=200)]


@router.get("/keys")
def keys(request: Request, node: TheNode, caller: TheSignedIn) -> Response:
    """Show the key register of the person's body."""
    if refusal := refuse_record(request, caller):
        return refusal
    view = view_keys(node.keys.list(caller), Names(node), node.parts.clock.now())
    return render(request, "keys.html", view=view)


@router.get("/keys.csv")
def keys_as_csv(node: TheNode, caller: TheSignedIn) -> Response:
    """Give the key register as CSV."""
    headers = {"Content-Disposition": 'attachment; filename="key-register.csv"'}
    return Response(as_csv(node.keys.list(caller)), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/keys/show")
def key(request: Request, node: TheNode, caller: TheSignedIn, key: KeyName = "") -> Response:
    """Show one key whole."""
    if refusal := refuse_record(request, caller):
        return refusal
    view = view_key(node.keys.show(caller, key), Names(node), node.parts.clock.now())
    return render(request, "key.html", view=view)


@router.get("/keys/exposure")
def exposure(request: Request, node: TheNode, caller: TheSignedIn, key: KeyName = "") -> Response:
    """Show what is lost if a key leaks, and what to do."""
    if not caller.may(Permission.MANAGE_KEYS, caller.person.body) and (refusal := refuse_record(request, caller)):
        return refusal
    view = view_exposure(node.keys.exposure(caller, key), Names(node), node.parts.clock.now())
    return render(request, "exposure.html", view=view)


@router.get("/agreements/{identifier}/security-case")
def security_case(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show what guards an agreement, to its parties."""
    front: Front = request.app.state.front
    case, names = node.security_cases.make(caller, identifier, is_secure=front.is_secure), Names(node)
    return render(request, "security_case.html", case=case, names=names, as_at=node.parts.clock.now())
