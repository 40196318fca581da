"""The conditions of an agreement, one policy each: what is refused, in which words, and what would change it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commonweal.decide import AgreementFacts, DeliveryFacts, PolicyEngine, ReadQuestion

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
ENGINE = PolicyEngine()
AGREED = AgreementFacts(
    id="agr-1",
    dataset="dwp/awards",
    discloser="dwp",
    recipient="lambeth",
    purposes=frozenset({"council-tax-reduction"}),
    fields=frozenset({"award"}),
    starts=NOW - timedelta(days=1),
    ends=NOW + timedelta(days=1),
    status="signed",
    obligations=frozenset(),
    readers=frozenset({"tom@lambeth", "role:auditor"}),
    doors=frozenset({"csv"}),
    deliveries_per_day=3,
    rows_per_day=100,
)
READ = ReadQuestion(
    recipient="lambeth",
    dataset="dwp/awards",
    dataset_status="live",
    known_fields=frozenset({"award"}),
    fields=frozenset({"award"}),
    purpose="council-tax-reduction",
    at=NOW,
    agreement=AGREED,
    obligations_met=frozenset(),
    reader=frozenset({"tom@lambeth"}),
    delivery=DeliveryFacts("csv", deliveries=2, rows=60, adds=40),
)
FAULTY = {
    "read.readers": (replace(READ, reader=frozenset({"eve@lambeth", "role:analyst"})), "that of eve@lambeth, role:"),
    "read.doors": (replace(READ, delivery=DeliveryFacts("parquet")), "by the doors csv, not by parquet"),
    "read.deliveries-today": (replace(READ, delivery=DeliveryFacts("csv", deliveries=3)), "allows 3 deliveries"),
    "read.rows-today": (replace(READ, delivery=DeliveryFacts("csv", rows=61, adds=40)), "61 have been delivered"),
}


def test_a_read_within_every_condition_is_permitted() -> None:
    assert ENGINE.decide_read(READ).permitted
    assert ENGINE.decide_read(replace(READ, reader=frozenset({"ann@lambeth", "role:auditor"}))).permitted


@pytest.mark.parametrize("policy", FAULTY)
def test_each_condition_refuses_by_its_own_policy(policy: str) -> None:
    question, words = FAULTY[policy]
    (reason,) = ENGINE.decide_read(question).reasons
    assert reason.policy == policy
    assert words in reason.sentence
    assert reason.citation == "Agreement agr-1"
    assert "ask the discloser" in reason.would_change or "read again" in reason.would_change


def test_nobody_known_is_none_of_the_readers() -> None:
    (reason,) = ENGINE.decide_read(replace(READ, reader=frozenset())).reasons
    assert reason.policy == "read.readers"
    assert "nobody whom the node knows" in reason.sentence


def test_a_limit_below_nothing_and_a_sum_beyond_counting_are_refusals() -> None:
    below = replace(READ, agreement=replace(AGREED, rows_per_day=-1))
    assert not ENGINE.decide_read(below).permitted
    beyond = replace(READ, delivery=DeliveryFacts("csv", rows=2**63 - 1, adds=1))
    assert [each.policy for each in ENGINE.decide_read(beyond).reasons] == ["policy.error"]


def test_another_body_is_told_none_of_the_conditions() -> None:
    stranger = replace(READ, recipient="leeds", reader=frozenset({"x@leeds"}), delivery=DeliveryFacts("age", 9, 999, 9))
    said = " ".join(ENGINE.decide_read(stranger).sentences())
    assert "tom@lambeth" not in said
    assert "csv" not in said
    assert "100" not in said
