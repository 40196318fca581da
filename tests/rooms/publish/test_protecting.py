"""What a steward may say of fields, contracts and retention, and when it does not suffice."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from commonweal.core import Actor, InputError
from commonweal.publish import (
    Access,
    Classification,
    ContractChangedError,
    DataContract,
    Dataset,
    Detection,
    Field,
    FieldType,
    Marking,
    QualityResult,
    ReasonNeededError,
    WithdrawnError,
    carry_confirmations,
    classify_fields,
    compare_contracts,
    detect_field,
    find_contradictions,
    find_unanswered,
    parse_regime,
    parse_retention,
    plain_fields,
    tell_agreements,
    tell_contradictions,
    told_contradictions,
    verify_reason,
    verify_succession,
)

AT = datetime(2026, 11, 22, tzinfo=UTC)
ACTOR = Actor("ann@lambeth", "lambeth")
PLAIN = Field("ward", FieldType.STRING, classification=Classification.NOT_PERSONAL, confirmed=True)
OTHER = replace(PLAIN, name="beds", confirmed=False)
CONTRACT = DataContract("beds", "1.2.0", "Beds", "", (PLAIN, OTHER))
DATASET = Dataset("b/n", "b", "n", "Beds", "", CONTRACT, Access.SHARED, Marking.OFFICIAL, "", "ann", AT)
NHS = ("4505577104", "9434765919", "9876543210")


@pytest.mark.parametrize(
    ("text", "published", "due"),
    [
        ("6 years", date(2026, 11, 22), date(2032, 11, 22)),
        ("6 years after publication", date(2024, 2, 29), date(2030, 2, 28)),
        ("1 year after end of year", date(2026, 1, 1), date(2028, 1, 1)),
        ("6 years after end of financial year: Limitation Act 1980", date(2026, 4, 1), date(2033, 4, 1)),
        ("6 Years after end of financial year, as agreed", date(2026, 3, 31), date(2032, 4, 1)),
        ("18 months", date(2026, 8, 31), date(2028, 2, 29)),
        ("2 weeks", date(2026, 12, 25), date(2027, 1, 8)),
        ("30 days", date(2026, 12, 25), date(2027, 1, 24)),
    ],
)
def test_retention_is_counted(text: str, published: date, due: date) -> None:
    found = parse_retention(text)
    assert found is not None
    assert found.due(published) == due
    assert parse_retention(found.sentence) == found


def test_retention_is_a_structure_with_its_basis() -> None:
    found = parse_retention("6 years after end of year: Limitation Act 1980, s. 5")
    assert found is not None
    assert (found.period, found.start.value, found.basis) == ("P6Y", "end of year", "Limitation Act 1980, s. 5")
    assert parse_retention("  ") is None


@pytest.mark.parametrize("text", ["for ever", "0 years", "six years", "6 years after the war", "6 years:", "P6Y"])
def test_what_cannot_be_counted_is_no_retention(text: str) -> None:
    with pytest.raises(InputError):
        parse_retention(text)


def test_there_are_two_regimes() -> None:
    assert parse_regime("law-enforcement") == "law-enforcement"
    with pytest.raises(InputError):
        parse_regime("gdpr")


def test_strong_evidence_asks_for_a_reason_and_weak_evidence_does_not() -> None:
    strong, weak = detect_field("ward", NHS), detect_field("beds", ["Ann Smith", "Tom Reid", "Mary Jones"])
    assert (strong.is_strong, weak.is_strong, detect_field("nhs number").is_strong) == (True, False, False)
    found = find_contradictions(("ward", "beds"), (strong, weak))
    assert [each.field for each in found] == ["ward"]
    verify_reason(found, "Test numbers.")
    verify_reason((), "")
    with pytest.raises(ReasonNeededError) as caught:
        verify_reason(found, "  ")
    assert caught.value.reasons[0].startswith("ward is confirmed as not personal, but all 3 sampled values pass")
    assert find_contradictions(("beds",), (strong,)) == ()


def test_a_reason_is_asked_for_once_and_again_when_other_evidence_comes() -> None:
    assert plain_fields(CONTRACT) == ("ward",)
    first = find_contradictions(("ward",), (detect_field("ward", NHS),))
    before = tell_contradictions(QualityResult(3), first, "Test numbers.")
    again = find_contradictions(("ward",), (detect_field("ward", (*NHS, "9999999468", "x")),))
    assert [find_unanswered(again, each) for each in (None, QualityResult(3), before)] == [again, again, ()]
    assert told_contradictions(tell_contradictions(QualityResult(5), again, "", before)) == told_contradictions(before)
    assert "Other." in told_contradictions(tell_contradictions(QualityResult(5), again, "Other.", before))[0]
    other = find_contradictions(("ward",), (detect_field("ward", ("AB123456C", "AB123457C", "AB123458C")),))
    assert (len(other), find_unanswered(other, before)) == (1, other)


STATES = [
    ("unchanged", {}, {}, {}, True),
    ("confirmed anew", {}, {"confirmed": True}, {}, False),
    ("another type", {}, {"type": FieldType.INTEGER}, {"confirmed": False}, False),
    ("newer in the contract", {}, {"classification": Classification.SPECIAL}, {"confirmed": False}, False),
    ("never confirmed", {"confirmed": False}, {}, {"confirmed": False}, False),
    (
        "classified since",
        {"classification": Classification.PERSONAL, "stated": Classification.NOT_PERSONAL},
        {},
        {"classification": Classification.PERSONAL, "stated": Classification.NOT_PERSONAL},
        True,
    ),
    (
        "classified since, and the contract follows",
        {"classification": Classification.PERSONAL, "stated": Classification.NOT_PERSONAL},
        {"classification": Classification.PERSONAL},
        {"classification": Classification.PERSONAL},
        True,
    ),
    (
        "classified since, and the contract says a third thing",
        {"classification": Classification.PERSONAL, "stated": Classification.NOT_PERSONAL},
        {"classification": Classification.SPECIAL},
        {"confirmed": False},
        False,
    ),
]


@pytest.mark.parametrize(("known", "said", "found", "carried"), [each[1:] for each in STATES], ids=lambda _: "")
def test_what_was_said_before_lasts_until_the_contract_says_something_newer(
    known: dict[str, Any], said: dict[str, Any], found: dict[str, Any], carried: bool
) -> None:
    before = replace(DATASET, contract=replace(CONTRACT, fields=(replace(PLAIN, **known),)))
    new = replace(PLAIN, **{"confirmed": False, **said})
    now, names = carry_confirmations(replace(DATASET, contract=replace(CONTRACT, fields=(new,))), before)
    assert now.contract.fields == (replace(new, **{"confirmed": True, **found}),)
    assert names == (("ward",) if carried else ())


def test_what_was_said_before_opens_nothing() -> None:
    new = replace(CONTRACT, fields=(replace(PLAIN, confirmed=False),))
    for before, wanted, carried in (
        (Access.OPEN, Access.OPEN, ("ward",)),
        (Access.SHARED, Access.OPEN, ()),
        (Access.CLOSED, Access.OPEN, ()),
        (Access.CLOSED, Access.SHARED, ("ward",)),
    ):
        wish = replace(DATASET, contract=new, access=wanted)
        assert carry_confirmations(wish, replace(DATASET, access=before))[1] == carried
    changed, _ = classify_fields(
        replace(DATASET, contract=replace(CONTRACT, fields=(replace(PLAIN, classification=Classification.PERSONAL),))),
        ["ward"],
        classification=Classification.NOT_PERSONAL,
        reason="Counts.",
        at=AT,
        actor=ACTOR,
    )
    stated = replace(PLAIN, classification=Classification.PERSONAL)
    wish = replace(DATASET, contract=replace(CONTRACT, fields=(stated,)), access=Access.OPEN)
    assert carry_confirmations(wish, changed)[0].contract.fields == (stated,)


def test_a_steward_who_was_asked_of_each_field_confirms_no_other() -> None:
    before = replace(PLAIN, classification=Classification.PERSONAL, stated=Classification.NOT_PERSONAL)
    known = replace(DATASET, contract=replace(CONTRACT, fields=(before,)))
    wish = replace(DATASET, contract=replace(CONTRACT, fields=(replace(PLAIN, confirmed=False),)))
    found, _ = carry_confirmations(wish, known, confirms=False)
    assert found.contract.fields == (replace(before, confirmed=False),)


def test_a_field_that_is_classified_remembers_what_its_contract_states() -> None:
    changed = DATASET
    for classification, stated in (
        (Classification.DISCLOSIVE, Classification.NOT_PERSONAL),
        (Classification.PERSONAL, Classification.NOT_PERSONAL),
        (None, Classification.NOT_PERSONAL),
        (Classification.NOT_PERSONAL, None),
    ):
        changed, _ = classify_fields(changed, ["ward"], classification=classification, reason="So.", at=AT, actor=ACTOR)
        assert changed.contract.fields[0].stated == stated


def test_a_changed_classification_says_what_was_and_is() -> None:
    changed, event = classify_fields(
        DATASET, ["beds"], classification=Classification.DISCLOSIVE, reason=" Small. ", at=AT, actor=ACTOR
    )
    assert (changed.contract.fields[1].classification, changed.contract.fields[1].confirmed) == ("disclosive", True)
    assert changed.contract.fields[0] == PLAIN
    assert event.facts == {
        "fields": ["beds"],
        "before": ["not-personal, not confirmed"],
        "after": ["disclosive"],
        "access": "shared",
        "reason": "Small.",
    }


def test_open_data_that_is_no_longer_plain_is_shared_at_once() -> None:
    whole, _ = classify_fields(DATASET, ["beds"], reason="Counts.", at=AT, actor=ACTOR)
    opened = replace(whole, access=Access.OPEN)
    still, _ = classify_fields(opened, ["ward"], reason="Looked again.", at=AT, actor=ACTOR)
    assert still.access is Access.OPEN
    closed, event = classify_fields(
        opened, ["ward"], classification=Classification.PERSONAL, reason="It names people.", at=AT, actor=ACTOR
    )
    assert (closed.access, event.facts["access"]) == (Access.SHARED, "shared")


@pytest.mark.parametrize(("names", "reason"), [(["age"], "Why."), ([], "Why."), (["beds"], " ")])
def test_what_is_not_said_whole_changes_nothing(names: list[str], reason: str) -> None:
    with pytest.raises(InputError):
        classify_fields(DATASET, names, reason=reason, at=AT, actor=ACTOR)


def test_a_withdrawn_dataset_is_not_classified() -> None:
    with pytest.raises(WithdrawnError):
        classify_fields(replace(DATASET, status="withdrawn"), ["beds"], reason="Why.", at=AT, actor=ACTOR)


def test_a_contract_that_breaks_follows_only_when_it_is_said() -> None:
    gone = replace(CONTRACT, fields=(PLAIN,))
    compared = compare_contracts(CONTRACT, gone)
    with pytest.raises(ContractChangedError) as caught:
        verify_succession(compared, "b/n", [("ward", "beds"), ("ward",)], said=False)
    assert caught.value.reasons == (
        "beds is gone.",
        "1 live agreement opens beds, which would vanish.",
        "Breaking: it asks for a major version. 1.2.0 to 1.2.0 is none; call it 2.0.0.",
    )
    verify_succession(compared, "b/n", (), said=True)
    verify_succession(compare_contracts(CONTRACT, replace(gone, version="2.0.0")), "b/n", (), said=False)
    wider = replace(CONTRACT, fields=(PLAIN, OTHER, replace(OTHER, name="open")))
    verify_succession(compare_contracts(CONTRACT, wider), "b/n", (), said=False)
    assert tell_agreements(compared, [("beds",), ("beds",)]) == ("2 live agreements open beds, which would vanish.",)


def test_a_detection_says_whether_anything_tells() -> None:
    assert not Detection("x", Classification.PERSONAL, "nothing shows that it is not personal").is_telling
    assert detect_field("surname").is_telling
