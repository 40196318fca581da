"""Rows from a sheet of a workbook (Excel, OpenDocument): the values that were stored, never a formula's text."""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

import python_calamine

from .formulas import count_uncalculated
from .rows import MAX_COLUMNS, RowWriter
from .telling import Taken, list_names, many, refuse, shown_name

_EXACT = 1 << 53
_VISIBLE = python_calamine.SheetVisibleEnum.Visible
_TABLES = python_calamine.SheetTypeEnum.WorkSheet


def write_sheet(content: BinaryIO, options: dict[str, str], writer: RowWriter) -> Taken:
    """Write one sheet of a workbook: the one that `options["sheet"]` names, or else the fullest of those to be seen.

    Row 1 of what is written is row 1 of the sheet.

    Raises:
        SourceError: the workbook is damaged or locked by a password, or has no such sheet, or nothing in it.
    """
    packed = content.read()
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(packed)) as workbook:
            return _write(workbook, packed, options, writer)
    except python_calamine.PasswordError:
        raise refuse("The workbook is locked by a password.", "Save it without a password.") from None
    except python_calamine.CalamineError:
        raise refuse("The workbook is damaged, or of a form that is not read.", "Save it again as .xlsx.") from None


def _write(
    workbook: python_calamine.CalamineWorkbook, packed: bytes, options: dict[str, str], writer: RowWriter
) -> Taken:
    sheet, guessed, notes = _choose(workbook, options.get("sheet", ""))
    if sheet.total_width > MAX_COLUMNS:
        raise refuse(f"The sheet is {sheet.total_width:,} columns wide; a table may have {MAX_COLUMNS:,}.")
    cells = _Cells(sheet)
    for row in cells.rows():
        writer.add(row)
    lost = count_uncalculated(packed, sheet.name, options["form"])
    notes += [*cells.notes(), *lost.notes()]
    if options.get("macros"):
        notes.append("The workbook holds macros, which are not read.")
    unsure = guessed or lost.is_telling() or bool(cells.counted["inexact"])
    return Taken(f"the sheet “{shown_name(sheet.name)}” of {options['what']}", tuple(notes), guessed=unsure)


def _choose(
    workbook: python_calamine.CalamineWorkbook, named: str
) -> tuple[python_calamine.CalamineSheet, bool, list[str]]:
    sheets = [each for each in workbook.sheets_metadata if each.typ == _TABLES]
    names = [each.name for each in sheets]
    if named:
        if named not in names:
            raise refuse(f"The workbook has no sheet “{shown_name(named)}”.", f"It has: {list_names(names)}.")
        return workbook.get_sheet_by_name(named), False, _tell_left([each for each in names if each != named])
    seen = [workbook.get_sheet_by_name(each.name) for each in sheets if each.visible == _VISIBLE]
    filled = [each for each in seen if each.height]
    if not filled:
        raise refuse("No sheet of the workbook that is to be seen has anything in it.")
    best = max(filled, key=lambda each: each.height * each.width)
    notes = _tell_left([each for each in names if each != best.name])
    if len(filled) > 1:
        notes.insert(0, f"It is the largest of {len(filled)} sheets that have something in them; another can be named.")
    return best, len(filled) > 1, notes


def _tell_left(names: Sequence[str]) -> list[str]:
    return [f"Left out: the {many(len(names), 'other sheet')} {list_names(names)}."] if names else []


class _Cells:
    """The rows of one sheet as text."""

    def __init__(self, sheet: python_calamine.CalamineSheet) -> None:
        self._sheet = sheet
        self._left = sheet.start[1] if sheet.start else 0
        self._down = _DownMerged(sheet)
        self.counted: Counter[str] = Counter()

    def rows(self) -> Iterator[list[str]]:
        timed = {n for row in self._sheet.iter_rows() for n, each in enumerate(row) if isinstance(each, datetime)}
        for number, row in enumerate(self._sheet.iter_rows()):
            filled = self._down.fill(number, self._left, row)
            yield [self._text(each, is_timed=n in timed) for n, each in enumerate(filled)]

    def notes(self) -> list[str]:
        notes = self._down.notes()
        if self.counted["inexact"]:
            notes.append(
                f"{many(self.counted['inexact'], 'number')} of more than 15 digits: a workbook does not keep their "
                "last digits. Store such identifiers as text."
            )
        return notes

    def _text(self, value: Any, *, is_timed: bool) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return self._number(value)
        if isinstance(value, timedelta):
            return _duration(value)
        return _moment(value, is_timed=is_timed)

    def _number(self, value: float) -> str:
        if abs(value) > _EXACT:
            self.counted["inexact"] += 1
        text = format(Decimal(repr(value)), "f")
        return text.removesuffix(".0")


def _moment(value: date | time, *, is_timed: bool) -> str:
    """Return a date or a time by ISO 8601; a date in a column that has times is midnight there."""
    if is_timed and isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    text = value.isoformat()
    return text.rstrip("0") if "." in text else text


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


class _DownMerged:
    """Gives the rows of cells that were merged downwards the value that all of them show."""

    def __init__(self, sheet: python_calamine.CalamineSheet) -> None:
        ranges = sheet.merged_cell_ranges or []
        self._count = len(ranges)
        self._starting: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, _) in ranges:
            if bottom > top:
                self._starting.setdefault(top, []).append((left, bottom))
        self._open: list[tuple[int, int, Any]] = []

    def fill(self, number: int, first: int, row: list[Any]) -> list[Any]:
        """Return a row of the sheet with what hangs down into it; `first` is the number of its first column."""
        self._open = [each for each in self._open if each[1] >= number]
        for column, _, value in self._open:
            row[column] = value
        for left, bottom in self._starting.get(number, ()):
            if 0 <= left - first < len(row):
                self._open.append((left - first, bottom, row[left - first]))
        return row

    def notes(self) -> list[str]:
        if not self._count:
            return []
        return [
            f"{many(self._count, 'group')} of merged cells: the value stands in the first column of each, "
            "in every row of it."
        ]
