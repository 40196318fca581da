"""How sensitive a field is, how a dataset is split by that, and which files hold which fields."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.rooms.publish.test_rules import ACTOR, AT, CONTRACT, SOUND, dataset

from commonweal.core import InputError
from commonweal.keys import KeyClass
from commonweal.publish import (
    MOST_SENSITIVE_FIRST,
    Classification,
    DatasetVersion,
    Field,
    FieldType,
    QualityResult,
    VersionPart,
    choose_key,
    class_of,
    describe_dataset,
    most_sensitive,
    publish_version,
    split_fields,
)


def field(name: str, classification: Classification, *, confirmed: bool = True) -> Field:
    return Field(name, FieldType.STRING, classification=classification, confirmed=confirmed)


FIELDS = (
    field("council", Classification.NOT_PERSONAL),
    field("nino", Classification.PERSONAL),
    field("illness", Classification.SPECIAL),
    field("note", Classification.NOT_PERSONAL, confirmed=False),
    field("rate", Classification.CONFIDENTIAL),
    field("ward", Classification.NOT_PERSONAL),
)


def version_part(classification: Classification, sealed_file: str, *fields: str) -> VersionPart:
    return VersionPart(classification, sealed_file, fields, 10, 42, "00")


PARTS = (
    version_part(Classification.SPECIAL, "sf-1", "illness"),
    version_part(Classification.PERSONAL, "sf-2", "nino", "note"),
    version_part(Classification.NOT_PERSONAL, "sf-3", "council"),
)


def version(sealed_file: str = "", set_aside: str = "", parts: tuple[VersionPart, ...] = ()) -> DatasetVersion:
    return DatasetVersion(
        id="ver-1",
        dataset="lambeth/payments",
        number=1,
        published=datetime(2020, 4, 1, tzinfo=UTC),
        rows=1,
        size=30,
        payload_size=126,
        sealed_file=sealed_file,
        digest="",
        source_mac="11",
        quality=QualityResult(1),
        set_aside_file=set_aside,
        parts=parts,
    )


def test_every_classification_has_a_place_in_the_order() -> None:
    assert sorted(MOST_SENSITIVE_FIRST) == sorted(Classification)
    assert [each.value for each in MOST_SENSITIVE_FIRST] == [
        "special-category", "personal", "disclosive", "confidential", "third-party-licensed", "not-personal",
    ]  # fmt: skip


@pytest.mark.parametrize("classification", Classification)
def test_a_field_counts_as_personal_until_it_is_confirmed(classification: Classification) -> None:
    assert class_of(field("a", classification)) is classification
    assert class_of(field("a", classification, confirmed=False)) is Classification.PERSONAL


def test_fields_are_split_by_class_the_most_sensitive_first_and_keep_their_order() -> None:
    assert list(split_fields(FIELDS).items()) == [
        (Classification.SPECIAL, ("illness",)),
        (Classification.PERSONAL, ("nino", "note")),
        (Classification.CONFIDENTIAL, ("rate",)),
        (Classification.NOT_PERSONAL, ("council", "ward")),
    ]


@pytest.mark.parametrize("number", range(len(MOST_SENSITIVE_FIRST)))
def test_the_first_in_the_order_is_the_most_sensitive(number: int) -> None:
    assert most_sensitive(reversed(MOST_SENSITIVE_FIRST[number:])) is MOST_SENSITIVE_FIRST[number]


def test_a_version_names_all_its_files() -> None:
    assert version("sf-9").files() == ("sf-9",)
    assert version("sf-9", "sf-8").files() == ("sf-9", "sf-8")
    assert version(parts=PARTS).files() == ("sf-1", "sf-2", "sf-3")
    assert version(set_aside="sf-8", parts=PARTS).files() == ("sf-1", "sf-2", "sf-3", "sf-8")


def test_only_the_parts_that_hold_a_field_are_named_for_it() -> None:
    assert version("sf-9").files_with(("illness",)) == ("sf-9",)
    assert version("sf-9").parts_with(("illness",)) == ()
    assert version(parts=PARTS).files_with(("note", "nino")) == ("sf-2",)
    assert version(parts=PARTS).files_with({"council", "illness"}) == ("sf-1", "sf-3")
    assert version(parts=PARTS).files_with(("unknown",)) == ()


KNOWN = {
    "none": None,
    "body": dataset(),
    "device": replace(dataset(), key_class=KeyClass.DEVICE),
    "split": replace(dataset(), key_class=KeyClass.DEVICE, is_split=True),
}


@pytest.mark.parametrize(
    ("asked", "split", "known", "expected"),
    [
        ("", False, "none", (KeyClass.BODY, False)),
        ("", False, "body", (KeyClass.BODY, False)),
        ("", False, "device", (KeyClass.DEVICE, False)),
        ("", False, "split", (KeyClass.DEVICE, True)),
        ("", True, "none", (KeyClass.DEVICE, True)),
        ("", True, "body", (KeyClass.DEVICE, True)),
        ("body", True, "body", (KeyClass.DEVICE, True)),
        ("body", False, "split", (KeyClass.BODY, False)),
        ("device", False, "split", (KeyClass.DEVICE, False)),
        ("device", False, "none", (KeyClass.DEVICE, False)),
    ],
)
def test_a_dataset_keeps_its_key_class_until_another_is_asked_for(
    asked: str, split: bool, known: str, expected: tuple[KeyClass, bool]
) -> None:
    chosen = choose_key(dataset(), key_class=asked, split=split, known=KNOWN[known])
    assert (chosen.key_class, chosen.is_split) == expected
    _, event = describe_dataset(chosen, at=AT, actor=ACTOR)
    assert (event.facts["key_class"], event.facts["split"]) == (expected[0].value, expected[1])


@pytest.mark.parametrize("asked", ["Body", "BODY", "hsm", " device"])
def test_any_other_key_class_is_refused_and_not_quoted(asked: str) -> None:
    with pytest.raises(InputError) as refused:
        choose_key(dataset(), key_class=asked, split=False, known=None)
    assert str(refused.value) == "The key class is body or device."


def test_the_event_of_a_split_version_names_its_parts() -> None:
    split = replace(dataset(), contract=replace(CONTRACT, fields=FIELDS), key_class=KeyClass.DEVICE, is_split=True)
    found, event = publish_version(
        split,
        SOUND,
        version_id="ver-1",
        number=1,
        rows=10,
        size=30,
        payload_size=126,
        sealed_file="",
        digest="",
        source_mac="11",
        profile={},
        parts=PARTS,
        at=AT,
        actor=ACTOR,
    )
    assert (found.parts, found.key_class) == (PARTS, KeyClass.DEVICE)
    told = event.facts["parts"]
    assert isinstance(told, list)
    assert told[1] == {
        "classification": "personal",
        "sealed_file": "sf-2",
        "digest": "00",
        "fields": ["nino", "note"],
    }
