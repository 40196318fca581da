"""Partners by REST: bodies that no public register here holds, made known to the node by their number and name."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from commonweal.identity import PublicBody, parse_partner
from commonweal.web.state import TheNode, ThePerson

from .forms import Form, Word

router = APIRouter(prefix="/api/v1", tags=["identity"])

Answer = dict[str, Any]


class PartnerForm(Form):
    """A charity, supplier, university, school, housing provider or utility, by the register that numbers it."""

    number: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    kind: Word
    nation: str = Field(default="", max_length=20)
    slug: str = Field(default="", max_length=150)


@router.post("/partners", operation_id="addPartner", status_code=201)
def add_partner(node: TheNode, caller: ThePerson, form: PartnerForm) -> Answer:
    """Make a partner known to the node; from then on it is named like any body."""
    return partner_answer(node.partners.add(caller, parse_partner(**form.model_dump())))


@router.get("/partners", operation_id="listPartners")
def list_partners(node: TheNode, caller: ThePerson) -> Answer:  # noqa: ARG001  only people of the node may ask
    """List the partners that the node knows."""
    return {"partners": [partner_answer(each) for each in node.partners.list()]}


def partner_answer(body: PublicBody) -> Answer:
    """Return a partner as the node tells it."""
    return {
        "body": body.slug,
        "name": body.name,
        "register": body.id,
        "kind": body.kind.value,
        "sector": body.sector.value,
        "nation": body.nation,
    }
