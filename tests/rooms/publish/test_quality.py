"""What one pass answers becomes findings, in words, worst first."""

import pytest

import commonweal.publish
from commonweal.publish import DataContract, Dimension, Field, FieldType, compile_checks, compile_repeats, findings_from

CONTRACT = DataContract(
    "c",
    "1",
    "T",
    "",
    (
        Field("id", FieldType.STRING, required=True, unique=True),
        Field("stock", FieldType.INTEGER, minimum=0, maximum=2.5),
    ),
    minimum_rows=2,
)
PLAN = compile_checks(CONTRACT, ("id", "stock"))


def test_every_promise_is_one_check_of_one_query() -> None:
    assert [(each.name, each.field) for each in PLAN.checks] == [
        ("required", "id"),
        ("unique", "id"),
        ("type", "stock"),
        ("minimum", "stock"),
        ("maximum", "stock"),
    ]
    assert len(PLAN.query.expressions) == 1 + len(PLAN.checks)


def test_findings_are_told_worst_first() -> None:
    rows = {0: [7], 1: [30, 40], 3: [1, 2, 3, 4, 5], 4: [8, 9]}
    result = findings_from(PLAN, (1200, 1, 2, 0, 1100, 2), rows)
    assert [each.sentence for each in result.findings] == [
        "stock is below 0 in 1,100 rows (the first are rows 1, 2, 3, 4 and 5).",
        "id repeats the value of an earlier row in 2 rows (rows 30 and 40).",
        "stock is above 2.5 in 2 rows (rows 8 and 9).",
        "id is empty, and the data contract requires a value in 1 row (row 7).",
    ]
    assert [each.dimension for each in result.findings[1:]] == [
        Dimension.UNIQUENESS,
        Dimension.VALIDITY,
        Dimension.COMPLETENESS,
    ]
    assert result.rows == 1200


def test_too_few_rows_are_told() -> None:
    result = findings_from(PLAN, (1, *[0] * 5))
    assert [each.sentence for each in result.findings] == ["The data has 1 row; the data contract requires at least 2."]


def test_only_fields_that_are_there_are_checked() -> None:
    plan = compile_checks(CONTRACT, ("stock", "other"))
    assert {each.field for each in plan.checks} == {"stock"}
    assert [each.check for each in plan.header_findings] == ["missing-field", "extra-field"]


def test_an_engine_that_answers_no_counts_is_an_error() -> None:
    with pytest.raises(TypeError):
        findings_from(PLAN, ("many", *[0] * 5))


def test_repeats_are_asked_of_the_typed_value() -> None:
    assert "TRY_CAST" in compile_repeats([CONTRACT.fields[1]], PLAN.header).sql("duckdb")


def test_the_front_door_has_what_it_names() -> None:
    for name in commonweal.publish.__all__:
        assert getattr(commonweal.publish, name)
    with pytest.raises(AttributeError):
        _ = commonweal.publish.nothing
