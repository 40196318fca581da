"""A data contract is inferred from facts: only what must hold, each promise with its reason, no person's values."""

from dataclasses import replace

import pytest

from commonweal.publish import (
    Classification,
    ColumnFacts,
    ContractDraft,
    ContractError,
    Detection,
    Dimension,
    Field,
    FieldType,
    Finding,
    QualityResult,
    infer_contract,
    read_contract,
    wants_listing,
    write_draft,
)

ROWS = 100
WHOLE = {FieldType.INTEGER: ROWS, FieldType.NUMBER: ROWS}
TEXT = ColumnFacts("ward", ROWS, ROWS, distinct=60, longest=20)
STATUS = replace(TEXT, name="status", distinct=3)
BEDS = ColumnFacts("beds", ROWS, ROWS, WHOLE, digits=(1, 3), least=0, most=250, distinct=70, longest=3)


def draft_of(*facts: ColumnFacts, **listings: dict[str, int]) -> ContractDraft:
    return infer_contract(facts, listings, identifier="beds", title="Beds")


def inferred(facts: ColumnFacts, **listings: dict[str, int]) -> tuple[Field, str]:
    drafted = draft_of(facts, **listings).fields[0]
    return drafted.field, "\n".join(drafted.reasons)


@pytest.mark.parametrize(
    ("facts", "kind", "told"),
    [
        (BEDS, FieldType.INTEGER, "integer: all of 100 values are whole numbers"),
        (replace(BEDS, spoilt=1), FieldType.STRING, "text: 1 value with a leading zero or sign"),
        (replace(BEDS, digits=(3, 16)), FieldType.STRING, "text: its numbers have 16 digits"),
        (replace(BEDS, name="nhs no", digits=(10, 10)), FieldType.STRING, "text: its numbers have 10 digits"),
        (replace(BEDS, name="amount", digits=(10, 10)), FieldType.INTEGER, "integer: all"),
        (replace(TEXT, forms={FieldType.DATE: ROWS}), FieldType.DATE, "date: all of 100 values are dates"),
        (replace(TEXT, forms={FieldType.BOOLEAN: ROWS}), FieldType.BOOLEAN, "boolean: all"),
        (
            replace(TEXT, forms={FieldType.DATE: 98}),
            FieldType.STRING,
            "text: 98 of 100 values are dates; correct the other 2 and make it date",
        ),
        (replace(TEXT, forms={FieldType.DATE: 60}), FieldType.STRING, "no narrower type in common"),
        (replace(TEXT, filled=0), FieldType.STRING, "text: it holds no value"),
    ],
)
def test_a_type_is_the_narrowest_that_loses_nothing(facts: ColumnFacts, kind: FieldType, told: str) -> None:
    field, reasons = inferred(facts)
    assert field.type is kind
    assert told in reasons


def test_a_field_is_required_where_nothing_is_missing() -> None:
    assert inferred(TEXT)[0].required
    field, told = inferred(replace(TEXT, filled=99))
    assert not field.required
    assert "not required: 99 of 100 rows have a value" in told
    assert not inferred(replace(TEXT, rows=0, filled=0))[0].required


@pytest.mark.parametrize(
    ("name", "least", "most", "bounds"),
    [
        ("beds", 0, 250, (0, None)),
        ("number of staff", 3, 9, (0, None)),
        ("beds", -1, 250, (None, None)),
        ("change in beds", 0, 250, (None, None)),
        ("Invoice Amount", 1, 250, (None, None)),
        ("percent occupied", 1, 99, (0, 100)),
        ("percent occupied", 1, 101, (None, None)),
        ("latitude", 50, 58, (-90, 90)),
        ("longitude", -200, 2, (None, None)),
        ("year", 1999, 2020, (None, None)),
    ],
)
def test_bounds_come_from_meaning_and_never_from_one_extract(
    name: str, least: float, most: float, bounds: tuple[float | None, float | None]
) -> None:
    field, told = inferred(replace(BEDS, name=name, least=least, most=most))
    assert (field.minimum, field.maximum) == bounds
    assert ("the name speaks of a" in told.split("personal")[0]) == (bounds != (None, None))


@pytest.mark.parametrize(
    ("shape", "pattern"),
    [
        ("A99999999", "[A-Z][0-9]{8}"),
        ("AA/99-A", "[A-Z]{2}/[0-9]{2}\\-[A-Z]"),
        ("AAA", ""),
        ("Aaa9", ""),
        ("9*9", ""),
        ("", ""),
    ],
)
def test_codes_of_one_shape_get_its_pattern(shape: str, pattern: str) -> None:
    assert inferred(replace(TEXT, shape=shape))[0].pattern == pattern


def test_few_codes_show_no_pattern() -> None:
    code = replace(TEXT, shape="A9")
    assert inferred(replace(code, distinct=2))[0].pattern == ""
    assert inferred(replace(code, rows=9, filled=9))[0].pattern == ""


@pytest.mark.parametrize(
    "name",
    [
        "supplier name",
        "Gender",
        "contact",
        "Case Officer",
        "ethnicity",
        "postcode",
        "title",
        "correspondent",
        "allocated to",
        "x",
    ],
)
def test_the_values_of_what_looks_personal_are_not_even_asked_for(name: str) -> None:
    assert wants_listing(STATUS)
    assert not wants_listing(replace(STATUS, name=name))
    assert "no list of values: it has few, but nothing in its name" in inferred(replace(STATUS, name=name))[1]


