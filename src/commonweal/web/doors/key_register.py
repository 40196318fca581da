"""The key register by REST: every key, one key, what its leak would expose, and the security case of an agreement."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from commonweal.insight import describe_case, describe_detail, describe_entry, describe_exposure
from commonweal.node import Front
from commonweal.web.state import TheNode, ThePerson

router = APIRouter(prefix="/api/v1")

Answer = dict[str, Any]
KeyName = Annotated[str, Query(max_length=200)]


@router.get("/keys", tags=["keys"], operation_id="listKeys")
def list_keys(node: TheNode, caller: ThePerson) -> Answer:
    """List the key register: what each key is for, where it lies, who could use it, what it opens, when it is due."""
    return {"keys": [describe_entry(each) for each in node.keys.list(caller)]}


@router.get("/keys/show", tags=["keys"], operation_id="showKey")
def show_key(node: TheNode, caller: ThePerson, key: KeyName) -> Answer:
    """Return everything that is known of one key: each version, and every file and agreement that they open."""
    return {**describe_detail(node.keys.show(caller, key))}


@router.get("/keys/exposure", tags=["keys"], operation_id="showExposure")
def show_exposure(node: TheNode, caller: ThePerson, key: KeyName) -> Answer:
    """Return what is lost if a key leaks, what a thief would need besides, and what to do, in order."""
    return {**describe_exposure(node.keys.exposure(caller, key))}


@router.get("/agreements/{agreement}/security-case", tags=["keys"], operation_id="showSecurityCase")
def show_security_case(request: Request, node: TheNode, caller: ThePerson, agreement: str) -> Answer:
    """Return what guards an agreement: what is sealed for whom under which keys, and what cannot be taken back."""
    front: Front = request.app.state.front
    return {**describe_case(node.security_cases.make(caller, agreement, is_secure=front.is_secure))}
