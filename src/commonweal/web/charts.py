"""Charts drawn on the server as SVG: no script, no style attribute, readable at any width."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_LABEL_HEIGHT = 22
_BAR_HEIGHT = 22
_GAP = 14
_WIDEST_PERCENT = 76


@dataclass(frozen=True, slots=True)
class Bars:
    """One category: its label, and for each series the value and the words at the end of its bar."""

    label: str
    values: tuple[tuple[float, str], ...]


def bar_chart(name: str, title: str, description: str, categories: Sequence[Bars]) -> Markup:
    """Return a horizontal bar chart as an `<svg>` that a page may embed.

    Lengths are in per cent of the chart's width and text is in pixels, so that it fits a phone. Colours follow the
    Government Analysis Function's palette by series, set in the style sheet; at most two series are told apart.

    Args:
        name: unique on the page; the identifiers of title and description start with it.
        title: the active title, of ten words or fewer, for those who do not see the chart.
        description: what the bars say, in a sentence.
        categories: from top to bottom; a value below nought is drawn as nought.
    """
    widest = max((value for each in categories for value, _ in each.values), default=0.0)
    drawn, top = Markup(), 0
    for each in categories:
        drawn += _category(each, top, widest)
        top += _LABEL_HEIGHT + _BAR_HEIGHT * len(each.values) + _GAP
    return Markup(
        '<svg class="app-chart" role="img" aria-labelledby="{0}-title {0}-desc" width="100%" height="{1}" '
        'xmlns="http://www.w3.org/2000/svg"><title id="{0}-title">{2}</title><desc id="{0}-desc">{3}</desc>{4}</svg>'
    ).format(name, top, title, description, drawn)


def _category(category: Bars, top: int, widest: float) -> Markup:
    drawn = Markup('<text x="0" y="{}">{}</text>').format(top + 16, category.label)
    for series, (value, words) in enumerate(category.values, start=1):
        y = top + _LABEL_HEIGHT + _BAR_HEIGHT * (series - 1)
        width = max(value, 0.0) / widest * _WIDEST_PERCENT if widest > 0 else 0.0
        drawn += Markup(
            '<rect class="app-chart__bar--{}" x="0" y="{}" width="{:.2f}%" height="{}"/>'
            '<text x="{:.2f}%" y="{}" dx="6">{}</text>'
        ).format(series, y, width, _BAR_HEIGHT - 2, width, y + 16, words)
    return drawn
