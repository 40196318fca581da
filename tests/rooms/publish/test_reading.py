"""A source that is not clean is understood, mended where that is certain, and nothing of it is lost."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from commonweal.publish import (
    Classification,
    Column,
    FieldType,
    Reading,
    Recipe,
    SourceError,
    Tidying,
    TidyRow,
    describe_reading,
    learn,
    suggest_classification,
)

REAL = Path(__file__).parents[3] / "src" / "commonweal" / "cli" / "story" / "data" / "lambeth-payments-2012-06.csv"
HEADER = ("supplier", "day", "amount", "note")
WHOLE = tuple((f"Supplier {n}", f"{n % 28 + 1:02}/06/2012", f"{n}.50", "goods") for n in range(1, 41))

Record = Sequence[str]


def read(records: Sequence[Record]) -> tuple[Reading, list[TidyRow]]:
    recipe = learn(records).recipe(encoding="utf-8", delimiter=",", line_end="LF")
    tidying = Tidying(recipe)
    rows = list(tidying.rows(records))
    return tidying.reading(), rows


def read_with(*more: Record) -> tuple[Reading, list[TidyRow]]:
    return read([HEADER, *WHOLE, *more])


@pytest.fixture(scope="module")
def real() -> list[list[str]]:
    with REAL.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_the_real_file_is_understood(real: list[list[str]]) -> None:
    reading, _ = read(real)
    assert reading.recipe.header_row == 10
    assert [(each.type.value, each.form) for each in reading.recipe.columns] == [
        ("string", ""),
        ("string", ""),
        ("string", ""),
        ("date", "dd/mm/yyyy"),
        ("number", ""),
        ("string", ""),
    ]
    assert all(each.sure for each in reading.recipe.columns)
    assert (reading.read, reading.kept, reading.mended, reading.set_aside) == (3161, 3155, 639, 6)
    assert not reading.is_clean


def test_the_real_files_faults_are_named_with_their_rows(real: list[list[str]]) -> None:
    reading, _ = read(real)
    assert {each.rule: (each.count, each.rows) for each in reading.mends} == {
        "divided:3-4": (3, (441, 442, 1044)),
        "divided:3-5": (1, (1382,)),
        "divided:4-5": (635, (19, 20, 21, 22, 26)),
        "form:4": (3155, (11, 12, 13, 14, 15)),
    }
    assert [each.row for each in reading.aside] == [3166, 3167, 3168, 3169, 3170, 3171]
    assert [each.row for each in reading.aside if each.reason == "a total"] == [3167]
    assert reading.notes == ("The total in row 3167 agrees: the rows kept add up to it in Invoice Nett Amount.",)


def test_the_real_files_fused_cells_are_divided_as_a_person_would(real: list[list[str]]) -> None:
    _, rows = read(real)
    found = {each.number: each.cells[2:5] for each in rows}
    assert found[441] == ["Catch22", "2012-06-12", "8755.20"]
    assert found[1044] == ["Foundation66", "2012-06-08", "14281.40"]
    assert found[1382] == ["Inter High Education/Academy21", "2012-05-29", "740"]
    assert found[19] == ["A A GuestHouses", "2012-06-25", "900"]


def test_no_row_of_the_real_file_is_lost_or_doubled(real: list[list[str]]) -> None:
    _, rows = read(real)
    assert [each.number for each in rows] == [number for number in range(1, 3172) if number != 10]
    assert all(list(each.cells) == real[each.number - 1] for each in rows if each.reason)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (("Catch2212/06/2012", "5.00", "goods"), ["Catch22", "2012-06-12", "5.00", "goods"]),
        (("Ann", "12/06/2012900", "goods"), ["Ann", "2012-06-12", "900", "goods"]),
        (("Ann 12/06/2012 900", "goods"), ["Ann", "2012-06-12", "900", "goods"]),
        (("Ann", "", "", "goods"), ["Ann", "", "", "goods"]),
        (("Ann", "12/06/2012", "5", "goods", "", " "), ["Ann", "2012-06-12", "5", "goods"]),
    ],
)
def test_what_can_be_read_in_one_way_is_mended(cells: Record, found: Record) -> None:
    reading, rows = read_with(cells)
    assert list(rows[-1].cells) == found
    assert not rows[-1].reason
    assert reading.kept == len(WHOLE) + 1


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("Ann", "12/06/2012", "900goods"), "with more than one way to divide them"),
        (("Ann", "31/02/2012900", "goods"), "with no way to divide them"),
        (("Ann12", "06/2012", "goods"), "with no way to divide them"),
        (("Ann", "12/06/201213/06/2012", "goods"), "with no way to divide them"),
        (("Ann",), "one cell alone"),
        (("A" * 2000, "12/06/2012", "5"), "too few to be divided"),
        (("Ann", "12/06/2012", "5", "goods", "more"), "5 cells where the header has 4"),
        (("", " ", "†", "\xa0"), "blank"),
        ((), "blank"),
        (HEADER, "the header again"),
        (("Total", "", "820.00", ""), "a total"),
        (("", "Grand total:", "820.00", "1"), "a total"),
    ],
)
def test_what_would_be_a_guess_is_set_aside_with_its_reason(cells: Record, reason: str) -> None:
    reading, rows = read_with(cells)
    assert reason in rows[-1].reason
    assert list(rows[-1].cells) == list(cells)
    assert (reading.read, reading.kept, reading.set_aside) == (len(WHOLE) + 1, len(WHOLE), 1)
    assert [(each.row, each.reason) for each in reading.aside] == [(len(WHOLE) + 2, rows[-1].reason)]


def test_text_beside_text_is_never_divided_however_short() -> None:
    reading, _ = read([("first", "last"), *(("Ann", "Bee"),) * 30, ("AB",)])
    assert (reading.kept, reading.set_aside) == (30, 1)


def test_a_supplier_called_total_is_data() -> None:
    reading, rows = read_with(("Total", "12/06/2012", "5.00", "fuel"), ("Total", "12/06/2012", "5.00", "9"))
    assert reading.set_aside == 0
    assert rows[-1].cells[0] == "Total"


@pytest.mark.parametrize(
    ("total", "words"),
    [
        ("840.00", "agrees: the rows kept add up to it in amount"),
        ("£840.00", "agrees"),
        ("845.50", "differs: in amount it is 5.50 more"),
        ("800.00", "differs: in amount it is 40.00 less"),
    ],
)
def test_a_total_is_compared_with_the_rows_kept(total: str, words: str) -> None:
    reading, _ = read_with(("Total", "", total, ""))
    assert words in " ".join(reading.notes)


def test_a_total_over_withheld_values_is_not_compared_since_the_difference_would_tell_them() -> None:
    reading, _ = read_with(("Ann", "01/06/2012", "*", "goods"), ("Total", "", "847.00", ""))
    assert reading.notes == ("The total in row 43 cannot be compared in amount: there is no number in 1 row.",)


@pytest.mark.parametrize(
    ("values", "kind", "form", "sure"),
    [
        (("1", "22", "-3"), FieldType.INTEGER, "", True),
        (("1", "2.5"), FieldType.NUMBER, "", True),
        (("1,234.50", "£3", "4"), FieldType.NUMBER, "1,234.50", True),
        (("007", "123"), FieldType.STRING, "", True),
        (("2012-06-01", "2012-06-30"), FieldType.DATE, "", True),
        (("25/06/2012", "01/02/2012"), FieldType.DATE, "dd/mm/yyyy", True),
        (("06/25/2012", "02/01/2012"), FieldType.DATE, "mm/dd/yyyy", True),
        (("01/02/2012", "03/04/2012"), FieldType.DATE, "dd/mm/yyyy", False),
        (("1.2.2012", "25.12.2012"), FieldType.DATE, "d.m.yyyy", True),
        (("true", "FALSE"), FieldType.BOOLEAN, "", True),
        (("2020-04-01T09:00:00Z",), FieldType.TIMESTAMP, "", True),
        (("*", "<10", "12"), FieldType.INTEGER, "", True),
        (("", ""), FieldType.STRING, "", True),
        (("Ann", "12"), FieldType.STRING, "", True),
    ],
)
def test_a_columns_type_is_what_its_values_show(
    values: Sequence[str], kind: FieldType, form: str, *, sure: bool
) -> None:
    learnt = learn([("name", "value"), *(("Ann", each) for each in values)])
    found = learnt.columns[1]
    assert (found.type, found.form, found.sure) == (kind, form, sure)


def test_marks_are_counted_and_left() -> None:
    learnt = learn([("name", "value"), ("Ann", "*"), ("Bee", "12"), ("Cee", "*")])
    assert learnt.columns[1].marks == {"*": 2}


@pytest.mark.parametrize(
    "records",
    [[], [("",)], [("1", "2"), ("3", "4")], [("2019", "2020"), ("3", "4")], [("12", "", "c")]],
)
def test_what_has_no_header_is_no_table(records: Sequence[Record]) -> None:
    with pytest.raises(SourceError):
        learn(records)


def test_another_reading_has_another_name() -> None:
    same, again = read_with()[0], read_with()[0]
    names = {
        same.identifier,
        read_with(("",))[0].identifier,
        read_with(("Catch2212/06/2012", "5.00", "goods"))[0].identifier,
        read([("",), HEADER, *WHOLE])[0].identifier,
        read([("other", *HEADER[1:]), *WHOLE])[0].identifier,
    }
    assert same.identifier == again.identifier
    assert len(names) == 5


def test_no_value_is_in_the_name_of_a_reading() -> None:
    others = [(f"Canary {n}", *each[1:]) for n, each in enumerate(WHOLE)]
    assert read([HEADER, *others])[0].identifier == read_with()[0].identifier


def test_dates_alone_leave_the_table_whole() -> None:
    reading, _ = read_with()
    assert (reading.is_whole, reading.is_clean) == (True, False)
    assert read([("a", "b"), ("x", "1")])[0].is_clean


def test_a_reading_is_told_as_a_document() -> None:
    reading, _ = read_with(("Total", "", "840.00", ""), ("Catch2212/06/2012", "5.00", "goods"))
    told = describe_reading(reading)
    assert told["rows"] == {"read": 42, "kept": 41, "mended": 1, "set_aside": 1}
    assert told["set_aside"] == [{"row": 42, "reason": "a total"}]
    assert told["header_row"] == 1
    assert isinstance(told["fields"], list)
    assert len(told["fields"]) == 4
    assert "Catch22" not in str(told)


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("nino", FieldType.STRING, Classification.PERSONAL),
        ("Date of birth", FieldType.DATE, Classification.PERSONAL),
        ("ethnicity", FieldType.STRING, Classification.SPECIAL),
        ("Invoice Nett Amount", FieldType.NUMBER, Classification.NOT_PERSONAL),
        ("la_name", FieldType.STRING, Classification.NOT_PERSONAL),
        ("Supplier Name", FieldType.STRING, Classification.PERSONAL),
        ("zxy", FieldType.STRING, Classification.PERSONAL),
    ],
)
def test_what_is_unknown_is_suggested_as_personal(name: str, kind: FieldType, found: Classification) -> None:
    assert suggest_classification(Column(name, kind)).classification is found


def test_a_table_of_one_column_is_read() -> None:
    recipe = Recipe("utf-8", ",", "LF", 1, (Column("id", FieldType.INTEGER),))
    tidying = Tidying(recipe)
    rows = list(tidying.rows([("id",), ("1",), (), ("2",)]))
    assert [(each.number, each.reason) for each in rows] == [(2, ""), (3, "blank: no letter and no digit"), (4, "")]
