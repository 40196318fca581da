"""The pages of templates, for anybody: the common cases that an access request can start from, and one of them."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from commonweal.node import describe_template, find_template, list_templates
from commonweal.request import QUESTIONS
from commonweal.web.rendering import render
from commonweal.web.state import TheNode

router = APIRouter(include_in_schema=False)


@router.get("/templates")
def templates(request: Request, node: TheNode) -> Response:
    """Show the common cases of sharing."""
    pack = node.parts.pack
    found = [describe_template(each, pack) for each in list_templates()]
    return render(request, "templates.html", templates=found, pack=pack)


@router.get("/templates/{code}")
def template(request: Request, node: TheNode, code: str) -> Response:
    """Show one case: when to use it, its law, how little usually does, the terms and answers it proposes."""
    pack = node.parts.pack
    found = describe_template(find_template(code), pack)
    wordings = {each.code: each for each in QUESTIONS}
    return render(request, "template.html", case=found, pack=pack, questions=wordings)
