"""How the quality of a dataset goes from version to version."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .model import DatasetVersion, Dimension, QualityResult

MOST_SHOWN = 12
"""How many versions a trend looks back."""

_NOT_FAULTS = frozenset({"mended", "note", "reading"})


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One version: its rows, how many failed by dimension (none of which stopped it), and the share of empty cells."""

    number: int
    published: datetime
    rows: int
    missing_share: float | None
    failed: Mapping[Dimension, int] = field(default_factory=dict)

    @property
    def all_failed(self) -> int:
        """Return how often a row failed, whatever the dimension."""
        return sum(self.failed.values())


def trend_of(versions: Sequence[DatasetVersion]) -> tuple[TrendPoint, ...]:
    """Return the newest versions of a dataset, the oldest of them first; `versions` come newest first."""
    return tuple(_point(each) for each in reversed(versions[:MOST_SHOWN]))


def _point(version: DatasetVersion) -> TrendPoint:
    cells = sum(each.present + each.missing for each in version.profile.values())
    missing = sum(each.missing for each in version.profile.values())
    share = missing / cells if cells else None
    return TrendPoint(version.number, version.published, version.rows, share, _failed(version.quality))


def _failed(quality: QualityResult) -> dict[Dimension, int]:
    if quality.dimensions:
        return {each.dimension: each.failed for each in quality.dimensions if each.failed}
    counts = Counter[Dimension]()
    for each in quality.findings:
        if each.check.partition(":")[0] not in _NOT_FAULTS:
            counts[each.dimension] += each.count
    return {dimension: count for dimension, count in counts.items() if count}
