import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commonweal.agree import (
    Agreement,
    AgreementStatus,
    AlreadyDecidedError,
    AlreadyRevokedError,
    Conditions,
    NotAgreeableError,
    Refusal,
    RefusalCode,
    Signature,
    SignatureAct,
    Terms,
    TermsError,
    UnexplainedRevocationError,
    UnnamedError,
    decide_request,
    revoke,
    sign,
    state_at,
    terms_as_asked,
    terms_digest,
    to_facts,
    to_odrl,
)
from commonweal.core import Actor, CommonwealError, Event
from commonweal.decide import Decision, PolicyEngine, ReadQuestion, Reason, Verdict
from commonweal.keys import X25519Identity
from commonweal.request import AccessRequest, Operator, RequestStatus, RowCondition

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LAMBETH = RowCondition("council", Operator.EQUALS, ("Lambeth",))
BANDS = RowCondition("band", Operator.IN, ("A", "B", "C"))
REQUEST = AccessRequest(
    id="req-1",
    dataset="dwp/council-tax-support",
    discloser="dwp",
    recipient="lambeth",
    purpose="council-tax-reduction",
    gateway="wra12-s130-131",
    fields=("nino", "name", "award"),
    rows=(LAMBETH, BANDS),
    asked_by="Ada Obi",
    asked=NOW - DAY,
    until=NOW + 30 * DAY,
)
LEAD = Actor("Bryn Rees", "dwp")
NOBODY = Actor(" ", "dwp")
PERSON = Decision(Verdict.PERSON, (Reason("default.personal", "A person must decide."),), policies="p1", pack="k1")
PERMIT = Decision(Verdict.PERMIT, (Reason("default.presumption", "All plain."),))
CONDITIONS = Decision(Verdict.CONDITIONS, (Reason("default.gateway-steps", "A DPIA."),))
REFUSE = Decision(Verdict.REFUSE, (Reason("dataset.live", "Not live."), Reason("ask.recipient-live", "Closed.")))
TERMS = Terms(
    fields=("nino", "award"),
    rows=(LAMBETH, replace(BANDS, values=("A",)), RowCondition("award", Operator.GREATER, ("0",))),
    purpose="council-tax-reduction",
    starts=NOW,
    ends=NOW + 7 * DAY,
    tokenised=("nino",),
)
REFUSAL = Refusal("breach-risk", "The table names children.", "Ask for an aggregate.")


def signed(
    terms: Terms = TERMS, decision: Decision = PERSON, request: AccessRequest = REQUEST, decided_by: str = "Bryn Rees"
) -> tuple[Agreement, Event]:
    return sign(
        request,
        decision,
        terms,
        identifier="agr-1",
        actor=LEAD,
        at=NOW,
        decided_by=decided_by,
        citation="Welfare Reform Act 2012, sections 130-131",
    )


AGREEMENT, SIGNED = signed()


def test_an_agreement_says_what_the_terms_say() -> None:
    assert (AGREEMENT.fields, AGREEMENT.rows, AGREEMENT.tokenised) == (TERMS.fields, TERMS.rows, TERMS.tokenised)
    assert (AGREEMENT.starts, AGREEMENT.ends, AGREEMENT.decided_by) == (TERMS.starts, TERMS.ends, "Bryn Rees")
    asked, signed = AGREEMENT.signatures
    assert asked == Signature("Ada Obi", "lambeth", NOW - DAY, act=SignatureAct.ASKED)
    assert signed == Signature("Bryn Rees", "dwp", NOW, act=SignatureAct.SIGNED, digest=terms_digest(AGREEMENT))
    assert (asked.binds, signed.binds) == (False, True)


def test_the_signing_is_recorded_without_values() -> None:
    assert (SIGNED.name, SIGNED.body, SIGNED.subject, SIGNED.actor) == ("agreement.signed", "dwp", "agr-1", LEAD)
    assert SIGNED.facts["rows"] == [
        {"field": "council", "operator": "="},
        {"field": "band", "operator": "in"},
        {"field": "award", "operator": ">"},
    ]
    assert (SIGNED.facts["policies"], SIGNED.facts["pack"], SIGNED.facts["by_default"]) == ("p1", "k1", False)
    assert "Lambeth" not in json.dumps(SIGNED.as_json())


