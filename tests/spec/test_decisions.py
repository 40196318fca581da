"""The table of decisions: a question, the verdict, and the policies that say why, in order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commonweal.decide import (
    AgreementFacts,
    AskQuestion,
    Decision,
    DeliveryFacts,
    OnwardBar,
    PolicyEngine,
    PolicyTexts,
    ReadQuestion,
    Verdict,
    load_policy_texts,
)

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ENGINE = PolicyEngine()

AGREEMENT = AgreementFacts(
    id="agr-1",
    dataset="dwp/council-tax-support",
    discloser="dwp",
    recipient="lambeth",
    purposes=frozenset({"council-tax-reduction"}),
    fields=frozenset({"nino", "award"}),
    starts=NOW - DAY,
    ends=NOW + DAY,
    status="signed",
    obligations=frozenset({"tokenise:nino"}),
)
READ = ReadQuestion(
    recipient="lambeth",
    dataset="dwp/council-tax-support",
    dataset_status="live",
    known_fields=frozenset({"nino", "name", "award"}),
    fields=frozenset({"nino", "award"}),
    purpose="council-tax-reduction",
    at=NOW,
    agreement=AGREEMENT,
    obligations_met=frozenset({"tokenise:nino"}),
)
STOCK = AskQuestion(
    recipient="dhsc",
    recipient_live=True,
    discloser="rj1",
    discloser_live=True,
    dataset="rj1/ppe-stock",
    dataset_status="live",
    access="shared",
    field_classes={"item": "not-personal", "count": "not-personal"},
    fields=frozenset({"item", "count"}),
    purpose="ppe-supply",
    at=NOW,
)
CLAIMANTS = AskQuestion(
    recipient="lambeth",
    recipient_live=True,
    discloser="dwp",
    discloser_live=True,
    dataset="dwp/council-tax-support",
    dataset_status="live",
    access="shared",
    field_classes={"nino": "personal", "health": "special-category", "council": "not-personal"},
    fields=frozenset({"nino"}),
    purpose="council-tax-reduction",
    at=NOW,
    gateway="wra12-s130-131",
    gateway_fits=True,
    gateway_citation="Welfare Reform Act 2012, sections 130-131",
)

BAR = OnwardBar("agr-2", "HM Revenue & Customs", "HMRC has not consented.", "CRCA 2005, section 18")
OTHER_BAR = OnwardBar("agr-3", "DWP", "DWP has not consented.", "Agreement agr-3")
TOM, AGE = frozenset({"tom"}), frozenset({"age"})
TWO = DeliveryFacts("csv", deliveries=2, rows=40, adds=10)

Terms = dict[str, Any]
Row = tuple[str, Terms, Terms, str, tuple[str, ...]]

# What is asked | changes to the read | changes to the agreement | verdict | policies that say why
READS: tuple[Row, ...] = (
    ("all as agreed", {}, {}, "permit", ("read.agreed",)),
    ("fewer fields", {"fields": frozenset({"award"})}, {}, "permit", ("read.agreed",)),
    ("first moment", {"at": AGREEMENT.starts}, {}, "permit", ("read.agreed",)),
    ("last microsecond", {"at": AGREEMENT.ends - timedelta(microseconds=1)}, {}, "permit", ("read.agreed",)),
    ("another body", {"recipient": "leeds"}, {}, "refuse", ("read.recipient",)),
    ("another dataset", {"dataset": "dwp/other"}, {}, "refuse", ("read.dataset",)),
    ("another purpose", {"purpose": "debt-recovery"}, {}, "refuse", ("read.purpose",)),
    ("a field not agreed", {"fields": frozenset({"name"})}, {}, "refuse", ("read.fields-agreed",)),
    ("a field gone since", {"known_fields": frozenset({"award"})}, {}, "refuse", ("dataset.fields",)),
    ("no field", {"fields": frozenset()}, {}, "refuse", ("dataset.fields",)),
    ("an unknown field", {"fields": frozenset({"x"})}, {}, "refuse", ("read.fields-agreed", "dataset.fields")),
    ("too early", {"at": AGREEMENT.starts - timedelta(microseconds=1)}, {}, "refuse", ("read.started",)),
    ("at the end", {"at": AGREEMENT.ends}, {}, "refuse", ("read.expired",)),
    ("revoked", {}, {"status": "revoked"}, "refuse", ("read.revoked",)),
    ("a status nobody knows", {}, {"status": "signed "}, "refuse", ("read.revoked",)),
    ("offered", {}, {"status": "offered"}, "refuse", ("read.offered",)),
    ("standing by", {}, {"status": "standby"}, "refuse", ("read.standby",)),
    ("suspended", {}, {"status": "suspended"}, "refuse", ("read.suspended",)),
    ("superseded", {}, {"status": "superseded", "superseded_by": "agr-2"}, "refuse", ("read.superseded",)),
    (
        "suspended, another body",
        {"recipient": "leeds"},
        {"status": "suspended"},
        "refuse",
        ("read.recipient", "read.revoked"),
    ),
    ("a duty nobody knows", {}, {"obligations": frozenset({"sing:nino"})}, "refuse", ("read.obligations",)),
    ("withdrawn", {"dataset_status": "withdrawn"}, {}, "refuse", ("dataset.live",)),
    ("a reader agreed", {"reader": frozenset({"tom"})}, {"readers": TOM}, "permit", ("read.agreed",)),
    ("a reader not agreed", {"reader": frozenset({"eve"})}, {"readers": TOM}, "refuse", ("read.readers",)),
    ("a door not agreed", {"delivery": DeliveryFacts("csv")}, {"doors": AGE}, "refuse", ("read.doors",)),
    ("the terms alone, by any door", {}, {"doors": AGE, "rows_per_day": 1}, "permit", ("read.agreed",)),
    ("one delivery left", {"delivery": TWO}, {"deliveries_per_day": 3}, "permit", ("read.agreed",)),
    ("no delivery left", {"delivery": TWO}, {"deliveries_per_day": 2}, "refuse", ("read.deliveries-today",)),
    ("as many rows as are left", {"delivery": TWO}, {"rows_per_day": 50}, "permit", ("read.agreed",)),
    ("one row too many", {"delivery": TWO}, {"rows_per_day": 49}, "refuse", ("read.rows-today",)),
    (
        "everything wrong at once",
        {"recipient": "leeds", "dataset": "x/y", "purpose": "p", "fields": frozenset({"x"}), "dataset_status": "?"},
        {"status": "revoked", "ends": NOW - DAY, "starts": NOW + DAY, "obligations": frozenset({"sing:nino"})},
        "refuse",
        (
            "read.recipient",
            "read.dataset",
            "read.purpose",
            "read.fields-agreed",
            "read.started",
            "read.expired",
            "read.revoked",
            "read.obligations",
            "dataset.fields",
            "dataset.live",
        ),
    ),
)

_PLAIN = ("ask.no-gateway-needed",)
_POWER = ("ask.under-gateway",)
_NO_GATEWAY = {"gateway": "", "gateway_fits": None, "gateway_citation": ""}
_GONE = {"recipient_live": False, "discloser_live": False, "dataset_status": "withdrawn"}

# What is asked | question | changes to it | verdict | policies that say why
ASKS: tuple[tuple[str, AskQuestion, Terms, str, tuple[str, ...]], ...] = (
    ("plain data", STOCK, {}, "permit", (*_PLAIN, "default.presumption")),
    ("open data", STOCK, {"access": "open"}, "permit", (*_PLAIN, "default.presumption")),
    (
        "plain data, gateway fits",
        STOCK,
        {"gateway": "g", "gateway_fits": True},
        "permit",
        (*_POWER, "default.presumption"),
    ),
    ("closed", STOCK, {"access": "closed"}, "person", (*_PLAIN, "default.closed")),
    ("access nobody knows", STOCK, {"access": "OPEN"}, "person", (*_PLAIN, "default.closed")),
    ("confidential", STOCK, {"field_classes": {"item": "confidential", "count": "not-personal"}}, "person",
     (*_PLAIN, "default.confidential")),
    ("licensed", STOCK, {"field_classes": {"item": "third-party-licensed", "count": "not-personal"}}, "person",
     (*_PLAIN, "default.licensed")),
    ("small numbers", STOCK, {"field_classes": {"item": "not-personal", "count": "disclosive"}}, "person",
     (*_PLAIN, "default.disclosive")),
    ("protected but not asked for", STOCK, {"field_classes": {**STOCK.field_classes, "buyer": "personal"}}, "permit",
     (*_PLAIN, "default.presumption")),
    ("unknown field", STOCK, {"fields": frozenset({"item", "price"})}, "refuse", ("dataset.fields",)),
    ("no field", STOCK, {"fields": frozenset()}, "refuse", ("dataset.fields",)),
    ("withdrawn", STOCK, {"dataset_status": "withdrawn"}, "refuse", ("dataset.live",)),
    ("discloser closed", STOCK, {"discloser_live": False}, "refuse", ("ask.discloser-live",)),
    ("recipient closed", STOCK, {"recipient_live": False}, "refuse", ("ask.recipient-live",)),
    ("own dataset", STOCK, {"recipient": "rj1"}, "refuse", ("ask.own-dataset",)),
    ("made from what may not be shared onward", STOCK, {"onward": (BAR,)}, "refuse", ("ask.onward",)),
    ("made from what two agreements bar", STOCK, {"onward": (BAR, OTHER_BAR)}, "refuse", ("ask.onward", "ask.onward")),
    ("gateway bars", STOCK, {"gateway": "g", "gateway_fits": False, "gateway_bars": ("Not for this.",)}, "refuse",
     ("ask.gateway-bars",)),
    ("gateway does not fit", STOCK, {"gateway": "g", "gateway_fits": False}, "refuse", ("ask.gateway-bars",)),
    ("gateway not assessed", STOCK, {"gateway": "g"}, "refuse", ("ask.gateway-bars",)),
    ("a step is missing, plain data", STOCK, {"gateway": "g", "gateway_fits": True, "gateway_missing": ("A DPIA.",)},
     "conditions", (*_POWER, "default.gateway-steps")),
    ("a step is missing, closed", STOCK,
     {"gateway": "g", "gateway_fits": False, "gateway_missing": ("A DPIA.",), "access": "closed"},
     "person", (*_POWER, "default.closed", "default.gateway-steps")),
    ("personal, gateway fits", CLAIMANTS, {}, "person", (*_POWER, "default.personal")),
    ("special category", CLAIMANTS, {"fields": frozenset({"health"})}, "person",
     (*_POWER, "default.special-category")),
    ("personal and special", CLAIMANTS, {"fields": frozenset({"nino", "health"})}, "person",
     (*_POWER, "default.personal", "default.special-category")),
    ("a class nobody knows", CLAIMANTS, {"field_classes": {"nino": "novel"}}, "person", (*_POWER, "default.personal")),
    ("personal, a step is missing", CLAIMANTS, {"gateway_missing": ("A DPIA.",)}, "person",
     (*_POWER, "default.personal", "default.gateway-steps")),
    ("personal, two steps missing", CLAIMANTS, {"gateway_missing": ("A DPIA.", "An ISA.")}, "person",
     (*_POWER, "default.personal", "default.gateway-steps", "default.gateway-steps")),
    ("personal, wrong purpose", CLAIMANTS, {"gateway_fits": False, "gateway_bars": ("Not for debt.",)}, "refuse",
     ("ask.gateway-bars",)),
    ("personal, wrong purpose and bodies", CLAIMANTS,
     {"gateway_fits": False, "gateway_bars": ("Not for debt.", "Not to you.")}, "refuse",
     ("ask.gateway-bars", "ask.gateway-bars")),
    ("personal, none named, one fits", CLAIMANTS, {**_NO_GATEWAY, "fitting_gateways": {"g": "An Act"}}, "refuse",
     ("ask.gateway-not-named",)),
    ("personal, none named, none fits", CLAIMANTS, _NO_GATEWAY, "refuse", ("ask.no-gateway-fits",)),
    ("special category, none named", CLAIMANTS, {**_NO_GATEWAY, "fields": frozenset({"health"})}, "refuse",
     ("ask.no-gateway-fits",)),
    ("plain field of a personal dataset", CLAIMANTS, {**_NO_GATEWAY, "fields": frozenset({"council"})}, "permit",
     (*_PLAIN, "default.presumption")),
    ("everything wrong, gateway named", CLAIMANTS,
     {**_GONE, "recipient": "dwp", "fields": frozenset({"x"}), "gateway_bars": ("Not for debt.",)}, "refuse",
     ("dataset.fields", "dataset.live", "ask.gateway-bars", "ask.discloser-live", "ask.recipient-live",
      "ask.own-dataset")),
    ("everything wrong, no gateway", CLAIMANTS, {**_GONE, **_NO_GATEWAY, "fields": frozenset({"nino", "x"})}, "refuse",
     ("dataset.fields", "dataset.live", "ask.no-gateway-fits", "ask.discloser-live", "ask.recipient-live")),
)  # fmt: skip

Case = tuple[str, ReadQuestion | AskQuestion, str, tuple[str, ...]]


def _cases() -> list[Case]:
    reads: list[Case] = [
        (f"read: {name}", replace(READ, **read, agreement=replace(AGREEMENT, **terms)), verdict, fired)
        for name, read, terms, verdict, fired in READS
    ]
    asks: list[Case] = [
        (f"ask: {name}", replace(question, **changes), verdict, fired)
        for name, question, changes, verdict, fired in ASKS
    ]
    return reads + asks


CASES = _cases()


def _decide(engine: PolicyEngine, question: ReadQuestion | AskQuestion) -> Decision:
    if isinstance(question, ReadQuestion):
        return engine.decide_read(question)
    return engine.decide_ask(question)


def _fired(decision: Decision) -> tuple[str, ...]:
    return tuple(each.policy for each in decision.reasons)


@pytest.mark.parametrize(
    ("question", "verdict", "fired"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_decision(question: ReadQuestion | AskQuestion, verdict: str, fired: tuple[str, ...]) -> None:
    decision = _decide(ENGINE, question)
    assert (decision.verdict.value, _fired(decision)) == (verdict, fired)
    assert decision.policies == ENGINE.digest
    assert all(
        each.sentence and "{" not in each.sentence + each.would_change + each.citation for each in decision.reasons
    )
    if decision.verdict is Verdict.REFUSE:
        assert all(each.would_change for each in decision.reasons)


def test_every_policy_fires_in_the_table() -> None:
    assert {policy for case in CASES for policy in case[3]} == set(ENGINE.policy_ids)


# The permit of a read ties body and dataset too, so these two stay refused without their forbid,
# but nobody is told why.
_LOCKED_TWICE = {"read.recipient", "read.dataset"}
_PERMITS = {"read.agreed", "ask.under-gateway", "ask.no-gateway-needed", "default.presumption"}


def _without(policy: str) -> PolicyEngine:
    texts = load_policy_texts()
    kept = [block for block in texts.policies.split("\n\n") if f'@id("{policy}")' not in block]
    return PolicyEngine(PolicyTexts(schema=texts.schema, policies="\n\n".join(kept)))


@pytest.mark.parametrize("policy", sorted(set(ENGINE.policy_ids) - _PERMITS))
def test_a_set_without_one_forbid_answers_otherwise(policy: str) -> None:
    mutant = _without(policy)
    assert set(mutant.policy_ids) == set(ENGINE.policy_ids) - {policy}
    assert mutant.digest != ENGINE.digest
    alone = [case for case in CASES if set(case[3]) - _PERMITS == {policy}]
    assert alone, "no case of the table depends on this policy alone"
    for _, question, verdict, fired in alone:
        decision = _decide(mutant, question)
        if policy in _LOCKED_TWICE:
            assert (decision.verdict, _fired(decision)) == (Verdict.REFUSE, ("policy.no-permit",))
        else:
            assert decision.verdict.value != verdict
        assert _fired(decision) != fired


@pytest.mark.parametrize("policy", sorted(_PERMITS))
def test_a_set_without_one_permit_permits_less(policy: str) -> None:
    mutant = _without(policy)
    for _, question, verdict, fired in CASES:
        if policy in fired:
            decision = _decide(mutant, question)
            assert decision.verdict in {Verdict.REFUSE, Verdict.PERSON}
            assert decision.verdict.value != verdict