@pytest.mark.parametrize(
    "facts",
    [
        replace(STATUS, distinct=1),
        replace(STATUS, distinct=30),
        replace(STATUS, filled=14),
        replace(STATUS, longest=81),
        replace(STATUS, shape="A9"),
        replace(STATUS, forms={FieldType.DATE: ROWS}),
    ],
)
def test_only_a_few_repeated_texts_are_asked_for(facts: ColumnFacts) -> None:
    assert not wants_listing(facts)


@pytest.mark.parametrize(
    ("listing", "allowed"),
    [
        ({"open": 60, "closed": 40}, ("closed", "open")),
        ({"open": 96, "closed": 4}, ()),
        ({"open": 60, "a\nb": 40}, ()),
        ({str(n): 5 for n in range(25)}, ()),
        ({"open": 100}, ()),
    ],
)
def test_values_are_listed_that_each_come_often(listing: dict[str, int], allowed: tuple[str, ...]) -> None:
    assert inferred(STATUS, status=listing)[0].allowed == allowed


def test_unique_is_what_the_check_confirms_of_an_identifier() -> None:
    draft = draft_of(replace(BEDS, name="bed id", distinct=ROWS), replace(TEXT, distinct=ROWS))
    assert [each.field.unique for each in draft.fields] == [True, False]
    settled = draft.settled(QualityResult(ROWS))
    assert settled.fields[0].field.unique
    assert "unique: 100 of 100 values differ" in settled.fields[0].reasons
    repeated = Finding("unique", "bed id", Dimension.UNIQUENESS, 2, (3, 9), "…")
    settled = draft.settled(QualityResult(ROWS, (repeated,)))
    assert not settled.fields[0].field.unique
    assert "not unique: a value comes back in 2 rows" in settled.fields[0].reasons


def test_half_of_the_rows_are_the_least() -> None:
    assert draft_of(TEXT).minimum_rows == 50
    assert draft_of(replace(TEXT, rows=0, filled=0)).minimum_rows == 0
    assert draft_of(replace(TEXT, rows=1, filled=1)).rows_reason.startswith("at least 1 row:")


def test_a_field_is_personal_unless_its_name_is_plain() -> None:
    assert inferred(TEXT)[0].classification is Classification.NOT_PERSONAL
    assert inferred(STATUS)[0].classification is Classification.PERSONAL


def test_the_document_is_the_draft_with_its_reasons_and_questions() -> None:
    draft = draft_of(BEDS, replace(STATUS, name="no: 'yes' #"), replace(TEXT, name="code", shape="AA9"))
    text = write_draft(draft)
    found = read_contract(text.encode())
    assert replace(found, description="") == draft.contract()
    assert "  # integer: all of 100 values are whole numbers\n" in text
    assert all(each.description.endswith("?") for each in found.fields)
    assert "status: draft" in text


def test_a_column_without_a_usable_name_gives_no_draft() -> None:
    with pytest.raises(ContractError, match="No data contract can be drafted") as caught:
        write_draft(draft_of(replace(TEXT, name="two\nlines")))
    assert caught.value.reasons


NHS = Detection("patient", Classification.PERSONAL, "all 3 sampled values pass", "nhs-number", "nhs-number")
PLAIN_STATUS = Detection("status", Classification.NOT_PERSONAL, "its values name things")


def draft_with(*found: Detection) -> ContractDraft:
    facts = (replace(TEXT, name="patient", distinct=ROWS), STATUS)
    return infer_contract(facts, {"status": {"open": 60, "shut": 40}}, found, identifier="beds", title="Beds")


def test_what_is_detected_classifies_and_its_evidence_stands_in_the_document() -> None:
    draft = draft_with(NHS)
    assert draft.fields[0].field.classification is Classification.PERSONAL
    text = write_draft(draft)
    assert "  # personal: all 3 sampled values pass\n" in text
    assert "    - property: commonweal.evidence\n      value: all 3 sampled values pass\n" in text
    assert read_contract(text.encode()).fields[0].validator == "nhs-number"
    assert draft.fields[0].field.description.startswith("Whom does this tell of")


def test_no_value_of_a_table_of_people_is_listed() -> None:
    assert draft_with(PLAIN_STATUS).fields[1].field.allowed == ("open", "shut")
    among = draft_with(NHS, PLAIN_STATUS).fields[1]
    assert among.field.allowed == ()
    assert "no list of values: it has few, but they may tell of people" in among.reasons
    telling = replace(PLAIN_STATUS, classification=Classification.SPECIAL, evidence="words of illness")
    assert draft_with(telling).fields[1].field.allowed == ()


def test_a_published_rule_that_some_values_break_is_left_out_and_said() -> None:
    draft = draft_with(NHS)
    assert draft.settled(QualityResult(ROWS)).fields[0].field.validator == "nhs-number"
    broken = Finding("validator", "patient", Dimension.VALIDITY, 2, (3, 9), "…")
    settled = draft.settled(QualityResult(ROWS, (broken,))).fields[0]
    assert settled.field.validator == ""
    assert settled.reasons[-1] == "no published rule: 2 values break that of nhs-number; correct these and add it"


def test_what_fields_reveal_together_stands_at_the_head() -> None:
    draft = infer_contract((TEXT,), {}, identifier="b", title="B", together="Together dob and sex divide 9 rows.")
    assert "# Together dob and sex divide 9 rows.\n" in write_draft(draft)
