"""Workbooks and Arrow IPC, read in a process of their own."""

from commonweal.publish import FileChoice, FileForm

from .apart import convert_apart
from .arrow_magic import is_arrow_file
from .packed import open_archive
from .telling import Content, Output, Taken, refuse

MOST_BYTES = 64 << 20
"""Bytes of a workbook at most: it cannot be read as a stream."""

_MOST_UNPACKED = 1 << 30
_WORDS = {
    FileForm.XLSX: "an Excel workbook",
    FileForm.XLS: "an old Excel workbook (.xls)",
    FileForm.ODS: "an OpenDocument spreadsheet",
}


def convert_workbook(content: Content, choice: FileChoice, output: Output) -> Taken:
    """Write one sheet of a workbook of the chosen form, and say which.

    Raises:
        SourceError: it is too large, damaged, locked, or has no such sheet.
    """
    size = content.seek(0, 2)
    if size > MOST_BYTES:
        raise refuse(
            f"The workbook is larger than {MOST_BYTES >> 20} MiB, the most that is read.", "Save the sheet as CSV."
        )
    what = _WORDS[choice.form]
    options = {"sheet": choice.sheet, "form": choice.form.value, "what": what}
    if choice.form is not FileForm.XLS and _has_macros(content):
        options["macros"] = "yes"
    return convert_apart("workbook", content, options, output, "The workbook")


def _has_macros(content: Content) -> bool:
    with open_archive(content) as archive:
        if sum(each.file_size for each in archive.infolist()) > _MOST_UNPACKED:
            raise refuse(f"The workbook unpacks to more than {_MOST_UNPACKED >> 30} GiB.", "Save the sheet as CSV.")
        return any(name.endswith("/vbaProject.bin") for name in archive.namelist())


def convert_arrow(content: Content, _: FileChoice, output: Output) -> Taken:
    """Write the table of Arrow IPC, stream or file; errors as `convert_workbook`."""
    options = {"file": "yes"} if is_arrow_file(content) else {}
    return convert_apart("arrow", content, options, output, "The Arrow data")
