"""Delimited text as records: any bytes give our error or a reading, and every row is kept or set aside, once."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.duckdb.conftest import Bench, contract_of

from commonweal.adapters.text_records import Records
from commonweal.adapters.text_table import TextTable
from commonweal.publish import Encoding, Field, FieldType, Reading, SourceError

QUICK = settings(max_examples=120)
HEADER = "name,day,amount,note\r\n"

Table = list[list[str]]


def tidy(content: bytes) -> tuple[Reading, Table, Table]:
    """Return the reading, the rows kept and the rows set aside, as they were written."""
    table, kept, aside = TextTable(io.BytesIO(content)), io.BytesIO(), io.BytesIO()
    tidied = table.tidy(table.learn(), kept, aside)
    return tidied.reading, _rows(kept), _rows(aside)


def _rows(written: io.BytesIO) -> Table:
    return list(csv.reader(io.StringIO(written.getvalue().decode(), newline=""), strict=True))[1:]


def as_csv(records: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(records)
    return text.getvalue().encode()


names = st.sampled_from(["Ann", "Catch22", "B, C & Sons", 'The "Old" Mill', "Total", "R0A", "†", "Zoë\nBell"])
days = st.dates().map(lambda day: f"{day.day:02}/{day.month:02}/{day.year:04}")
amounts = st.integers(-10_000_000, 10_000_000).map(lambda pence: f"{pence / 100:.2f}")
whole = st.tuples(names, days, amounts, names).map(list)


def _fuse(row: list[str], place: int) -> list[str]:
    return [*row[:place], row[place] + row[place + 1], *row[place + 2 :]]


defects = st.one_of(
    st.builds(_fuse, whole, st.integers(0, 2)),
    st.builds(lambda row: _fuse(_fuse(row, 0), 0), whole),
    st.builds(lambda row, more: row + more, whole, st.lists(st.sampled_from(["", "x"]), min_size=1, max_size=3)),
    st.builds(lambda row, size: row[:size], whole, st.integers(0, 3)),
    st.sampled_from([[], ["", "", "", ""], ["Total", "", "12.00", ""], ["Grand total", "", "", "*"], ["†"]]),
)
tables = st.lists(st.one_of(whole, whole, defects), max_size=30)
preambles = st.lists(st.sampled_from([["Payments over £500"], ["Report date: 02/07/2012", "", "", ""], []]), max_size=4)


@given(preambles, tables)
@QUICK
def test_every_row_is_kept_or_set_aside_once(preamble: Table, rows: Table) -> None:
    sound = [["Ann", "25/06/2012", "1.00", "goods"]] * 40
    records = [*preamble, ["name", "day", "amount", "note"], *sound, *rows]
    reading, kept, aside = tidy(as_csv(records))
    assert reading.read == reading.kept + reading.set_aside == len(sound) + len(rows)
    assert (len(kept), len(aside)) == (reading.kept, reading.set_aside + len(preamble))
    assert reading.recipe.header_row == len(preamble) + 1
    assert sum((reading.reasons or {}).values()) == reading.set_aside
    assert all(len(each) == 4 for each in kept)
    assert [records[int(number) - 1] for number, _, *_ in aside] == [cells for _, _, *cells in aside]


@given(tables)
@QUICK
def test_no_letter_and_no_digit_is_lost_or_added(rows: Table) -> None:
    """Dates aside, which are written in another order, what is kept and set aside holds what the file held."""
    sound = [["Ann", "25/06/2012", "1.00", "goods"]] * 40
    _, kept, aside = tidy(as_csv([["name", "day", "amount", "note"], *sound, *rows]))
    cells = [cell for row in (*kept, *(each[2:] for each in aside)) for cell in row]
    assert _characters(cells) == _characters([cell for row in (*sound, *rows) for cell in row])


def _characters(cells: Sequence[str]) -> Counter[str]:
    return Counter(each for each in "".join(cells) if each.isalnum())


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"a\0b,25/06/2012,1,goods", "NUL byte"),
        (b'Ann,"25/06/2012,1,goods', "quotation mark"),
        (b'Ann,25/06/2012,1,"go"ods', "quotation mark"),
        (b"Zo\xc3\xab,25/06/2012,1,caf\xe9", "not text in the file's encoding"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_alone_and_whole(bad: bytes, reason: str) -> None:
    """The rows on both sides of it are kept, and no byte of it is lost."""
    sound = b"Ann,25/06/2012,1.00,goods\r\n"
    reading, kept, aside = tidy(HEADER.encode() + sound * 3 + bad + b"\r\n" + sound * 3)
    assert (reading.read, reading.kept, [each.row for each in reading.aside]) == (7, 6, [5])
    assert reason in reading.aside[0].reason
    assert len(kept) == 6
    found = ",".join(aside[0][2:]).encode().replace(b"\\xe9", b"\xe9")
    assert found.replace(b'"', b"") == bad.replace(b'"', b"")


@pytest.mark.parametrize("line", ['x",,"', '"x', '""",', ',"x"",', '"'])
def test_confused_quotation_marks_cost_no_more_than_the_text_is_long(line: str) -> None:
    """Without a bound each line would be read again for each line before it: thousands of millions of letters."""
    text = f"name,amount,note\n{f'{line}{chr(10)}' * 60_000}".encode()
    before = process_time()
    records = list(Records(io.BytesIO(text).read, Encoding("utf-8", ""), ","))
    assert process_time() - before < 30
    assert sum(each.count("x") for record in records for each in record) == text.count(b"x")


