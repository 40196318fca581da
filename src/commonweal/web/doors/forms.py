"""The bodies and answers of the API, as they appear in OpenAPI."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from commonweal.agree import Agreement, Conditions, Signature, awaited_body, terms_digest
from commonweal.decide import AskQuestion, Decision
from commonweal.inventory import CatalogueRecord
from commonweal.node import Deciders, RuleCommand
from commonweal.request import AccessRequest

Word: TypeAlias = Annotated[str, Field(max_length=1000)]
Whole: TypeAlias = Annotated[int, Field(ge=-(1 << 53), lt=1 << 53)]
Long: TypeAlias = Annotated[str, Field(max_length=4000)]
FormAnswer: TypeAlias = bool | Long | Annotated[list[Long], Field(max_length=50)] | None
FormTerm: TypeAlias = bool | Whole | Annotated[list[Word], Field(max_length=2000)] | None
Moment: TypeAlias = Annotated[AwareDatetime, Field(lt=datetime(2200, 1, 1, tzinfo=UTC))]


class Form(BaseModel):
    """A JSON object with no members but those listed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JoinForm(Form):
    """Give a public body a tenancy on this node."""

    body: str = Field(min_length=1, max_length=200)


class PersonForm(Form):
    """Add a named person to a body."""

    body: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=80)
    roles: list[Word] = Field(min_length=1, max_length=10)


class PublishForm(Form):
    """Publish an upload as a dataset's next version.

    `contract` is the text of an ODCS 3.1 data contract; `accept` names the reading of a source that is not clean.
    `key_class` (body or device) says under which key it lies, by default that of the version before; `split`, that each
    class of fields lies under a key of its own. `format` is told by the content unless it is given; `member` of a zip
    archive, `sheet` of a workbook (or layer of a GeoPackage) or `element` of XML or JSON holds the table; `layout` is
    a fixed-width file's. What `access`, `marking` and the like leave empty stays as it was in the version before.
    `mode` is replace, append (the rows are added to those of the newest version) or upsert (they replace those with the
    same `key`, by default that of the data contract).
    `confirm` confirms how every field is classified, `confirm_fields` only those; `confirm_reason` says why against
    strong evidence. `new_contract_version` lets a data contract break for readers of the version before. `regime` is
    uk-gdpr or law-enforcement, `retain` a period such as `6 years after end of year: why`; empty, both stay.
    `derived_from` names the agreements under which the body received what it was made from.
    """

    body: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=300)
    contract: str = Field(min_length=1, max_length=1 << 20)
    upload: str = Field(min_length=1, max_length=64)
    format: str = Field("auto", max_length=16)
    access: str = Field("", max_length=16)
    marking: str = Field("", max_length=32)
    title: str = Field("", max_length=300)
    description: str = Field("", max_length=5000)
    licence: str = Field("", max_length=300)
    attribution: str = Field("", max_length=1000)
    stored: str = Field("", max_length=300)
    keywords: list[Word] = Field(default_factory=list, max_length=50)
    confirm: bool = False
    confirm_fields: list[Word] = Field(default_factory=list, max_length=4096)
    confirm_reason: str = Field("", max_length=2000)
    new_contract_version: bool = False
    regime: str = Field("", max_length=32)
    retain: str = Field("", max_length=400)
    accept: str = Field("", max_length=40)
    key_class: str = Field("", max_length=16)
    split: bool = False
    member: str = Field("", max_length=1000)
    sheet: str = Field("", max_length=300)
    element: str = Field("", max_length=1000)
    layout: str = Field("", max_length=1 << 20)
    mode: str = Field("replace", max_length=16)
    key: list[Word] = Field(default_factory=list, max_length=50)
    derived_from: list[Word] = Field(default_factory=list, max_length=50)


