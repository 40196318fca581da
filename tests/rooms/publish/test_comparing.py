"""Two versions of a data contract are compared: what breaks for readers, what stops sources, which version it asks."""

from dataclasses import replace

import pytest

from commonweal.publish import Change, Classification, Comparison, DataContract, Field, FieldType, compare_contracts

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
    ((replace(TEXT, allowed=("a", "b")),), (replace(TEXT, allowed=("b", "a")),), []),
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
    ],
)
def test_the_verdict_holds_the_versions_against_the_changes(
    old: str, new: str, changed: Field, passes: bool, told: str
) -> None:
    found = versioned(old, new, changed)
    assert (found.passes, found.verdict()) == (passes, told)
