"""What the commands say of a file's form and of the part of it that holds the table."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from commonweal.core import UnreadableFileError

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
