"""Tables as public bodies write them: headers in several rows, unnamed columns, headings, marks, spoilt numbers."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import TypeAdapter

from commonweal.publish import (
    FieldType,
    Reading,
    Tidying,
    TidyRow,
    describe_reading,
    find_delimiter,
    find_differences,
    learn,
)

Record = Sequence[str]


def read(*records: Record) -> tuple[Reading, list[TidyRow]]:
    recipe = learn(records).recipe(encoding="utf-8", delimiter=",", line_end="LF")
    tidying = Tidying(recipe)
    rows = list(tidying.rows(records))
    return tidying.reading(), rows


def kept(rows: Sequence[TidyRow]) -> list[list[str]]:
    return [list(each.cells) for each in rows if not each.reason]


NUMBERS = (("R0A", "Manchester", "1", "2", "3"), ("R0B", "Sunderland", "4", "5", "9"))


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (
            [
                ("Staff by trust", "", "", "", ""),
                ("", "", "Nationality", "", "Total"),
                ("Code", "Name", "UK", "EU", ""),
            ],
            ("Code", "Name", "Nationality UK", "Nationality EU", "Total"),
        ),
        (
            [("Trust", "", "Nationality", "", "Total"), ("Code", "Name", "UK", "EU", "")],
            ("Trust Code", "Trust Name", "Nationality UK", "Nationality EU", "Total"),
        ),
        (
            [("Code", "Name", "Nationality", "", "Total"), ("", "", "UK", "EU", "")],
            ("Code", "Name", "Nationality UK", "Nationality EU", "Total"),
        ),
        ([("Code", "Name", "2019", "2020", "2021")], ("Code", "Name", "2019", "2020", "2021")),
        ([("Code", "Name", "Count", "count", "Total")], ("Code", "Name", "Count", "count (2)", "Total")),
        ([("", "Name", "UK", "EU", "Total")], ("column 1", "Name", "UK", "EU", "Total")),
        (
            [("Parameters:", "June", "", "", ""), ("Code", "Name", "UK", "EU", "All")],
            ("Code", "Name", "UK", "EU", "All"),
        ),
    ],
)
def test_a_header_of_any_shape_gives_each_column_one_name(header: list[Record], names: tuple[str, ...]) -> None:
    reading, rows = read(*header, *NUMBERS)
    assert reading.recipe.names() == names
    assert kept(rows) == [list(each) for each in NUMBERS]
    assert (reading.read, reading.kept, reading.recipe.last_header_row) == (2, 2, len(header))


def test_a_name_that_the_file_does_not_give_makes_it_no_clean_table() -> None:
    assert read(("Row  Labels", "n"), ("a", "1"))[0].is_clean
    twice, _ = read(("name", "Name"), ("a", "1"))
    unnamed, _ = read(("name", "sort", ""), ("a", "b", "1"))
    assert not twice.is_whole
    assert not unnamed.is_whole
    assert "Columns whose name another has are called Name (2)." in twice.understood()
    assert "Columns without a name are called by their number: column 3." in unnamed.understood()


def test_the_first_row_of_data_is_never_taken_for_a_header() -> None:
    reading, _ = read(("name", "town", "", "note"), ("Ann", "York", "", "x"), ("Bee", "Hull", "", "y"))
    assert (reading.recipe.header_rows, reading.kept) == (1, 2)


def test_a_header_under_a_table_about_the_file_is_found() -> None:
    about = [("Data", "Published", "FormatVersion"), ("Contracts Finder", "24 Feb 2015", "1.2"), ()]
    reading, _ = read(*about, ("Name", "BuyerID", "ParentID"), ("NHS", "2122", "186"), ("Sheffield", "2612", "186"))
    assert (reading.recipe.header_row, reading.preamble, reading.kept) == (4, 3, 2)
    assert [each.type for each in reading.recipe.columns] == [FieldType.STRING, FieldType.INTEGER, FieldType.INTEGER]


def test_columns_without_a_name_and_a_value_are_left_out() -> None:
    empty = ("",) * 274
    reading, rows = read(
        ("name", "spend", *empty), ("ACAS", "£9,999,999", *empty), ("ACE", "£1", *empty), ("BBC", "£2")
    )
    assert reading.recipe.names() == ("name", "spend")
    assert kept(rows) == [["ACAS", "9999999"], ["ACE", "1"], ["BBC", "2"]]
    assert any("274 columns have no name" in each for each in reading.understood())
    assert not reading.is_whole


def test_a_value_where_the_recipe_left_a_column_out_sets_its_row_aside() -> None:
    recipe = learn([("name", "spend", ""), ("A", "1", "")]).recipe(encoding="utf-8", delimiter=",", line_end="LF")
    tidying = Tidying(recipe)
    rows = list(tidying.rows([("name", "spend", ""), ("A", "1", ""), ("B", "2", "x")]))
    assert rows[-1].reason == "a value in a column that has no name"


def test_headings_of_groups_repeated_headers_and_footnotes_are_set_aside_and_totals_too() -> None:
    header = ("Trust", "Staff", "Leavers")
    data = [(f"Trust {n}", f"{n}", "0") for n in range(1, 21)]
    mess = [("North East", "", ""), *data[:10], header, ("London", "", ""), *data[10:], ("Total", "210", "")]
    reading, rows = read(header, *mess, ("Source: a survey", "", ""), ("1. Rounded.",))
    assert [each.cells[0] for each in rows if not each.reason] == [each[0] for each in data]
    lone = "one cell alone: a heading of a group or a footnote"
    assert reading.reasons == {lone: 4, "the header again": 1, "a total": 1}
    assert (reading.read, reading.kept, reading.set_aside) == (26, 20, 6)
    assert "agrees: the rows kept add up to it in Staff" in reading.notes[0]


def test_a_row_with_one_value_is_data_where_other_rows_have_gaps_too() -> None:
    reading, _ = read(("code", "name", "site"), *((f"R{n}", "", "" if n % 2 else "York") for n in range(9)))
    assert (reading.kept, reading.set_aside) == (9, 0)


MARKS = ("z", "<10", "< 10", "..", "c", "*", "-", "[c]", "x", ":", "NaN", "n/a", "[low]", "≤5")


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_in_place_of_a_number_becomes_empty_and_is_counted_never_zero(mark: str) -> None:
    reading, rows = read(("name", "share"), ("Ann", mark), ("Bee", "53.4"), ("Cee", "0"), ("Dee", mark))
    assert reading.marks == {"share": {mark: 2}}
    assert kept(rows) == [["Ann", ""], ["Bee", "53.4"], ["Cee", "0"], ["Dee", ""]]
    assert [(each.rule, each.count, each.rows) for each in reading.mends] == [("marks:2", 2, (2, 5))]
    assert not reading.is_whole
    assert describe_reading(reading)["marks"] == {"share": {mark: 2}}


def test_a_mark_in_a_column_of_text_stays() -> None:
    reading, rows = read(("name", "note"), ("Ann", "x"), ("Bee", "good"))
    assert (reading.marks, kept(rows)[0]) == (None, ["Ann", "x"])
    assert reading.is_clean


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([*("123",) * 99, "007"], "1 begin with a zero"),
        (["1234567890123456", "1"], "16 digits or more"),
        (["2.00E+11", "3.10E+11"], "like 2.00E+11"),
    ],
)
def test_digits_that_a_number_would_lose_make_a_column_text(values: list[str], words: str) -> None:
    reading, rows = read(("name", "account"), *(("Ann", each) for each in values))
    column = reading.recipe.columns[1]
    assert column.type is FieldType.STRING
    assert words in column.evidence
    assert [each[1] for each in kept(rows)] == values


def test_what_a_spreadsheet_spoilt_and_what_nothing_decides_is_noted() -> None:
    reading, _ = read(("day", "account"), ("01/02/2012", "2.00E+11"), ("03/04/2012", "3.10E+11"))
    assert "no day above the 12th" in reading.notes[0]
    assert "a spreadsheet cut digits" in reading.notes[1]


def test_days_are_told_from_months_over_the_whole_column_with_the_evidence() -> None:
    days = [("25/06/2012",)] * 40 + [("01/02/2012",)] * 40 + [("06/25/2012",)]
    reading, rows = read(("day",), *days)
    column = reading.recipe.columns[0]
    assert (column.form, column.sure) == ("dd/mm/yyyy", False)
    assert "in 40 the first number is above 12 and in 1 the other" in column.evidence
    assert kept(rows)[-1] == ["06/25/2012"]


PLAIN = [("name", "day", "share"), *((f"A{n}", f"{n + 13}/06/2012", "1") for n in range(9)), ("B", "20/06/2012", "z")]


def test_a_file_with_more_of_the_same_defects_reads_like_the_one_before() -> None:
    former, _ = read(*PLAIN)
    again, _ = read(*PLAIN, ("C", "21/06/2012", "z"), ("D", "22/06/2012", "4"))
    assert find_differences(again, former) == ()


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([*PLAIN, ("C", "21/06/2012", "x")], "the mark “x” in share"),
        ([*PLAIN, ("", "", "")], "rows set aside (blank"),
        ([("about",), *PLAIN], "the header is in another row"),
        ([("name", "day", "part"), *PLAIN[1:]], "the header is another"),
        ([PLAIN[0], *((a, b.replace("/", "."), c) for a, b, c in PLAIN[1:])], "another name, type or form"),
    ],
)
def test_a_new_kind_of_defect_is_told(records: list[Record], words: str) -> None:
    former, _ = read(*PLAIN)
    assert any(words in each for each in find_differences(read(*records)[0], former))


def test_a_file_that_is_mostly_set_aside_is_not_like_the_one_before() -> None:
    blank = ("", "", "")
    former, _ = read(*PLAIN, blank)
    assert find_differences(read(*PLAIN, blank, blank)[0], former) == ()
    assert find_differences(read(*PLAIN, *(blank,) * 20)[0], former) == ("fewer than half of its rows are kept",)


def test_a_reading_travels_as_a_document_and_older_ones_are_still_read() -> None:
    reading, _ = read(*PLAIN)
    kinds: TypeAdapter[Any] = TypeAdapter(Reading)
    text = kinds.dump_json(reading)
    assert kinds.validate_json(text).identifier == reading.identifier
    older = json.loads(text)
    del older["marks"]
    for name in ("header_rows", "groups", "header", "told", "doubts", "renamed"):
        del older["recipe"][name]
    assert kinds.validate_json(json.dumps(older)).recipe.facts() == reading.recipe.facts()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n3;4\n", ";"),
        ("a|b\n1|2\n", "|"),
        ("name\nann@example.org\nbee@example.org\n", ","),
        ("a^b^c\n1^2^3\n", "^"),
        ("the cat - the dog\nthe sea - the sky\n", ","),
        ("", ","),
    ],
)
def test_what_cuts_the_lines_most_evenly_is_the_delimiter(text: str, found: str) -> None:
    assert find_delimiter(text) == found
