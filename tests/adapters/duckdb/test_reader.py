"""A staged source becomes rows, or a sentence that says where it breaks and quotes nothing."""

import gzip
import io
import zipfile

import pytest
from tests.adapters.duckdb.conftest import STOCK, Bench, contract_of

from commonweal.adapters.duckdb.source_text import read_form
from commonweal.publish import Field, FieldType, SourceError, SourceFormat

ANY = contract_of(Field("a", FieldType.STRING), Field("b", FieldType.STRING))


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        (b"a,b\n1,x\n2,y\n", [("1", "x"), ("2", "y")]),
        (b"\xef\xbb\xbfa,b\r\n1,x\r\n2,y", [("1", "x"), ("2", "y")]),
        (b"a;b\n1;x,y\n", [("1", "x,y")]),
        (b"a\tb\n1\tx y\n", [("1", "x y")]),
        (b"a|b\n1|x\n", [("1", "x")]),
        (b"a,b\r1,x\r2,y\r", [("1", "x"), ("2", "y")]),
        (b'a,b\n1,"x\ny"\n2,"say ""so"""\n', [("1", "x\ny"), ("2", 'say "so"')]),
        (b'"a","b"\n1,\n,""\n', [("1", None), (None, None)]),
        (b"b,a\nx,1\n", [("1", "x")]),
        (b"a,b\n1,x\n\n2,y\n\n", [("1", "x"), ("2", "y")]),
        ("a,b\nŵ,😀\n".encode(), [("ŵ", "😀")]),
        (b" a , b \n1,x\n", [("1", "x")]),
        (b"a,b\n1, \xc2\xa0\n", [("1", None)]),
    ],
)
def test_a_csv_is_read_as_it_stands(bench: Bench, source: bytes, rows: list[tuple[object, ...]]) -> None:
    assert bench.check(source, ANY).findings == ()
    version, written = bench.publish(source, ANY)
    assert bench.rows(version) == rows
    assert written.rows == len(rows)


def zipped(plain: bytes) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("a.csv", plain)
    return raw.getvalue()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (b"", "The source is empty."),
        (b" \n\n", "The source is empty."),
        (b"\xef\xbb\xbf", "The source is empty."),
        (zipped(b"a,b\n1,2\n"), "a zip archive or an Excel workbook"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "packed with gzip"),
        (b"PAR1xxxx", "a Parquet file"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"a,b\n1,canary\n2,caf\xe9\n", "not UTF-8 text: line 3"),
        (b"a,b\n1,canary\xc3", "not UTF-8 text: line 2"),
        (b"a,b\n1,canary\n2,\x00\n", "line 3 holds a NUL byte"),
        (b"a,b\n1,x\n2\n3,y\n", "Row 2 of the CSV has 1 field where the header has 2."),
        (b"a,b\n1,x\n\n2,canary,z\n", "Row 2 of the CSV has 3 fields where the header has 2."),
        (b'a,b\n1,"canary\n2,y\n', "Row 1 of the CSV cannot be read: a quotation mark"),
        (b'a,b\n1,"x"canary\n', "Row 1 of the CSV cannot be read: a quotation mark"),
        (b"a,b\r\n1,x\n2,y\r\n", "end in different ways"),
        (b"\na,b\n1,2\n", "The first line of the CSV is empty."),
        (b"a,,b\n1,2,3\n", "Column 2 of the header has no name."),
        (b"a,b,A\n1,2,3\n", "Columns 1 and 3 of the header have the same name."),
        (b'"a,b\n1,2\n', "a quotation mark is never closed"),
        (",".join(f"c{n}" for n in range(5000)).encode() + b"\n", "5,000 columns"),
        (b"a,b\n1," + b"x" * 3_000_000, "Line 2 of the CSV is longer than 2 MiB."),
        (b"x" * 1_500_000, "longer than 1 MiB"),
        (b'a,b\n1,"' + b"x\n" * 1_500_000 + b'"\n', "cannot be read"),
    ],
)
def test_a_broken_csv_is_refused_in_plain_words(bench: Bench, source: bytes, sentence: str) -> None:
    with pytest.raises(SourceError) as refused:
        bench.check(source, ANY)
    assert sentence in str(refused.value)
    assert "canary" not in str(refused.value) + refused.value.advice()
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert refused.value.outcome.exit_code == 1


