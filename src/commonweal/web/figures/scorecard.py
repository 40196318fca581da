"""The scorecard's chart and table, made from its view."""

from commonweal.web.views import ScorecardView

from .charts import Bars, Chart, bar_chart
from .tables import Figures, with_source


def sharing_chart(view: ScorecardView) -> Chart:
    """Return the chart of sharing by sector, this node's per cent above the survey's."""
    bars = [
        Bars(
            each.label.capitalize(),
            ((each.share, f"{each.share:.0f}%"), (each.baseline, f"{each.baseline:.0f}%")),
        )
        for each in view.sectors
    ]
    description = "Per cent that share with each sector: bodies that publish here first, the survey of 2016 second."
    return bar_chart("sharing", _title(view), description, bars)


def _title(view: ScorecardView) -> str:
    if not view.bodies:
        return "No body publishes here yet"
    above = sum(each.share > each.baseline for each in view.sectors)
    return f"Sharing here beats the survey in {above or 'none'} of {len(view.sectors)} sectors"


def scorecard_figures(view: ScorecardView) -> Figures:
    """Return the scorecard's table."""
    columns = ("sector", "this_node_per_cent", "survey_2016_per_cent", "bodies_sharing", "bodies", "agreements")
    rows = [
        (each.label, round(each.share, 1), each.baseline, each.sharing, view.bodies, each.agreements)
        for each in view.sectors
    ]
    return with_source("sharing-by-sector", columns, rows, view.source)
