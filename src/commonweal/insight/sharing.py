"""Sharing by sector beside the 2016 survey of 4,400 civil servants (mission rows 3 to 7)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from commonweal.identity import Sector


@dataclass(frozen=True, slots=True)
class SectorMeasure:
    """How many of this node's publishing bodies share with one sector, beside the survey's share in per cent."""

    sector: str
    label: str
    baseline: int
    bodies: int
    sharing: int
    agreements: int

    @property
    def share(self) -> float:
        """Return the share of publishing bodies that share with the sector, in per cent; 0 when there are none."""
        return 100 * self.sharing / self.bodies if self.bodies else 0.0


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The five measures in the survey's order; `bodies` counts the bodies that publish here."""

    bodies: int
    measures: tuple[SectorMeasure, ...]


_BASELINE: Mapping[str, tuple[str, int, Collection[Sector]]] = {
    "departments": ("with other departments", 71, (Sector.WHITEHALL,)),
    "councils": ("with local government", 31, (Sector.LOCAL,)),
    "third-sector": ("with the third sector", 29, (Sector.THIRD,)),
    "suppliers": ("with the private sector", 26, (Sector.PRIVATE,)),
}


def score_sharing(
    publishers: Collection[str], open_publishers: Collection[str], agreements: Iterable[tuple[str, Sector]]
) -> Scorecard:
    """Return the scorecard.

    Args:
        publishers: slugs of the bodies that publish anything here.
        open_publishers: slugs of those that publish open data.
        agreements: discloser's slug and recipient's sector of each agreement that is active now.
    """
    active = list(agreements)
    measures = []
    for code, (label, baseline, sectors) in _BASELINE.items():
        matching = [discloser for discloser, sector in active if sector in sectors]
        measures.append(SectorMeasure(code, label, baseline, len(publishers), len(set(matching)), len(matching)))
    opened = len(open_publishers)
    measures.append(SectorMeasure("open", "openly, with everybody", 8, len(publishers), opened, opened))
    return Scorecard(len(publishers), tuple(measures))
