"""The documents of an agreement by REST: which there are, and each as HTML, PDF or JSON."""

from typing import Any, Literal, TypeAlias

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from commonweal.agree import Document, DocumentName, Due, describe_document
from commonweal.node import Front, Node
from commonweal.web.document_view import whole_page
from commonweal.web.state import TheNode, ThePerson

router = APIRouter(prefix="/api/v1", tags=["agree"])

Answer = dict[str, Any]
Form: TypeAlias = Literal["html", "pdf", "json"]
FORMS: tuple[Form, ...] = ("html", "pdf", "json")


@router.get("/agreements/{agreement}/documents", operation_id="listDocuments")
def list_documents(node: TheNode, caller: ThePerson, agreement: str) -> Answer:
    """List the documents that an agreement gives rise to, and of the others why it does not; `odrl` is one beside."""
    found = node.asking.view_agreement(caller, agreement)
    path = f"/api/v1/agreements/{found.id}"
    documents = [_describe(each, path) for each in node.documents.list(found)]
    return {"agreement": found.id, "documents": documents, "odrl": f"{path}/odrl"}


@router.get("/agreements/{agreement}/documents/{document}.{form}", operation_id="readDocument")
def read_document(
    request: Request, node: TheNode, caller: ThePerson, agreement: str, document: DocumentName, form: Form
) -> Response:
    """Return one document of an agreement, composed from its signed terms; PDF is tagged (PDF/UA-1)."""
    front: Front = request.app.state.front
    made = node.documents.read(caller, agreement, document, form=form, is_secure=front.is_secure)
    return answer_with(node, made, form)


def answer_with(node: Node, made: Document, form: Form) -> Response:
    """Return the answer that carries a document in one form, as a file."""
    name = f"{made.provenance.agreement}-{made.name.value}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if form == "pdf":
        return Response(node.documents.typeset(made), media_type="application/pdf", headers=headers)
    if form == "json":
        return JSONResponse(describe_document(made), headers=headers)
    return Response(whole_page(made), media_type="text/html; charset=utf-8", headers=headers)


def _describe(due: Due, path: str) -> Answer:
    place = f"{path}/documents/{due.name.value}"
    return {
        "document": due.name.value,
        "title": due.title,
        "about": due.about,
        "due": not due.why_not,
        "why_not": due.why_not,
        **({} if due.why_not else {"forms": {form: f"{place}.{form}" for form in FORMS}}),
    }
