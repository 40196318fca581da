"""The tables of the front page and of a dataset, made from their views."""

from commonweal.web.views import DatasetView, HomeView, Source

from .tables import Figures, with_source

COUNTED = "the node's own records"
ALL_COUNTED = "counted whole, not sampled"


def count_figures(view: HomeView) -> Figures:
    """Return how much the node holds."""
    rows = [
        ("bodies", view.bodies),
        ("datasets", view.datasets),
        ("open datasets", view.open_datasets),
        ("agreements in force", view.agreements),
        ("entries in the log", view.log_size),
    ]
    return with_source("holdings", ("what", "count"), rows, Source(view.as_at, COUNTED, ALL_COUNTED))


def dataset_figures(view: DatasetView, table: str) -> Figures:
    """Return one of a dataset's tables: `fields` or `versions`."""
    return (_fields if table == "fields" else _versions)(view, f"{view.dataset.replace('/', '-')}-{table}")


def _fields(view: DatasetView, name: str) -> Figures:
    rows = [
        (each.name, each.type, each.description, _yes(each.required), each.classification, _yes(each.confirmed))
        for each in view.fields
    ]
    columns = ("field", "type", "meaning", "required", "classification", "confirmed")
    return with_source(name, columns, rows, Source(view.as_at, view.dataset, f"data contract {view.contract}"))


def _versions(view: DatasetView, name: str) -> Figures:
    rows = [
        (each.number, each.published.isoformat(timespec="seconds"), each.rows, each.origin, " ".join(each.quality))
        for each in view.versions
    ]
    columns = ("version", "published", "rows", "made from", "findings")
    return with_source(name, columns, rows, Source(view.as_at, view.dataset, "as each version's checks found"))


def _yes(value: bool) -> str:  # noqa: FBT001  the value is all there is
    return "yes" if value else "no"
