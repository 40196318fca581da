"""The REST API of asking beside the request itself: its form, its clock, an appeal, and how long bodies take."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from commonweal.node import AskCommand, Caller, Node
from commonweal.request import QUESTIONS, AccessRequest
from commonweal.web.state import TheNode, ThePerson

from .forms import AskForm, ReasonForm

router = APIRouter(prefix="/api/v1")

Answer = dict[str, Any]


@router.post("/request-forms", tags=["request"], operation_id="fillRequestForm")
def fill_request_form(node: TheNode, caller: ThePerson, form: AskForm) -> Answer:
    """Return the share-request form of a question with all that the node can fill in; nothing is stored."""
    command = node.asking.start(AskCommand(**form.model_dump()))
    filled = node.requesting.form(caller, command)
    named = {"template": command.template, "gateway": command.gateway} if command.template else {}
    told = {"dataset": form.dataset, "recipient": form.recipient, "purpose": command.purpose}
    return {**told, **named, **filled.as_json()}


@router.post("/requests/{request}/appeal", tags=["request"], operation_id="appealRequest", status_code=201)
def appeal_request(node: TheNode, caller: ThePerson, request: str, form: ReasonForm) -> Answer:
    """Have another named person of the discloser look again at a refusal, once."""
    asked = node.waiting.appeal(caller, request, form.reason).request
    return {"request": asked.id, "status": asked.status.value, **clock_answer(node, asked)}


@router.get("/insight/requests", tags=["insight"], operation_id="ageingRequests")
def ageing_requests(node: TheNode) -> Answer:
    """Return how many access requests wait for each body and how many are overdue; anybody may, and no more is told."""
    return {
        "bodies": [
            {"body": each.body, "waiting": each.waiting, "overdue": each.overdue, "oldest_working_days": each.oldest}
            for each in node.waiting.ageing()
        ]
    }


def list_answer(node: Node, caller: Caller) -> Answer:
    """Return the access requests that a caller may see, each with its clock."""
    return {
        "requests": [
            {
                "request": each.id,
                "dataset": each.dataset,
                "recipient": each.recipient,
                "purpose": each.purpose,
                "status": each.status.value,
                **clock_answer(node, each),
            }
            for each in node.asking.list_requests(caller)
        ]
    }


def clock_answer(node: Node, request: AccessRequest) -> Answer:
    """Return by when an answer is due, and whom a late one has gone to; nothing of either once it is answered."""
    waits = node.waiting.standing(request)
    if waits is None:
        return {"due": None, "days_left": None, "clock": None, "with": None}
    return {
        "due": waits.standing.due,
        "days_left": waits.standing.days_left,
        "clock": waits.standing.stage.value,
        "with": None if waits.officer is None else waits.officer.name,
    }


def form_answer(request: AccessRequest) -> Answer:
    """Return the answers to the form, which questions are open with why each matters, and the appeal."""
    known = {each.code: each for each in QUESTIONS}
    appeal = request.appeal
    return {
        "kind": request.kind.value,
        "template": request.template,
        "terms": None if request.proposed is None else asdict(request.proposed),
        "answers": {each.question: list(each.values) for each in request.answers},
        "unanswered": [
            {"question": code, "wording": known[code].wording, "why": known[code].why}
            for code in request.unanswered
            if code in known
        ],
        "appeal": None if appeal is None else {"reason": appeal.reason, "by": appeal.by, "at": appeal.at},
    }