def test_a_cell_that_is_too_long_costs_its_row_alone() -> None:
    table, aside = TextTable(io.BytesIO(b"name,amount\nAnn,1\nBee," + b"x" * 200_000 + b"\nCee,3\n")), io.BytesIO()
    reading = table.tidy(table.learn(), None, aside).reading
    assert (reading.kept, [(each.row, "128 KiB" in each.reason) for each in reading.aside]) == (2, [(3, True)])
    assert aside.getvalue().count(b"x") == 200_000


ENCODED = [
    ("utf-8", "utf-8", True),
    ("utf-8-sig", "utf-8", True),
    ("utf-16", "utf-16-le", True),
    ("utf-16-le", "utf-16-le", False),
    ("utf-16-be", "utf-16-be", False),
    ("cp1252", "cp1252", True),
    ("cp037", "cp037", True),
    ("cp500", "cp037", True),
]
LINES = "name,day,amount\r\nZoë Bell,25/06/2012,5\r\nB Sons Café,01/02/2012,\r\n" + "Ann Other,03/04/2012,7\r\n" * 9


@pytest.mark.parametrize(("written", "found", "sure"), ENCODED)
def test_the_encoding_is_found_with_its_reason(written: str, found: str, *, sure: bool) -> None:
    data = LINES.encode(written)
    table = TextTable(io.BytesIO(data))
    reading, kept, _ = tidy(data)
    assert (reading.recipe.encoding, table.encoding.sure) == (found, sure)
    assert any("encoding is" in each for each in reading.understood())
    assert kept[0] == ["Zoë Bell", "2012-06-25", "5"]
    assert (len(kept), reading.recipe.line_end) == (11, "CRLF")


def test_ebcdic_lines_may_end_in_its_own_sign_and_bars_tell_its_variants() -> None:
    text = "NAME|AMOUNT\n" + "ANN OTHER|0123\n" * 9
    for codec in ("cp037", "cp500"):
        reading, kept, _ = tidy(text.encode(codec).replace(b"\x25", b"\x15"))
        assert (reading.recipe.encoding, reading.recipe.delimiter) == (codec, "|")
        assert kept[0] == ["ANN OTHER", "0123"]


def test_words_that_only_windows_has_are_told() -> None:
    reading, kept, _ = tidy("name;note\nAnn;it’s – so\n".encode("cp1252"))
    assert "only Windows-1252 has" in " ".join(reading.understood())
    assert kept == [["Ann", "it’s – so"]]


def test_bytes_that_windows_does_not_have_set_only_their_row_aside() -> None:
    reading, kept, aside = tidy(b"name;note\nAnn;caf\xe9\nBee;\x81\nCee;x\n")
    assert (reading.recipe.encoding, [each[0] for each in kept]) == ("cp1252", ["Ann", "Cee"])
    assert aside[0][2:] == ["Bee", "\\x81"]


@pytest.mark.parametrize("sign", ["¬", "^", "~", "\x1f", "§"])
def test_any_sign_may_stand_between_cells(sign: str) -> None:
    text = sign.join(("id", "name", "amount")) + "\r\n" + sign.join(("1", "B, C; Sons", "5")) * 1 + "\r\n"
    reading, kept, _ = tidy((text + sign.join(("2", "Ann", "6")) + "\r\n").encode("cp1252"))
    assert reading.recipe.delimiter == sign
    assert not reading.is_whole
    assert kept == [["1", "B, C; Sons", "5"], ["2", "Ann", "6"]]


def test_ends_of_lines_within_quotation_marks_do_not_count() -> None:
    reading, kept, _ = tidy(b'name,note\r\nAnn,"two\nlines"\r\nBee,x\r\n')
    assert (reading.recipe.line_end, reading.is_clean, len(kept)) == ("CRLF", True, 2)


def test_one_endless_line_is_refused_in_bounded_memory() -> None:
    class Endless:
        """Four gigabytes of one letter, and how many of them were asked for."""

        taken = 0

        def seek(self, offset: int, whence: int = 0, /) -> int:
            self.taken = 0
            return offset + whence

        def read(self, size: int = -1, /) -> bytes:
            found = max(0, min(size, (4 << 30) - self.taken))
            self.taken += found
            return b"x" * found

    with pytest.raises(SourceError, match="longer than 2 MiB"):
        TextTable(Endless(), limit=64 << 20).learn()


