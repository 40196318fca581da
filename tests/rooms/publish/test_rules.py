"""The gate, and what a steward may do with a dataset."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from commonweal.core import Actor, CommonwealError, InputError, Outcome
from commonweal.publish import (
    Access,
    Classification,
    DataContract,
    Dataset,
    Dimension,
    Field,
    FieldProfile,
    FieldType,
    Finding,
    GateError,
    Marking,
    OpenAccessError,
    QualityResult,
    WithdrawnError,
    confirm_fields,
    describe_dataset,
    parse_marking,
    parse_name,
    pass_gate,
    publish_version,
    stop_publication,
    withdraw,
)

AT = datetime(2020, 4, 1, 9, tzinfo=UTC)
ACTOR = Actor("jo", "lambeth")
PLAIN = Field("a", FieldType.STRING, classification=Classification.NOT_PERSONAL, confirmed=True)
CONTRACT = DataContract("c", "1", "T", "", (PLAIN, Field("b", FieldType.STRING)))
SOUND = QualityResult(10)
FAULT = Finding("required", "a", Dimension.COMPLETENESS, 2, (1, 2), "a is empty in 2 rows (rows 1 and 2).")
HINT = replace(FAULT, sentence="Only a hint.", stops=False)


def dataset(access: Access = Access.SHARED, contract: DataContract = CONTRACT, status: str = "live") -> Dataset:
    return Dataset(
        id="lambeth/payments",
        body="lambeth",
        name="payments",
        title="Payments",
        description="",
        contract=contract,
        access=access,
        marking=Marking.OFFICIAL,
        licence="OGL",
        steward="jo",
        created=AT,
        status=status,
    )


def publish(value: Dataset, quality: QualityResult = SOUND) -> tuple[object, object]:
    return publish_version(
        value,
        quality,
        version_id="ver-1",
        number=1,
        rows=10,
        size=100,
        payload_size=132,
        sealed_file="sf-1",
        digest="00",
        source_mac="11",
        profile={"a": FieldProfile(present=10, missing=0)},
        at=AT,
        actor=ACTOR,
    )


@pytest.mark.parametrize("name", ["a", "payments-2011", "9", "a" * 64])
def test_a_plain_name_stands(name: str) -> None:
    assert parse_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "A", "a b", "a/b", "../a", "..", ".", "a.csv", "a\n", "a\0", "é", "a" * 65, "%2e", "a_b", "C:\\a"]
)
def test_any_other_name_is_refused_and_not_quoted(name: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_name(name)
    assert refused.value.code == "publish.name-malformed"
    assert str(refused.value) == "A dataset name is 1 to 64 small letters, digits and hyphens; this one is not."


@pytest.mark.parametrize(
    ("text", "marking"),
    [
        ("OFFICIAL", Marking.OFFICIAL),
        ("official-sensitive", Marking.OFFICIAL_SENSITIVE),
        ("Official Sensitive", Marking.OFFICIAL_SENSITIVE),
    ],
)
def test_markings_that_a_node_may_hold(text: str, marking: Marking) -> None:
    assert parse_marking(text) is marking


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("SECRET", Outcome.REFUSED),
        ("Top Secret", Outcome.REFUSED),
        ("top-secret", Outcome.REFUSED),
        ("", Outcome.USAGE),
        ("public", Outcome.USAGE),
    ],
)
def test_markings_that_it_may_not(text: str, outcome: Outcome) -> None:
    with pytest.raises(CommonwealError) as refused:
        parse_marking(text)
    assert refused.value.outcome is outcome


def test_a_steward_confirms_some_fields_or_all() -> None:
    assert [each.confirmed for each in confirm_fields(CONTRACT, ["b"]).fields] == [True, True]
    assert [each.confirmed for each in confirm_fields(replace(CONTRACT, fields=CONTRACT.fields[1:])).fields] == [True]
    with pytest.raises(InputError) as refused:
        confirm_fields(CONTRACT, ["x", "a", "y"])
    assert refused.value.reasons == ("x is not a field of c.", "y is not a field of c.")


def test_a_dataset_is_described_with_what_was_confirmed() -> None:
    value, event = describe_dataset(dataset(), at=AT, actor=ACTOR)
    assert value == dataset()
    assert (event.name, event.subject, event.facts["confirmed"]) == ("dataset.described", "lambeth/payments", ["a"])


@pytest.mark.parametrize("changes", [{"name": "../x"}, {"id": "other/payments"}])
def test_a_dataset_whose_name_does_not_fit_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(InputError):
        describe_dataset(replace(dataset(), **changes), at=AT, actor=ACTOR)  # type: ignore[arg-type]  # str fields


def test_open_access_needs_every_field_confirmed_as_plain() -> None:
    plain = dataset(Access.OPEN, replace(CONTRACT, fields=(PLAIN,)))
    assert describe_dataset(plain, at=AT, actor=ACTOR)[0] == plain
    pass_gate(plain, SOUND)
    for attempt in (describe_dataset, stop_then_pass):
        with pytest.raises(OpenAccessError) as refused:
            attempt(dataset(Access.OPEN), at=AT, actor=ACTOR)
        assert refused.value.reasons == ("b is not confirmed as not personal.",)


def stop_then_pass(value: Dataset, *, at: datetime, actor: Actor) -> tuple[Dataset, object]:
    pass_gate(value, SOUND)
    return value, (at, actor)


def test_the_gate_stops_with_every_finding_that_stops() -> None:
    quality = QualityResult(10, (FAULT, HINT))
    with pytest.raises(GateError) as stopped:
        publish(dataset(), quality)
    assert stopped.value.reasons == (FAULT.sentence,)
    assert stopped.value.outcome.exit_code == 4
    event = stop_publication(dataset(), quality, at=AT, actor=ACTOR)
    assert (event.name, event.facts["reasons"]) == ("publication.stopped", [FAULT.sentence])


def test_a_hint_does_not_stop() -> None:
    assert QualityResult(10, (HINT,)).passed
    publish(dataset(), QualityResult(10, (HINT,)))


def test_a_version_is_what_was_written_and_the_event_says_so() -> None:
    version, event = publish_version(
        dataset(),
        SOUND,
        version_id="ver-1",
        number=2,
        rows=10,
        size=100,
        payload_size=132,
        sealed_file="sf-1",
        digest="00",
        source_mac="11",
        profile={},
        at=AT,
        actor=ACTOR,
    )
    assert (version.dataset, version.number, version.published) == ("lambeth/payments", 2, AT)
    assert (event.name, event.facts["number"], event.facts["digest"]) == ("dataset.published", 2, "00")
    assert "11" not in str(event.facts.values())


def test_a_withdrawn_dataset_takes_no_version_and_no_second_withdrawal() -> None:
    gone, event = withdraw(dataset(), reason=" It was wrong. ", at=AT, actor=ACTOR)
    assert (gone.status, event.name, event.facts["reason"]) == ("withdrawn", "dataset.withdrawn", "It was wrong.")
    with pytest.raises(WithdrawnError):
        publish(gone)
    with pytest.raises(WithdrawnError):
        withdraw(gone, reason="Again.", at=AT, actor=ACTOR)
    with pytest.raises(InputError):
        withdraw(dataset(), reason=" ", at=AT, actor=ACTOR)
