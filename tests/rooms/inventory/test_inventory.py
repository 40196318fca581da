"""The inventory tells what exists, to people and as DCAT."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from commonweal.identity import Kind, PublicBody
from commonweal.inventory import OGL, CatalogueRecord, record_of, to_dcat
from commonweal.publish import (
    Access,
    DataContract,
    Dataset,
    DatasetVersion,
    Dimension,
    Field,
    FieldType,
    Finding,
    Marking,
    QualityResult,
)

AT = datetime(2020, 4, 1, 9, tzinfo=UTC)
BODY = PublicBody(
    id="local-authority-eng:LBH",
    slug="lambeth",
    name="London Borough of Lambeth",
    kind=Kind.COUNCIL,
    opened=date(1965, 4, 1),
)
DATASET = Dataset(
    id="lambeth/payments",
    body="lambeth",
    name="payments",
    title="Payments",
    description="What was paid.",
    contract=DataContract("c", "1", "T", "", (Field("a", FieldType.STRING),), notes=("As published.",)),
    access=Access.OPEN,
    marking=Marking.OFFICIAL,
    licence="OGL-UK-3.0",
    steward="jo",
    created=AT,
    stored="On Lambeth's node, sealed.",
    keywords=("spend",),
)
VERSION = DatasetVersion(
    id="ver-1",
    dataset=DATASET.id,
    number=3,
    published=AT.replace(day=2),
    rows=1072,
    size=1,
    payload_size=1,
    sealed_file="sf",
    digest="00",
    source_mac="11",
    quality=QualityResult(1072),
)
RECORD = record_of(DATASET, VERSION, BODY)


def catalogue(*records: CatalogueRecord) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(to_dcat(records, "http://127.0.0.1:8400", "Commonweal Council")))
    return document


def test_a_record_says_what_where_and_how() -> None:
    assert RECORD.body_name == "London Borough of Lambeth"
    assert (RECORD.version, RECORD.rows, RECORD.modified) == (3, 1072, AT.replace(day=2))
    assert (RECORD.fields, RECORD.contract, RECORD.notes) == (("a",), "c 1", ("As published.",))
    assert RECORD.how_to_get == "Anyone may download it; no token is needed."
    assert RECORD.quality == "Every check of the data contract passed. Accuracy was not measured."


def test_a_record_before_the_first_version_says_so() -> None:
    record = record_of(DATASET, None, BODY)
    assert (record.version, record.rows, record.modified) == (0, 0, AT)
    assert record.quality == "Nothing is published yet."


def test_findings_that_did_not_stop_are_told() -> None:
    finding = Finding("late", "", Dimension.TIMELINESS, 1, (), "The data is a day late.", stops=False)
    version = replace(VERSION, quality=QualityResult(1, (finding,)))
    record = record_of(DATASET, version, BODY)
    assert (record.quality, record.warnings) == ("The data is a day late.", 1)


def test_the_catalogue_is_dcat() -> None:
    document = catalogue(RECORD)
    (dataset,) = document["dcat:dataset"]
    assert document["@type"] == "dcat:Catalog"
    assert document["dct:publisher"]["foaf:name"]["@value"] == "Commonweal Council"
    assert dataset["dct:identifier"] == "lambeth/payments"
    assert dataset["dct:publisher"]["foaf:name"]["@value"] == "London Borough of Lambeth"
    assert dataset["dct:license"]["@id"] == OGL
    assert dataset["dct:issued"]["@value"] == "2020-04-01T09:00:00.000000Z"
    assert [each["dcat:downloadURL"]["@id"] for each in dataset["dcat:distribution"]] == [
        "http://127.0.0.1:8400/open/lambeth/payments.csv",
        "http://127.0.0.1:8400/open/lambeth/payments.parquet",
    ]


def test_every_prefix_used_is_in_the_context() -> None:
    document = catalogue(RECORD)
    used = {key.split(":")[0] for key in keys_of(document) if ":" in key}
    assert used <= set(document["@context"])


def keys_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize(
    ("record", "right"),
    [
        (replace(RECORD, access="shared"), "RESTRICTED"),
        (replace(RECORD, access="closed"), "NON_PUBLIC"),
        (replace(RECORD, version=0), "PUBLIC"),
    ],
)
def test_what_cannot_be_downloaded_has_no_distribution(record: CatalogueRecord, right: str) -> None:
    (dataset,) = catalogue(record)["dcat:dataset"]
    assert "dcat:distribution" not in dataset
    assert dataset["dct:accessRights"]["@id"].endswith(f"/{right}")


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("https://example.org/licence", {"@id": "https://example.org/licence", "@type": "dct:LicenseDocument"}),
        ("Own terms", {"@type": "dct:LicenseDocument", "rdfs:label": {"@value": "Own terms", "@language": "en-GB"}}),
    ],
)
def test_licences_are_addresses_or_labels(licence: str, expected: dict[str, Any]) -> None:
    (dataset,) = catalogue(replace(RECORD, licence=licence))["dcat:dataset"]
    assert dataset["dct:license"] == expected


def test_equal_inventories_give_equal_documents() -> None:
    other = replace(RECORD, dataset="a/other")
    assert catalogue(RECORD, other) == catalogue(other, RECORD)
