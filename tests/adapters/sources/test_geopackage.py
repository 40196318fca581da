"""The attributes of a GeoPackage's layer become a table; a file made to do harm is refused in words, and soon."""

import io
import json
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.sources.making import geopackage, zipped

from commonweal.adapters.sources import Taken, opened_table, rewriting_in_a_temporary_file
from commonweal.adapters.sources.foreign import find_reader
from commonweal.adapters.sources.geopackage import MOST_BYTES
from commonweal.adapters.sources.rows import RowWriter
from commonweal.publish import FileChoice, FileForm, SourceError

LONGEST = 1.5
"""Seconds of computing: what a small file may take, and half as much again."""

TABLE = (
    "CREATE TABLE places (fid INTEGER PRIMARY KEY, geom POINT, code TEXT, is_open BOOLEAN, area REAL, photo BLOB, "
    "seen DATETIME, twice INTEGER AS (fid * 2))"
)
POINT = b"GP\0\1" + struct.pack("<i", 27700) + b"\1\1\0\0\0" + struct.pack("<dd", 1.0, 2.0)
ROWS = (
    f"INSERT INTO places VALUES (1, x'{POINT.hex()}', '007', 1, 12.0, x'ff', '2026-01-02T03:04:05.000Z'),"  # noqa: S608
    "(5, NULL, 'O’Hara, “Jo”', 0, 1e-7, NULL, NULL), (9, NULL, NULL, NULL, NULL, NULL, '')"
)
GEOMETRY = "INSERT INTO gpkg_geometry_columns VALUES ('places', 'geom', 'POINT')"
TEXT = 'fid,code,is_open,area,seen\n1,007,true,12,2026-01-02T03:04:05.000Z\n5,"O’Hara, “Jo”",false,0.0000001,\n9,,,,\n'
SIMPLE = ("CREATE TABLE places (fid INTEGER PRIMARY KEY, code TEXT)", "INSERT INTO places VALUES (1, '007'), (2, 'b')")


def apart(source: bytes, **chosen: Any) -> tuple[str, Taken]:
    """Return the table of a GeoPackage as a node would take it in, and what was taken."""
    with opened_table(io.BytesIO(source), FileChoice(**chosen), rewriting_in_a_temporary_file) as table:
        assert table.taken is not None
        return table.content.read().decode().replace("\r\n", "\n"), table.taken


def here(source: bytes, layer: str = "") -> tuple[str, Taken]:
    """Return the same, read in this process."""
    output = io.BytesIO()
    writer = RowWriter(output)
    taken = find_reader("geopackage")(io.BytesIO(source), {"layer": layer}, writer)
    writer.finish()
    return output.getvalue().decode().replace("\r\n", "\n"), taken


def refusal(source: bytes, layer: str = "") -> str:
    with pytest.raises(SourceError) as refused:
        here(source, layer)
    return f"{refused.value} {refused.value.advice()}"


def test_a_layer_gives_its_attributes_and_says_what_it_left_out() -> None:
    text, taken = apart(geopackage(TABLE, ROWS, GEOMETRY))
    assert text == TEXT
    assert taken == Taken(
        "the layer “places” of a GeoPackage",
        (
            "Left out (geometry): the column “geom”.",
            "Left out (bytes): the column “photo”.",
            "Left out (computed by the file itself): the column “twice”.",
        ),
    )


@pytest.mark.parametrize("application", [0x47504B47, 0x47503131, 0])
def test_its_content_tells_it(application: int) -> None:
    source = geopackage(*SIMPLE, application=application)
    assert apart(source)[0] == "fid,code\n1,007\n2,b\n"
    assert apart(zipped({"a/places.gpkg": source, "read me.pdf": "no"}))[0] == "fid,code\n1,007\n2,b\n"


