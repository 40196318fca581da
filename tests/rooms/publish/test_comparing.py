"""Two versions of a data contract are compared: what breaks for readers, what stops sources, which version it asks."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.publish import (
    Change,
    Classification,
    Comparison,
    DataContract,
    Field,
    FieldRule,
    FieldType,
    Frequency,
    Freshness,
    Limit,
    Metric,
    Period,
    Promises,
    Reconciliation,
    Reference,
    RowRule,
    UniqueKey,
    Unit,
    Volume,
    compare_contracts,
    read_contract,
    write_contract,
)

TEXT = Field("code", FieldType.STRING)
WHOLE = Field("beds", FieldType.INTEGER)
NUMBER = Field("beds", FieldType.NUMBER)
BREAKING, STOPS = True, True

CASES = [
    ((WHOLE,), (NUMBER,), [("type-widened", BREAKING, not STOPS)]),
    ((NUMBER,), (WHOLE,), [("type-narrowed", BREAKING, STOPS)]),
    ((WHOLE,), (replace(WHOLE, type=FieldType.BOOLEAN),), [("type-changed", BREAKING, STOPS)]),
    ((TEXT,), (replace(TEXT, required=True),), [("required-added", False, STOPS)]),
    ((replace(TEXT, required=True),), (TEXT,), [("required-removed", BREAKING, False)]),
    ((TEXT,), (replace(TEXT, unique=True),), [("unique-added", False, STOPS)]),
    ((replace(TEXT, unique=True),), (TEXT,), [("unique-removed", BREAKING, False)]),
    ((TEXT,), (replace(TEXT, pattern="[A-Z]"),), [("pattern-added", False, STOPS)]),
    ((replace(TEXT, pattern="[A-Z]"),), (TEXT,), [("pattern-removed", BREAKING, False)]),
    ((replace(TEXT, pattern="[A-Z]"),), (replace(TEXT, pattern="[a-z]"),), [("pattern-changed", BREAKING, STOPS)]),
    ((TEXT,), (replace(TEXT, validator="nhs-number"),), [("validator-added", False, STOPS)]),
    ((replace(TEXT, validator="nhs-number"),), (TEXT,), [("validator-removed", BREAKING, False)]),
    (
        (replace(TEXT, validator="nhs-number"),),
        (replace(TEXT, validator="postcode"),),
        [("validator-changed", BREAKING, STOPS)],
    ),
    ((TEXT,), (replace(TEXT, allowed=("a", "b")),), [("values-listed", False, STOPS)]),
    ((replace(TEXT, allowed=("a", "b")),), (TEXT,), [("values-freed", BREAKING, False)]),
    ((replace(TEXT, allowed=("a",)),), (replace(TEXT, allowed=("a", "b")),), [("values-added", BREAKING, False)]),
    ((replace(TEXT, allowed=("a", "b")),), (replace(TEXT, allowed=("a",)),), [("values-removed", False, STOPS)]),
    ((replace(TEXT, allowed=("a", "b")),), (replace(TEXT, allowed=("b", "a")),), [("order", False, False)]),
    ((WHOLE,), (replace(WHOLE, minimum=0),), [("minimum-tightened", False, STOPS)]),
    ((replace(WHOLE, minimum=0),), (WHOLE,), [("minimum-loosened", BREAKING, False)]),
    ((replace(WHOLE, minimum=0),), (replace(WHOLE, minimum=-1),), [("minimum-loosened", BREAKING, False)]),
    ((replace(WHOLE, maximum=9),), (replace(WHOLE, maximum=8),), [("maximum-tightened", False, STOPS)]),
    ((replace(WHOLE, maximum=9),), (replace(WHOLE, maximum=10),), [("maximum-loosened", BREAKING, False)]),
    ((replace(WHOLE, maximum=9),), (WHOLE,), [("maximum-loosened", BREAKING, False)]),
    ((TEXT, WHOLE), (TEXT,), [("removed", BREAKING, STOPS)]),
    ((TEXT,), (TEXT, WHOLE), [("added", False, STOPS)]),
    ((TEXT,), (TEXT, replace(WHOLE, required=True)), [("added-required", False, STOPS)]),
    ((TEXT, WHOLE), (WHOLE, TEXT), [("order", False, False)]),
    ((TEXT,), (replace(TEXT, description="Which?"),), [("description", False, False)]),
    (
        (replace(TEXT, classification=Classification.NOT_PERSONAL),),
        (TEXT,),
        [("classification-changed", BREAKING, False)],
    ),
    (
        (TEXT,),
        (replace(TEXT, classification=Classification.NOT_PERSONAL),),
        [("classification-lowered", False, False)],
    ),
    ((TEXT,), (replace(TEXT, name="Code"),), [("renamed", BREAKING, STOPS)]),
    ((replace(TEXT, name="beds open"),), (replace(TEXT, name="beds_open"),), [("renamed", BREAKING, STOPS)]),
    (
        (TEXT,),
        (replace(TEXT, name="ward"),),
        [("removed", BREAKING, STOPS), ("added", False, STOPS)],
    ),
]


def contract_of(*fields: Field, version: str = "1.0.0", rows: int = 1) -> DataContract:
    return DataContract("beds", version, "Beds", "", fields, rows)


def compare(old: tuple[Field, ...], new: tuple[Field, ...]) -> tuple[Change, ...]:
    return compare_contracts(contract_of(*old), contract_of(*new)).changes


@pytest.mark.parametrize(
    ("old", "new", "found"), CASES, ids=lambda each: each[0][0] if isinstance(each, list) and each else None
)
def test_each_change_is_told_for_readers_and_for_sources(
    old: tuple[Field, ...], new: tuple[Field, ...], found: list[tuple[str, bool, bool]]
) -> None:
    changes = compare(old, new)
    assert [(each.kind, each.breaks, each.stops) for each in changes] == found
    assert all(each.sentence.endswith(".") for each in changes)


def test_a_change_in_a_renamed_field_is_told_too() -> None:
    changes = compare((replace(TEXT, name="ward code", required=True),), (replace(TEXT, name="ward_code"),))
    assert {each.kind for each in changes} == {"renamed", "required-removed"}


def test_of_two_new_fields_the_likest_is_taken_for_the_old_one() -> None:
    old = (replace(TEXT, name="trust code"),)
    changes = compare(old, (replace(TEXT, name="trust mode"), replace(TEXT, name="trust_code")))
    assert changes[0].sentence == "trust code is gone; trust_code looks like it under a new name."
    assert (changes[1].kind, changes[1].field) == ("added", "trust mode")


def test_what_a_field_lists_is_counted_and_never_quoted() -> None:
    changes = compare((replace(TEXT, allowed=("Smith",)),), (replace(TEXT, allowed=("Smith", "Jones", "Patel")),))
    assert [each.sentence for each in changes] == ["code may now hold 2 values more, which readers do not know."]


def test_what_is_said_of_the_whole_is_compared() -> None:
    old = contract_of(TEXT, rows=10)
    new = replace(old, id="wards", minimum_rows=5, title="Wards", description="All.", notes=("Made up.",))
    kinds = [each.kind for each in compare_contracts(old, new).changes]
    assert kinds == ["id", "minimum-rows-lowered", "title", "description", "notes"]
    raised = compare_contracts(old, replace(old, minimum_rows=11)).changes
    assert [(each.kind, each.stops) for each in raised] == [("minimum-rows-raised", True)]


def versioned(old_version: str, new_version: str, new: Field) -> Comparison:
    return compare_contracts(contract_of(TEXT, version=old_version), contract_of(new, version=new_version))


GONE, TIGHTER, WORDED = replace(TEXT, name="x"), replace(TEXT, required=True), replace(TEXT, description="Which?")


@pytest.mark.parametrize(
    ("old", "new", "changed", "passes", "told"),
    [
        ("1.0.0", "2.0.0", GONE, True, "Breaking: it asks for a major version. 1.0.0 to 2.0.0 is one."),
        (
            "1.4.2",
            "1.5.0",
            GONE,
            False,
            "Breaking: it asks for a major version. 1.4.2 to 1.5.0 is none; call it 2.0.0.",
        ),
        (
            "1.0.0",
            "1.0.0",
            GONE,
            False,
            "Breaking: it asks for a major version. 1.0.0 to 1.0.0 is none; call it 2.0.0.",
        ),
        (
            "2.0.0",
            "1.0.0",
            GONE,
            False,
            "Breaking: it asks for a major version. 2.0.0 to 1.0.0 is none; call it 3.0.0.",
        ),
        ("1", "2", GONE, True, "Breaking: it asks for a major version. 1 to 2 is one."),
        (
            "june",
            "july",
            GONE,
            False,
            "Breaking: it asks for a major version. june and july are not numbers such as 1.0.0, so neither tells.",
        ),
        ("1.0.0", "1.1.0", TIGHTER, True, "Compatible: it asks for a minor version. 1.0.0 to 1.1.0 is one."),
        (
            "1.0.0",
            "1.0.1",
            TIGHTER,
            True,
            "Compatible: it asks for a minor version. 1.0.0 to 1.0.1 is none; call it 1.1.0.",
        ),
        ("1.0.0", "v1.0.1", WORDED, True, "Compatible: it asks for a patch version. 1.0.0 to v1.0.1 is one."),
        ("1.0.0", "1.0", WORDED, True, "Compatible: it asks for a patch version. 1.0.0 to 1.0 is none; call it 1.0.1."),
        ("1.0.0", "1.0.0", TEXT, True, "Nothing changed that the contract promises."),
        (
            "1.0.0",
            "2.0.0",
            TEXT,
            True,
            "Nothing changed that the contract promises but its version, from 1.0.0 to 2.0.0.",
        ),
    ],
)
def test_the_verdict_holds_the_versions_against_the_changes(
    old: str, new: str, changed: Field, passes: bool, told: str
) -> None:
    found = versioned(old, new, changed)
    assert (found.passes, found.verdict()) == (passes, told)


KEY = UniqueKey(("code", "day"))
RULE = RowRule("beds > 0")
AREA = Reference(("code",), "leeds/areas", ("code",))
HELD = Reconciliation("leeds/census", (("code", "code"),), (("beds", "beds"),))
FRESH = Freshness("day", Period(2, Unit.DAY))
OFTEN = Frequency(Period(1, Unit.MONTH))
DRIFT = Volume(20)
FEW, SOME, WARNS = Limit(2), Limit(1, percent=True), Limit(stops=False)

PROMISED: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, bool, bool]]]] = [
    ({}, {"keys": (KEY,)}, [("key-added", False, STOPS)]),
    ({"keys": (KEY,)}, {}, [("key-removed", BREAKING, False)]),
    ({"keys": (KEY,)}, {"keys": (replace(KEY, limit=FEW),)}, [("key-loosened", BREAKING, False)]),
    ({"keys": (replace(KEY, limit=FEW),)}, {"keys": (KEY,)}, [("key-tightened", False, STOPS)]),
    ({"keys": (replace(KEY, primary=True),)}, {"keys": (KEY,)}, [("primary-key-removed", BREAKING, False)]),
    ({"keys": (KEY,)}, {"keys": (replace(KEY, primary=True),)}, [("primary-key-added", False, False)]),
    ({}, {"rules": (RULE,)}, [("row-rule-added", False, STOPS)]),
    ({"rules": (RULE,)}, {}, [("row-rule-removed", BREAKING, False)]),
    ({"rules": (RULE, RULE)}, {"rules": (RULE,)}, [("row-rule-removed", BREAKING, False)]),
    ({"rules": (replace(RULE, limit=WARNS),)}, {}, [("row-rule-removed", False, False)]),
    ({}, {"rules": (replace(RULE, limit=WARNS),)}, [("row-rule-added", False, False)]),
    ({"rules": (RULE,)}, {"rules": (replace(RULE, name="beds"),)}, [("row-rule-named", False, False)]),
    ({"rules": (RULE,)}, {"rules": (replace(RULE, limit=WARNS),)}, [("row-rule-warns", BREAKING, False)]),
    ({"rules": (replace(RULE, limit=WARNS),)}, {"rules": (RULE,)}, [("row-rule-stops", False, STOPS)]),
    (
        {"rules": (RULE,)},
        {"rules": (replace(RULE, when="code is not null"),)},
        [("row-rule-removed", BREAKING, False), ("row-rule-added", False, STOPS)],
    ),
    (
        {"rules": (replace(RULE, limit=FEW),)},
        {"rules": (replace(RULE, limit=SOME),)},
        [("row-rule-loosened", BREAKING, False)],
    ),
    (
        {"rules": (replace(RULE, limit=SOME),)},
        {"rules": (replace(RULE, limit=replace(SOME, below=True)),)},
        [("row-rule-tightened", False, STOPS)],
    ),
    ({}, {"references": (AREA,)}, [("reference-added", False, STOPS)]),
    ({"references": (AREA,)}, {}, [("reference-removed", BREAKING, False)]),
    ({}, {"reconciliations": (HELD,)}, [("reconciliation-added", False, STOPS)]),
    ({"reconciliations": (HELD,)}, {}, [("reconciliation-removed", BREAKING, False)]),
    ({}, {"freshness": (FRESH,)}, [("freshness-added", False, False)]),
    ({"freshness": (FRESH,)}, {}, [("freshness-removed", BREAKING, False)]),
    (
        {"freshness": (FRESH,)},
        {"freshness": (replace(FRESH, within=Period(3, Unit.DAY)),)},
        [("freshness-loosened", BREAKING, False)],
    ),
    (
        {"freshness": (FRESH,)},
        {"freshness": (replace(FRESH, within=Period(48, Unit.HOUR)),)},
        [("freshness-reworded", False, False)],
    ),
    ({"freshness": (FRESH,)}, {"freshness": (replace(FRESH, stops=True),)}, [("freshness-stops", False, STOPS)]),
    ({}, {"frequency": OFTEN}, [("frequency-added", False, False)]),
    (
        {"frequency": replace(OFTEN, stops=True)},
        {"frequency": Frequency(Period(1, Unit.WEEK), stops=True)},
        [("frequency-tightened", False, STOPS)],
    ),
    ({"frequency": OFTEN}, {}, [("frequency-removed", BREAKING, False)]),
    ({}, {"volume": DRIFT}, [("volume-added", False, False)]),
    ({"volume": DRIFT}, {}, [("volume-removed", False, False)]),
    ({"volume": replace(DRIFT, stops=True)}, {}, [("volume-removed", BREAKING, False)]),
    ({"volume": replace(DRIFT, stops=True)}, {"volume": DRIFT}, [("volume-warns", BREAKING, False)]),
]


@pytest.mark.parametrize(("old", "new", "found"), PROMISED, ids=[each[2][0][0] for each in PROMISED])
def test_each_change_of_a_promise_is_told(
    old: dict[str, Any], new: dict[str, Any], found: list[tuple[str, bool, bool]]
) -> None:
    before, after = (replace(contract_of(TEXT), promises=Promises(**each)) for each in (old, new))
    changes = compare_contracts(before, after).changes
    assert [(each.kind, each.breaks, each.stops) for each in changes] == found
    assert all(each.sentence.endswith(".") for each in changes)
    assert not compare_contracts(after, after).changes


FIELD_RULE = FieldRule(Metric.MISSING, FEW)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({}, {"rules": (FIELD_RULE,)}, [("rule-added", False, STOPS)]),
        ({"rules": (FIELD_RULE,)}, {}, [("rule-removed", BREAKING, False)]),
        (
            {"rules": (FIELD_RULE,)},
            {"rules": (replace(FIELD_RULE, limit=Limit(3)),)},
            [("rule-loosened", BREAKING, False)],
        ),
        (
            {"rules": (FIELD_RULE,)},
            {"rules": (replace(FIELD_RULE, limit=Limit(1)),)},
            [("rule-tightened", False, STOPS)],
        ),
        (
            {"validator": "postcode"},
            {"validator": "postcode", "validator_limit": WARNS},
            [("validator-warns", BREAKING, False)],
        ),
        (
            {"validator": "postcode"},
            {"validator": "postcode", "validator_limit": FEW},
            [("validator-loosened", BREAKING, False)],
        ),
        (
            {},
            {"validator": "postcode", "validator_limit": FEW},
            [("validator-added", False, STOPS), ("validator-limit", False, False)],
        ),
    ],
)
def test_each_limit_of_a_field_is_compared(
    old: dict[str, Any], new: dict[str, Any], found: list[tuple[str, bool, bool]]
) -> None:
    changes = compare((replace(TEXT, **old),), (replace(TEXT, **new),))
    assert [(each.kind, each.breaks, each.stops) for each in changes] == found
    assert {each.field for each in changes} == {"code"}


def test_a_limit_is_told_in_words() -> None:
    before, after = (
        replace(contract_of(TEXT), promises=Promises(keys=(replace(KEY, limit=each),))) for each in (Limit(), FEW)
    )
    (change,) = compare_contracts(before, after).changes
    assert change.sentence == (
        "Of the promise that code and day together are unique: no row could break it, and at most 2 rows can: "
        "it may be broken where it could not be."
    )


def test_what_a_steward_said_since_is_no_change_of_the_contract() -> None:
    since = replace(TEXT, confirmed=True, stated=Classification.NOT_PERSONAL)
    assert not compare((TEXT,), (since,))


LIMITS = st.sampled_from([Limit(), FEW, SOME, WARNS, Limit(3, stops=False), Limit(1, percent=True, below=True)])
FIELDS = st.builds(
    lambda *fields: fields,
    st.builds(
        Field,
        st.sampled_from(["code", "Code"]),
        st.just(FieldType.STRING),
        st.sampled_from(["", "Which?"]),
        st.booleans(),
        st.booleans(),
        pattern=st.sampled_from(["", "[A-Z]"]),
        allowed=st.sampled_from([(), ("a",), ("a", "b"), ("b", "a")]),
        validator=st.sampled_from(["postcode", "nino"]),
        validator_limit=LIMITS,
        classification=st.sampled_from(list(Classification)),
        rules=st.sampled_from([(), (FIELD_RULE,), (replace(FIELD_RULE, metric=Metric.DUPLICATE), FIELD_RULE)]),
    ),
    st.builds(
        Field,
        st.just("beds"),
        st.sampled_from([FieldType.INTEGER, FieldType.NUMBER]),
        minimum=st.sampled_from([None, 0.0, 1.0]),
        maximum=st.sampled_from([None, 9.0]),
    ),
    st.sampled_from([Field("day", FieldType.DATE), Field("day", FieldType.TIMESTAMP, required=True)]),
)
PROMISES = st.builds(
    Promises,
    st.lists(st.builds(UniqueKey, st.just(("beds", "day")), limit=LIMITS), max_size=2).map(tuple),
    st.lists(
        st.builds(RowRule, st.just("beds > 0"), st.sampled_from(["", "beds < 9"]), st.sampled_from(["", "x"]), LIMITS),
        max_size=3,
    ).map(tuple),
    st.lists(st.builds(Reference, st.just(("beds",)), st.just("leeds/x"), st.just(("y",)), LIMITS), max_size=1).map(
        tuple
    ),
    st.lists(st.just(HELD).map(lambda each: replace(each, by=(("beds", "b"),))), max_size=1).map(tuple),
    st.sampled_from([(), (FRESH,), (FRESH, replace(FRESH, stops=True))]),
    st.sampled_from([None, OFTEN, replace(OFTEN, stops=True)]),
    st.sampled_from([None, DRIFT, Volume(20.5), replace(DRIFT, stops=True)]),
)
CONTRACTS = st.builds(
    lambda fields, promises, rows, title: replace(contract_of(*fields, rows=rows), promises=promises, title=title),
    FIELDS,
    st.one_of(st.just(Promises()), PROMISES),
    st.integers(0, 2),
    st.sampled_from(["Beds", "Wards"]),
)


@settings(max_examples=100)
@given(CONTRACTS, CONTRACTS, st.sampled_from(["", "fields", "promises"]))
def test_any_difference_of_two_contracts_is_told(old: DataContract, other: DataContract, part: str) -> None:
    new = replace(old, **{part: getattr(other, part)}) if part else other
    changes = compare_contracts(old, new).changes
    assert bool(changes) is (old != new)
    if _in_order(old) != _in_order(new):
        assert {each.kind for each in changes} != {"order"}


def test_the_contracts_compared_are_such_as_are_read() -> None:
    field = replace(TEXT, validator="postcode", validator_limit=FEW, allowed=("a", "b"), rules=(FIELD_RULE,))
    full = replace(
        contract_of(field, WHOLE, Field("day", FieldType.DATE)),
        promises=Promises((KEY,), (RULE,), (AREA,), (HELD,), (FRESH,), OFTEN, DRIFT),
    )
    assert read_contract(write_contract(full).encode()) == full


def _in_order(contract: DataContract) -> object:
    """Return a contract as a value that no order of what it lists changes."""
    promises = contract.promises
    fields = [(replace(each, allowed=(), rules=()), set(each.allowed), set(each.rules)) for each in contract.fields]
    listed = [sorted(map(repr, each)) for each in (promises.keys, promises.rules, promises.freshness)]
    return fields, listed, promises.frequency, promises.volume, promises.references, contract.title
