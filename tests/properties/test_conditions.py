"""What must hold of the conditions of an agreement, whatever they are and whatever is asked."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.agree import Conditions
from commonweal.decide import AgreementFacts, Decision, DeliveryFacts, PolicyEngine, ReadQuestion

ENGINE = PolicyEngine()
NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
FEW = settings(max_examples=80)

readers = st.lists(st.sampled_from(["tom@lambeth", "ann@lambeth", "role:analyst"]), max_size=2, unique=True).map(tuple)
doors = st.lists(st.sampled_from(["csv", "age", "delta-sharing"]), max_size=2, unique=True).map(tuple)
limits = st.integers(0, 4)
days = st.none() | st.integers(0, 3).map(lambda day: date(2026, 5, 1) + timedelta(days=day))
demands = st.builds(
    Conditions,
    readers=readers,
    doors=doors,
    bars_onward=st.booleans(),
    deliveries_per_day=limits,
    rows_per_day=limits,
    keep_days=st.none() | st.integers(0, 3),
    review=days,
)
deliveries = st.builds(
    DeliveryFacts, door=st.sampled_from(["csv", "age", "plain"]), deliveries=limits, rows=limits, adds=limits
)
names = st.frozensets(st.sampled_from(["tom@lambeth", "role:analyst", "role:auditor"]))
statuses = st.sampled_from(["signed", "signed", "signed", "revoked"])


def put(asked: Conditions, reader: frozenset[str], delivery: DeliveryFacts | None, status: str = "signed") -> Decision:
    """Decide a read in which nothing is wrong but what the conditions or the status say."""
    agreement = AgreementFacts(
        id="agr-1",
        dataset="dwp/ctr",
        discloser="dwp",
        recipient="lambeth",
        purposes=frozenset({"p"}),
        fields=frozenset({"a"}),
        starts=NOW - timedelta(days=1),
        ends=NOW + timedelta(days=1),
        status=status,
        obligations=frozenset(),
        readers=frozenset(asked.readers),
        doors=frozenset(asked.doors),
        deliveries_per_day=asked.deliveries_per_day,
        rows_per_day=asked.rows_per_day,
    )
    question = ReadQuestion(
        recipient="lambeth",
        dataset="dwp/ctr",
        dataset_status="live",
        known_fields=frozenset({"a"}),
        fields=frozenset({"a"}),
        purpose="p",
        at=NOW,
        agreement=agreement,
        obligations_met=frozenset(),
        reader=reader,
        delivery=delivery,
    )
    return ENGINE.decide_read(question)


def faults_of(asked: Conditions, reader: frozenset[str], delivery: DeliveryFacts) -> list[str]:
    """List, without Cedar, every condition that fails, in the order of the policies."""
    holds = {
        "read.readers": not asked.readers or bool(set(asked.readers) & reader),
        "read.doors": not asked.doors or delivery.door in asked.doors,
        "read.deliveries-today": not asked.deliveries_per_day or delivery.deliveries < asked.deliveries_per_day,
        "read.rows-today": not asked.rows_per_day or delivery.rows + delivery.adds <= asked.rows_per_day,
    }
    return [name for name, met in holds.items() if not met]


@FEW
@given(demands, names, deliveries)
def test_a_refusal_lists_exactly_the_conditions_that_failed(
    asked: Conditions, reader: frozenset[str], delivery: DeliveryFacts
) -> None:
    decision = put(asked, reader, delivery)
    faults = faults_of(asked, reader, delivery)
    assert [each.policy for each in decision.reasons] == (faults or ["read.agreed"])
    assert all(each.would_change and each.citation for each in decision.reasons if faults)


@FEW
@given(demands, demands, names, deliveries, statuses)
def test_what_lies_within_never_turns_a_refusal_into_a_permit(
    wider: Conditions, narrower: Conditions, reader: frozenset[str], delivery: DeliveryFacts, status: str
) -> None:
    if narrower.faults_against(wider):
        return
    if not put(wider, reader, delivery, status).permitted:
        assert not put(narrower, reader, delivery, status).permitted


@FEW
@given(demands, names, deliveries, statuses)
def test_adding_any_condition_never_turns_a_refusal_into_a_permit(
    asked: Conditions, reader: frozenset[str], delivery: DeliveryFacts, status: str
) -> None:
    nothing = Conditions()
    assert not asked.faults_against(nothing)
    for name in ("readers", "doors", "deliveries_per_day", "rows_per_day"):
        before = replace(asked, **{name: getattr(nothing, name)})
        if not put(before, reader, delivery, status).permitted:
            assert not put(asked, reader, delivery, status).permitted


@FEW
@given(demands, names)
def test_without_a_delivery_only_the_reader_is_asked_for(asked: Conditions, reader: frozenset[str]) -> None:
    faults = [each.policy for each in put(asked, reader, None).reasons if each.policy != "read.agreed"]
    assert faults == [each for each in faults_of(asked, reader, DeliveryFacts("")) if each == "read.readers"]


@FEW
@given(demands, demands, demands)
def test_to_lie_within_is_an_order(one: Conditions, two: Conditions, three: Conditions) -> None:
    assert not one.faults_against(one)
    if not one.faults_against(two) and not two.faults_against(three):
        assert not one.faults_against(three)