def test_of_several_layers_one_is_named_as_a_sheet_is() -> None:
    layers = {"places": "features", "Owners": "attributes", "map": "tiles"}
    source = geopackage(*SIMPLE, "CREATE TABLE Owners (id INTEGER PRIMARY KEY, name TEXT)", layers=layers)
    assert refusal(source) == (
        "The GeoPackage holds 2 layers: “places”, “Owners”. Name the one to read, as a sheet: --sheet NAME."
    )
    text, taken = apart(source, sheet="Owners")
    assert (text, taken.what) == ("id,name\n", "the layer “Owners” of a GeoPackage")
    assert taken.notes == (
        "Left out: the 1 other layer “places”.",
        "Left out: 1 layer of pictures or of another kind without attributes.",
    )
    assert "no layer “map”. It has: “places”, “Owners”." in refusal(source, "map")


def test_one_that_had_a_log_beside_it_says_so() -> None:
    source = bytearray(geopackage(*SIMPLE))
    source[18:20] = b"\2\2"
    assert "-wal" in here(bytes(source))[1].notes[0]


def test_rows_come_in_their_own_order_and_not_in_that_of_an_index() -> None:
    rows = "INSERT INTO places VALUES (1, 'c'), (2, 'a'), (3, 'b')"
    source = geopackage(SIMPLE[0], rows, "CREATE INDEX by_code ON places (code, fid)")
    assert here(source)[0] == "fid,code\n1,c\n2,a\n3,b\n"


def plain_sqlite() -> bytes:
    return geopackage(*SIMPLE, application=0).replace(b"gpkg_contents", b"some_contents")


def too_large() -> Iterator[bytes]:
    yield geopackage(*SIMPLE)
    yield bytes(MOST_BYTES)


def test_other_sqlite_files_and_large_ones_are_refused_before_they_are_read() -> None:
    with pytest.raises(SourceError, match="SQLite database, but no GeoPackage"):
        apart(plain_sqlite())
    with pytest.raises(SourceError, match="larger than 256 MiB"):
        apart(b"".join(too_large()))


def recursive() -> str:
    return "WITH RECURSIVE n(fid, code) AS (SELECT 1, 'x' UNION ALL SELECT fid + 1, code FROM n) SELECT * FROM n"


def with_schema(old: str, new: str, *statements: str) -> bytes:
    """Return a GeoPackage whose schema was rewritten behind SQLite's back."""
    with sqlite3.connect(":memory:", isolation_level=None) as made:
        made.deserialize(geopackage(*(statements or SIMPLE)))
        made.execute("PRAGMA writable_schema = ON")
        made.execute("UPDATE sqlite_master SET sql = replace(sql, ?, ?)", (old, new))
        return made.serialize()


def with_root(name: str, root: int) -> bytes:
    with sqlite3.connect(":memory:", isolation_level=None) as made:
        made.deserialize(geopackage(*SIMPLE))
        made.execute("PRAGMA writable_schema = ON")
        made.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (root, name))
        return made.serialize()


def in_circles() -> bytes:
    """Return a file whose interior pages all point to the same pages below, ten deep: 100 rows become 10²⁰."""
    many = "INSERT INTO places SELECT value, printf('%0200d', value) FROM json_each(?)"
    with sqlite3.connect(":memory:", isolation_level=None) as made:
        made.deserialize(geopackage(SIMPLE[0]))
        made.execute(many, (json.dumps(list(range(1, 3000))),))
        source, size = bytearray(made.serialize()), 512
    interior = [at for at in range(size, len(source), size) if source[at] == 5]
    leaf = next(at for at in range(size, len(source), size) if source[at] == 13) // size + 1
    for at in interior:
        cells = struct.unpack(">H", source[at + 3 : at + 5])[0]
        for number in range(cells):
            [place] = struct.unpack(">H", source[at + 12 + 2 * number : at + 14 + 2 * number])
            source[at + place : at + place + 4] = struct.pack(">I", leaf)
    return bytes(source)


