"""The REST API of an agreement's life: what may be done to it after it was signed, and all that became of it."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from commonweal.agree import (
    Agreement,
    Change,
    as_signed,
    describe_terms,
    first_terms,
    signed_at,
    state_at,
    terms_digest,
)
from commonweal.node import NarrowCommand, Node
from commonweal.web.state import TheNode, ThePerson

from .forms import ConditionsForm, Form, Moment, ReasonForm, Word, agreement_answer

router = APIRouter(prefix="/api/v1/agreements/{agreement}", tags=["agree"])

Answer = dict[str, Any]


class NarrowForm(Form):
    """Take away from an agreement's terms: fewer fields, more of them as tokens, fewer rows, an earlier end."""

    reason: str = Field(min_length=1, max_length=2000)
    fields: list[Word] = Field(default_factory=list, max_length=2000)
    rows: list[Word] = Field(default_factory=list, max_length=50)
    tokenise: list[Word] = Field(default_factory=list, max_length=2000)
    until: Moment | None = None
    conditions: ConditionsForm = Field(default_factory=ConditionsForm)


class RenewForm(Form):
    """Move an agreement's end to a later moment; `review` is the day of its next review, by default the one it has."""

    until: Moment
    review: date | None = None
    reason: str = Field(min_length=1, max_length=2000)


class SupersedeForm(Form):
    """Put a newer agreement between the same bodies on the same dataset in this one's place."""

    newer: str = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=2000)


@router.post("/narrowing", operation_id="narrowAgreement", status_code=201)
def narrow(node: TheNode, caller: ThePerson, agreement: str, form: NarrowForm) -> Answer:
    """Let an agreement open less, never more; releases under the wider terms are removed and open streams are cut."""
    command = NarrowCommand(
        reason=form.reason,
        fields=form.fields,
        rows=form.rows,
        tokenise=form.tokenise,
        until=form.until,
        conditions=form.conditions.conditions(),
    )
    return _stands(node, node.living.narrow(caller, agreement, command))


@router.post("/suspension", operation_id="suspendAgreement", status_code=201)
def suspend(node: TheNode, caller: ThePerson, agreement: str, form: ReasonForm) -> Answer:
    """Have an agreement open nothing until it is resumed; open streams are cut."""
    return _stands(node, node.living.suspend(caller, agreement, form.reason))


@router.post("/resumption", operation_id="resumeAgreement", status_code=201)
def resume(node: TheNode, caller: ThePerson, agreement: str, form: ReasonForm) -> Answer:
    """Have a suspended agreement open again what it opened before."""
    return _stands(node, node.living.resume(caller, agreement, form.reason))


@router.post("/renewal", operation_id="renewAgreement", status_code=201)
def renew(node: TheNode, caller: ThePerson, agreement: str, form: RenewForm) -> Answer:
    """Move the end of an agreement to a later moment; law and policy are asked again and may refuse."""
    return _stands(node, node.living.renew(caller, agreement, form.until, form.reason, form.review))


@router.post("/succession", operation_id="supersedeAgreement", status_code=201)
def supersede(node: TheNode, caller: ThePerson, agreement: str, form: SupersedeForm) -> Answer:
    """Put a newer agreement in this one's place, which opens nothing from then on, for ever."""
    return _stands(node, node.living.supersede(caller, agreement, form.newer, form.reason))


@router.post("/relinquishment", operation_id="relinquishAgreement", status_code=201)
def relinquish(node: TheNode, caller: ThePerson, agreement: str, form: ReasonForm) -> Answer:
    """Give an agreement up, as its recipient; it ends as by a revocation."""
    return _stands(node, node.living.relinquish(caller, agreement, form.reason))


@router.get("/history", operation_id="readAgreementHistory")
def history(node: TheNode, caller: ThePerson, agreement: str) -> Answer:
    """Return every edition of an agreement's terms and who changed what, when and why; recorded, for its parties."""
    found = node.living.history(caller, agreement)
    held = found.agreement
    return {
        "agreement": held.id,
        "state": state_at(held, node.parts.clock.now()),
        "edition": held.edition,
        "signed": {
            "at": signed_at(held),
            "by": [{"person": each.person, "body": each.body} for each in held.signatures],
            "digest": terms_digest(as_signed(held, found.changes)),
            "terms": dict(describe_terms(first_terms(held, found.changes))),
        },
        "changes": [_change(each) for each in found.changes],
    }


def _stands(node: Node, agreement: Agreement) -> Answer:
    return agreement_answer(agreement, state_at(agreement, node.parts.clock.now()))


def _change(change: Change) -> Answer:
    return {
        "act": change.act.value,
        "person": change.person,
        "body": change.body,
        "at": change.at,
        "reason": change.reason,
        "edition_before": change.edition_before,
        "edition_after": change.edition_after,
        "changed": list(change.describe()),
        "before": dict(describe_terms(change.before)),
        "after": dict(describe_terms(change.after)),
    }
