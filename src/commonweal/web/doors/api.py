"""The REST API: every act of the journey, and what anyone may see."""

from datetime import date
from math import isfinite
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter
from fastapi.responses import JSONResponse
from starlette.responses import Response

from commonweal.agree import state_at, to_odrl
from commonweal.insight import TrustCover
from commonweal.inventory import SearchQuery
from commonweal.node import AskCommand, Front
from commonweal.web.state import TheNode, ThePerson

from .forms import (
    AskForm,
    JoinForm,
    PersonForm,
    ReasonForm,
    RulingForm,
    agreement_answer,
    explain_answer,
    record_answer,
    request_answer,
)
from .request_forms import clock_answer, form_answer, list_answer

router = APIRouter(prefix="/api/v1")
public = APIRouter()

Answer = dict[str, Any]
LAST_EVENT = (1 << 53) - 1


@public.get("/health", tags=["node"], operation_id="health")
def health(node: TheNode) -> Answer:
    """Say whether the node answers, who it is and which key signs its log."""
    return node.auditing.health()


@public.get("/catalogue.jsonld", tags=["inventory"], operation_id="catalogue")
def catalogue(request: Request, node: TheNode) -> Response:
    """Return the catalogue as DCAT 3 JSON-LD."""
    found = node.catalogue.as_dcat(str(request.base_url).rstrip("/"))
    return JSONResponse(found, media_type="application/ld+json")


@public.get("/log/checkpoint", tags=["audit"], operation_id="checkpoint")
def checkpoint(node: TheNode) -> Response:
    """Return the newest signed checkpoint (tlog-checkpoint)."""
    return Response(node.parts.log.checkpoint(), media_type="text/plain; charset=utf-8")


@public.get("/log/tile/{path:path}", tags=["audit"], operation_id="tile")
def tile(node: TheNode, path: str) -> Response:
    """Return a tile of hashes or a bundle of entries (tlog-tiles)."""
    return Response(node.parts.log.tile_bytes(f"tile/{path}"), media_type="application/octet-stream")


@router.post("/bodies", tags=["identity"], operation_id="joinBody")
def join_body(node: TheNode, caller: ThePerson, form: JoinForm) -> Answer:
    """Give a public body a tenancy with its own key-encryption key."""
    body = node.bodies.join(caller, form.body)
    return {"body": body.slug, "name": body.name, "register": body.id, "sector": body.sector.value}


@router.get("/bodies", tags=["identity"], operation_id="listBodies")
def list_bodies(node: TheNode, caller: ThePerson) -> Answer:
    """List the caller's body with its people and roles; the operator sees every body that has a tenancy here."""
    return {
        "bodies": [
            {
                "body": body.slug,
                "name": body.name,
                "people": [
                    {"person": each.id, "name": each.name, "roles": sorted(role.value for role in each.roles)}
                    for each in people
                ],
            }
            for body, people in node.bodies.list(caller)
        ]
    }


@router.post("/people", tags=["identity"], operation_id="addPerson")
def add_person(node: TheNode, caller: ThePerson, form: PersonForm) -> Answer:
    """Add a named person with roles to a body."""
    person = node.bodies.add_person(caller, body=form.body, name=form.name, roles=form.roles)
    return {"person": person.id, "body": person.body, "roles": sorted(role.value for role in person.roles)}


@router.post("/sign-in-links", tags=["identity"], operation_id="makeSignInLink")
def make_sign_in_link(request: Request, node: TheNode, caller: ThePerson) -> Answer:
    """Return a fresh sign-in link for the local operator: one use, ten minutes."""
    secret = node.bodies.make_sign_in_link(caller)
    return {"link": f"{str(request.base_url).rstrip('/')}/sign-in?link={secret}"}


