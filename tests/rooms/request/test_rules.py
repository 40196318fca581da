from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.core import Actor
from commonweal.request import (
    NoFieldsError,
    Operator,
    RequestStatus,
    RowCondition,
    RowConditionError,
    ask,
    parse_row_conditions,
)

NOW = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
OFFICER = Actor("Ada Obi", "lambeth")
FIELDS = ("council", "council_code", "award", "Net Amount", "days in stock")


@pytest.mark.parametrize(
    ("text", "field", "operator", "values"),
    [
        ("council=Lambeth", "council", Operator.EQUALS, ("Lambeth",)),
        ("  council = Lambeth  ", "council", Operator.EQUALS, ("Lambeth",)),
        ("council!=Lambeth", "council", Operator.NOT_EQUALS, ("Lambeth",)),
        ("award<10", "award", Operator.LESS, ("10",)),
        ("award<=10.5", "award", Operator.LESS_OR_EQUAL, ("10.5",)),
        ("award>10", "award", Operator.GREATER, ("10",)),
        ("award >= 10", "award", Operator.GREATER_OR_EQUAL, ("10",)),
        ("award>=-10", "award", Operator.GREATER_OR_EQUAL, ("-10",)),
        ("council in a", "council", Operator.IN, ("a",)),
        ("council in a, b ,c d", "council", Operator.IN, ("a", "b", "c d")),
        ("council_code=E09000022", "council_code", Operator.EQUALS, ("E09000022",)),
        ("Net Amount>500", "Net Amount", Operator.GREATER, ("500",)),
        ("days in stock>=5", "days in stock", Operator.GREATER_OR_EQUAL, ("5",)),
        ("council=in a, b", "council", Operator.EQUALS, ("in a, b",)),
        ("council=a=b", "council", Operator.EQUALS, ("a=b",)),
        ("council=Ynys Môn", "council", Operator.EQUALS, ("Ynys Môn",)),
    ],
)
def test_a_condition_is_read(text: str, field: str, operator: Operator, values: tuple[str, ...]) -> None:
    assert parse_row_conditions([text], FIELDS) == (RowCondition(field, operator, values),)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is not of the form asked for"),
        ("council", "is not of the form asked for"),
        ("council=", "is not of the form asked for"),
        ("council = ", "is not of the form asked for"),
        ("council in ", "is not of the form asked for"),
        ("=Lambeth", "is not of the form asked for"),
        ("council==Lambeth", "is not of the form asked for"),
        ("council<>Lambeth", "is not of the form asked for"),
        ("council like L%", "is not of the form asked for"),
        ("council in a,,b", "has an empty value in its list"),
        ("Council=Lambeth", "names a field the dataset does not have"),
        ("postcode in SW2,SW9", "names a field the dataset does not have"),
        ("council=a\0b", "is longer than 2000 characters or holds unprintable ones"),
        ("council=a\nb", "is longer than 2000 characters or holds unprintable ones"),
        ("council=" + "a" * 2000, "is longer than 2000 characters or holds unprintable ones"),
    ],
)
def test_a_faulty_condition_is_named_by_its_place(text: str, fault: str) -> None:
    with pytest.raises(RowConditionError) as caught:
        parse_row_conditions(["award>1", text], FIELDS)
    assert caught.value.code == "request.row-condition"
    assert caught.value.reasons == (f"Row condition 2 {fault}.",)


def test_all_faults_are_listed_and_no_value_is_told() -> None:
    with pytest.raises(RowConditionError) as caught:
        parse_row_conditions(["nino=QQ123456C", "award>1", "QQ123456C"], FIELDS)
    assert len(caught.value.reasons) == 2
    assert "QQ" not in str(caught.value) + caught.value.advice() + "".join(caught.value.reasons)


def test_too_many_conditions() -> None:
    assert len(parse_row_conditions(["award>1"] * 50, FIELDS)) == 50
    with pytest.raises(RowConditionError, match="more than 50"):
        parse_row_conditions(["award>1"] * 51, FIELDS)


@settings(max_examples=100)
@given(st.lists(st.text() | st.text().map("council=".__add__) | st.text().map("award in ".__add__), max_size=3))
def test_any_text_is_a_condition_or_our_error(texts: list[str]) -> None:
    try:
        conditions = parse_row_conditions(texts, FIELDS)
    except RowConditionError:
        return
    assert len(conditions) == len(texts)
    assert all(each.field in FIELDS and all(each.values) for each in conditions)


def test_asking() -> None:
    rows = parse_row_conditions(["council=Lambeth"], FIELDS)
    request, event = ask(
        identifier="req-1",
        dataset="dwp/council-tax-support",
        discloser="dwp",
        recipient="lambeth",
        purpose="council-tax-reduction",
        gateway="wra12-s130-131",
        fields=["nino", "award", "nino"],
        rows=rows,
        actor=OFFICER,
        at=NOW,
    )
    assert (request.fields, request.rows, request.status) == (("nino", "award"), rows, RequestStatus.ASKED)
    assert (request.asked_by, request.asked, request.until) == ("Ada Obi", NOW, None)
    assert (event.name, event.body, event.subject) == ("request.asked", "dwp", "req-1")
    assert event.facts["rows"] == [{"field": "council", "operator": "="}]
    assert "Lambeth" not in str(event.as_json())


def test_asking_for_nothing() -> None:
    with pytest.raises(NoFieldsError) as caught:
        ask(
            identifier="req-1",
            dataset="dwp/x",
            discloser="dwp",
            recipient="lambeth",
            purpose="p",
            gateway="",
            fields=(),
            rows=(),
            actor=OFFICER,
            at=NOW,
        )
    assert caught.value.code == "request.no-fields"
