"""The pages of an agreement's documents: each to read and print, and as a file."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from commonweal.agree import DocumentName, describe_document
from commonweal.node import Front
from commonweal.web.doors.documents import Form, answer_with
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

router = APIRouter(include_in_schema=False)


@router.get("/agreements/{identifier}/documents/{document}.{form}")
def document_as_file(
    request: Request, node: TheNode, caller: TheSignedIn, identifier: str, document: DocumentName, form: Form
) -> Response:
    """Give one document of an agreement as a file."""
    front: Front = request.app.state.front
    made = node.documents.read(caller, identifier, document, form=form, is_secure=front.is_secure)
    return answer_with(node, made, form)


@router.get("/agreements/{identifier}/documents/{document}")
def document(request: Request, node: TheNode, caller: TheSignedIn, identifier: str, document: DocumentName) -> Response:
    """Show one document of an agreement, to read and to print."""
    front: Front = request.app.state.front
    made = node.documents.read(caller, identifier, document, form="page", is_secure=front.is_secure)
    path = f"/agreements/{made.provenance.agreement}"
    return render(request, "document.html", document=describe_document(made), path=path, name=document.value)
