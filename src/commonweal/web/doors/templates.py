"""The templates of access requests by REST, for anybody."""

from typing import Any

from fastapi import APIRouter

from commonweal.node import describe_template, find_template, list_templates
from commonweal.web.state import TheNode

router = APIRouter(prefix="/api/v1/templates")

Answer = dict[str, Any]


@router.get("", tags=["request"], operation_id="listTemplates")
def templates(node: TheNode) -> Answer:
    """List the common cases that an access request can start from."""
    return {"templates": [describe_template(each, node.parts.pack) for each in list_templates()]}


@router.get("/{code}", tags=["request"], operation_id="showTemplate")
def template(node: TheNode, code: str) -> Answer:
    """Return one template: when to use it, its law, how little usually does, the terms and answers it proposes."""
    return describe_template(find_template(code), node.parts.pack)
