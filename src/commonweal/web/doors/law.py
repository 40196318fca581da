"""The law by REST, for anybody: the rule pack, its entries, and the way from one body to another."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from commonweal.node import FindCommand, describe_entry, describe_pack, find_law, list_entries
from commonweal.web.state import TheNode, ThePerson

from .forms import Form

router = APIRouter(prefix="/api/v1/law")

Answer = dict[str, Any]
Name = Annotated[str, Query(max_length=200)]
Words = Annotated[str, Query(max_length=300)]


class PackForm(Form):
    """Adopt a body's own rule pack; `pack` is its whole text, YAML as `pack.schema.json` has it with `scope: local`."""

    pack: str = Field(min_length=1, max_length=1 << 20)


@router.get("/packs", tags=["law"], operation_id="listRulePacks")
def list_packs(node: TheNode, caller: ThePerson) -> Answer:  # noqa: ARG001  only people are told who adopted a pack
    """Return the rule packs in force, who adopted each and when, and where they differ."""
    return node.rule_packs.describe()


@router.post("/packs", tags=["law"], operation_id="adoptRulePack", status_code=201)
def adopt_pack(node: TheNode, caller: ThePerson, form: PackForm) -> Answer:
    """Adopt the node's own body's rule pack beside the common one, signed and in force at once."""
    node.rule_packs.adopt(caller, form.pack.encode("utf-8", "replace"))
    return node.rule_packs.describe()


@router.post("/packs/{digest}/withdrawal", tags=["law"], operation_id="withdrawRulePack")
def withdraw_pack(node: TheNode, caller: ThePerson, digest: str) -> Answer:
    """Apply a local rule pack no longer; what is left in force is returned."""
    node.rule_packs.withdraw(caller, digest)
    return node.rule_packs.describe()


@router.get("/pack", tags=["law"], operation_id="showRulePack")
def show_pack(node: TheNode) -> Answer:
    """Return which rule pack the node applies: its version, date, digest and how much it holds."""
    pack = node.parts.pack
    return {**describe_pack(pack), "disclaimer": pack.disclaimer}


@router.get("/entries", tags=["law"], operation_id="listLaw")
def list_law(node: TheNode, topic: Name = "") -> Answer:
    """List the legal gateways and other provisions of the rule pack, or those of one topic."""
    return {"entries": list_entries(node.parts.pack, topic)}


@router.get("/entries/{identifier}", tags=["law"], operation_id="showLaw")
def show_law(node: TheNode, identifier: str) -> Answer:
    """Return one entry of the rule pack whole: who to whom, for what, on what conditions, how far it was checked."""
    return describe_entry(node.parts.pack, identifier)


@router.get("/ways", tags=["law"], operation_id="findWays")
def find_ways(
    node: TheNode,
    discloser: Annotated[str, Query(alias="from", max_length=200)],
    recipient: Annotated[str, Query(alias="to", max_length=200)],
    purpose: Words,
    data: Annotated[str, Query(max_length=3_000)] = "",
    nation: Name = "",
    regime: Name = "",
) -> Answer:
    """Return the legal gateways from one body to another, what each needs, what bars the way, and what needs less."""
    parts = node.parts
    command = FindCommand(discloser, recipient, purpose, data, nation, regime)
    found = find_law(command, parts.clock.now(), pack=parts.pack, register=parts.register, engine=parts.policy)
    return found.describe()
