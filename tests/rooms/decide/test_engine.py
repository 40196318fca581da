import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commonweal import decide
from commonweal.decide import (
    AgreementFacts,
    AskQuestion,
    PolicyEngine,
    PolicySetError,
    PolicyTexts,
    ReadQuestion,
    Verdict,
    load_policy_texts,
)

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
TEXTS = load_policy_texts()
ENGINE = PolicyEngine()
READ = ReadQuestion(
    recipient="lambeth",
    dataset="dwp/council-tax-support",
    dataset_status="live",
    known_fields=frozenset({"nino", "award"}),
    fields=frozenset({"award"}),
    purpose="council-tax-reduction",
    at=NOW,
    agreement=AgreementFacts(
        id="agr-1",
        dataset="dwp/council-tax-support",
        discloser="dwp",
        recipient="lambeth",
        purposes=frozenset({"council-tax-reduction"}),
        fields=frozenset({"award"}),
        starts=NOW - timedelta(days=1),
        ends=NOW + timedelta(days=1),
        status="signed",
        obligations=frozenset(),
    ),
    obligations_met=frozenset(),
)
ASK = AskQuestion(
    recipient="lambeth",
    recipient_live=True,
    discloser="dwp",
    discloser_live=True,
    dataset="dwp/council-tax-support",
    dataset_status="live",
    access="shared",
    field_classes={"nino": "personal", "award": "not-personal"},
    fields=frozenset({"nino", "award"}),
    purpose="council-tax-reduction",
    at=NOW,
    gateway="wra12-s130-131",
    gateway_fits=True,
    gateway_citation="Welfare Reform Act 2012, sections 130-131",
    pack="f00d",
)


UNJUDGED = '@id("x") @reason("x") @passed("x") forbid (principal, action == Action::"agree_by_default", resource);'


def overflowing(action: str) -> PolicyEngine:
    """Return an engine whose forbid for one action fails while it is evaluated."""
    number = "9223372036854775807"
    told = '@id("x") @reason("x") @judge("x?") @passed("x")'
    forbid = f'{told} forbid (principal, action == Action::"{action}", resource) when {{ 1 + {number} > 0 }};'
    return PolicyEngine(replace(TEXTS, policies=f"{TEXTS.policies}\n{forbid}"))


def test_an_error_in_a_policy_refuses_a_read() -> None:
    decision = overflowing("read").decide_read(READ)
    assert (decision.verdict, [each.policy for each in decision.reasons]) == (Verdict.REFUSE, ["policy.error"])


@pytest.mark.parametrize("action", ["consider", "agree_by_default"])
def test_an_error_in_a_policy_refuses_a_request(action: str) -> None:
    decision = overflowing(action).decide_ask(replace(ASK, fields=frozenset({"award"})))
    assert (decision.verdict, [each.policy for each in decision.reasons]) == (Verdict.REFUSE, ["policy.error"])


@pytest.mark.parametrize(
    "question",
    [replace(READ, purpose="\ud800"), replace(READ, dataset="\ud800"), replace(READ, fields=frozenset({"\ud800"}))],
    ids=["purpose", "dataset", "fields"],
)
def test_text_that_is_not_unicode_is_refused(question: ReadQuestion) -> None:
    decision = ENGINE.decide_read(question)
    assert [each.policy for each in decision.reasons] == ["policy.error"]


def test_no_decision_is_a_refusal() -> None:
    schema = TEXTS.schema.replace("at: Long,", "at: Long, weather: String,")
    decision = PolicyEngine(replace(TEXTS, schema=schema)).decide_read(READ)
    assert [each.policy for each in decision.reasons] == ["policy.error"]


@pytest.mark.parametrize(
    "texts",
    [
        replace(TEXTS, policies="forbid ("),
        replace(TEXTS, schema="entity"),
        replace(TEXTS, policies='@id("x") @reason("x") permit (principal, action, resource) when { context.colour };'),
        replace(TEXTS, policies="permit (principal, action, resource);"),
        replace(TEXTS, policies='@id("x") permit (principal, action, resource);'),
        replace(TEXTS, policies='@id("x") @reason("x") permit (principal, action, resource);' * 2),
        replace(TEXTS, policies='@id("x") @reason("x") forbid (principal, action == Action::"consider", resource);'),
        replace(TEXTS, policies=f'@judge("x") {UNJUDGED}'),
        replace(TEXTS, policies=UNJUDGED),
    ],
    ids=[
        "policies do not parse",
        "schema does not parse",
        "does not fit",
        "no id",
        "no reason",
        "id twice",
        "a condition without what a permit says",
        "a question that is none",
        "no question",
    ],
)
def test_a_faulty_set_is_not_loaded(texts: PolicyTexts) -> None:
    with pytest.raises(PolicySetError) as caught:
        PolicyEngine(texts)
    assert caught.value.code == "decide.policy-set"
    assert caught.value.advice()


def test_every_forbid_says_what_would_change_the_answer() -> None:
    blocks = [block for block in TEXTS.policies.split("\n\n") if "\nforbid (" in block]
    assert len(blocks) == len(ENGINE.policy_ids) - 4
    assert all("@would_change(" in block for block in blocks)


def test_the_digest_names_schema_and_policies() -> None:
    assert ENGINE.digest == TEXTS.digest == PolicyEngine(TEXTS).digest
    assert len({TEXTS.digest, replace(TEXTS, schema="").digest, replace(TEXTS, policies="").digest}) == 3