class AskForm(Form):
    """Ask for data, or for what the answer would be. `rows` are conditions such as `council=E09000022`.

    `seal_to` is an age recipient to which releases are sealed, or `own` for the asking body's key on this node.
    `answers` are those to the share-request form, by the code of the question. `template` is the code of the template
    it starts from, which gives the purpose where none is named; `terms` are proposed over the template's.
    """

    dataset: str = Field(min_length=1, max_length=300)
    recipient: str = Field(min_length=1, max_length=200)
    purpose: str = Field("", max_length=100)
    gateway: str = Field("", max_length=100)
    fields: list[Word] = Field(default_factory=list, max_length=2000)
    rows: list[Word] = Field(default_factory=list, max_length=50)
    until: Moment | None = None
    seal_to: str = Field("", max_length=4000)
    answers: dict[Word, FormAnswer] = Field(default_factory=dict, max_length=100)
    template: str = Field("", max_length=100)
    terms: dict[Word, FormTerm] = Field(default_factory=dict, max_length=20)

    @model_validator(mode="after")
    def has_purpose(self) -> "AskForm":
        """Return the form when it says what the data is for, itself or by its template."""
        if not (self.purpose or self.template):
            raise ValueError("name a purpose or a template")
        return self


class ConditionsForm(Form):
    """What an agreement demands beyond fields, rows and time; what is left out demands nothing.

    `readers` are persons of the recipient, and roles as `role:analyst`; `doors` those that may be used. The numbers per
    day count over 24 hours, and 0 sets no limit. Copies may be kept `keep_days` after the end; `review` is a day.
    """

    readers: list[Word] = Field(default_factory=list, max_length=200)
    doors: list[Word] = Field(default_factory=list, max_length=50)
    bars_onward: bool = False
    deliveries_per_day: Whole = 0
    rows_per_day: Whole = 0
    keep_days: Whole | None = None
    review: date | None = None

    def conditions(self) -> Conditions:
        """Return them as the node takes them."""
        given = self.model_dump()
        return Conditions(**{**given, "readers": tuple(self.readers), "doors": tuple(self.doors)})


class RulingForm(Form):
    """The named person's answer: permit, perhaps with fewer fields and rows, or refuse with a coded reason.

    `sealed` demands that what is released is sealed to a key of the recipient. `conditions` are enforced on every read.
    `countersign` demands the other side's signature before it is in force.
    `as_asked` leaves out what the request's template proposes. With `officers` the agreement stands by for an
    emergency, and one of them switches it on for at most `standby_hours`.
    """

    permit: bool
    fields: list[Word] = Field(default_factory=list, max_length=2000)
    rows: list[Word] = Field(default_factory=list, max_length=50)
    tokenise: list[Word] = Field(default_factory=list, max_length=2000)
    until: Moment | None = None
    reason: str = Field("", max_length=40)
    text: str = Field("", max_length=2000)
    would_change: str = Field("", max_length=2000)
    sealed: bool = False
    as_asked: bool = False
    standby_hours: int = Field(0, ge=0, le=1_000_000)
    officers: list[Word] = Field(default_factory=list, max_length=200)
    conditions: ConditionsForm = Field(default_factory=ConditionsForm)
    countersign: bool = False

    def command(self) -> RuleCommand:
        """Return the answer as the node takes it."""
        return RuleCommand(**{**self.model_dump(), "conditions": self.conditions.conditions()})


class ClassifyForm(Form):
    """Confirm how fields are classified; with `classification`, classify them so from now on."""

    fields: list[Word] = Field(min_length=1, max_length=4096)
    classification: str = Field("", max_length=32)
    reason: str = Field(min_length=1, max_length=2000)


class TwinForm(Form):
    """Publish a synthetic twin of so many rows."""

    rows: int = Field(1000, ge=1, le=100_000)


class ReasonForm(Form):
    """Why something ends."""

    reason: str = Field(min_length=1, max_length=2000)


def explain_answer(question: AskQuestion, decision: Decision, deciders: Deciders | None) -> dict[str, Any]:
    """Return a decision as the API shows it: outcome, reasons, citations, what would change it, and who decides."""
    return {
        "outcome": decision.verdict.value,
        "dataset": question.dataset,
        "discloser": question.discloser,
        "recipient": question.recipient,
        "purpose": question.purpose,
        "gateway": question.gateway,
        **_answer(decision, deciders),
    }


