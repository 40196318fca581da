"""An agreement's life: signed, in force between two moments, revoked; and what a read must know of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias

from commonweal.core import Actor, Event, Json, to_rfc3339
from commonweal.decide import AgreementFacts, Decision, Verdict
from commonweal.request import AccessRequest, RequestStatus, describe_rows

from .digest import terms_digest
from .errors import AlreadyDecidedError, UnexplainedError, UnexplainedRevocationError, UnnamedError
from .life import Act, verify_act
from .model import Activation, Agreement, AgreementStatus, Signature, SignatureAct
from .ruling import Ruling, verify_agreeable
from .signing import Signer, made_status, signature_facts
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
    signer: Signer | None = None,
    ruling: Ruling | None = None,
) -> tuple[Agreement, Event]:
    """Return the agreement that a person signs, and its event `agreement.signed`, which has the digest of its terms.

    `signer` signs for either side, or else `decided_by` for the discloser; when the decision is `permit` and nobody is
    named, the node signs by default (presumption to share). Where the terms demand no countersignature it is in force:
    the recipient asked, and terms only narrow what it asked for; the discloser answered by `ruling`. Where they do, it
    is offered to the other side and opens nothing.

    Raises:
        NotAgreeableError: The decision is a refusal.
        AlreadyDecidedError: The request was refused, or has its agreement.
        UnnamedError: The decision needs a named person and `decided_by` is empty.
        TermsError: The terms are wider than the request.
    """
    verify_agreeable(decision)
    _verify_signable(request)
    verify_terms(terms, request)
    person = decided_by.strip()
    by_default = _is_default(request, decision, person)
    drawn = _draw_up(request, terms, identifier=identifier, citation=citation, decided_by=person)
    signed = _first_signature(drawn, signer, at, by_default=by_default)
    agreement = replace(
        drawn,
        signatures=(*_before(request, ruling, signed), signed),
        status=AgreementStatus.OFFERED if terms.countersigned and not by_default else made_status(drawn),
    )
    facts = _signed_facts(agreement, decision, signed)
    return agreement, Event("agreement.signed", at, agreement.discloser, identifier, actor, facts)


def revoke(agreement: Agreement, *, actor: Actor, reason: str, at: datetime) -> tuple[Agreement, Event]:
    """Return the agreement revoked, for ever, and its event `agreement.revoked`, which gives the reason.

    Raises:
        AlreadyRevokedError: It is revoked already.
        UnnamedError: `actor` names no person.
        UnexplainedRevocationError: `reason` is empty.
    """
    try:
        found = verify_act(Act.REVOKE, agreement, person=actor.person, reason=reason)
    except UnexplainedError as error:
        raise UnexplainedRevocationError(str(error)) from None
    revoked = replace(
        agreement, status=found.end(agreement), revoked=at, revoked_by=actor.person, revocation_reason=reason
    )
    facts: dict[str, Json] = {"dataset": agreement.dataset, "recipient": agreement.recipient, "reason": reason}
    return revoked, Event("agreement.revoked", at, agreement.discloser, agreement.id, actor, facts)


def state_at(agreement: Agreement, moment: datetime) -> AgreementState:
    """Return where the agreement stands at `moment`; a revoked one is revoked whatever the clock says.

    One on standby is `active` while an officer has switched it on.
    """
    is_lapsed = agreement.status is AgreementStatus.OFFERED and moment >= agreement.ends
    if not is_lapsed and (fixed := _FIXED.get(agreement.status)):
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
        readers=frozenset(agreement.conditions.readers),
        doors=frozenset(agreement.conditions.doors),
        deliveries_per_day=agreement.conditions.deliveries_per_day,
        rows_per_day=agreement.conditions.rows_per_day,
        superseded_by=agreement.superseded_by,
    )


def _verify_signable(request: AccessRequest) -> None:
    if request.status in {RequestStatus.REFUSED, RequestStatus.AGREED}:
        raise AlreadyDecidedError(f"Access request {request.id} is already {request.status.value}.")


def _is_default(request: AccessRequest, decision: Decision, decided_by: str) -> bool:
    by_default = decision.verdict is Verdict.PERMIT and not decided_by
    if not (by_default or decided_by):
        raise UnnamedError(f"Access request {request.id} is agreed to by a named person at {request.discloser}.")
    return by_default


def _first_signature(drawn: Agreement, signer: Signer | None, at: datetime, *, by_default: bool) -> Signature:
    found = signer or Signer(drawn.decided_by, drawn.discloser)
    return replace(found.sign(SignatureAct.SIGNED, terms_digest(drawn), at), by_default=by_default)


def _before(request: AccessRequest, ruling: Ruling | None, signed: Signature) -> tuple[Signature, ...]:
    """Return what each side had done before: the recipient asked; the discloser decided, unless it signs now."""
    asked = Signature(
        request.asked_by, request.recipient, request.asked, act=SignatureAct.ASKED, capacity=request.asked_as
    )
    if ruling is None or signed.body == request.discloser:
        return (asked,)
    act, capacity = SignatureAct.DECIDED, ruling.decided_as
    return asked, Signature(ruling.decided_by, request.discloser, ruling.at, act=act, capacity=capacity)


def _draw_up(request: AccessRequest, terms: Terms, *, identifier: str, citation: str, decided_by: str) -> Agreement:
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
        decided_by=decided_by,
        signatures=(),
        sealed_to=terms.sealed_to,
        public_task=request.public_task,
        conditions=terms.conditions,
        standby=terms.standby,
    )


def _signed_facts(agreement: Agreement, decision: Decision, signed: Signature) -> dict[str, Json]:
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
        "conditions": agreement.conditions.as_json(),
        "starts": to_rfc3339(agreement.starts),
        "ends": to_rfc3339(agreement.ends),
        "decided_by": agreement.decided_by,
        "by_default": signed.by_default,
        "status": agreement.status.value,
        **signature_facts(signed),
        "verdict": decision.verdict.value,
        "policies": decision.policies,
        "pack": decision.pack,
    }
