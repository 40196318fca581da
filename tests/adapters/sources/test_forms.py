"""Each form of source becomes the table it holds, or is refused in words, in bounded time and memory."""

import csv
import gzip
import io
import json
import resource
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.sources.making import arrow, compound, excel_rows, ods, ods_rows, xls, xlsx, zipped

from commonweal.adapters.sources import Taken, opened_table, rewriting_in_a_temporary_file
from commonweal.publish import FileChoice, FileForm, SourceError, SourceFormat

ROWS = (("code", "name"), ("007", "O’Hara, “Jo”"), ("12", "b"))
TEXT = 'code,name\n007,"O’Hara, “Jo”"\n12,b\n'
QUICK = settings(max_examples=100)
HCHS = Path(__file__).parents[4] / "shared" / "data" / "messy" / "hchs-staff-by-trust-2016.xlsx"


def read(source: bytes, **chosen: Any) -> tuple[str, Taken | None]:
    """Return the table of a source as text, and what was taken."""
    with opened_table(io.BytesIO(source), FileChoice(**chosen), rewriting_in_a_temporary_file) as table:
        assert table.form is SourceFormat.CSV
        table.content.seek(0)
        text = table.content.read().decode()
        return text if table.taken is None else text.replace("\r\n", "\n"), table.taken


def taken(source: bytes, **chosen: Any) -> Taken:
    found = read(source, **chosen)[1]
    assert found is not None
    return found


def refusal(source: bytes, **chosen: Any) -> str:
    with pytest.raises(SourceError) as refused:
        read(source, **chosen)
    return f"{refused.value} {refused.value.advice()}"


def encoded() -> list[tuple[bytes, bytes]]:
    return [(code.encode(), name.encode()) for code, name in ROWS[1:]]


SAME: dict[str, Callable[[], bytes]] = {
    "xlsx": lambda: xlsx({"Table": excel_rows(ROWS)}),
    "xls": lambda: xls(ROWS),
    "ods": lambda: ods(ods_rows(ROWS)),
    "json": lambda: json.dumps([dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]).encode(),
    "json within": lambda: json.dumps(
        {"n": 2, "got": {"rows": [{"code": c, "name": n} for c, n in ROWS[1:]]}}
    ).encode(),
    "ndjson": lambda: b"".join(json.dumps({"code": c, "name": n}).encode() + b"\n" for c, n in ROWS[1:]),
    "xml": lambda: b"<t>%s</t>" % b"".join(b"<r><code>%s</code><name>%s</name></r>" % each for each in encoded()),
    "xml attributes": lambda: f"<t>{''.join(f'<r code={c!r} name={n!r}/>' for c, n in ROWS[1:])}</t>".encode("utf-16"),
    "arrow file": lambda: arrow(pa.table({"code": ["007", "12"], "name": [ROWS[1][1], "b"]})),
    "arrow stream": lambda: arrow(pa.table({"code": ["007", "12"], "name": [ROWS[1][1], "b"]}), stream=True),
    "csv": TEXT.encode,
}


@pytest.mark.parametrize("form", SAME)
def test_every_form_gives_the_same_table(form: str) -> None:
    assert read(SAME[form]())[0] == TEXT


@pytest.mark.parametrize("form", SAME)
def test_and_so_it_does_from_zip_and_gzip(form: str) -> None:
    assert read(zipped({"data/table.csv": SAME[form](), "read me.pdf": "no"}))[0] == TEXT
    assert read(gzip.compress(SAME[form]()))[0] == TEXT


def test_a_parquet_member_stays_parquet() -> None:
    source = zipped({"a.parquet": b"PAR1 and so on"})
    with opened_table(io.BytesIO(source), FileChoice(), rewriting_in_a_temporary_file) as table:
        assert (table.form, table.content.read()) == (SourceFormat.PARQUET, b"PAR1 and so on")


def test_cells_of_a_workbook_are_the_values_that_were_stored() -> None:
    cells = (
        '<row r="2"><c r="A2" t="inlineStr"><is><t>007</t></is></c><c r="B2"><v>4857773456</v></c>'
        '<c r="C2" t="b"><v>1</v></c><c r="D2" s="1"><v>44000</v></c><c r="E2" s="2"><v>44000.5</v></c>'
        '<c r="F2"><f>1+1</f><v>2</v></c><c r="G2"><v>0.1</v></c>'
        '<c r="H2" s="3"><v>1.5</v></c><c r="I2"><v>1E-7</v></c></row>'
    )
    text, told = read(xlsx({"S": cells}))
    assert text == f"{',' * 8}\n007,4857773456,true,2020-06-18,2020-06-18T12:00:00,2,0.1,36:00:00,0.0000001\n"
    assert told == Taken("the sheet “S” of an Excel workbook")


