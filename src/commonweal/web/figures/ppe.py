"""The PPE board's charts, map and tables, made from its view."""

from collections.abc import Sequence
from enum import IntEnum
from math import isfinite

from commonweal.web.views import AreaLine, BoardLine, MissingLine, PpeView, TrustLine

from .charts import Bars, Chart, Hexagon, bar_chart, hex_map
from .tables import Figures, with_source

SHORT_DAYS = 7
LONG_DAYS = 14
WORST_TRUSTS = 10


class Band(IntEnum):
    """The classes of cover on the map, each with its colour in the style sheet."""

    SHORT = 1
    MIDDLE = 2
    LONG = 3
    NONE = 4

    @property
    def label(self) -> str:
        """Return what the class means."""
        return _BANDS[self]


_BANDS = {
    Band.SHORT: "under 7 days",
    Band.MIDDLE: "7 to under 14 days",
    Band.LONG: "14 days or more",
    Band.NONE: "no return, shown as –",
}


def band_of(line: AreaLine) -> Band:
    """Return the class of an area's cover, by the figure that the page shows."""
    if not line.reported:
        return Band.NONE
    if round(line.days, 1) < SHORT_DAYS:
        return Band.SHORT
    return Band.MIDDLE if round(line.days, 1) < LONG_DAYS else Band.LONG


def count_bands(boards: Sequence[BoardLine]) -> dict[Band, int]:
    """Return how many boards are in each class."""
    found = [band_of(each) for each in boards]
    return {band: found.count(band) for band in Band}


def region_chart(view: PpeView) -> Chart:
    """Return the chart of days of cover by region, for regions with at least one return, shortest first."""
    reported = [each for each in view.regions if each.reported]
    bars = [Bars(each.name, ((_length(each.days), _words(each.days)),)) for each in reported]
    description = "Days that reported stock lasts at the use reported, by region, shortest first."
    return bar_chart("regions", _region_title(reported), description, bars)


def _region_title(reported: Sequence[AreaLine]) -> str:
    if not reported:
        return "No region has a return"
    worst = reported[0]
    if not isfinite(worst.days):
        return "No region has reported any use"
    if len(reported) == 1:
        return f"{worst.name} has {_words(worst.days)} of cover"
    return f"{worst.name} has the least cover, {_words(worst.days)}"


def board_map(view: PpeView) -> Chart:
    """Return the hexagon map of integrated care boards, coloured by days of cover."""
    hexagons = [
        Hexagon(each.column, each.row, each.short, _short(each), _tell_board(each), band_of(each))
        for each in view.boards
    ]
    description = "One hexagon for each integrated care board of England, with its days of cover; a table follows."
    return hex_map("boards", _board_title(view.boards), description, hexagons)


def _board_title(boards: Sequence[BoardLine]) -> str:
    bands = count_bands(boards)
    reporting = len(boards) - bands[Band.NONE]
    if not reporting:
        return "No board has a return"
    if not bands[Band.SHORT]:
        return "No board reporting has under a week's cover"
    if reporting == 1:
        return "The one board reporting has under a week's cover"
    verb = "has" if bands[Band.SHORT] == 1 else "have"
    return f"{bands[Band.SHORT]} of {reporting} boards reporting {verb} under a week's cover"


def trust_chart(view: PpeView) -> Chart:
    """Return the chart of the trusts that run out of something first, at most `WORST_TRUSTS`."""
    bars = [
        Bars(f"{each.name}: {each.scarcest}", ((_length(each.days), _words(each.days)),))
        for each in view.trusts[:WORST_TRUSTS]
        if each.scarcest
    ]
    description = "Days that the scarcest item of each trust lasts, shortest first, and which item that is."
    return bar_chart("trusts", _trust_title(view.trusts), description, bars)


def _trust_title(trusts: Sequence[TrustLine]) -> str:
    short = sum(round(each.days, 1) < SHORT_DAYS for each in trusts)
    if not trusts:
        return "No trust has a return"
    if not short:
        return "No trust reporting runs short within a week"
    trust = "trust runs" if len(trusts) == 1 else "trusts runs" if short == 1 else "trusts run"
    return f"{short} of {len(trusts)} {trust} short within a week"


def _length(days: float) -> float:
    return days if isfinite(days) else 0.0


def _words(days: float) -> str:
    return f"{days:.1f} days" if isfinite(days) else "none used"


def _short(line: BoardLine) -> str:
    if not line.reported:
        return "–"
    return f"{line.days:.1f}" if isfinite(line.days) else "no use"


def _tell_board(line: BoardLine) -> str:
    days = _words(line.days) if line.reported else "no return"
    return f"{line.name}: {days}, {line.reported} of {line.expected} trusts reported"


def ppe_figures(view: PpeView, table: str) -> Figures:
    """Return one of the board's tables: `regions`, `boards`, `trusts` or `missing`."""
    columns, rows = _TABLES[table](view)
    return with_source(
        f"ppe-{table}-{view.day}", ("day", *columns), [(str(view.day), *row) for row in rows], view.source
    )


_Table = tuple[tuple[str, ...], list[tuple[str | int | float | None, ...]]]

_AREA = ("days_of_cover", "trusts_reported", "trusts_expected", "stock", "daily_use")


def _regions(view: PpeView) -> _Table:
    return ("region", *_AREA), [(each.name, *_area(each)) for each in view.regions]


def _boards(view: PpeView) -> _Table:
    columns = ("code", "integrated_care_board", "class", *_AREA)
    return columns, [(e.code, e.name, band_of(e).label.partition(",")[0], *_area(e)) for e in view.boards]


def _area(line: AreaLine) -> tuple[float | None, int, int, float, float]:
    return _figure(line), line.reported, line.expected, line.stock, line.daily_use


def _figure(line: AreaLine) -> float | None:
    return round(line.days, 1) if line.reported and isfinite(line.days) else None


def _trusts(view: PpeView) -> _Table:
    columns = ("code", "trust", "region", "days_of_scarcest_item", "scarcest_item", "return_of", "late", "dataset")
    return columns, [
        (
            each.code,
            each.name,
            each.region,
            round(each.days, 1) if isfinite(each.days) else None,
            each.scarcest,
            str(each.as_at),
            "yes" if each.late else "no",
            each.source,
        )
        for each in view.trusts
    ]


def _missing(view: PpeView) -> _Table:
    return ("code", "trust", "region"), [_line(each) for each in view.missing]


def _line(each: MissingLine) -> tuple[str, str, str]:
    return each.code, each.name, each.region


_TABLES = {"regions": _regions, "boards": _boards, "trusts": _trusts, "missing": _missing}
