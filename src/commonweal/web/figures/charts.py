"""Charts drawn on the server as SVG: no script, no style attribute, readable at any width, in print and by ear."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin, sqrt
from textwrap import wrap

from markupsafe import Markup

_LABEL_HEIGHT = 22
_LABEL_CHARACTERS = 34
_BAR_HEIGHT = 22
_GAP = 14
_WIDEST_PERCENT = 62
_COLUMN_HEIGHT = 72
_UNTOLD_HEIGHT = 8

_HEX_WIDTH = 64.0
_HEX_RADIUS = _HEX_WIDTH / sqrt(3)
_HEX_GAP = 2.0
_ROW_HEIGHT = 1.5 * _HEX_RADIUS


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its active title, of ten words or fewer, which the page shows as the caption, and its `<svg>`."""

    title: str
    svg: Markup


@dataclass(frozen=True, slots=True)
class Bars:
    """One category: its label, and for each series the value and the words at the end of its bar."""

    label: str
    values: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Hexagon:
    """One hexagon: its place, the two lines written in it, what it says in full, and its class by number."""

    column: int
    row: int
    name: str
    figure: str
    words: str
    kind: int


def bar_chart(name: str, title: str, description: str, categories: Sequence[Bars]) -> Chart:
    """Return a horizontal bar chart.

    Lengths are in per cent of the chart's width and text is in pixels, so that it fits a phone; a long label takes
    several lines, and the words at a bar's end have room for about ten characters. Colours follow the Government
    Analysis Function's palette by series, set in the style sheet; at most two series are told apart.

    Args:
        name: unique on the page; the identifiers of title and description start with it.
        title: the active title, of ten words or fewer.
        description: what the bars say, in a sentence, for those who do not see the chart.
        categories: from top to bottom; a value below nought is drawn as nought.
    """
    widest = max((value for each in categories for value, _ in each.values), default=0.0)
    drawn, top = Markup(), 0
    for each in categories:
        lines = wrap(each.label, _LABEL_CHARACTERS)
        for number, line in enumerate(lines):
            drawn += Markup('<text x="0" y="{}">{}</text>').format(top + 16 + number * _LABEL_HEIGHT, line)
        top += _LABEL_HEIGHT * len(lines)
        drawn += _bars(each, top, widest)
        top += _BAR_HEIGHT * len(each.values) + _GAP
    size = Markup('class="app-chart" width="100%" height="{}"').format(top)
    return Chart(title, _image(name, title, description, size, drawn))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a column chart: its value, None where it is not told, and the label below it, if any."""

    value: float | None
    label: str = ""


def column_chart(name: str, title: str, description: str, columns: Sequence[Column]) -> Chart:
    """Return a small chart of columns over equal steps, such as a histogram or one figure of each version.

    A column whose value is not told is an outline of a fixed height. Widths are in per cent, heights in pixels.
    """
    widest = max((each.value or 0.0 for each in columns), default=0.0)
    slot = 100 / len(columns) if columns else 100.0
    drawn = Markup().join(_column(each, number * slot, slot, widest) for number, each in enumerate(columns))
    drawn += Markup('<line class="app-columns__base" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(_COLUMN_HEIGHT)
    height = _COLUMN_HEIGHT + (_LABEL_HEIGHT if any(each.label for each in columns) else 1)
    size = Markup('class="app-chart" width="100%" height="{}"').format(height)
    return Chart(title, _image(name, title, description, size, drawn))


def share_bar(share: float) -> Markup:
    """Return a small bar that fills by a share from 0 to 1; the figure must stand beside it."""
    width = 80 * min(max(share, 0.0), 1.0)
    return Markup(
        '<svg class="app-share" viewBox="0 0 80 12" aria-hidden="true" focusable="false">'
        '<rect class="app-share__whole" x="0.5" y="0.5" width="79" height="11"/>'
        '<rect class="app-share__part" x="0" y="0" width="{:.2f}" height="12"/></svg>'
    ).format(max(width, 1.0) if share > 0 else 0.0)


def hex_map(name: str, title: str, description: str, hexagons: Sequence[Hexagon]) -> Chart:
    """Return a map on which every area is one hexagon of the same size.

    The style sheet colours a hexagon by its class, 1 to 4; the two lines in it say the same without colour.

    Args:
        name: unique on the page; the identifiers of title and description start with it.
        title: the active title, of ten words or fewer.
        description: what the map says, in a sentence, for those who do not see it.
        hexagons: columns count from the west, rows from the south, and odd rows lie half a hexagon to the east.
    """
    west = min((each.column for each in hexagons), default=0)
    north = max((each.row for each in hexagons), default=0)
    south = min((each.row for each in hexagons), default=0)
    east = max((each.column for each in hexagons), default=0)
    width, height = (east - west + 1.5) * _HEX_WIDTH, (north - south) * _ROW_HEIGHT + 2 * _HEX_RADIUS
    drawn = Markup().join(
        _hexagon(each, (each.column - west + 0.5 + each.row % 2 / 2) * _HEX_WIDTH, north - each.row)
        for each in hexagons
    )
    size = Markup('class="app-map" viewBox="0 0 {:.0f} {:.0f}"').format(width, height)
    return Chart(title, _image(name, title, description, size, drawn))


def _image(name: str, title: str, description: str, size: Markup, drawn: Markup) -> Markup:
    return Markup(
        '<svg {size} role="img" aria-labelledby="{name}-title {name}-desc" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{name}-title">{title}</title><desc id="{name}-desc">{description}</desc>{drawn}</svg>'
    ).format(name=name, title=title, description=description, size=size, drawn=drawn)


def _column(each: Column, x: float, slot: float, tallest: float) -> Markup:
    drawn = Markup()
    if each.value is None:
        top = _COLUMN_HEIGHT - _UNTOLD_HEIGHT
        drawn += _column_shape("untold", x, top, slot, _UNTOLD_HEIGHT)
    elif each.value > 0:
        height = max(each.value / tallest * _COLUMN_HEIGHT, 1.0)
        drawn += _column_shape("bar", x, _COLUMN_HEIGHT - height, slot, height)
    if each.label:
        middle = x + slot / 2
        drawn += Markup('<text x="{:.2f}%" y="{}" text-anchor="middle">{}</text>').format(
            middle, _COLUMN_HEIGHT + 16, each.label
        )
    return drawn


def _column_shape(kind: str, x: float, top: float, slot: float, height: float) -> Markup:
    shape = Markup('<rect class="app-columns__{}" x="{:.2f}%" y="{:.1f}" width="{:.2f}%" height="{:.1f}"/>')
    return shape.format(kind, x + slot * 0.06, top, slot * 0.88, height)


def _bars(category: Bars, top: int, widest: float) -> Markup:
    drawn = Markup()
    for series, (value, words) in enumerate(category.values, start=1):
        y = top + _BAR_HEIGHT * (series - 1)
        width = max(value, 0.0) / widest * _WIDEST_PERCENT if widest > 0 else 0.0
        drawn += Markup(
            '<rect class="app-chart__bar--{}" x="0" y="{}" width="{:.2f}%" height="{}"/>'
            '<text x="{:.2f}%" y="{}" dx="6">{}</text>'
        ).format(series, y, width, _BAR_HEIGHT - 2, width, y + 16, words)
    return drawn


def _hexagon(each: Hexagon, x: float, rows_down: int) -> Markup:
    y = rows_down * _ROW_HEIGHT + _HEX_RADIUS
    radius = _HEX_RADIUS - _HEX_GAP
    corners = [(x + radius * sin(turn * pi / 3), y + radius * cos(turn * pi / 3)) for turn in range(6)]
    return Markup(
        '<g class="app-hex app-hex--{}"><title>{}</title><polygon points="{}"/>'
        '<text class="app-hex__name" x="{:.1f}" y="{:.1f}">{}</text>'
        '<text class="app-hex__figure" x="{:.1f}" y="{:.1f}">{}</text></g>'
    ).format(
        each.kind,
        each.words,
        " ".join(f"{across:.1f},{down:.1f}" for across, down in corners),
        x,
        y - 6,
        each.name,
        x,
        y + 15,
        each.figure,
    )