def test_plain_data_is_agreed_by_default() -> None:
    agreement, event = signed(terms_as_asked(REQUEST, starts=NOW, ends=NOW + DAY), PERMIT, decided_by="")
    digest = terms_digest(agreement)
    assert agreement.signatures[1] == Signature("", "dwp", NOW, by_default=True, act=SignatureAct.SIGNED, digest=digest)
    assert (agreement.fields, agreement.rows, agreement.tokenised) == (REQUEST.fields, REQUEST.rows, ())
    assert event.facts["by_default"] is True


def test_a_person_may_sign_what_is_permitted() -> None:
    agreement, _ = signed(decision=PERMIT)
    assert (agreement.signatures[1].person, agreement.signatures[1].by_default) == ("Bryn Rees", False)


@pytest.mark.parametrize(
    ("decision", "request_", "decided_by", "error", "code"),
    [
        (REFUSE, REQUEST, "Bryn Rees", NotAgreeableError, "agree.refused"),
        (PERSON, REQUEST, "", UnnamedError, "agree.unnamed"),
        (PERSON, REQUEST, "  ", UnnamedError, "agree.unnamed"),
        (CONDITIONS, REQUEST, "", UnnamedError, "agree.unnamed"),
        (PERSON, replace(REQUEST, status=RequestStatus.REFUSED), "Bryn Rees", AlreadyDecidedError, None),
        (PERSON, replace(REQUEST, status=RequestStatus.AGREED), "Bryn Rees", AlreadyDecidedError, None),
    ],
)
def test_not_signed(
    decision: Decision, request_: AccessRequest, decided_by: str, error: type[CommonwealError], code: str | None
) -> None:
    with pytest.raises(error) as caught:
        signed(decision=decision, request=request_, decided_by=decided_by)
    assert caught.value.code == (code or "agree.already-decided")
    assert caught.value.advice()


def test_a_refusal_hands_on_its_reasons() -> None:
    with pytest.raises(NotAgreeableError) as caught:
        signed(decision=REFUSE)
    assert caught.value.reasons == ("Not live.", "Closed.")


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        (replace(TERMS, fields=(), tokenised=()), "No field is left: an agreement covers at least one."),
        (replace(TERMS, fields=("nino", "nino")), "A field is named twice."),
        (replace(TERMS, fields=("nino", "sex")), "Not asked for: sex."),
        (replace(TERMS, tokenised=("name",)), "To be tokenised but not among the fields: name."),
        (replace(TERMS, purpose="debt-recovery"), "The purpose is not the one asked for: council-tax-reduction."),
        (
            replace(TERMS, rows=(LAMBETH,)),
            "Row condition 2 of the request, on band, is missing or has been widened.",
        ),
        (
            replace(TERMS, rows=(LAMBETH, replace(BANDS, values=("A", "D")))),
            "Row condition 2 of the request, on band, is missing or has been widened.",
        ),
        (
            replace(TERMS, rows=(BANDS, replace(LAMBETH, values=("Leeds",)))),
            "Row condition 1 of the request, on council, is missing or has been widened.",
        ),
        (replace(TERMS, ends=TERMS.starts), "The end must come after the start."),
        (replace(TERMS, ends=NOW + 31 * DAY), "The end is later than the request asks for."),
    ],
)
def test_terms_only_narrow(terms: Terms, fault: str) -> None:
    with pytest.raises(TermsError) as caught:
        signed(terms)
    assert caught.value.reasons == (fault,)


@pytest.mark.parametrize(
    ("offered", "asked", "within"),
    [
        (RowCondition("a", Operator.EQUALS, ("1",)), RowCondition("a", Operator.IN, ("1", "2")), True),
        (RowCondition("a", Operator.IN, ("1",)), RowCondition("a", Operator.EQUALS, ("1",)), True),
        (RowCondition("a", Operator.IN, ()), RowCondition("a", Operator.IN, ("1",)), False),
        (RowCondition("b", Operator.EQUALS, ("1",)), RowCondition("a", Operator.EQUALS, ("1",)), False),
        (RowCondition("a", Operator.NOT_EQUALS, ("1",)), RowCondition("a", Operator.EQUALS, ("1",)), False),
        (RowCondition("a", Operator.EQUALS, ("1",)), RowCondition("a", Operator.NOT_EQUALS, ("1",)), False),
        (RowCondition("a", Operator.LESS, ("9",)), RowCondition("a", Operator.LESS, ("9",)), True),
    ],
)
def test_a_row_condition_stands_or_narrows(*, offered: RowCondition, asked: RowCondition, within: bool) -> None:
    request = replace(REQUEST, rows=(asked,))
    terms = replace(TERMS, rows=(offered,))
    if within:
        assert signed(terms, request=request)[0].rows == (offered,)
    else:
        with pytest.raises(TermsError):
            signed(terms, request=request)