def test_a_date_among_moments_is_midnight() -> None:
    rows = '<row r="1"><c r="A1" s="2"><v>44000.5</v></c></row><row r="2"><c r="A2" s="2"><v>44000</v></c></row>'
    assert read(xlsx({"S": rows}))[0] == "2020-06-18T12:00:00\n2020-06-18T00:00:00\n"


def test_what_a_workbook_does_not_hold_is_told() -> None:
    cells = '<row r="1"><c r="A1"><f>1+1</f></c><c r="B1" t="e"><v>#DIV/0!</v></c>'
    cells += '<c r="C1"><v>12345678901234567</v></c></row>'
    found = taken(xlsx({"S": cells}, {"xl/vbaProject.bin": b"x"}))
    assert found.guessed
    told = " ".join(found.notes)
    for words in ("1 cell with a formula whose result", "1 cell with an error", "more than 15 digits", "macros"):
        assert words in told
    formula = '<table:table-row><table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>'
    formula += '<table:table-cell table:formula="of:=1+1"/></table:table-row>'
    assert "1 cell with a formula" in " ".join(taken(ods(formula)).notes)


def test_cells_merged_downwards_have_their_value_in_every_row() -> None:
    rows = excel_rows((("area", "n"), ("north", "1"), ("", "2"), ("south", "3")))
    merged = '|<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    text, told = read(xlsx({"S": rows + merged}))
    assert text == "area,n\nnorth,1\nnorth,2\nsouth,3\n"
    assert told is not None
    assert "1 group of merged cells" in told.notes[0]


def test_the_largest_sheet_is_a_guess_and_another_can_be_named() -> None:
    source = xlsx(
        {"Notes": excel_rows((("a", "b"),)), "Data": excel_rows(ROWS), "Old": excel_rows(ROWS * 9)}, hidden="Old"
    )
    found = taken(source)
    assert (found.what, found.guessed) == ("the sheet “Data” of an Excel workbook", True)
    assert "Left out: the 2 other sheets “Notes”, “Old”." in found.notes
    text, named = read(source, sheet="Notes")
    assert (text, named is not None and named.guessed) == ("a,b\n", False)
    assert "“Notes”, “Data”, “Old”" in refusal(source, sheet="Nowhere")


def test_json_keeps_numbers_and_names_as_they_stand() -> None:
    source = b'[{"n": 12345678901234567890.10, "in": {"b": true, "z": null}}, {"late": "x\\ny", "n": [1, {"a": 1.0}]}]'
    assert read(source)[0] == 'n,in.b,in.z,late\n12345678901234567890.10,true,,\n"[1,{""a"":1.0}]",,,"x\ny"\n'


def test_an_array_is_chosen_by_its_name() -> None:
    source = b'{"a": [{"x": 1}], "b": {"c": [{"y": 2}]}, "tags": ["p", "q"]}'
    assert "“a”, “b.c”" in refusal(source)
    text, told = read(source, element="b.c")
    assert text == "y\n2\n"
    assert told == Taken("the array “b.c” of a JSON document", ("Left out: the 1 other array “a”.",))


def feature(geometry: object) -> dict[str, object]:
    return {"type": "Feature", "id": 7, "properties": {"n": "x"}, "geometry": geometry}