def test_a_request_for_personal_data_is_explained() -> None:
    decision = ENGINE.decide_ask(ASK)
    assert decision.verdict is Verdict.PERSON
    assert decision.sentences() == (
        "As the rule pack reads it, the gateway wra12-s130-131 covers council-tax-reduction between dwp and lambeth.",
        "A named person at dwp must decide: these fields are personal or not yet confirmed otherwise: nino.",
    )
    assert decision.citations[0] == "Welfare Reform Act 2012, sections 130-131"
    assert (decision.proposed_rung, decision.pack) == ("de-identified", "f00d")


def test_who_decides_is_asked_a_question_for_each_reason_and_each_step() -> None:
    steps = ("A data protection impact assessment is missing.", "HMRC's consent is missing.")
    decision = ENGINE.decide_ask(replace(ASK, gateway_fits=False, gateway_missing=steps))
    assert [each.judge for each in decision.to_judge()] == [
        "Is every one of these fields necessary for council-tax-reduction: nino?",
        *(f"Has lambeth shown that this step is complete? {each}" for each in steps),
    ]
    assert [(each.sentence, each.citation) for each in decision.steps()] == [
        (each, "Welfare Reform Act 2012, sections 130-131") for each in steps
    ]


def test_a_permit_lists_each_condition_that_it_passed() -> None:
    decision = ENGINE.decide_ask(replace(ASK, fields=frozenset({"award"})))
    assert decision.verdict is Verdict.PERMIT
    assert len(decision.passed) == 16
    assert "No step is missing for the gateway wra12-s130-131." in [each.sentence for each in decision.passed]
    assert ENGINE.decide_ask(ASK).passed == ()


@pytest.mark.parametrize(
    ("status", "words", "mended"),
    [
        ("offered", "until the other side has signed it", "commonweal sign agr-1"),
        ("standby", "until one of its officers switches it on", "commonweal activate agr-1"),
        ("suspended", "is suspended: it opens nothing until it is resumed", "commonweal agreements show agr-1"),
        ("superseded", "was replaced by agreement agr-2", "Read with a profile of agreement agr-2"),
        ("revoked", "its status is revoked", "never comes back"),
        ("asleep", "its status is asleep", "Ask the discloser why"),
    ],
)
def test_each_status_refuses_in_its_own_words_and_a_stranger_learns_none(status: str, words: str, mended: str) -> None:
    agreement = replace(READ.agreement, status=status, superseded_by="agr-2")
    (reason,) = ENGINE.decide_read(replace(READ, agreement=agreement)).reasons
    assert words in reason.sentence
    assert mended in reason.would_change
    known = {"offered", "standby", "suspended", "superseded"}
    assert reason.policy == f"read.{status if status in known else 'revoked'}"
    stranger = ENGINE.decide_read(replace(READ, agreement=agreement, recipient="leeds"))
    assert [each.policy for each in stranger.reasons] == ["read.recipient", "read.revoked"]
    assert status not in " ".join(stranger.sentences())


def test_plain_fields_are_proposed_as_rows() -> None:
    assert ENGINE.decide_ask(replace(ASK, fields=frozenset({"award"}))).proposed_rung == "rows"


def test_an_unnamed_gateway_is_answered_with_those_that_fit() -> None:
    fitting = {"wra12-s130-131": "Welfare Reform Act 2012, sections 130-131", "a": "An Act"}
    asked = replace(ASK, gateway="", gateway_fits=None, gateway_citation="", fitting_gateways=fitting)
    assert ENGINE.decide_ask(asked).would_change() == (
        "Name the gateway you rely on. Gateways that fit: "
        "a (An Act); wra12-s130-131 (Welfare Reform Act 2012, sections 130-131).",
    )


def test_dates_are_written_for_people() -> None:
    late = ENGINE.decide_read(replace(READ, at=NOW + timedelta(days=2)))
    assert late.sentences() == ("Agreement agr-1 has ended (end: 2 April 2026, 09:00:00 UTC).",)


def test_a_stranger_learns_no_terms() -> None:
    agreement = replace(READ.agreement, purposes=frozenset({"secret-purpose"}), fields=frozenset({"secret_field"}))
    stranger = replace(READ, recipient="leeds", at=NOW + timedelta(days=2), agreement=agreement)
    decision = ENGINE.decide_read(stranger)
    told = " ".join((*decision.sentences(), *decision.would_change()))
    assert not [each for each in ("lambeth", "secret", "2 April 2026") if each in told]


def test_long_lists_and_names_are_shortened() -> None:
    asked = frozenset({f"f{n:03}" for n in range(100)} | {"\x1b" + "a" * 100})
    sentence = ENGINE.decide_ask(replace(ASK, fields=asked)).sentences()[0]
    assert sentence.count("\N{REPLACEMENT CHARACTER}") == 1
    assert sentence.endswith(" and 81 more.")
    assert "\x1b" not in sentence
    assert len(sentence) < 400


def test_braces_in_a_name_are_only_text() -> None:
    decision = ENGINE.decide_read(replace(READ, purpose="{agreement.__class__}"))
    assert "{agreement.__class__}" in decision.sentences()[0]


def test_the_front_door_loads_no_engine() -> None:
    code = (
        "import sys, commonweal.agree, commonweal.decide as d; print('cedarpy' in sys.modules, d.PolicyEngine.__name__)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "PolicyEngine"]


def test_the_front_door_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="Oracle"):
        _ = decide.Oracle  # type: ignore[attr-defined]  # there is none


def test_how_long_a_decision_takes(capsys: pytest.CaptureFixture[str]) -> None:
    started = time.perf_counter()
    for _ in range(100):
        assert ENGINE.decide_read(READ).permitted
    with capsys.disabled():
        sys.stdout.write(f"\ndecide_read: {(time.perf_counter() - started) * 10:.2f} ms\n")