def test_every_fault_of_the_terms_is_listed() -> None:
    terms = Terms(("sex",), (), "debt-recovery", NOW + 60 * DAY, NOW + 50 * DAY, ("nino",))
    with pytest.raises(TermsError) as caught:
        signed(terms)
    assert len(caught.value.reasons) == 7


def test_a_person_permits() -> None:
    ruling, event = decide_request(REQUEST, PERSON, TERMS, actor=LEAD, at=NOW)
    assert ruling.permitted
    assert (ruling.request.status, ruling.answer, ruling.decided_by) == (RequestStatus.PERMITTED, TERMS, "Bryn Rees")
    assert (event.name, event.subject, event.facts["status"]) == ("request.decided", "req-1", "permitted")
    assert "Lambeth" not in json.dumps(event.as_json())
    assert signed(request=ruling.request)[0].decided_by == "Bryn Rees"


@pytest.mark.parametrize("code", list(RefusalCode))
@pytest.mark.parametrize("decision", [PERSON, REFUSE, PERMIT])
def test_a_person_refuses_with_a_code(code: str, decision: Decision) -> None:
    ruling, event = decide_request(REQUEST, decision, replace(REFUSAL, code=str(code)), actor=LEAD, at=NOW)
    assert not ruling.permitted
    assert ruling.request.status is RequestStatus.REFUSED
    assert (event.facts["code"], event.facts["reason"]) == (code, REFUSAL.sentence)
    assert event.facts["would_change"] == REFUSAL.would_change


@pytest.mark.parametrize(
    ("request_", "decision", "answer", "actor", "code"),
    [
        (REQUEST, PERSON, replace(REFUSAL, code=""), LEAD, "agree.uncoded-refusal"),
        (REQUEST, PERSON, replace(REFUSAL, code="mood"), LEAD, "agree.uncoded-refusal"),
        (REQUEST, PERSON, replace(REFUSAL, sentence=" "), LEAD, "agree.uncoded-refusal"),
        (REQUEST, PERSON, replace(REFUSAL, would_change=""), LEAD, "agree.uncoded-refusal"),
        (REQUEST, PERSON, REFUSAL, NOBODY, "agree.unnamed"),
        (REQUEST, PERSON, TERMS, NOBODY, "agree.unnamed"),
        (REQUEST, REFUSE, TERMS, LEAD, "agree.refused"),
        (REQUEST, PERSON, replace(TERMS, fields=("sex",)), LEAD, "agree.terms"),
        (replace(REQUEST, status=RequestStatus.PERMITTED), PERSON, REFUSAL, LEAD, "agree.already-decided"),
        (replace(REQUEST, status=RequestStatus.REFUSED), PERSON, TERMS, LEAD, "agree.already-decided"),
    ],
)
def test_no_ruling(
    request_: AccessRequest, decision: Decision, answer: Terms | Refusal, actor: Actor, code: str
) -> None:
    with pytest.raises(CommonwealError) as caught:
        decide_request(request_, decision, answer, actor=actor, at=NOW)
    assert caught.value.code == code
    assert caught.value.advice()


def test_revoking() -> None:
    revoked, event = revoke(AGREEMENT, actor=LEAD, reason="The scheme has closed.", at=NOW + DAY)
    assert (revoked.status, revoked.revoked, revoked.revoked_by) == (
        AgreementStatus.REVOKED,
        NOW + DAY,
        "Bryn Rees",
    )
    assert revoked.revocation_reason == "The scheme has closed."
    assert (event.name, event.subject, event.facts["reason"]) == (
        "agreement.revoked",
        "agr-1",
        "The scheme has closed.",
    )
    with pytest.raises(AlreadyRevokedError) as caught:
        revoke(revoked, actor=LEAD, reason="Again.", at=NOW + 2 * DAY)
    assert caught.value.code == "agree.already-revoked"


