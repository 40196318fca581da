"""Emergency mode by REST: an agreement on standby is switched on and off, and what was done is reviewed."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from commonweal.agree import Agreement, state_at
from commonweal.node import Node
from commonweal.web.state import TheNode, ThePerson

from .forms import Form, ReasonForm, agreement_answer

router = APIRouter(prefix="/api/v1/agreements/{agreement}")

Answer = dict[str, Any]


class ActivationForm(ReasonForm):
    """Switch an agreement on, and why; 0 `hours` take all that were agreed."""

    hours: int = Field(0, ge=0, le=1_000_000)


class FindingForm(Form):
    """What a review found."""

    finding: str = Field(min_length=1, max_length=2000)


@router.post("/activation", tags=["agree"], operation_id="activateAgreement", status_code=201)
def activate(node: TheNode, caller: ThePerson, agreement: str, form: ActivationForm) -> Answer:
    """Switch an agreement on standby on, as one of its officers; it ends by itself."""
    return emergency_answer(node, node.emergencies.activate(caller, agreement, form.reason, form.hours))


@router.post("/deactivation", tags=["agree"], operation_id="deactivateAgreement", status_code=201)
def deactivate(node: TheNode, caller: ThePerson, agreement: str, form: ReasonForm) -> Answer:
    """Switch it off before its hour: the next read is refused, and open streams are cut."""
    return emergency_answer(node, node.emergencies.deactivate(caller, agreement, form.reason))


@router.post("/emergency-review", tags=["agree"], operation_id="reviewEmergency", status_code=201)
def review(node: TheNode, caller: ThePerson, agreement: str, form: FindingForm) -> Answer:
    """Keep what another person of the discloser finds of an activation that is over."""
    return emergency_answer(node, node.emergencies.review(caller, agreement, form.finding))


def emergency_answer(node: Node, agreement: Agreement) -> Answer:
    """Return an agreement with how it stands: until when it is on, and by when each activation is reviewed."""
    standing = node.emergencies.standing(agreement)
    now_on = standing.now_on if standing else None
    reviews = [each.due for each in standing.past] if standing else []
    answer = agreement_answer(agreement, state_at(agreement, node.parts.clock.now()))
    return {**answer, "on_until": now_on.until if now_on else None, "reviews_due": reviews}