def test_a_header_without_data_has_no_rows(bench: Bench) -> None:
    (finding,) = bench.check(b"a,b\n", ANY).findings
    assert finding.sentence == "The data has 0 rows; the data contract requires at least 1."


def test_rows_keep_their_numbers_in_a_large_file(bench: Bench) -> None:
    rows = [b"R0A,5"] * 400_000
    rows[123_456] = rows[399_999] = b"R0A,-1"
    result = bench.check(b"trust,stock\n" + b"\n".join(rows), STOCK)
    assert result.rows == 400_000
    assert [each.rows for each in result.findings] == [(123_457, 400_000)]


def test_parquet_is_read_in_the_forms_a_csv_would_have(bench: Bench) -> None:
    contract = contract_of(
        Field("n", FieldType.INTEGER, minimum=0),
        Field("x", FieldType.NUMBER),
        Field("d", FieldType.DATE),
        Field("t", FieldType.TIMESTAMP),
        Field("b", FieldType.BOOLEAN),
        Field("s", FieldType.STRING),
    )
    query = (
        "SELECT 7 AS n, 1e20::DOUBLE AS x, DATE '2020-04-01' AS d, TIMESTAMPTZ '2020-04-01 10:00:00+01' AS t, "
        "true AS b, 'é' AS s UNION ALL SELECT -1, 0.1, NULL, NULL, NULL, ''"
    )
    source = bench.parquet(query)
    result = bench.check(source, contract, SourceFormat.PARQUET)
    assert [(each.check, each.field, each.rows) for each in result.findings] == [("minimum", "n", (2,))]
    version, _ = bench.publish(source, contract, SourceFormat.PARQUET)
    first, second = bench.rows(version)
    assert [str(each) for each in first] == ["7", "1e+20", "2020-04-01", "2020-04-01 09:00:00+00:00", "True", "é"]
    assert second == (-1, 0.1, None, None, None, None)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "not a Parquet file"),
        (b"PAR1" + bytes(20), "not a Parquet file, or is cut short"),
        (b"PAR1" + bytes(20) + b"PAR1", "damaged"),
        (b"PAR1" + bytes(20) + b"PARE", "encrypted"),
        (b"PARE" + bytes(20) + b"PARE", "encrypted"),
    ],
)
def test_broken_parquet_is_refused_in_plain_words(bench: Bench, source: bytes, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        bench.check(source, ANY, SourceFormat.PARQUET)


def test_parquet_of_structures_is_refused(bench: Bench) -> None:
    source = bench.parquet("SELECT 'x' AS a, [1, 2] AS b")
    with pytest.raises(SourceError, match="Column 2 of the Parquet file holds bytes, lists or structures"):
        bench.check(source, ANY, SourceFormat.PARQUET)


class Endless:
    """A text whose first lines are followed by one that does not end; nothing of it is kept."""

    def __init__(self, begins: bytes) -> None:
        self._begins = begins
        self.given = 0

    def read(self, size: int) -> bytes:
        found = (self._begins[self.given : self.given + size] + b"x" * size)[:size]
        self.given += len(found)
        assert self.given < 16 << 20
        return found


@pytest.mark.parametrize(
    ("begins", "words"),
    [(b"", "Line 1 of the CSV is longer than 2 MiB."), (b"a,b\n1,", "Line 2 of the CSV is longer than 2 MiB.")],
)
def test_a_line_without_an_end_is_refused_at_its_beginning(begins: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read_form(Endless(begins).read)
