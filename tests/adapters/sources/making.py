"""Small files of each form, made byte by byte, so that no library stands between a test and what it means to send."""

import io
import sqlite3
import struct
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing

import pyarrow as pa

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def xlsx(sheets: Mapping[str, str], extra: Mapping[str, bytes] | None = None, hidden: str = "") -> bytes:
    """Return an Excel workbook of sheets given as the XML of their rows; style 1 is a date, 2 a moment."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}" state="{"hidden" if name == hidden else "visible"}"/>'
        for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{links}<Relationship Id="s" '
        f'Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        '<xf numFmtId="22"/><xf numFmtId="46"/></cellXfs></styleSheet>',
    }
    for n, rows in enumerate(sheets.values(), 1):
        body, _, after = rows.partition("|")
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{after}</worksheet>'
        )
    return zipped({**parts, **(extra or {})})


def excel_rows(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as XML: what is all digits as numbers, all else as text."""
    return "".join(
        f'<row r="{n}">{"".join(_cell(f"{chr(65 + c)}{n}", value) for c, value in enumerate(row))}</row>'
        for n, row in enumerate(rows, 1)
    )


def _cell(place: str, value: str) -> str:
    if value.isdigit() and not value.startswith("0"):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def ods(rows: str) -> bytes:
    """Return an OpenDocument spreadsheet with one sheet, “Table”, given as the XML of its rows."""
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {names} office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Table">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def ods_rows(rows: Sequence[Sequence[str]]) -> str:
    return "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>' for value in row
        )
        + "</table:table-row>"
        for row in rows
    )


def xls(rows: Sequence[Sequence[str]]) -> bytes:
    """Return an old Excel workbook (BIFF8 in a compound file) with one sheet, “Table”, of numbers and text."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    start = _record(0x809, begin)
    sheet_at = len(start) + len(_record(0x85, bytes(8) + b"Table")) + len(_record(0x0A, b""))
    name = struct.pack("<IBBBB", sheet_at, 0, 0, 5, 0) + b"Table"
    cells = b"".join(_old_cell(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row))
    inner = _record(0x809, begin[:2] + b"\x10\0" + begin[4:]) + cells + _record(0x0A, b"")
    return compound("Workbook", start + _record(0x85, name) + _record(0x0A, b"") + inner)


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _old_cell(row: int, column: int, value: str) -> bytes:
    if value.isdigit() and not value.startswith("0"):
        return _record(0x203, struct.pack("<HHHd", row, column, 0, float(value)))
    text = value.encode("utf-16-le")
    return _record(0x204, struct.pack("<HHHHB", row, column, 0, len(value), 1) + text)


def compound(name: str, stream: bytes) -> bytes:
    """Return a compound file (MS-CFB, version 3) that holds one stream."""
    content = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(content) // 512
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    table = b"".join(struct.pack("<I", each) for each in chain).ljust(512, b"\xff")
    assert len(table) == 512
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    root = _entry("Root Entry", 5, child=1, start=0xFFFFFFFE, size=0)
    entries = root + _entry(name, 2, child=0xFFFFFFFF, start=2, size=len(content)) + bytes(256)
    return head.ljust(512, b"\xff") + table + entries + content


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    text = f"{name}\0".encode("utf-16-le")
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBB", len(text), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def arrow(table: pa.Table, *, stream: bool = False) -> bytes:
    written = io.BytesIO()
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(written, table.schema) as writer:
        writer.write(table)
    return written.getvalue()


def geopackage(*statements: str, layers: Mapping[str, str] | None = None, application: int = 0x47504B47) -> bytes:
    """Return a GeoPackage with the tables of its layers (a name and its kind) and whatever else SQL makes."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        made.executescript(
            f"PRAGMA page_size = 512; PRAGMA application_id = {application}; CREATE TABLE gpkg_contents "
            "(table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT, srs_id INTEGER);"
            "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT);"
        )
        for each in (layers or {"places": "features"}).items():
            made.execute("INSERT INTO gpkg_contents (table_name, data_type) VALUES (?, ?)", each)
        for statement in statements:
            made.execute(statement)
        return made.serialize()