@pytest.mark.parametrize(
    ("geometry", "wkt"),
    [
        ({"type": "Point", "coordinates": [-0.10, 51]}, "POINT (-0.1 51)"),
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "LINESTRING (0 0, 1 1)"),
        ({"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [0, 0]]]]}, "MULTIPOLYGON (((0 0, 1 0, 0 0)))"),
        ({"type": "GeometryCollection", "geometries": []}, "GEOMETRYCOLLECTION EMPTY"),
        (None, ""),
    ],
)
def test_geojson_gives_properties_and_well_known_text(geometry: object, wkt: str) -> None:
    text, told = read(json.dumps({"type": "FeatureCollection", "features": [feature(geometry)]}).encode())
    assert text == f"id,n,geometry\n7,x,{chr(34) + wkt + chr(34) if ',' in wkt else wkt}\n"
    assert told is not None
    assert "WKT" in told.notes[0]


def test_a_geometry_too_long_for_a_cell_is_left_out_and_told() -> None:
    line = {"type": "LineString", "coordinates": [[number, 51] for number in range(30_000)]}
    text, told = read(json.dumps({"type": "FeatureCollection", "features": [feature(line)]}).encode())
    assert (text, told is not None and told.notes) == (
        "id,n\n7,x\n",
        ("The geometry is left out, since a geometry is longer than 128 KiB.",),
    )


def test_xml_gives_attributes_children_and_repeats() -> None:
    source = b"""<?xml version="1.0"?><x:rows xmlns:x="urn:x"><head><of>1</of></head>
      <x:row id="1"><a>1 &amp; 2</a><b/><p>x</p><p>y</p></x:row><x:row id="2"><c u="m"><d>5</d></c></x:row></x:rows>"""
    text, told = read(source)
    assert text == "id,a,b,p,p.2,c.u,c.d\n1,1 & 2,,x,y,,\n2,,,,,m,5\n"
    assert told == Taken("the 2 elements “/rows/row” of an XML document")


def test_rival_elements_make_a_guess_and_one_can_be_named() -> None:
    source = b"<t><a n='1'/><b n='2'/><b n='3'/><a n='4'/><a n='5'/></t>"
    found = taken(source)
    assert (found.what, found.guessed) == ("the 3 elements “/t/a” of an XML document", True)
    assert read(source, element="b")[0] == "n\n2\n3\n"
    assert "no element “z”" in refusal(source, element="z")


def test_arrow_values_are_written_as_csv_would_have_them() -> None:
    moment = datetime(2020, 1, 1, 5, 0, 0, 120, tzinfo=UTC)
    table = pa.table(
        {
            "whole": [1, None],
            "exact": [Decimal("1.10"), None],
            "at": pa.array([moment, None], pa.timestamp("ns", "Europe/London")),
            "day": [date(2020, 1, 1), None],
            "yes": [True, None],
            "word": pa.array(["q", None]).dictionary_encode(),
        }
    )
    assert (
        read(arrow(table))[0]
        == "whole,exact,at,day,yes,word\n1,1.10,2020-01-01T05:00:00.00012Z,2020-01-01,true,q\n,,,,,\n"
    )
    assert "Column 1" in refusal(arrow(pa.table({"list": [[1]]})))


COPYBOOK = """
      * A comment.
       01  PERSON-RECORD.
           05  PERSON-ID        PIC X(4).
           05  AMOUNT           PIC S9(5)V99 COMP-3.
           88  NOTHING          VALUE 0.
           05  QUANTITY         PIC S9(3).
           05  RATE             PIC 9V9(2).
           05  FILLER           PIC X(2).
"""


@pytest.mark.parametrize("encoding", ["ascii", "cp037"])
def test_a_copybook_divides_records_without_line_ends(encoding: str) -> None:
    first = "0001".encode(encoding) + bytes.fromhex("1234567c") + "01{125  ".encode(encoding)
    second = "AB  ".encode(encoding) + bytes.fromhex("0000010d") + "01J000  ".encode(encoding)
    third = "0003".encode(encoding) + bytes.fromhex("ffffffff") + "   xx1  ".encode(encoding)
    text, told = read(first + second + third, layout=COPYBOOK)
    assert text == "PERSON-ID,AMOUNT,QUANTITY,RATE\n0001,12345.67,10,1.25\nAB,-0.10,-11,0.00\n0003,0xffffffff,,xx1\n"
    assert told is not None
    assert "2 cells hold no number" in told.notes[-1]
    assert ("EBCDIC" in " ".join(told.notes)) == (encoding == "cp037")
    assert "does not divide" in refusal((first + second)[:-1], layout=COPYBOOK)


def test_a_field_list_divides_lines() -> None:
    layout = "name,start,length\ncode,1,3\nname,5,6\n"
    assert read(b"007 Jo\r\n008 Ann   \r\n", layout=layout)[0] == "code,name\n007,Jo\n008,Ann\n"
    assert "Line 2 is longer" in refusal(b"007 Jo\n008 Ann   and more\n", layout=layout)
    assert "needs a layout" in refusal(b"007 Jo\n", form=FileForm.FIXED_WIDTH)
    assert "Line 1 of the field list" in refusal(b"007", layout="code,0,3")


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("A PIC X OCCURS 3 TIMES.", "OCCURS at A, which repeats a field"),
        ("A REDEFINES B PIC X.", "REDEFINES at A"),
        ("A PIC 9(4) COMP.", "COMP at A, which is a binary number"),
        ("A PIC ZZ9.99.", "picture ZZ9.99 of A"),
        ("A PIC S9(3) SIGN LEADING.", "SIGN at A"),
        ("A PIC X(9999999).", "is not read"),
    ],
)
def test_what_a_copybook_asks_beyond_what_is_read_is_refused_with_the_reason(clause: str, words: str) -> None:
    assert words in refusal(b"abc", layout=f"01 R.\n   05 {clause}\n   05 B PIC X.\n")


