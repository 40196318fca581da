"""What one pass answers becomes findings, in words, worst first."""

from datetime import UTC, datetime

import pytest

from commonweal.publish import (
    Circumstances,
    DataContract,
    Dimension,
    Field,
    FieldType,
    FormerVersion,
    compile_checks,
    compile_repeats,
    findings_from,
)

AT = datetime(2026, 11, 22, tzinfo=UTC)

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


@pytest.mark.parametrize(
    ("rows", "former", "told"),
    [
        (20, (60, 62), "The data has 20 rows, 68% fewer than the last 2 versions (the middle one) with 62; "),
        (95, (60, 62), "The data has 95 rows, 53% more than the last 2 versions (the middle one) with 62; "),
        (93, (60, 62), ""),
        (20, (60,), ""),
        (5, (15, 15, 15), ""),
    ],
)
def test_a_drift_of_half_the_rows_is_warned_of_where_the_contract_says_nothing(
    rows: int, former: tuple[int, ...], told: str
) -> None:
    before = tuple(FormerVersion(AT, each) for each in former)
    result = findings_from(PLAN, (rows, *[0] * 5), circumstances=Circumstances(AT, before))
    expected = [f"{told}more than 50% is told where the data contract says nothing."] if told else []
    assert ([each.sentence for each in result.findings], result.passed) == (expected, True)


def test_only_fields_that_are_there_are_checked() -> None:
    plan = compile_checks(CONTRACT, ("stock", "other"))
    assert {each.field for each in plan.checks} == {"stock"}
    assert [each.check for each in plan.header_findings] == ["missing-field", "extra-field"]


def test_an_engine_that_answers_no_counts_is_an_error() -> None:
    with pytest.raises(TypeError):
        findings_from(PLAN, ("many", *[0] * 5))


def test_repeats_are_asked_of_the_typed_value() -> None:
    assert "TRY_CAST" in compile_repeats([CONTRACT.fields[1]], PLAN.header).sql("duckdb")
