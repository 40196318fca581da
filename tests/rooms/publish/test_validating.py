"""Validators in a data contract: read, written back, and refused where they cannot be."""

from datetime import date
from typing import Any

import pytest
import yaml

from commonweal.publish import ContractError, DataContract, read_contract, write_contract


def contract_with(*rules: dict[str, Any], kind: str = "string") -> DataContract:
    document = {
        "kind": "DataContract",
        "apiVersion": "v3.1.0",
        "id": "c",
        "version": "1",
        "status": "active",
        "schema": [{"name": "t", "properties": [{"name": "a", "logicalType": kind, "quality": list(rules)}]}],
    }
    return read_contract(yaml.safe_dump(document).encode())


def rule(implementation: object) -> dict[str, Any]:
    return {"type": "custom", "engine": "commonweal", "implementation": implementation}


def test_a_rule_of_our_engine_names_a_validator() -> None:
    field = contract_with(rule({"validator": "nhs-number"})).fields[0]
    assert (field.validator, field.valid_on) == ("nhs-number", None)
    field = contract_with(rule({"validator": "nhs-trust", "on": "2020-04-01"})).fields[0]
    assert (field.validator, field.valid_on) == ("nhs-trust", date(2020, 4, 1))


def test_a_validator_may_hold_whole_numbers() -> None:
    assert contract_with(rule({"validator": "uprn"}), kind="integer").fields[0].validator == "uprn"


@pytest.mark.parametrize("terms", [{"validator": "postcode"}, {"validator": "nhs-trust", "on": "2020-04-01"}])
def test_what_is_written_reads_back(terms: dict[str, str]) -> None:
    contract = contract_with(rule(terms))
    assert read_contract(write_contract(contract).encode()) == contract


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([rule({"validator": "shoe-size"})], "implementation.validator must be one of: charity-number,"),
        ([rule({"validator": ["nino"]})], "implementation.validator must be one of"),
        ([rule("nino")], "must hold `validator`"),
        ([rule({})], "must hold `validator`"),
        ([rule({"validator": "nino", "strict": True})], "must hold `validator`"),
        ([rule({"validator": "nino", "on": "2020-04-01"})], "reads no register"),
        ([rule({"validator": "nhs-trust", "on": "1 April"})], "YYYY-MM-DD"),
        ([rule({"validator": "nino"}), rule({"validator": "utr"})], "may have one validator"),
        ([rule({"validator": "nino"}) | {"engine": "soda"}], "cannot check"),
    ],
)
def test_what_cannot_be_checked_is_refused_with_its_place(rules: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(ContractError) as error:
        contract_with(*rules)
    assert told in error.value.reasons[0]
    assert error.value.reasons[0].startswith("schema[0].properties[0].quality[")
