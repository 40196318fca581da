"""Acts on keys by REST: propose, confirm, withdraw, what waits, and how far rotations are."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from commonweal.core import to_rfc3339
from commonweal.keys import Proposal
from commonweal.node import Done
from commonweal.web.state import TheNode, ThePerson

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])

Answer = dict[str, Any]


class ActForm(BaseModel):
    """An act on keys: rotate or contain a KEY; shred-version BODY/NAME@NUMBER, shred-agreement ID, shred-body BODY."""

    act: str = Field(max_length=40)
    subject: str = Field(min_length=1, max_length=300)
    reason: str = Field(max_length=2000)


class OnePersonForm(BaseModel):
    """Whether one person alone may act on the keys of a lone node, and why."""

    allowed: bool
    reason: str = Field(max_length=2000)


@router.post("/acts", operation_id="proposeKeyAct")
def propose(node: TheNode, caller: ThePerson, form: ActForm) -> Answer:
    """Propose an act on keys: it waits for a second person, whom the refusal names."""
    return _done(node.acts.propose(caller, form.act, form.subject, form.reason))


@router.get("/acts", operation_id="listKeyActs")
def waiting(node: TheNode, caller: ThePerson) -> Answer:
    """List what waits for a second person, and who that could be."""
    return {
        "waiting": [
            {**_proposal(each.proposal), "could_confirm": [person.id for person in each.could]}
            for each in node.acts.waiting(caller)
        ]
    }


@router.post("/acts/{proposal}/confirmation", operation_id="confirmKeyAct")
def confirm(node: TheNode, caller: ThePerson, proposal: str) -> Answer:
    """Confirm, as the second person, what another proposed; it is done before this answers."""
    return _done(node.acts.confirm(caller, proposal))


@router.post("/acts/{proposal}/withdrawal", operation_id="withdrawKeyAct")
def withdraw(node: TheNode, caller: ThePerson, proposal: str) -> Answer:
    """Withdraw what waits."""
    return _proposal(node.acts.withdraw(caller, proposal))


@router.get("/rotations", operation_id="listRotations")
def rotations(node: TheNode, caller: ThePerson) -> Answer:
    """Say how far the wraps of each rotated key have passed to its current version."""
    found = node.acts.rotations(caller)
    return {
        "rotations": [
            {
                "key": each.kek.kek_id,
                "version": each.kek.version,
                "left": each.left,
                "total": each.total,
                "failure": each.failure,
            }
            for each in found
        ]
    }


@router.post("/one-person", operation_id="setOnePerson")
def set_one_person(node: TheNode, caller: ThePerson, form: OnePersonForm) -> Answer:
    """Let one person alone act on the keys of a lone node, or take two from now on."""
    node.acts.set_one_person(caller, allowed=form.allowed, reason=form.reason)
    return {"one_person": node.acts.is_one_person}


def _proposal(proposal: Proposal) -> Answer:
    return {
        "proposal": proposal.id,
        "act": proposal.act.value,
        "subject": proposal.subject,
        "body": proposal.body,
        "reason": proposal.reason,
        "status": proposal.status.value,
        "proposed_by": proposal.proposed_by,
        "proposed": to_rfc3339(proposal.proposed),
        "expires": to_rfc3339(proposal.expires),
        "confirmed_by": proposal.confirmed_by,
    }


def _done(done: Done) -> Answer:
    certificate = done.certificate
    return {
        **_proposal(done.proposal),
        "sentences": list(done.sentences),
        "certificate": None
        if certificate is None
        else {
            "what": certificate.what,
            "at": to_rfc3339(certificate.at),
            "people": list(certificate.people),
            "files": certificate.files,
            "wraps": certificate.wraps,
            "keys": list(certificate.keys),
            "at_once": certificate.at_once,
            "backups_until": to_rfc3339(certificate.backups_until) if certificate.backups_until else None,
            "openings": dict(certificate.openings),
        },
    }
