"""Forms as they are read: text, boxes, lines, days, and what is wrong with them."""

from datetime import UTC, date, datetime

import pytest

from commonweal.core import InputError
from commonweal.request import Operator, RowCondition
from commonweal.web.casework.posted import Fault, FormError, Posted, collect, day_before, faults_of
from commonweal.web.casework.trail import trail_path
from commonweal.web.casework.wording import describe_condition, describe_size, listed


def a_day(day: str, month: str, year: str) -> Posted:
    return Posted({"until-day": (day,), "until-month": (month,), "until-year": (year,)})


@pytest.mark.parametrize(
    ("posted", "end"),
    [
        (a_day("31", "3", "2027"), datetime(2027, 4, 1, tzinfo=UTC)),
        (a_day(" 29 ", "02", "2028"), datetime(2028, 3, 1, tzinfo=UTC)),
        (Posted(), None),
        (a_day("", " ", ""), None),
    ],
)
def test_the_last_day_ends_at_its_midnight(posted: Posted, end: datetime | None) -> None:
    assert posted.last_day("until") == end


def test_the_last_day_of_a_term_does_not_lengthen_it() -> None:
    noon = datetime(2027, 3, 31, 12, tzinfo=UTC)
    assert a_day("31", "3", "2027").last_day("until", unless=noon) == noon
    assert a_day("30", "3", "2027").last_day("until", unless=noon) == datetime(2027, 3, 31, tzinfo=UTC)
    assert day_before(noon) == date(2027, 3, 31)
    assert day_before(datetime(2027, 4, 1, tzinfo=UTC)) == date(2027, 3, 31)


@pytest.mark.parametrize(
    "posted",
    [
        a_day("31", "2", "2027"),
        a_day("1", "", "2027"),
        a_day("one", "1", "2027"),
        a_day("1", "1", "27"),
        a_day("1", "1", "2200"),
        a_day("1", "1", "1" * 5000),
        a_day("-1", "1", "2027"),
    ],
)
def test_what_is_no_day_is_said_at_the_field(posted: Posted) -> None:
    with pytest.raises(FormError) as failure:
        posted.last_day("until")
    assert [each.field for each in failure.value.faults] == ["until-day"]


def test_lines_and_boxes_are_read_without_their_gaps() -> None:
    posted = Posted({"rows": (" a=1 \r\n\r\n b=2\n",), "fields": ("x", "y")})
    assert posted.lines("rows") == ("a=1", "b=2")
    assert posted.choices("fields") == ("x", "y")
    assert (posted.text("nothing"), posted.choices("nothing"), posted.lines("nothing")) == ("", (), ())


def test_every_fault_is_told_at_once() -> None:
    posted = Posted({"long": ("x" * 2001,)})
    with pytest.raises(FormError) as failure:
        collect(
            lambda: posted.some("fields", "None."),
            lambda: posted.sentence("long", "Nothing."),
            lambda: posted.sentence("text", "Nothing."),
        )
    assert failure.value.faults == (
        Fault("fields", "None."),
        Fault("long", "Say it in 2,000 characters or fewer."),
        Fault("text", "Nothing."),
    )
    collect(lambda: Posted({"text": ("Yes.",)}).sentence("text", "Nothing."))


def test_a_fault_stands_at_its_field() -> None:
    assert faults_of(InputError("No.", advice="Do."), "fields") == (Fault("fields", "No. Do."),)
    assert faults_of(InputError("No.", reasons=("The end is late.", "b")), "fields") == (
        Fault("until-day", "The end is late."),
        Fault("fields", "b"),
    )


@pytest.mark.parametrize(
    ("operator", "values", "words"),
    [
        (Operator.EQUALS, ("1",), "a is 1"),
        (Operator.NOT_EQUALS, ("1",), "a is not 1"),
        (Operator.LESS, ("1",), "a is less than 1"),
        (Operator.LESS_OR_EQUAL, ("1",), "a is at most 1"),
        (Operator.GREATER, ("1",), "a is more than 1"),
        (Operator.GREATER_OR_EQUAL, ("1",), "a is at least 1"),
        (Operator.IN, ("1", "2", "3"), "a is one of 1, 2 or 3"),
    ],
)
def test_a_condition_is_said_in_words(operator: Operator, values: tuple[str, ...], words: str) -> None:
    assert describe_condition(RowCondition("a", operator, values)) == words


def test_sizes_and_lists_are_said_in_words() -> None:
    assert [describe_size(each) for each in (0, 999, 1000, 1_500_000, 10**15)] == [
        "0 bytes",
        "999 bytes",
        "1.0 kB",
        "1.5 MB",
        "1,000.0 TB",
    ]
    assert [listed(each, "and") for each in ((), ("a",), ("a", "b"))] == ["", "a", "a and b"]


def test_the_address_of_a_page_of_the_log_keeps_what_was_asked_for() -> None:
    assert trail_path() == "/audit"
    assert trail_path(subject="a b", name="x", views=True, before=0) == "/audit?subject=a+b&name=x&views=yes&before=0"