def overlapping() -> bytes:
    """Return an archive whose second member lies within the first."""
    source = bytearray(zipped({"a.csv": b"a,b\n" * 99, "b.csv": b"a,b\n" * 99}))
    entry = source.rindex(b"PK\x01\x02")
    source[entry + 42 : entry + 46] = struct.pack("<I", 5)
    return bytes(source)


def with_many_members() -> bytes:
    return zipped({f"{number}.csv": b"a\n1\n" for number in range(10_001)})


def claiming_a_huge_directory() -> bytes:
    return b"PK\x03\x04" + bytes(9 << 20) + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, 9 << 20, 4, 0)


def far_cells() -> bytes:
    return xlsx({"S": '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'})


def repeated_ods() -> bytes:
    cell = '<table:table-cell table:number-columns-repeated="16384" office:value-type="string">'
    cell += "<text:p>x</text:p></table:table-cell>"
    return ods(f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>')


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip ratio": (lambda: zipped({"a.csv": bytes(200 << 20)}), "200 times its size"),
    "gzip ratio": (lambda: gzip.compress(bytes(200 << 20)), "200 times its size"),
    "zip within zip": (lambda: zipped({"a.csv": zipped({"a.csv": "a"})}), "archive within an archive"),
    "gzip within gzip": (lambda: gzip.compress(gzip.compress(b"a")), "archive within an archive"),
    "members": (with_many_members, "10,001 members"),
    "overlap": (overlapping, "overlap"),
    "directory": (claiming_a_huge_directory, "directory of the zip archive is too large"),
    "several": (lambda: zipped({"a.csv": "a", "b.csv": "b"}), "holds 2 tables: “a.csv”, “b.csv”"),
    "no name": (lambda: zipped({"QQ": "a"}).replace(b"QQ", b"\0Q"), "has no name"),
    "no member": (lambda: zipped({}), "holds no file"),
    "entities": (lambda: b'<!DOCTYPE t [<!ENTITY a "b">]><t><r a="1"/><r/>&a;</t>', "document type"),
    "outside entity": (lambda: b'<!DOCTYPE t SYSTEM "file:///etc/passwd"><t/>', "document type"),
    "deep XML": (lambda: b"<a>" * 100_000, "more than 64 deep"),
    "long tag": (lambda: b"<a b='" + b"x" * (9 << 20), "longer than 4 MiB"),
    "kinds of element": (lambda: b"<t>" + b"".join(b"<r%d/>" % n for n in range(20_000)), "kinds of element"),
    "wide XML": (lambda: b"<t>" + (b"<r>" + b"<x/>" * 100_000 + b"</r>") * 2 + b"</t>", "fields"),
    "deep JSON": (lambda: b"[" * 1_000_000, "deep"),
    "deep objects": (lambda: b'[{"a":' * 100_000, "deep"),
    "long JSON": (lambda: b'[{"a":"' + b"x" * (40 << 20), "longer than 16 MiB"),
    "wide JSON": (lambda: json.dumps([{f"c{n}": n for n in range(100_000)}]).encode(), "4,096"),
    "twice a name": (lambda: b'[{"a": 1, "a": 2}]', "two members of one name"),
    "no object": (lambda: b'{"a": 1}\n{"a": 2}\n[3]\n', "Row 3 of the JSON is no object"),
    "half of them features": (lambda: json.dumps([feature(None), {"a": 1}]).encode(), "some are not"),
    "NaN": (lambda: b'[{"a": NaN}]', "NaN"),
    "half a character": (lambda: b'[{"a": "\\ud800"}]', "lone surrogate"),
    "NUL": (lambda: b'[{"a": "\\u0000"}]', "NUL"),
    "huge sheet": (far_cells, "memory"),
    "repeated sheet": (repeated_ods, ""),
    "wide sheet": (lambda: xlsx({"S": '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'}), "4,096"),
    "empty workbook": (lambda: xlsx({"S": ""}), "anything in it"),
    "workbook bomb": (lambda: xlsx({"S": ""}, {"xl/media/a": bytes(200 << 20)}), "200 times"),
    "locked workbook": (lambda: compound("EncryptedPackage", b"x"), "locked by a password"),
    "old document": (lambda: compound("WordDocument", b"x"), "no workbook"),
    "damaged old workbook": (lambda: compound("Workbook", b"\x09\x08\xff\xff" * 99), ""),
    "Word": (lambda: zipped({"word/document.xml": "<a/>"}), "Office document"),
    "writer": (lambda: zipped({"mimetype": "application/x", "content.xml": "<a/>"}), "no spreadsheet"),
    "web page": (lambda: b"<!DOCTYPE html><html><table>", "web page"),
    "XML of 2003": (
        lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "2003",
    ),
    "half an Arrow file": (lambda: arrow(pa.table({"a": [1, 2, 3]}))[:200], "damaged or cut short"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_source_is_refused_in_words(kind: str) -> None:
    make, words = HOSTILE[kind]
    source = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert words in refusal(source)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 256 << 10, f"{grown >> 10} MiB"


def test_a_member_is_named_and_its_path_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    source = zipped({"../out.csv": "a\n1\n", "/b.csv": "b\n2\n", "c\n.csv": "c\n"})
    assert read(source, member="../out.csv")[0] == "a\n1\n"
    assert "“c?.csv”" in refusal(source)
    assert "has no file “out.csv”" in refusal(source, member="out.csv")
    assert [path.name for path in tmp_path.rglob("*")] == ["in"]


def test_a_locked_member_is_refused() -> None:
    source = bytearray(zipped({"a.csv": "a,b\n1,2\n"}))
    source[source.rindex(b"PK\x01\x02") + 8] |= 1
    assert "locked by a password" in refusal(bytes(source))


def test_a_choice_meant_for_another_form_is_refused() -> None:
    assert "no sheet to choose" in refusal(TEXT.encode(), sheet="x")
    assert "no member to choose" in refusal(TEXT.encode(), member="x")
    assert "no element to choose" in refusal(TEXT.encode(), element="x")


def test_the_steward_may_overrule_the_form() -> None:
    assert read(b'{"a":1}\n{"a":2}\n', form=FileForm.CSV)[0] == '{"a":1}\n{"a":2}\n'
    assert read(b'{"a":1}', form=FileForm.NDJSON)[0] == "a\n1\n"
    assert "damaged" in refusal(b"a,b\n", form=FileForm.XLSX)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<t><r/>", b"[{", b'{"a":', b"\x1f\x8b\x08", b"PK\x03\x04", b"PK\x05\x06"]),
)
@QUICK
def test_any_bytes_give_rows_or_our_error(data: bytes, start: bytes) -> None:
    with (
        suppress(SourceError),
        opened_table(io.BytesIO(start + data), FileChoice(), rewriting_in_a_temporary_file) as table,
    ):
        table.content.read()


@given(st.data(), st.sampled_from(["json", "json within", "ndjson", "xml", "xml attributes"]))
@QUICK
def test_a_flipped_byte_gives_rows_or_our_error(data: st.DataObject, form: str) -> None:
    source = bytearray(SAME[form]())
    source[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    with suppress(SourceError), opened_table(io.BytesIO(source), FileChoice(), rewriting_in_a_temporary_file) as table:
        table.content.read()


@given(st.data(), st.sampled_from(["xlsx", "xls", "ods", "arrow file", "arrow stream"]))
@settings(QUICK, max_examples=15)
def test_a_flipped_byte_in_a_binary_form_gives_rows_or_our_error(data: st.DataObject, form: str) -> None:
    source = bytearray(SAME[form]())
    for _ in range(data.draw(st.integers(1, 8))):
        source[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    with suppress(SourceError), opened_table(io.BytesIO(source), FileChoice(), rewriting_in_a_temporary_file) as table:
        table.content.read()


@given(
    st.lists(
        st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            min_size=1,
        ),
        min_size=1,
    )
)
@QUICK
def test_json_rows_come_back_as_they_were(rows: list[dict[str, str]]) -> None:
    source = io.BytesIO(json.dumps(rows).encode())
    with opened_table(source, FileChoice(FileForm.JSON), rewriting_in_a_temporary_file) as table:
        found = list(csv.reader(io.StringIO(table.content.read().decode(), newline="")))
    assert [dict(zip(found[0], row, strict=True)) for row in found[1:]] == [
        {name: row.get(name, "") for name in found[0]} for row in rows
    ]


def test_the_real_workbook_of_staff_by_trust() -> None:
    text, told = read(HCHS.read_bytes())
    assert told is not None
    assert (told.what, told.guessed) == ("the sheet “final” of an Excel workbook", False)
    lines = text.splitlines()
    assert len(lines) == 490
    assert lines[8] == ",Chesterfield Royal Hospital NHS Foundation Trust,RFS,108,21,42,45,3565,265,824,2477"
    assert zipfile.is_zipfile(HCHS)