@router.get("/datasets", tags=["inventory"], operation_id="search")
def search(
    node: TheNode,
    q: Annotated[str, Query(max_length=500)] = "",
    body: Annotated[str, Query(max_length=200)] = "",
    sector: Annotated[str, Query(max_length=40)] = "",
    access: Annotated[str, Query(max_length=20)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Answer:
    """Search the inventory; anybody may."""
    slug = node.parts.register.resolve(body).slug if body else ""
    found = node.catalogue.search(SearchQuery(q, slug, sector, access, limit, offset))
    return {"total": found.total, "facets": found.facets, "datasets": [record_answer(each) for each in found.records]}


@router.post("/explanations", tags=["decide"], operation_id="explain")
def explain(node: TheNode, caller: ThePerson, form: AskForm) -> Answer:
    """Say what the answer to a request would be, and why."""
    question, decision = node.asking.explain(caller, AskCommand(**form.model_dump()))
    parties = (question.discloser, question.recipient)
    return explain_answer(question, decision, node.asking.deciders.of_question(caller, parties, decision))


@router.post("/requests", tags=["request"], operation_id="request", status_code=201)
def request_access(node: TheNode, caller: ThePerson, form: AskForm) -> Answer:
    """Ask for data; refused with every reason, agreed by default, or put before a named person."""
    asked = node.asking.request(caller, AskCommand(**form.model_dump()))
    deciders = node.asking.deciders.of_request(caller, asked.request, asked.decision)
    answer = request_answer(asked.request, asked.decision, asked.agreement, deciders)
    return {**answer, **clock_answer(node, asked.request), **form_answer(asked.request)}


@router.get("/requests", tags=["request"], operation_id="listRequests")
def list_requests(node: TheNode, caller: ThePerson) -> Answer:
    """List the access requests to which the caller's body is a party."""
    return list_answer(node, caller)


@router.get("/requests/{request}", tags=["request"], operation_id="getRequest")
def get_request(node: TheNode, caller: ThePerson, request: str) -> Answer:
    """Return an access request with its decision."""
    stored = node.asking.view_request(caller, request)
    deciders = node.asking.deciders.of_request(caller, stored.request, stored.decision)
    answer = request_answer(stored.request, stored.decision, deciders=deciders)
    return {**answer, **clock_answer(node, stored.request), **form_answer(stored.request)}


@router.post("/requests/{request}/ruling", tags=["decide"], operation_id="decide", status_code=201)
def decide(node: TheNode, caller: ThePerson, request: str, form: RulingForm) -> Answer:
    """Give the named person's answer to an access request."""
    ruling = node.asking.rule(caller, request, form.command())
    return {
        "request": request,
        "permitted": ruling.permitted,
        "decided_by": ruling.decided_by,
        "at": ruling.at,
        "from_template": list(ruling.from_template),
    }


@router.post("/requests/{request}/agreement", tags=["agree"], operation_id="agree", status_code=201)
def agree(node: TheNode, caller: ThePerson, request: str) -> Answer:
    """Sign the agreement that the ruling permits."""
    agreement = node.asking.agree(caller, request)
    return agreement_answer(agreement, state_at(agreement, node.parts.clock.now()))


@router.get("/agreements", tags=["agree"], operation_id="listAgreements")
def list_agreements(node: TheNode, caller: ThePerson) -> Answer:
    """List the agreements to which the caller's body is a party."""
    now = node.parts.clock.now()
    return {"agreements": [agreement_answer(each, state_at(each, now)) for each in node.asking.list_agreements(caller)]}


@router.get("/agreements/{agreement}", tags=["agree"], operation_id="getAgreement")
def get_agreement(node: TheNode, caller: ThePerson, agreement: str) -> Answer:
    """Return an agreement; the access is recorded."""
    found = node.asking.view_agreement(caller, agreement)
    answer = agreement_answer(found, state_at(found, node.parts.clock.now()))
    return {**answer, "acts": list(node.living.acts(caller, found))}


@router.get("/agreements/{agreement}/odrl", tags=["agree"], operation_id="getAgreementAsOdrl")
def get_agreement_as_odrl(request: Request, node: TheNode, caller: ThePerson, agreement: str) -> Response:
    """Return an agreement as ODRL 2.2 in JSON-LD; the access is recorded."""
    found = node.asking.view_agreement(caller, agreement)
    answer = to_odrl(found, base=str(request.base_url).rstrip("/"))
    return JSONResponse(answer, media_type="application/ld+json")


@router.post("/agreements/{agreement}/signature", tags=["agree"], operation_id="sign", status_code=201)
def sign(node: TheNode, caller: ThePerson, agreement: str) -> Answer:
    """Sign an offered agreement for the side that has not yet; it is in force from then on."""
    signed = node.signing.sign(caller, agreement)
    return agreement_answer(signed, state_at(signed, node.parts.clock.now()))


@router.post("/agreements/{agreement}/revocation", tags=["agree"], operation_id="revoke", status_code=201)
def revoke(node: TheNode, caller: ThePerson, agreement: str, form: ReasonForm) -> Answer:
    """Revoke an agreement; it holds from the next request and cuts open streams."""
    ended = node.asking.revoke(caller, agreement, form.reason)
    return agreement_answer(ended, state_at(ended, node.parts.clock.now()))


@router.post("/agreements/{agreement}/profile", tags=["deliver"], operation_id="issueProfile", status_code=201)
def issue_profile(request: Request, node: TheNode, caller: ThePerson, agreement: str) -> Answer:
    """Issue a Delta Sharing profile (version 1) for the agreement's recipient, with a fresh token."""
    front: Front = request.app.state.front
    return node.profiles.issue(caller, agreement, front.url)


@router.get("/events", tags=["audit"], operation_id="listEvents")
def list_events(
    node: TheNode,
    caller: ThePerson,
    subject: Annotated[str, Query(max_length=300)] = "",
    name: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[int, Query(ge=-1, le=LAST_EVENT)] = -1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Answer:
    """List events of the caller's body, in the order of the log; the operator sees all."""
    found = node.auditing.events(caller, subject=subject, name=name, after=after, limit=limit)
    return {"events": [{"index": each.index, **each.event.as_json()} for each in found]}


@router.get("/events/{index}/proof", tags=["audit"], operation_id="proveEvent")
def prove_event(node: TheNode, caller: ThePerson, index: Annotated[int, PathParameter(ge=0, le=LAST_EVENT)]) -> Answer:
    """Return an event, what opens its commitment, and the proof that it is in the log."""
    row, proof = node.auditing.prove(caller, index)
    return {
        "index": row.index,
        "event": row.event.decode(),
        "salt": row.salt.hex(),
        "entry": row.entry.hex(),
        "size": proof.size,
        "proof": [each.hex() for each in proof.hashes],
        "checkpoint": proof.checkpoint.decode(),
    }


@router.get("/insight/ppe", tags=["insight"], operation_id="ppeCover")
def ppe_cover(node: TheNode, day: date | None = None) -> Answer:
    """Return days of PPE cover by region and trust, and who has not reported; anybody may."""
    board = node.insights.ppe(day)
    return {
        "day": board.day,
        "notes": node.insights.ppe_notes(),
        "regions": [
            {
                "region": each.region,
                "days": round(each.days, 2) if isfinite(each.days) else None,
                "stock": each.stock,
                "daily_use": each.daily_use,
                "reported": each.reported,
                "expected": each.expected,
            }
            for each in board.regions
        ],
        "trusts": [_trust(each) for each in board.trusts],
        "late": [each.code for each in board.late],
        "missing": [{"code": each.code, "name": each.name, "region": each.region_name} for each in board.missing],
    }


def _trust(each: TrustCover) -> Answer:
    return {
        "code": each.code,
        "name": each.name,
        "region": each.region,
        "days": round(each.days, 2) if isfinite(each.days) else None,
        "scarcest": each.scarcest,
        "as_at": each.as_at,
        "late": each.late,
        "source": each.source,
    }


@router.get("/insight/sharing", tags=["insight"], operation_id="sharing")
def sharing(node: TheNode) -> Answer:
    """Return sharing by sector beside the 2016 survey's baseline; anybody may."""
    card = node.insights.sharing()
    return {
        "bodies": card.bodies,
        "measures": [
            {
                "sector": each.sector,
                "label": each.label,
                "baseline": each.baseline,
                "share": round(each.share, 1),
                "bodies": each.sharing,
                "agreements": each.agreements,
            }
            for each in card.measures
        ],
    }
