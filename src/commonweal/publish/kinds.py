"""The kinds of value that a table holds, and what a field may reveal."""

from dataclasses import dataclass
from enum import StrEnum


class Classification(StrEnum):
    """What a field may reveal. Until a steward confirms it, every field counts as personal."""

    NOT_PERSONAL = "not-personal"
    PERSONAL = "personal"
    SPECIAL = "special-category"
    CONFIDENTIAL = "confidential"
    LICENSED = "third-party-licensed"
    DISCLOSIVE = "disclosive"


class FieldType(StrEnum):
    """ODCS 3.1 logical types that a table can hold."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOLEAN = "boolean"


class SourceFormat(StrEnum):
    """The forms of source that a node reads."""

    CSV = "csv"
    PARQUET = "parquet"


class FileForm(StrEnum):
    """The forms in which a table may arrive; `auto` is told by the file's content."""

    AUTO = "auto"
    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    JSON = "json"
    NDJSON = "ndjson"
    GEOJSON = "geojson"
    XML = "xml"
    ARROW = "arrow"
    FIXED_WIDTH = "fixed-width"
    GEOPACKAGE = "geopackage"


@dataclass(frozen=True, slots=True)
class FileChoice:
    """What a steward says of a file: its form, and which part of it holds the table.

    `member` names a file in an archive, `sheet` a sheet of a workbook or a layer of a GeoPackage, `element` the
    element of XML, or the array of JSON, that holds the rows; empty leaves it to the file. `layout` is the field list
    or copybook of a fixed-width file.
    """

    form: FileForm = FileForm.AUTO
    member: str = ""
    sheet: str = ""
    element: str = ""
    layout: str = ""
