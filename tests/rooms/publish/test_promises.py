"""Promises about a table as a whole are read from ODCS, written back, and refused at their place."""

import json
from typing import Any

import pytest

from commonweal.publish import ContractError, DataContract, Limit, read_contract, write_contract


def tree(*rules: Any, **more: Any) -> dict[str, Any]:
    fields = [
        {"name": "a", "logicalType": "string"},
        {"name": "n", "logicalType": "number"},
        {"name": "d", "logicalType": "date"},
        {"name": "ward code", "logicalType": "string"},
    ]
    for each in fields:
        each.update(more.get(each["name"], {}))
    table = {"name": "t", "properties": fields, "quality": list(rules), "relationships": more.get("relationships", [])}
    document = {"kind": "DataContract", "apiVersion": "v3.1.0", "id": "x", "version": "1", "schema": [table]}
    return document | {"slaProperties": more.get("sla", [])}


def read(document: dict[str, Any]) -> DataContract:
    return read_contract(json.dumps(document).encode())


def custom(**implementation: Any) -> dict[str, Any]:
    return {"type": "custom", "engine": "commonweal", "implementation": implementation}


def metric(name: str, **more: Any) -> dict[str, Any]:
    return {"quality": [{"metric": name, **more}]}


FULL = (
    tree(
        custom(rule="n > 1 and d >= '2020-01-01'", when="a is not null", mustBeLessThan=3),
        {**custom(rule="n <> 7", mustBeLessThan=2.5), "unit": "percent", "severity": "warning", "name": "no sevens"},
        {"metric": "duplicateValues", "mustBeLessOrEqualTo": 2, "arguments": {"properties": ["a", "t.d"]}},
        {"metric": "rowCount", "mustBeGreaterThan": 4},
        custom(reference={"dataset": "leeds/2020-codes", "fields": {"ward code": "the code"}}),
        {**custom(reconcile={"dataset": "leeds/c", "by": {"a": "k"}, "fields": {"n": "m"}}), "severity": "warning"},
        {**custom(volume={"within": 12.5}), "severity": "error"},
        a=metric("nullValues", mustBeLessThan=5, unit="percent", severity="warning"),
        n=metric("duplicateValues", mustBe=0, severity="warning"),
        d={"primaryKey": True, "primaryKeyPosition": 1, "relationships": [{"to": "leeds.days.day"}]},
        relationships=[
            {
                "from": ["t.a", "t.n"],
                "to": ["leeds.codes.x", "leeds.codes.y"],
                "customProperties": [{"property": "commonweal.severity", "value": "warning"}],
            }
        ],
        sla=[
            {"property": "latency", "value": 36, "unit": "hours", "element": "t.d"},
            {"property": "frequency", "value": 1, "unit": "month"},
            {"property": "support", "value": "9 to 5"},
            {"property": "latency", "value": 4, "unit": "d"},
        ],
    )
    | {}
)


def test_what_is_written_is_read_back() -> None:
    FULL["schema"][0]["properties"][3] |= {"primaryKey": True, "primaryKeyPosition": 2} | metric(
        "invalidValues", mustBeLessOrEqualTo=1, arguments={"validValues": ["W1"], "pattern": "W.*"}
    )
    contract = read(FULL)
    assert read_contract(write_contract(contract).encode()) == contract
    promises = contract.promises
    assert [each.fields for each in promises.keys] == [("d", "ward code"), ("a", "d")]
    assert [each.limit for each in promises.rules] == [
        Limit(2),
        Limit(2.5, percent=True, below=True, stops=False),
    ]
    assert [(each.dataset, each.fields, each.limit.stops) for each in promises.references] == [
        ("leeds/days", ("d",), True),
        ("leeds/codes", ("a", "n"), False),
        ("leeds/2020-codes", ("ward code",), True),
    ]
    assert promises.reads() == {
        "leeds/days": ("day",),
        "leeds/codes": ("x", "y"),
        "leeds/2020-codes": ("the code",),
        "leeds/c": ("k", "m"),
    }
    assert (promises.volume and promises.volume.stops, contract.minimum_rows, len(promises.freshness)) == (True, 5, 1)
    assert [each.rules[0].limit.stops for each in contract.fields if each.rules] == [False, False, True]