def heavy_default() -> bytes:
    return with_schema("code TEXT", "code TEXT DEFAULT (hex(zeroblob(400000000)))")


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a view": (lambda: geopackage("CREATE VIEW places AS SELECT 1 AS fid, 'x' AS code"), "view"),
    "an endless view": (lambda: geopackage(f"CREATE VIEW places AS {recursive()}"), "view"),
    "a virtual table": (lambda: geopackage("CREATE VIRTUAL TABLE places USING fts5(code)"), "virtual table"),
    "a table become a view": (
        lambda: with_schema("TABLE places (fid INTEGER PRIMARY KEY, code TEXT)", f"VIEW places AS {recursive()}"),
        "",
    ),
    "contents by a view": (
        lambda: (
            geopackage(*SIMPLE)
            .replace(b"TABLE gpkg_contents ", b"VIEW gpkg_contents  ")
            .replace(b"tablegpkg_contents", b"view gpkg_contents")
        ),
        "",
    ),
    "its own table": (lambda: geopackage(layers={"gpkg_contents": "features"}), "one of its own tables"),
    "the schema": (lambda: geopackage(layers={"sqlite_master": "features"}), "one of its own tables"),
    "no such table": (geopackage, "no table “places”"),
    "no layer": (lambda: geopackage(*SIMPLE, layers={"x": "tiles"}), "no layer with attributes"),
    "no attribute": (lambda: geopackage("CREATE TABLE places (geom POLYGON)"), "has no attributes"),
    "without row numbers": (
        lambda: geopackage("CREATE TABLE places (a TEXT PRIMARY KEY) WITHOUT ROWID"),
        "damaged",
    ),
    "columns called by the numbers of rows": (
        lambda: geopackage("CREATE TABLE places (rowid TEXT, oid TEXT, _rowid_ TEXT)"),
        "columns of all the names",
    ),
    "bytes for text": (
        lambda: geopackage(SIMPLE[0], "INSERT INTO places VALUES (1, x'63616e617279')"),
        "“code” of the GeoPackage holds bytes in row 1",
    ),
    "no UTF-8": (
        lambda: geopackage(SIMPLE[0], "INSERT INTO places VALUES (1, CAST(x'ff63616e617279' AS TEXT))"),
        "not UTF-8",
    ),
    "no bytes": (bytes, "is empty"),
    "half a file": (lambda: geopackage(*SIMPLE)[:1100], "damaged"),
    "only a head": (lambda: geopackage(*SIMPLE)[:100], "damaged"),
    "pages in circles": (in_circles, "damaged"),
    "the schema for a table": (lambda: with_root("places", 1), "damaged"),
    "a page that is not there": (lambda: with_root("places", 1 << 30), "damaged"),
    "a long cell": (
        lambda: geopackage(SIMPLE[0], "INSERT INTO places VALUES (1, printf('%0200000d', 7))"),
        "longer than 128 KiB",
    ),
    "2,000 layers": (lambda: geopackage(*SIMPLE, layers={f"l{n}": "features" for n in range(2000)}), "1,000 layers"),
    "a deep schema": (
        lambda: with_schema("code TEXT", f"code TEXT CHECK ({'(' * 900}1{')' * 900})"),
        "damaged",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_geopackage_is_refused_in_words_and_soon(kind: str) -> None:
    make, words = HOSTILE[kind]
    source = make()
    started = process_time()
    said = refusal(source)
    assert process_time() - started < LONGEST
    assert words in said
    assert "canary" not in said


def test_what_the_schema_would_compute_is_never_computed() -> None:
    started = process_time()
    assert here(heavy_default())[0] == "fid,code\n1,007\n2,b\n"
    assert process_time() - started < LONGEST


@given(st.data())
@settings(max_examples=150)
def test_flipped_bytes_give_rows_or_our_error(data: st.DataObject) -> None:
    source = bytearray(FLIPPED)
    for _ in range(data.draw(st.integers(1, 8))):
        source[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    started = process_time()
    with suppress(SourceError):
        here(bytes(source))
    assert process_time() - started < LONGEST


@given(st.data())
@settings(max_examples=5)
def test_and_so_they_do_in_the_process_apart(data: st.DataObject) -> None:
    source = bytearray(FLIPPED)
    for _ in range(data.draw(st.integers(1, 20))):
        source[data.draw(st.integers(100, len(source) - 1))] = data.draw(st.integers(0, 255))
    with suppress(SourceError):
        apart(bytes(source), form=FileForm.GEOPACKAGE)


FLIPPED = geopackage(TABLE, ROWS, GEOMETRY)
