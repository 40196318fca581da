"""An ODCS document becomes the data contract that the node enforces, or a list of places to mend."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from commonweal.publish import (
    Classification,
    ContractError,
    DataContract,
    Field,
    FieldType,
    read_contract,
    write_contract,
)

FULL = DataContract(
    id="uk.test.contract",
    version="1.2",
    title="A title",
    description="What it is for.",
    fields=(
        Field("trust", FieldType.STRING, "A code.", required=True, pattern="[A-Z0-9]{3}"),
        Field("kind", FieldType.STRING, allowed=("no", "2", "a 'b'")),
        Field("stock", FieldType.INTEGER, minimum=0, maximum=1e6, classification=Classification.NOT_PERSONAL),
        Field("at", FieldType.TIMESTAMP, unique=True),
    ),
    minimum_rows=3,
    notes=("It is made up.", "Twice."),
)


def tree(**changes: Any) -> dict[str, Any]:
    """Return a sound document, with the only property changed as asked."""
    prop = {"name": "a", "logicalType": "string", **changes}
    return {
        "kind": "DataContract",
        "apiVersion": "v3.1.0",
        "id": "x",
        "version": "1",
        "schema": [{"name": "t", "logicalType": "object", "properties": [prop]}],
    }


def read(document: dict[str, Any]) -> DataContract:
    return read_contract(json.dumps(document).encode())


def reasons(document: dict[str, Any]) -> str:
    with pytest.raises(ContractError) as refused:
        read(document)
    assert refused.value.outcome.exit_code == 2
    return " ".join((str(refused.value), *refused.value.reasons))


def test_what_is_written_is_read_back() -> None:
    assert read_contract(write_contract(FULL).encode()) == FULL


def test_a_document_never_confirms_a_classification() -> None:
    confirmed = replace(FULL, fields=tuple(replace(each, confirmed=True) for each in FULL.fields))
    assert read_contract(write_contract(confirmed).encode()) == FULL


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"required": True}, {"required": True}),
        ({"primaryKey": True}, {"required": True, "unique": True}),
        ({"logicalTypeOptions": {"pattern": "x+"}}, {"pattern": "x+"}),
        ({"quality": [{"metric": "nullValues", "mustBe": 0}]}, {"required": True}),
        ({"quality": [{"metric": "duplicateValues", "mustBe": 0}]}, {"unique": True}),
        (
            {"quality": [{"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["x", 1]}}]},
            {"allowed": ("x", "1")},
        ),
        ({"quality": [{"metric": "invalidValues", "mustBe": 0, "arguments": {"pattern": "y"}}]}, {"pattern": "y"}),
        ({"quality": [{"type": "text", "description": "Handle with care."}]}, {}),
        ({"enum": [{"value": "x"}]}, {"allowed": ("x",)}),
        ({"classification": "public"}, {"classification": Classification.PERSONAL}),
        ({"classification": "not-personal"}, {"classification": Classification.NOT_PERSONAL}),
        (
            {
                "classification": "not-personal",
                "customProperties": [{"property": "commonweal.classification", "value": "special-category"}],
            },
            {"classification": Classification.SPECIAL},
        ),
    ],
)
def test_every_form_of_a_promise_is_understood(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    (field,) = read(tree(**changes)).fields
    assert field == replace(Field("a", FieldType.STRING), **expected)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"logicalType": "array"}, "schema[0].properties[0].logicalType must be one of"),
        ({"name": "a\nb"}, "properties[0].name must be"),
        ({"name": " a"}, "properties[0].name must be"),
        ({"requird": True}, "schema[0].properties[0] has a key that the standard does not know"),
        ({"required": "yes"}, "properties[0].required must be of type boolean"),
        ({"logicalTypeOptions": {"maxLength": 3}}, "logicalTypeOptions.maxLength cannot be checked"),
        ({"logicalType": "date", "logicalTypeOptions": {"minimum": "2020-01-01"}}, "minimum cannot be checked"),
        ({"logicalType": "integer", "logicalTypeOptions": {"minimum": 2, "maximum": 1}}, "minimum is above"),
        ({"logicalType": "number", "logicalTypeOptions": {"minimum": 10**400}}, "minimum must be a number"),
        (
            {
                "logicalTypeOptions": {"pattern": "x"},
                "quality": [{"metric": "invalidValues", "mustBe": 0, "arguments": {"pattern": "y"}}],
            },
            "may have one pattern",
        ),
        ({"logicalTypeOptions": {"pattern": ""}}, "pattern must be a regular expression"),
        ({"quality": [{"type": "sql", "query": "SELECT 1", "mustBe": 0}]}, "quality[0] is of a type"),
        ({"quality": [{"metric": "nullValues", "mustBeGreaterThan": 5}]}, "quality[0] must say `mustBe: 0`"),
        ({"quality": [{"metric": "rowCount", "mustBe": 0}]}, "rowCount belongs to the table"),
        ({"quality": [{"metric": "invalidValues", "mustBe": 0}]}, "arguments must hold validValues"),
        (
            {"quality": [{"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": [True]}}]},
            "put each text in quotes",
        ),
        (
            {"quality": [{"metric": "nullValues", "mustBe": 0, "dimension": "validity"}]},
            "dimension must be one of: accuracy",
        ),
        ({"customProperties": [{"property": "commonweal.classification", "value": "secret"}]}, "must be one of"),
        ({"items": {"logicalType": "string"}}, "properties[0]"),
        ({"logicalType": "object", "properties": [{"name": "b", "logicalType": "string"}]}, "is nested"),
    ],
)
def test_what_cannot_be_enforced_is_named(changes: dict[str, Any], place: str) -> None:
    assert place in reasons(tree(**changes))


def tables(count: int) -> dict[str, Any]:
    document = tree()
    document["schema"] *= count
    return document


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in tree().items() if name != key}


def twice(name: str, **changes: Any) -> dict[str, Any]:
    document = tree(**changes)
    document["schema"][0]["properties"].append({"name": name, "logicalType": "string", **changes})
    return document


def empty() -> dict[str, Any]:
    document = tree()
    document["schema"][0]["properties"] = []
    return document


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (tables(2), "describes 2 tables"),
        (tables(0), "describes 0 tables"),
        (without("schema"), "describes 0 tables"),
        (without("id"), "must have version, apiVersion, kind, id"),
        (empty(), "must list 1 to 4096 fields"),
        (twice("A"), "properties[0].name is used again"),
        ({**tree(), "apiVersion": "v2.2.2"}, "apiVersion must be version 3"),
        ({**tree(), "id": "a\nb"}, "id must be 1 to 128 printable"),
        ({**tree(), "slaProperties": [{"property": "latency", "value": [1]}]}, "slaProperties[0].value"),
        ({**tree(), "surprise": 1}, "has a key that the standard does not know"),
        ({**tree(), "customProperties": [{"property": "commonweal.notes", "value": 7}]}, "must be sentences"),
    ],
)
def test_a_document_that_is_no_single_table_is_refused(document: dict[str, Any], told: str) -> None:
    assert told in reasons(document)


def test_every_fault_is_listed_at_once() -> None:
    document = tree(logicalType="array")
    document["schema"][0]["properties"].append({"name": "", "logicalType": "string"})
    document["schema"][0]["quality"] = [{"metric": "duplicateValues", "mustBe": 0}]
    with pytest.raises(ContractError) as refused:
        read(document)
    assert len(refused.value.reasons) == 3


@pytest.mark.parametrize(
    ("rule", "least"),
    [
        ({"metric": "rowCount", "mustBeGreaterOrEqualTo": 5}, 5),
        ({"metric": "rowCount", "mustBeGreaterThan": 5}, 6),
        ({"type": "text", "description": "Enough."}, 1),
    ],
)
def test_the_least_number_of_rows(rule: dict[str, Any], least: int) -> None:
    document = tree()
    document["schema"][0]["quality"] = [rule]
    assert read(document).minimum_rows == least


BILLION = b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"", "begins with `kind: DataContract`"),
        (b"- a\n", "begins with `kind: DataContract`"),
        (b"a: [1\n", "not well-formed YAML: line 2"),
        (b"a: 1\na: 2\n", "not well-formed YAML: line 2"),
        (b"1: x\n", "not well-formed YAML"),
        (b"a: !!python/object/apply:os.system ['true']\n", "not well-formed YAML"),
        (BILLION, "anchor or alias"),
        (b"a: " + b"[" * 40 + b"]" * 40, "nested more than 32 levels"),
        (b"a: \xff\n", "not UTF-8 text: line 1"),
        (b"#" * (1024 * 1024 + 1), "larger than 1 MiB"),
        (b"a: 0x" + b"f" * 9, "does not follow"),
        (b"a: " + b"9" * 5000, "not well-formed YAML"),
    ],
)
def test_hostile_documents_are_refused(document: bytes, told: str) -> None:
    with pytest.raises(ContractError) as refused:
        read_contract(document)
    assert told in str(refused.value)


def test_dates_in_free_places_stay_text() -> None:
    document = write_contract(FULL).encode() + b"contractCreatedTs: 2026-01-01T00:00:00Z\n"
    assert read_contract(document) == FULL


CASES: list[Callable[[], DataContract]] = [lambda: replace(FULL, notes=()), lambda: replace(FULL, description="")]


@pytest.mark.parametrize("make", CASES)
def test_optional_parts_may_be_absent(make: Callable[[], DataContract]) -> None:
    assert read_contract(write_contract(make()).encode()) == make()


def test_no_more_than_twenty_places_are_named() -> None:
    document = tree()
    document["schema"][0]["properties"] = [{"name": "a", "required": "yes"}] * 30
    with pytest.raises(ContractError) as refused:
        read(document)
    assert len(refused.value.reasons) == 20
