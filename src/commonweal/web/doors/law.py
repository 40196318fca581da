"""The law by REST, for anybody: the rule pack, its entries, and the way from one body to another."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from commonweal.node import FindCommand, describe_entry, describe_pack, find_law, list_entries
from commonweal.web.state import TheNode

router = APIRouter(prefix="/api/v1/law")

Answer = dict[str, Any]
Name = Annotated[str, Query(max_length=200)]
Words = Annotated[str, Query(max_length=300)]


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
) -> Answer:
    """Return the legal gateways from one body to another, what each needs, what bars the way, and what needs less."""
    parts = node.parts
    command = FindCommand(discloser, recipient, purpose, data, nation)
    found = find_law(command, parts.clock.now(), pack=parts.pack, register=parts.register, engine=parts.policy)
    return found.describe()
