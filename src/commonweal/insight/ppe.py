"""PPE cover: how many days each trust's and each region's stock lasts, and who has not reported (story A)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from commonweal.identity import PublicBody


@dataclass(frozen=True, slots=True)
class StockReturn:
    """One trust's newest return, summed over items: `stock` and `daily_use` in single pieces.

    `trust` is its ODS code; `scarcest` is the item that runs out first and `scarcest_days` how long it lasts at
    today's use.
    """

    trust: str
    as_at: date
    stock: float
    daily_use: float
    scarcest: str
    scarcest_days: float
    dataset: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class TrustCover:
    """One trust on the board; `days` is of its scarcest item, `late` when the return is of an earlier day."""

    code: str
    name: str
    region: str
    days: float
    scarcest: str
    as_at: date
    late: bool
    source: str


@dataclass(frozen=True, slots=True)
class RegionCover:
    """One region: trusts that reported out of those open, and total stock over total daily use, in days."""

    region: str
    reported: int
    expected: int
    stock: float
    daily_use: float

    @property
    def days(self) -> float:
        """Return the days of cover; 0 when nothing is reported as used."""
        return self.stock / self.daily_use if self.daily_use else 0.0


@dataclass(frozen=True, slots=True)
class PpeBoard:
    """The board: regions worst first, trusts worst first, and the trusts that have not reported."""

    day: date
    regions: tuple[RegionCover, ...]
    trusts: tuple[TrustCover, ...]
    late: tuple[TrustCover, ...]
    missing: tuple[PublicBody, ...]


def cover_by_region(returns: Iterable[StockReturn], trusts: Sequence[PublicBody], day: date) -> PpeBoard:
    """Return the board for `day` from the newest return of each trust.

    Args:
        returns: at most one a trust; returns of bodies that are not in `trusts` are left out.
        trusts: every trust that should report, each with its `region`.
        day: the reporting day; a return of an earlier day counts, but is named as late.
    """
    expected = {each.code: each for each in trusts}
    held = {each.trust: each for each in returns if each.trust in expected}
    covers = sorted((_cover(expected[code], held[code], day) for code in held), key=lambda each: each.days)
    return PpeBoard(
        day=day,
        regions=_regions(expected, held),
        trusts=tuple(covers),
        late=tuple(each for each in covers if each.late),
        missing=tuple(body for code, body in sorted(expected.items()) if code not in held),
    )


def _cover(body: PublicBody, found: StockReturn, day: date) -> TrustCover:
    return TrustCover(
        code=body.code,
        name=body.name,
        region=body.region_name,
        days=found.scarcest_days,
        scarcest=found.scarcest,
        as_at=found.as_at,
        late=found.as_at < day,
        source=f"{found.dataset} version {found.version}",
    )


def _regions(expected: dict[str, PublicBody], held: dict[str, StockReturn]) -> tuple[RegionCover, ...]:
    regions = []
    for region in sorted({body.region_name for body in expected.values()}):
        codes = [code for code, body in expected.items() if body.region_name == region]
        reported = [held[code] for code in codes if code in held]
        regions.append(
            RegionCover(
                region,
                len(reported),
                len(codes),
                sum(each.stock for each in reported),
                sum(each.daily_use for each in reported),
            )
        )
    return tuple(sorted(regions, key=lambda each: (not each.reported, each.days)))
