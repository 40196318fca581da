"""An agreement's life: signed, in force between two moments, revoked; and what a read must know of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias

from commonweal.core import Actor, Event, Json, to_rfc3339
from commonweal.decide import AgreementFacts, Decision, Verdict
from commonweal.request import AccessRequest, RequestStatus, describe_rows

from .errors import AlreadyDecidedError, AlreadyRevokedError, UnexplainedRevocationError, UnnamedError
from .model import Activation, Agreement, AgreementStatus, Signature
from .ruling import verify_agreeable
from .terms import Terms, verify_terms

AgreementState: TypeAlias = Literal[
    "offered", "standby", "pending", "active", "suspended", "expired", "superseded", "revoked"
]
_FIXED: Mapping[AgreementStatus, AgreementState] = {
    AgreementStatus.OFFERED: "offered",
    AgreementStatus.SUSPENDED: "suspended",
    AgreementStatus.SUPERSEDED: "superseded",
    AgreementStatus.REVOKED: "revoked",
}


def sign(
    request: AccessRequest,
    decision: Decision,
    terms: Terms,
    *,
    identifier: str,
    actor: Actor,
    at: datetime,
    decided_by: str = "",
    citation: str = "",
) -> tuple[Agreement, Event]:
    """Return the agreement that both bodies sign, and its event `agreement.signed`.

    The recipient signed when it asked, since terms only narrow what it asked for. The discloser signs by
    `decided_by`, or by default when the decision is `permit` and no person is named (presumption to share).

    Raises:
        NotAgreeableError: The decision is a refusal.
        AlreadyDecidedError: The request was refused, or has its agreement.
        UnnamedError: The decision needs a named person and `decided_by` is empty.
        TermsError: The terms are wider than the request.
    """
    verify_agreeable(decision)
    _verify_signable(request)
    verify_terms(terms, request)
    signature = _discloser_signs(request, decision, decided_by.strip(), at)
    agreement = _draw_up(request, terms, identifier=identifier, citation=citation, signature=signature)
    facts = _signed_facts(agreement, decision, by_default=signature.by_default)
    return agreement, Event("agreement.signed", at, agreement.discloser, identifier, actor, facts)


def revoke(agreement: Agreement, *, actor: Actor, reason: str, at: datetime) -> tuple[Agreement, Event]:
    """Return the agreement revoked, for ever, and its event `agreement.revoked`, which gives the reason.

    Raises:
        AlreadyRevokedError: It is revoked already.
        UnnamedError: `actor` names no person.
        UnexplainedRevocationError: `reason` is empty.
    """
    if agreement.status is AgreementStatus.REVOKED:
        raise AlreadyRevokedError(f"Agreement {agreement.id} is already revoked.")
    if not actor.person.strip():
        raise UnnamedError(f"Agreement {agreement.id} is revoked by a named person.")
    if not reason.strip():
        raise UnexplainedRevocationError(f"Agreement {agreement.id} is revoked for a stated reason.")
    revoked = replace(
        agreement, status=AgreementStatus.REVOKED, revoked=at, revoked_by=actor.person, revocation_reason=reason
    )
    facts: dict[str, Json] = {"dataset": agreement.dataset, "recipient": agreement.recipient, "reason": reason}
    return revoked, Event("agreement.revoked", at, agreement.discloser, agreement.id, actor, facts)


def state_at(agreement: Agreement, moment: datetime) -> AgreementState:
    """Return where the agreement stands at `moment`; a revoked one is revoked whatever the clock says.

    One on standby is `active` while an officer has switched it on.
    """
    if fixed := _FIXED.get(agreement.status):
        return fixed
    if moment >= agreement.ends:
        return "expired"
    if agreement.status is AgreementStatus.STANDBY and activation_at(agreement, moment) is None:
        return "standby"
    return "pending" if moment < agreement.starts else "active"


def activation_at(agreement: Agreement, moment: datetime) -> Activation | None:
    """Return the activation of a standby agreement that is in force at `moment`, None when it is not switched on."""
    return next((each for each in agreement.activations if each.at <= moment < each.until), None)


def to_facts(agreement: Agreement, at: datetime) -> AgreementFacts:
    """Return what `decide` must know for a read at this moment; each tokenised field is the duty `tokenise:FIELD`."""
    switched_on = agreement.status is AgreementStatus.STANDBY and activation_at(agreement, at) is not None
    return AgreementFacts(
        id=agreement.id,
        dataset=agreement.dataset,
        discloser=agreement.discloser,
        recipient=agreement.recipient,
        purposes=frozenset({agreement.purpose}),
        fields=frozenset(agreement.fields),
        starts=agreement.starts,
        ends=agreement.ends,
        status=(AgreementStatus.SIGNED if switched_on else agreement.status).value,
        obligations=frozenset(f"tokenise:{field}" for field in agreement.tokenised),
    )


def _verify_signable(request: AccessRequest) -> None:
    if request.status in {RequestStatus.REFUSED, RequestStatus.AGREED}:
        raise AlreadyDecidedError(f"Access request {request.id} is already {request.status.value}.")


def _discloser_signs(request: AccessRequest, decision: Decision, decided_by: str, at: datetime) -> Signature:
    by_default = decision.verdict is Verdict.PERMIT and not decided_by
    if not (by_default or decided_by):
        raise UnnamedError(f"Access request {request.id} is agreed to by a named person at {request.discloser}.")
    return Signature(decided_by, request.discloser, at, by_default=by_default)


def _draw_up(
    request: AccessRequest, terms: Terms, *, identifier: str, citation: str, signature: Signature
) -> Agreement:
    return Agreement(
        id=identifier,
        request=request.id,
        dataset=request.dataset,
        discloser=request.discloser,
        recipient=request.recipient,
        purpose=terms.purpose,
        gateway=request.gateway,
        citation=citation,
        fields=terms.fields,
        rows=terms.rows,
        tokenised=terms.tokenised,
        starts=terms.starts,
        ends=terms.ends,
        decided_by=signature.person,
        signatures=(Signature(request.asked_by, request.recipient, request.asked), signature),
        sealed_to=terms.sealed_to,
        public_task=request.public_task,
        conditions=terms.conditions,
        standby=terms.standby,
    )


def _signed_facts(agreement: Agreement, decision: Decision, *, by_default: bool) -> dict[str, Json]:
    return {
        "request": agreement.request,
        "dataset": agreement.dataset,
        "recipient": agreement.recipient,
        "purpose": agreement.purpose,
        "gateway": agreement.gateway,
        "citation": agreement.citation,
        "fields": [*agreement.fields],
        "rows": describe_rows(agreement.rows),
        "tokenised": [*agreement.tokenised],
        "sealed_to": agreement.sealed_to,
        "public_task": agreement.public_task,
        "starts": to_rfc3339(agreement.starts),
        "ends": to_rfc3339(agreement.ends),
        "decided_by": agreement.decided_by,
        "by_default": by_default,
        "verdict": decision.verdict.value,
        "policies": decision.policies,
        "pack": decision.pack,
    }