def test_revoking_needs_a_name_and_a_reason() -> None:
    with pytest.raises(UnnamedError):
        revoke(AGREEMENT, actor=NOBODY, reason="The scheme has closed.", at=NOW)
    with pytest.raises(UnexplainedRevocationError):
        revoke(AGREEMENT, actor=LEAD, reason=" ", at=NOW)


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (NOW - timedelta(microseconds=1), "pending"),
        (NOW, "active"),
        (NOW + 7 * DAY - timedelta(microseconds=1), "active"),
        (NOW + 7 * DAY, "expired"),
    ],
)
def test_the_state_is_a_matter_of_the_clock(moment: datetime, state: str) -> None:
    assert state_at(AGREEMENT, moment) == state
    revoked, _ = revoke(AGREEMENT, actor=LEAD, reason="The scheme has closed.", at=NOW)
    assert state_at(revoked, moment) == "revoked"


def test_the_state_agrees_with_a_read() -> None:
    engine = PolicyEngine()
    revoked, _ = revoke(AGREEMENT, actor=LEAD, reason="The scheme has closed.", at=NOW)
    for agreement in (AGREEMENT, revoked):
        for moment in (NOW - DAY, NOW, NOW + DAY, NOW + 7 * DAY):
            question = ReadQuestion(
                recipient="lambeth",
                dataset=agreement.dataset,
                dataset_status="live",
                known_fields=frozenset(REQUEST.fields),
                fields=frozenset(agreement.fields),
                purpose=agreement.purpose,
                at=moment,
                agreement=to_facts(agreement, moment),
                obligations_met=frozenset({"tokenise:nino"}),
            )
            assert engine.decide_read(question).permitted == (state_at(agreement, moment) == "active")


def test_the_facts_for_a_read() -> None:
    facts = to_facts(AGREEMENT, NOW)
    assert facts.obligations == frozenset({"tokenise:nino"})
    assert (facts.purposes, facts.fields) == (frozenset({"council-tax-reduction"}), frozenset({"nino", "award"}))
    assert (facts.status, facts.starts, facts.ends) == ("signed", TERMS.starts, TERMS.ends)


def test_odrl() -> None:
    base = "https://node.example"
    dataset = f"{base}/datasets/dwp/council-tax-support"
    assert to_odrl(AGREEMENT, base=base) == {
        "@context": ["http://www.w3.org/ns/odrl.jsonld", {"cw": f"{base}/odrl-profile#"}],
        "@type": "Agreement",
        "uid": f"{base}/agreements/agr-1",
        "profile": f"{base}/odrl-profile",
        "assigner": f"{base}/bodies/dwp",
        "assignee": f"{base}/bodies/lambeth",
        "permission": [
            {
                "action": "read",
                "target": {
                    "@type": "AssetCollection",
                    "source": dataset,
                    "refinement": [
                        {"leftOperand": "cw:field", "operator": "isAnyOf", "rightOperand": ["nino", "award"]},
                        {
                            "cw:field": "council",
                            "leftOperand": "cw:value",
                            "operator": "eq",
                            "rightOperand": "Lambeth",
                        },
                        {"cw:field": "band", "leftOperand": "cw:value", "operator": "isAnyOf", "rightOperand": ["A"]},
                        {"cw:field": "award", "leftOperand": "cw:value", "operator": "gt", "rightOperand": "0"},
                    ],
                },
                "constraint": [
                    {
                        "leftOperand": "purpose",
                        "operator": "eq",
                        "rightOperand": {"@id": f"{base}/purposes/council-tax-reduction"},
                    },
                    {
                        "leftOperand": "dateTime",
                        "operator": "gteq",
                        "rightOperand": {"@value": "2026-04-01T09:00:00.000000Z", "@type": "xsd:dateTime"},
                    },
                    {
                        "leftOperand": "dateTime",
                        "operator": "lt",
                        "rightOperand": {"@value": "2026-04-08T09:00:00.000000Z", "@type": "xsd:dateTime"},
                    },
                ],
                "duty": [
                    {
                        "action": "cw:tokenise",
                        "assignee": f"{base}/bodies/dwp",
                        "target": dataset,
                        "cw:field": "nino",
                    }
                ],
            }
        ],
    }