def request_answer(
    request: AccessRequest, decision: Decision, agreement: Agreement | None = None, deciders: Deciders | None = None
) -> dict[str, Any]:
    """Return an access request with its decision, and the agreement when the node agreed by itself."""
    return {
        "request": request.id,
        "status": request.status.value,
        "dataset": request.dataset,
        "discloser": request.discloser,
        "recipient": request.recipient,
        "purpose": request.purpose,
        "gateway": request.gateway,
        "fields": list(request.fields),
        "seal_to": request.seal_to,
        "outcome": decision.verdict.value,
        **_answer(decision, deciders),
        "agreement": None if agreement is None else agreement.id,
    }


def _answer(decision: Decision, deciders: Deciders | None) -> dict[str, Any]:
    return {
        "reasons": [asdict(each) for each in decision.reasons],
        "decides": _decides(deciders),
        "to_judge": [{"question": each.judge, "citation": each.citation} for each in decision.to_judge()],
        "missing": [{"step": each.sentence, "citation": each.citation} for each in decision.steps()],
        "passed": [{"policy": each.policy, "sentence": each.sentence} for each in decision.passed],
        "citations": list(decision.citations),
        "would_change": list(decision.would_change()),
        "rung": decision.proposed_rung,
        "pack": decision.pack,
        "policies": decision.policies,
        "advice": "Decision support for an information-governance lead; not legal advice.",
    }


def _decides(deciders: Deciders | None) -> dict[str, Any] | None:
    if deciders is None:
        return None
    known = None if deciders.people is None else [{"person": each.id, "name": each.name} for each in deciders.people]
    return {
        "body": deciders.body,
        "roles": [each.value for each in deciders.roles],
        "people": known,
        "sentence": deciders.sentence,
    }


def agreement_answer(agreement: Agreement, state: str) -> dict[str, Any]:
    """Return an agreement as the API shows it; row conditions name fields and operators, their values too."""
    return {
        "agreement": agreement.id,
        "request": agreement.request,
        "state": state,
        "dataset": agreement.dataset,
        "discloser": agreement.discloser,
        "recipient": agreement.recipient,
        "purpose": agreement.purpose,
        "gateway": agreement.gateway,
        "citation": agreement.citation,
        "fields": list(agreement.fields),
        "rows": [{"field": e.field, "operator": e.operator.value, "values": list(e.values)} for e in agreement.rows],
        "tokenised": list(agreement.tokenised),
        "sealed_to": agreement.sealed_to,
        "starts": agreement.starts,
        "ends": agreement.ends,
        "decided_by": agreement.decided_by,
        "public_task": agreement.public_task,
        "conditions": agreement.conditions.as_json(),
        "conditions_in_words": dict(agreement.conditions.describe()),
        "terms_sha256": terms_digest(agreement),
        "signatures": [signature_answer(each) for each in agreement.signatures],
        "awaits": awaited_body(agreement),
        "standby": asdict(agreement.standby) if agreement.standby else None,
        "activations": [asdict(each) for each in agreement.activations],
        "revoked": agreement.revoked,
        "revoked_by": agreement.revoked_by,
        "revocation_reason": agreement.revocation_reason,
        "edition": agreement.edition,
        "suspended": agreement.suspended,
        "suspended_by": agreement.suspended_by,
        "suspension_reason": agreement.suspension_reason,
        "superseded_by": agreement.superseded_by,
    }


def record_answer(record: CatalogueRecord) -> dict[str, Any]:
    """Return a catalogue record as JSON."""
    return asdict(record)


def signature_answer(signature: Signature) -> dict[str, Any]:
    """Return who stands under an agreement and how; `signatory` says whether it counts as a signature."""
    return {
        "person": signature.person,
        "body": signature.body,
        "at": signature.at,
        "by_default": signature.by_default,
        "act": None if signature.act is None else signature.act.value,
        "signatory": signature.binds,
        "digest": signature.digest,
        "capacity": signature.capacity,
        "proved": signature.proved,
        "proved_by": signature.proved_by,
    }
