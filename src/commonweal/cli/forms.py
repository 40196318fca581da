"""What the commands say of a file's form and of the part of it that holds the table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from commonweal.core import UnreadableFileError

if TYPE_CHECKING:
    from commonweal.publish import FileChoice

FormOption = Annotated[
    Literal[
        "auto",
        "csv",
        "parquet",
        "xlsx",
        "xls",
        "ods",
        "json",
        "ndjson",
        "geojson",
        "xml",
        "arrow",
        "fixed-width",
        "geopackage",
    ],
    Parameter(name="--format"),
]


def read_layout(path: Path | None) -> str:
    """Return the text of a layout, '' where there is none.

    Raises:
        UnreadableFileError: it cannot be read as text.
    """
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        advice = "Give a field list or a copybook."
        raise UnreadableFileError(f"{path} cannot be read as text.", advice=advice) from None


def choose_part(form: str, *, member: str, sheet: str, element: str, layout: Path | None) -> "FileChoice":
    """Return what the options of a command say of a file.

    Raises:
        UnreadableFileError: the layout cannot be read as text.
    """
    from commonweal.publish import FileChoice, FileForm

    return FileChoice(FileForm(form), member=member, sheet=sheet, element=element, layout=read_layout(layout))