near_table = st.lists(
    st.sampled_from(
        [
            "name,day,amount\n",
            "Ann,25/06/2012,5\n",
            "25/06/20125",
            '"',
            ",",
            ";",
            "\t",
            "\n",
            "\r",
            "\r\n",
            "†",
            "\0",
            "é",
            "¬",
            ",,",
            "Totals,,9\n",
            "name,,\n",
            "[c]",
            "2.00E+11",
        ]
    ),
    max_size=20,
).flatmap(
    lambda parts: st.sampled_from(["utf-8", "utf-16", "utf-16-be", "cp1252", "cp500"]).map(
        lambda codec: "".join(parts).encode(codec, "ignore")
    )
)


@given(st.one_of(st.binary(max_size=300), near_table, near_table.map(lambda data: HEADER.encode() + data)))
@QUICK
def test_any_bytes_are_a_reading_or_our_error(data: bytes) -> None:
    with suppress(SourceError):
        reading, kept, aside = tidy(data)
        assert reading.read == reading.kept + reading.set_aside
        assert (len(kept), len(aside)) == (reading.kept, reading.set_aside + reading.preamble)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The source is empty."),
        (bytes(range(32)) * 9, "not text"),
        (b"a,b\n" + b"x" + bytes(40), "not text"),
        (b"PK\x03\x04" + bytes(20), "zip archive"),
        (b"a" * (3 << 20), "longer than 2 MiB"),
        ((b"x," * 5000 + b"\n") * 3, "more than 4,096 cells"),
    ],
)
def test_what_is_no_table_is_said_in_words(content: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        tidy(content)


@pytest.mark.parametrize(
    ("ending", "told"), [(b"\n", "LF"), (b"\r\n", "CRLF"), (b"\r", "CR")], ids=["LF", "CRLF", "CR"]
)
@pytest.mark.parametrize("delimiter", [b",", b";", b"\t", b"|"])
def test_the_form_of_the_text_is_found(ending: bytes, told: str, delimiter: bytes) -> None:
    lines = [b"\xef\xbb\xbfname|amount", b'"B, C; & Sons"|5', b"Ann|6", b""]
    reading, kept, _ = tidy(ending.join(lines).replace(b"|", delimiter))
    assert (reading.recipe.line_end, reading.recipe.delimiter) == (told, delimiter.decode())
    assert reading.is_clean
    assert [each[1] for each in kept] == ["5", "6"]


def test_lines_that_end_in_different_ways_are_no_clean_table() -> None:
    reading, kept, _ = tidy(b"name,amount\r\nAnn,5\nBee,6\r\n")
    assert (reading.recipe.line_end, reading.is_clean, reading.is_whole) == ("mixed", False, False)
    assert kept == [["Ann", "5"], ["Bee", "6"]]


def test_rows_are_numbered_as_in_the_file() -> None:
    content = b"About,\n\nname,amount\nAnn,1\n,\n,\nBee,2\n,\nCee,3\n"
    table = TextTable(io.BytesIO(content))
    tidied = table.tidy(table.learn())
    assert [tidied.number(row) for row in (1, 2, 3)] == [4, 7, 9]


def test_the_beginning_of_a_long_text_is_read_up_to_its_last_whole_row() -> None:
    content = b"name,amount\n" + b"Ann,123\n" * 1000
    table = TextTable(io.BytesIO(content), limit=1005)
    assert table.tidy(table.learn()).reading.read == (1005 - 12) // 8


@pytest.mark.parametrize(
    ("end", "loose"),
    [
        (b"Bee,2\n", False),
        (b"", False),
        (b"\n\n", False),
        (b",\n", True),
        (b" ,\n", True),
        (b"Grand total,9\n", True),
        (b"Total,9\n", False),
        (b",\n" + b"Cee,3\n" * 30, False),
    ],
)
def test_a_loose_end_is_seen(end: bytes, *, loose: bool) -> None:
    table = TextTable(io.BytesIO(b"name,amount\n" + b"Ann,1\n" * 9 + end))
    assert table.has_loose_end() is loose


def test_tidying_a_clean_source_changes_nothing_that_is_published(bench: Bench) -> None:
    contract = contract_of(
        Field("name", FieldType.STRING), Field("day", FieldType.DATE), Field("amount", FieldType.NUMBER)
    )
    rows = [
        ('B, "C"', "2012-06-25", "1e2"),
        ("Zoë\nBell", "2012-06-01", "-.5"),
        ("x\ry", "", "7."),
        ("", "2000-02-29", ""),
    ]
    clean = as_csv([("name", "day", "amount"), *rows])
    table, kept = TextTable(io.BytesIO(clean)), io.BytesIO()
    table.tidy(table.learn(), kept)
    (fast, _), (tidied, _) = bench.publish(clean, contract), bench.publish(kept.getvalue(), contract)
    assert bench.rows(fast) == bench.rows(tidied)
    assert len(bench.rows(fast)) == len(rows)