def test_a_validator_may_warn() -> None:
    rule = {**custom(validator="postcode", mustBeLessThan=4), "severity": "warning"}
    contract = read(tree(a={"quality": [rule]}))
    assert contract.fields[0].validator_limit == Limit(3, stops=False)
    assert read_contract(write_contract(contract).encode()) == contract


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("pg_sleep(9) is null", "uses something that row rules do not have"),
        ("lower(a) = 'x'", "uses something that row rules do not have"),
        ("a = (select 'x')", "holds something other than one condition"),
        ("a in (select 'x')", "holds something other than one condition"),
        ("a in (from x)", "uses `in`"),
        ("exists (from x)", "uses something"),
        ("a = 'x'; drop table x", "holds something other than one condition"),
        ("a = 'x' -- and so on", "holds something other than one condition"),
        ("t.a = 'x'", "names a field that"),
        ("b = 'x'", "names a field that"),
        ("n", "is a value, not a condition"),
        ("a + 1 > 2", "reckons with a string"),
        ("n = 'x'", "compares a number with a string"),
        ("d > 'yesterday'", "compares a date with a text that is none"),
        ("d > n", "compares a date with a number"),
        ("d + d = d", "reckons with a date"),
        ("-a > 1", "takes a string for a number"),
        ("a is true", "uses `is` for"),
        ("n::integer = 1", "uses something"),
        ("cast(n as integer) = 1", "uses something"),
        ("case when n > 1 then true end", "uses something"),
        ("a like 'x%'", "uses something"),
        ("n > ?", "holds something other"),
        ("n > $1", "holds something other"),
        ("n > 1 n < 2", "is not a condition"),
        ("(" * 60 + "n > 1" + ")" * 60, ""),
        ("not " * 140 + "n > 1", ""),
        ("n > 1 and " * 90 + "n > 1", "has more than"),
        ("n > " + "1" * 999, "is not of 1 to"),
        ("", "is not of 1 to"),
        ("'", "is not a condition"),
        ("a = 'x' union all select 1", "holds something other"),
        ("{{ n }} > 1", ""),
    ],
)
def test_a_rule_is_of_the_language_or_refused_at_its_place(rule: str, told: str) -> None:
    document = tree(custom(rule=rule))
    if not told:
        try:
            read(document)
        except ContractError:
            return
    else:
        with pytest.raises(ContractError) as refused:
            read(document)
        assert f"schema[0].quality[0].implementation.rule: The rule {told}" in refused.value.reasons[0]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (tree(custom(rule="n > 1", surprise=1)), "quality[0].implementation holds something beside"),
        (tree(custom(rule=7)), "implementation.rule must be text"),
        (tree(custom(rule="n > 1", when="a")), "implementation.when: The rule is a value"),
        (tree(custom(other=1)), "must hold one of: rule, reference, reconcile, volume"),
        (tree({"type": "custom", "engine": "commonweal", "implementation": "x"}), "must hold a mapping"),
        (tree({**custom(rule="n > 1"), "severity": "grave"}), "severity must be error or warning"),
        (tree({**custom(rule="n > 1", mustBeLessThan=2), "unit": "cows"}), "unit must be rows or percent"),
        (tree(custom(rule="n > 1", mustBeLessThan=0)), "mustBeLessThan must be more than 0"),
        (tree(custom(rule="n > 1", mustBeLessThan=-1)), "mustBeLessThan must be a number"),
        (tree(custom(rule="n > 1", mustBe=0, mustBeLessThan=1)), "must say `mustBe: 0`, or one of"),
        (tree({"metric": "duplicateValues", "mustBe": 0}), "arguments must hold `properties`"),
        (
            tree({"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["a", "a"]}}),
            "names a field twice",
        ),
        (tree({"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["a", "b"]}}), "does not have"),
        (tree({"metric": "nullValues", "mustBe": 0}), "of a table the node checks"),
        (tree({"metric": "rowCount", "mustBeGreaterThan": 1, "severity": "warning"}), "rowCount is no warning"),
        (tree({"metric": "rowCount", "mustBeLessThan": 1}), "rowCount with a least number of rows only"),
        (tree(custom(reference={"dataset": "codes", "fields": {"a": "x"}})), "dataset must be BODY/NAME"),
        (tree(custom(reference={"dataset": "leeds/codes"})), "reference must hold dataset, fields"),
        (tree(custom(reference={"dataset": "leeds/codes", "fields": {}})), "must name, for each of our fields"),
        (tree(custom(reference={"dataset": "leeds/codes", "fields": {"b": "x"}})), "does not have"),
        (tree(custom(volume={"within": "much"})), "volume.within must be a number"),
        (tree(custom(volume={"within": 1}), custom(volume={"within": 2})), "a table has one volume"),
        (tree(a={"relationships": [{"to": "codes.x"}]}), "properties[0].relationships[0].to must name fields of one"),
        (
            tree(relationships=[{"from": ["t.a", "t.n"], "to": ["leeds.codes.x", "york.codes.y"]}]),
            "must name fields of one dataset",
        ),
        (
            tree(relationships=[{"from": ["t.a", "t.n"], "to": ["york.codes.y"]}]),
            "must name as many fields",
        ),
        (tree(sla=[{"property": "latency", "value": 1, "unit": "d", "element": "t.a"}]), "element must name a date"),
        (tree(sla=[{"property": "latency", "value": 1, "unit": "d", "element": "t.x"}]), "does not have"),
        (tree(sla=[{"property": "frequency", "value": 1, "unit": "moon"}]), "slaProperties[0] must be a number"),
        (tree(sla=[{"property": "frequency", "value": "often", "unit": "d"}]), "value must be a number"),
        (tree(*[custom(rule="n > 1")] * 201), "has more than 200 rules"),
    ],
)
def test_what_cannot_be_enforced_is_named(document: dict[str, Any], told: str) -> None:
    with pytest.raises(ContractError) as refused:
        read(document)
    assert told in " ".join(refused.value.reasons)
