"""What describes a dataset is plain text that a catalogue can show."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from commonweal.publish import (
    Access,
    DataContract,
    Dataset,
    Field,
    FieldType,
    Marking,
    WordingError,
    verify_wording,
)

FIELD = Field("ward", FieldType.STRING)
DATASET = Dataset(
    id="lambeth/wards",
    body="lambeth",
    name="wards",
    title="Wards of Lambeth",
    description="One row per ward.\r\nUpdated each May.",
    contract=DataContract("wards", "1.0.0", "Wards", "", fields=(FIELD,)),
    access=Access.SHARED,
    marking=Marking.OFFICIAL,
    licence="",
    steward="sam@lambeth",
    created=datetime(2026, 3, 2, tzinfo=UTC),
)


def test_plain_words_in_any_script_pass() -> None:
    verify_wording(DATASET)
    verify_wording(replace(DATASET, title="Gwasanaethau’r Cyngor\N{NO-BREAK SPACE}2026 – Ŵyl", keywords=("tŷ",)))


@pytest.mark.parametrize(
    ("what", "value", "told"),
    [
        ("title", "Wards\x1b[31m", "The title has a character that cannot be shown."),
        ("title", "Wards\nof Lambeth", "The title has a character that cannot be shown."),
        ("title", "Wards \N{RIGHT-TO-LEFT OVERRIDE}htebmaL", "The title has a character that cannot be shown."),
        ("title", "w" * 201, "The title is longer than 200 characters."),
        ("description", "a\0b", "The description has a character that cannot be shown."),
        ("attribution", "Lambeth\x07", "The attribution has a character that cannot be shown."),
        ("keywords", ("ward", "w" * 101), "Keyword 2 is longer than 100 characters."),
        ("keywords", ("ward",) * 51, "There are more than 50 keywords."),
    ],
    ids=["escape", "line", "direction", "long-title", "zero", "bell", "long-keyword", "many-keywords"],
)
def test_what_cannot_be_shown_is_refused_by_place(what: str, value: Any, told: str) -> None:
    with pytest.raises(WordingError) as refused:
        verify_wording(replace(DATASET, **{what: value}))
    assert refused.value.reasons == (told,)


def test_the_fields_of_the_contract_are_looked_at_too() -> None:
    contract = replace(DATASET.contract, fields=(FIELD, replace(FIELD, name="name", description="\x00")))
    with pytest.raises(WordingError) as refused:
        verify_wording(replace(DATASET, contract=contract))
    assert refused.value.reasons == ("The description of field 2 has a character that cannot be shown.",)
