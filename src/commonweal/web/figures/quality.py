"""The figures of a version's quality: what each field holds, and how it went from version to version."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from commonweal.publish import Bar, Dimension, FieldProfile, TrendPoint
from commonweal.web.views import DatasetView, ProfileLine

from .charts import Bars, Chart, Column, bar_chart, column_chart, share_bar
from .tables import Figures, with_source

_TOO_FEW = "not told"


@dataclass(frozen=True, slots=True)
class ValuesFigure:
    """The chart of one field's values, the ends of its range, and the chart's own numbers as rows of a table."""

    chart: Chart
    ends: tuple[str, str]
    columns: tuple[str, str]
    rows: tuple[tuple[str, str], ...]


def value_figures(profile: Sequence[ProfileLine]) -> tuple[ValuesFigure, ...]:
    """Return a figure for every field whose values may show: a histogram, else its commonest values."""
    found = (_figure(number, each) for number, each in enumerate(profile))
    return tuple(each for each in found if each is not None)


def profile_rows(profile: Sequence[ProfileLine]) -> list[tuple[str | Markup, ...]]:
    """Return a row for each field: its name, how many rows fill it, the share that do not as a bar, values, extent."""
    return [
        (
            each.name,
            f"{each.profile.present:,}",
            share_bar(each.profile.missing_share) + _tell_missing(each.profile),
            tell_distinct(each.profile),
            tell_extent(each.profile),
        )
        for each in profile
    ]


def trend_charts(trend: Sequence[TrendPoint]) -> tuple[Chart, ...]:
    """Return small charts of rows, findings and empty cells over the versions; none where there is one version."""
    if len(trend) < 2:
        return ()
    first, last = trend[0], trend[-1]
    over = f"versions {first.number} to {last.number}"
    shares = [each.missing_share for each in trend]
    failed = [each.all_failed for each in trend]
    figures: list[tuple[str, str, str, Sequence[float | None]]] = [
        ("trend-rows", "Rows", f"Rows of {over}: {first.rows:,} to {last.rows:,}.", [each.rows for each in trend]),
        (
            "trend-failed",
            "Rows that failed a check",
            f"Rows that failed a check in {over}: {failed[0]:,} to {failed[-1]:,}.",
            failed,
        ),
        (
            "trend-missing",
            "Share of empty cells",
            f"Share of empty cells in {over}: {tell_share(shares[0])} to {tell_share(shares[-1])}.",
            shares,
        ),
    ]
    return tuple(_trend(name, title, told, trend, values) for name, title, told, values in figures if any(values))


def trend_rows(trend: Sequence[TrendPoint]) -> list[tuple[str, ...]]:
    """Return the trend as rows of a table, the newest first: version, rows, empty cells, and each dimension."""
    return [
        (
            str(each.number),
            f"{each.rows:,}",
            tell_share(each.missing_share),
            *(f"{each.failed.get(dimension, 0):,}" for dimension in counted_dimensions()),
        )
        for each in reversed(trend)
    ]


def counted_dimensions() -> tuple[Dimension, ...]:
    """Return the dimensions in which rows can fail by themselves; accuracy takes a reference to compare with."""
    return tuple(each for each in Dimension if each is not Dimension.ACCURACY)


def quality_figures(view: DatasetView, table: str) -> Figures:
    """Return `profile` or `trend` of a dataset as a table to download."""
    return (_profile_figures if table == "profile" else _trend_figures)(
        view, f"{view.dataset.replace('/', '-')}-{table}"
    )


def tell_share(share: float | None) -> str:
    """Return a share from 0 to 1 in per cent; a small one is never told as none, nor a large one as all."""
    if share is None:
        return "not counted"
    if 0 < share < 0.001:
        return "under 0.1%"
    return "over 99.9%" if 0.999 < share < 1 else f"{share:.1%}"


def tell_distinct(profile: FieldProfile) -> str:
    """Return how many different values a field has, and whether that is estimated."""
    if profile.distinct is None:
        return "not counted"
    return f"{profile.distinct:,}" if profile.is_exact else f"about {profile.distinct:,}"


def tell_extent(profile: FieldProfile) -> str:
    """Return a field's range where it may show, else the lengths of its text."""
    if profile.least:
        return f"{profile.least} to {profile.most}"
    if profile.shortest is None or profile.longest is None:
        return ""
    if profile.shortest == profile.longest:
        return f"{profile.longest:,} characters"
    return f"{profile.shortest:,} to {profile.longest:,} characters"


def _tell_missing(profile: FieldProfile) -> str:
    return f"{tell_share(profile.missing_share)} ({profile.missing:,})" if profile.missing else "none"


def _figure(number: int, line: ProfileLine) -> ValuesFigure | None:
    profile = line.profile
    if len(profile.bars) > 1 and any(each.rows for each in profile.bars):
        return _histogram(f"values-{number}", line.name, profile)
    if profile.top:
        return _commonest(f"values-{number}", line.name, profile)
    return None


def _histogram(name: str, field: str, profile: FieldProfile) -> ValuesFigure:
    most = max((each.rows or 0 for each in profile.bars), default=0)
    described = (
        f"Rows of {field} in {len(profile.bars)} equal steps from {profile.least} to {profile.most}; "
        f"the most in one step are {most:,}."
    )
    chart = column_chart(name, field, described, [Column(each.rows) for each in profile.bars])
    rows = tuple((_step(each), _told(each.rows)) for each in profile.bars)
    return ValuesFigure(chart, (profile.least, profile.most), ("From, to below", "Rows"), rows)


def _commonest(name: str, field: str, profile: FieldProfile) -> ValuesFigure:
    bars = [Bars(each.value, ((each.rows, f"{each.rows:,}"),)) for each in profile.top]
    described = (
        f"The commonest values of {field} and how many rows share each; those of fewer than 5 rows are not told."
    )
    rows = tuple((each.value, f"{each.rows:,}") for each in profile.top)
    return ValuesFigure(bar_chart(name, field, described, bars), ("", ""), ("Value", "Rows"), rows)


def _told(rows: int | None) -> str:
    return _TOO_FEW if rows is None else f"{rows:,}"


def _step(bar: Bar) -> str:
    return bar.least if bar.least == bar.most else f"{bar.least} to {bar.most}"


def _trend(name: str, title: str, described: str, trend: Sequence[TrendPoint], values: Sequence[float | None]) -> Chart:
    columns = [Column(value or 0.0, str(each.number)) for each, value in zip(trend, values, strict=True)]
    return column_chart(name, title, described, columns)


def _profile_figures(view: DatasetView, name: str) -> Figures:
    columns = ("field", "present", "missing", "distinct", "exact", "least", "most", "shortest", "longest")
    rows = [
        (
            each.name,
            each.profile.present,
            each.profile.missing,
            each.profile.distinct,
            "yes" if each.profile.is_exact else "no",
            each.profile.least,
            each.profile.most,
            each.profile.shortest,
            each.profile.longest,
        )
        for each in view.quality.profile
    ]
    return with_source(name, columns, rows, view.figures_source("counted when the version was published"))


def _trend_figures(view: DatasetView, name: str) -> Figures:
    columns = ("version", "published", "rows", "missing_share", *(each.value for each in counted_dimensions()))
    rows = [
        (
            each.number,
            each.published.isoformat(timespec="seconds"),
            each.rows,
            each.missing_share,
            *(each.failed.get(dimension, 0) for dimension in counted_dimensions()),
        )
        for each in view.quality.trend
    ]
    return with_source(name, columns, rows, view.figures_source("as each version's checks found"))
