"""Which form a source has, told by its first bytes and never by its name."""

import re
import zipfile
import zlib
from enum import Enum, auto

from commonweal.publish import FileForm

from .arrow_magic import is_arrow
from .geopackage import is_geopackage, is_sqlite
from .json_text import is_several
from .packed import open_archive
from .telling import Content, refuse

_HEAD = 1 << 20
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SEARCHED = 64 << 20
_SPREADSHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_XML = re.compile(rb"<(?:\?xml\s|!--|!DOCTYPE\s|[A-Za-z_][\w.:-]*[\s/>])")
_JSON = re.compile(rb'(?:\{\s*["}]|\[\s*[{\[\]])')


class Packing(Enum):
    """How a file is packed that holds others."""

    ZIP = auto()
    GZIP = auto()


def detect(content: Content) -> FileForm | Packing:
    """Return the form of a source; what speaks for no other is CSV.

    Raises:
        SourceError: it is a form that is known and not read.
    """
    content.seek(0)
    head = content.read(_HEAD)
    if head.startswith(b"PAR1"):
        return FileForm.PARQUET
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_form(content)
    if head.startswith(b"\x1f\x8b"):
        return Packing.GZIP
    if head.startswith(_OLD_OFFICE):
        return _old_office_form(content)
    if is_sqlite(head):
        return _sqlite_form(head)
    return FileForm.ARROW if is_arrow(head) else _text_form(head)


def _zip_form(content: Content) -> FileForm | Packing:
    with open_archive(content) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return FileForm.XLSX
        if "xl/workbook.bin" in names or "word/document.xml" in names or "ppt/presentation.xml" in names:
            raise refuse("The source is an Office document that is not read.", "Save the table as .xlsx or CSV.")
        if "mimetype" in names and "content.xml" in names:
            if _mime_of(archive) != _ODS:
                raise refuse(
                    "The source is an OpenDocument file, but no spreadsheet.", "Save the table as .ods or CSV."
                )
            return FileForm.ODS
    return Packing.ZIP


def _mime_of(archive: zipfile.ZipFile) -> bytes:
    try:
        with archive.open("mimetype") as stream:
            return stream.read(100).strip()
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, ValueError, EOFError):
        return b""


def _old_office_form(content: Content) -> FileForm:
    content.seek(0)
    held = content.read(_SEARCHED)
    if "EncryptedPackage".encode("utf-16-le") in held:
        raise refuse("The workbook is locked by a password.", "Save it without a password.")
    if any(f"{name}\0".encode("utf-16-le") in held for name in ("Workbook", "Book")):
        return FileForm.XLS
    raise refuse("The source is an old Office document, but no workbook.", "Save the table as .xlsx or CSV.")


def _sqlite_form(head: bytes) -> FileForm:
    if not is_geopackage(head):
        raise refuse(
            "The source is an SQLite database, but no GeoPackage.",
            "Save the table as CSV, or name it by its address: sqlite:////PATH with --table NAME.",
        )
    return FileForm.GEOPACKAGE


def _text_form(head: bytes) -> FileForm:
    if head.startswith((b"\xff\xfe<\0", b"\xfe\xff\0<")):
        return FileForm.XML
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return _marked_up_form(text)
    if _JSON.match(text):
        return FileForm.NDJSON if text.startswith(b"{") and is_several(text) else FileForm.JSON
    return FileForm.CSV


def _marked_up_form(text: bytes) -> FileForm:
    if _WEB_PAGE.search(text[:4096]):
        raise refuse("The source is a web page, not a table.", "Save the table itself, as CSV or .xlsx.")
    if _SPREADSHEET_XML in text[:65536]:
        raise refuse("The source is a workbook as XML of 2003, which is not read.", "Save it as .xlsx.")
    return FileForm.XML if _XML.match(text) else FileForm.CSV