def test_odrl_without_tokens_has_no_duty() -> None:
    plain, _ = signed(replace(TERMS, tokenised=()))
    assert "duty" not in json.dumps(to_odrl(plain, base=""))


def test_conditions_in_odrl_are_constraints_a_prohibition_and_obligations() -> None:
    conditions = Conditions(
        readers=("role:analyst",),
        doors=("csv",),
        bars_onward=True,
        deliveries_per_day=2,
        rows_per_day=10,
        keep_days=30,
        review=TERMS.ends.date(),
    )
    agreement, event = signed(replace(TERMS, conditions=conditions))
    assert event.facts["conditions"] == conditions.as_json()
    document = json.loads(json.dumps(to_odrl(agreement, base="")))
    constraints = {each["leftOperand"]: each["rightOperand"] for each in document["permission"][0]["constraint"][3:]}
    assert constraints == {
        "recipient": [{"@id": "/people/role:analyst"}],
        "deliveryChannel": ["csv"],
        "cw:deliveriesPerDay": 2,
        "cw:rowsPerDay": 10,
    }
    assert [each["action"] for each in document["prohibition"]] == ["distribute"]
    assert [each["action"] for each in document["obligation"]] == ["delete", "reviewPolicy", "reviewPolicy"]
    assert document["obligation"][0]["constraint"][0]["rightOperand"]["@value"] == "P30D"


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        (Conditions(rows_per_day=-1), "The number of rows a day is from 0"),
        (Conditions(readers=("a@b", "a@b")), "A reader is named twice."),
        (Conditions(review=TERMS.ends.date() + DAY), "The review must lie between the start and the end."),
    ],
)
def test_conditions_that_cannot_hold_are_no_terms(conditions: Conditions, sentence: str) -> None:
    with pytest.raises(TermsError) as caught:
        signed(replace(TERMS, conditions=conditions))
    assert any(sentence in each for each in caught.value.reasons)


RECIPIENT = str(X25519Identity.generate().recipient)
SEALED_REQUEST = replace(REQUEST, seal_to=RECIPIENT)


def test_what_is_asked_sealed_is_agreed_sealed() -> None:
    terms = terms_as_asked(SEALED_REQUEST, starts=NOW, ends=NOW + DAY)
    agreement, event = signed(terms, PERMIT, SEALED_REQUEST, decided_by="")
    assert (terms.sealed_to, agreement.sealed_to, event.facts["sealed_to"]) == (RECIPIENT,) * 3


@pytest.mark.parametrize("sealed_to", ["", str(X25519Identity.generate().recipient)], ids=["nobody", "another"])
def test_terms_never_unseal_what_was_asked_sealed(sealed_to: str) -> None:
    with pytest.raises(TermsError) as caught:
        signed(replace(TERMS, sealed_to=sealed_to), request=SEALED_REQUEST)
    assert caught.value.reasons == (
        "The request asks for it sealed to a recipient, and the terms do not seal it to that one.",
    )


def test_the_discloser_may_seal_what_was_not_asked_sealed() -> None:
    ruling, event = decide_request(REQUEST, PERSON, replace(TERMS, sealed_to=RECIPIENT), actor=LEAD, at=NOW)
    assert isinstance(ruling.answer, Terms)
    assert event.facts["sealed_to"] == RECIPIENT
    agreement, _ = signed(ruling.answer, request=ruling.request)
    assert agreement.sealed_to == RECIPIENT


def test_sealing_is_a_duty_of_the_discloser_in_odrl() -> None:
    agreement, _ = signed(replace(TERMS, sealed_to=RECIPIENT, tokenised=()))
    document = json.loads(json.dumps(to_odrl(agreement, base="https://node.example")))
    assert document["permission"][0]["duty"] == [
        {
            "action": "cw:seal",
            "assignee": "https://node.example/bodies/dwp",
            "target": "https://node.example/datasets/dwp/council-tax-support",
            "cw:sealedTo": RECIPIENT,
        }
    ]
    both = to_odrl(replace(agreement, tokenised=("nino",)), base="")
    assert [each["action"] for each in json.loads(json.dumps(both))["permission"][0]["duty"]] == [
        "cw:tokenise",
        "cw:seal",
    ]
