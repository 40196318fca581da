"""The pages of the law, for anybody: what the rule pack holds, one entry, and the finder of legal gateways."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from commonweal.core import CommonwealError, InputError
from commonweal.law import NATIONS, find_party
from commonweal.node import (
    FindCommand,
    FoundWays,
    Node,
    describe_entry,
    find_law,
    find_nation,
    find_regime,
    list_entries,
)
from commonweal.web.rendering import render
from commonweal.web.state import TheNode

from .names import Names
from .posted import Fault, Posted

router = APIRouter(include_in_schema=False)

Name = Annotated[str, Query(max_length=200)]
Words = Annotated[str, Query(max_length=300)]

TOPICS = {
    "gateway": "Legal gateways and limits",
    "special-category": "Special categories of personal data",
    "criminal-offence": "Criminal offence data",
    "schedule-1": "Conditions of Schedule 1 to the Data Protection Act 2018",
    "law-enforcement": "Law enforcement: Part 3 of the Data Protection Act 2018",
    "compatible-purpose": "Further use that is deemed compatible",
    "marking": "Marking",
    "openness-exemption": "Exemptions from openness",
    "retention": "Retention",
}
_MISSING = {
    "from": "Name the body that holds the data.",
    "to": "Name the body that would receive it.",
    "purpose": "Say what the data is for.",
}
_CHOICES = (("", "Not said"), *NATIONS.items())
_REGIMES = (("", "Not said"), ("uk-gdpr", "UK GDPR"), ("law-enforcement", "Law enforcement (Part 3)"))
_MOST_REASONS = 5


@router.get("/law")
def law(request: Request, node: TheNode) -> Response:
    """Show what the rule pack holds."""
    pack = node.parts.pack
    entries = list_entries(pack)
    topics = [
        (code, title, rows)
        for code, title in TOPICS.items()
        if (rows := [each for each in entries if each["topic"] == code])
    ]
    standing = node.rule_packs.list()
    return render(request, "law.html", pack=pack, topics=topics, standing=standing, bodies=Names(node))


@router.get("/law/find")
def finder(
    request: Request,
    node: TheNode,
    discloser: Annotated[str, Query(alias="from", max_length=200)] = "",
    recipient: Annotated[str, Query(alias="to", max_length=200)] = "",
    purpose: Words = "",
    data: Words = "",
    nation: Name = "",
    regime: Name = "",
) -> Response:
    """Show the finder, and what it finds."""
    command = FindCommand(discloser, recipient, purpose, data, nation, regime)
    asked = (discloser, recipient, purpose, data, nation, regime)
    sent = dict(zip(("from", "to", "purpose", "data", "nation", "regime"), asked, strict=True))
    posted = Posted({name: (value,) for name, value in sent.items()})
    if not any(sent.values()):
        return _show(request, node, posted)
    faults = _faults(node, command, sent)
    if faults:
        return _show(request, node, posted, faults=faults)
    return _show(request, node, posted, found=_find(node, command))


@router.get("/law/entries/{identifier}")
def entry(request: Request, node: TheNode, identifier: str) -> Response:
    """Show one entry of the rule pack."""
    pack = node.parts.pack
    found = describe_entry(pack, identifier)
    return render(request, "law_entry.html", entry=found, pack=pack, topics=TOPICS, nations=NATIONS)


def _find(node: Node, command: FindCommand) -> FoundWays:
    parts = node.parts
    return find_law(command, parts.clock.now(), pack=parts.pack, register=parts.register, engine=parts.policy)


def _faults(node: Node, command: FindCommand, sent: dict[str, str]) -> tuple[Fault, ...]:
    """Return what is wrong with each field, all of it at once."""
    pack, register = node.parts.pack, node.parts.register
    readings: dict[str, Callable[[], object]] = {
        "from": lambda: find_party(command.discloser, register),
        "to": lambda: find_party(command.recipient, register),
        "purpose": lambda: pack.find_purpose(command.purpose),
        "data": lambda: pack.find_data(command.data),
        "nation": lambda: find_nation(command.nation),
        "regime": lambda: find_regime(command.regime),
    }
    found = []
    for name, read in readings.items():
        if name in _MISSING and not sent[name].strip():
            found.append(Fault(name, _MISSING[name]))
        elif sentence := _fault(read):
            found.append(Fault(name, sentence))
    return tuple(found)


def _fault(read: Callable[[], object]) -> str:
    try:
        read()
    except CommonwealError as error:
        reasons = f" {'; '.join(error.reasons[:_MOST_REASONS])}" if error.reasons else ""
        return f"{error}{reasons}"
    return ""


def _show(
    request: Request,
    node: Node,
    posted: Posted,
    *,
    faults: tuple[Fault, ...] = (),
    found: FoundWays | None = None,
) -> Response:
    pack = node.parts.pack
    return render(
        request,
        "law_find.html",
        status_code=InputError.outcome.status if faults else 200,
        posted=posted,
        faults=faults,
        answer=found.describe() if found else None,
        purposes=sorted(pack.purposes.values(), key=lambda each: each.title),
        categories=pack.data_categories.values(),
        nations=_CHOICES,
        regimes=_REGIMES,
        pack=pack,
    )
