"""The REST API of what agreements leave to be done: consents to sharing onward, certificates of deletion, reviews."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from commonweal.web.state import TheNode, ThePerson

from .forms import Form

router = APIRouter(prefix="/api/v1", tags=["agree"])

Answer = dict[str, Any]


class DeletionForm(Form):
    """Certify that every copy was deleted: `how` names the systems and the means."""

    how: str = Field(min_length=1, max_length=2000)


class ConsentForm(Form):
    """Consent that the recipient shares onward with one body, and say why."""

    to: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2000)


class ReviewForm(Form):
    """Record that an agreement was reviewed: what was `finding`, and the day of the `next` review, null for none."""

    finding: str = Field(min_length=1, max_length=2000)
    next: date | None = None


@router.get("/duties", operation_id="listDuties")
def list_duties(node: TheNode, caller: ThePerson) -> Answer:
    """List what the agreements of the caller's body leave to be done: certificates of deletion, and reviews."""
    return {
        "duties": [
            {
                "kind": each.kind,
                "agreement": each.agreement.id,
                "dataset": each.agreement.dataset,
                "discloser": each.agreement.discloser,
                "recipient": each.agreement.recipient,
                "by": list(each.bodies),
                "due": each.due,
                "overdue": each.is_overdue,
                "sentence": each.sentence,
            }
            for each in node.duties.list_due(caller)
        ]
    }


@router.post("/agreements/{agreement}/deletion", operation_id="certifyDeletion", status_code=201)
def certify_deletion(node: TheNode, caller: ThePerson, agreement: str, form: DeletionForm) -> Answer:
    """Certify, for the recipient of an agreement that has ended, that every copy was deleted."""
    found, event = node.duties.certify(caller, agreement, form.how)
    return {"agreement": found.id, "certified_by": event.actor.person, "at": event.at, **event.facts}


@router.post("/agreements/{agreement}/reviews", operation_id="reviewAgreement", status_code=201)
def review(node: TheNode, caller: ThePerson, agreement: str, form: ReviewForm) -> Answer:
    """Record, for either body of an agreement that is not over, what a review of it found and when the next is due."""
    found, done = node.duties.review(caller, agreement, form.finding, form.next)
    return {
        "agreement": found.id,
        "reviewed_by": done.by,
        "body": done.body,
        "at": done.at,
        "finding": done.finding,
        "next": done.following,
    }


@router.post("/agreements/{agreement}/onward-consents", operation_id="consentOnward", status_code=201)
def consent_onward(node: TheNode, caller: ThePerson, agreement: str, form: ConsentForm) -> Answer:
    """Consent, for the discloser, that the recipient shares onward with one body."""
    found, to = node.onward.consent(caller, agreement, form.to, form.reason)
    return {"agreement": found.id, "recipient": found.recipient, "to": to, "consented_by": caller.person.id}
