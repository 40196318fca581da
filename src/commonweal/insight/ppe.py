"""PPE cover: how many days each trust's, board's and region's stock lasts, and who has not reported (story A)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from typing import TypedDict

from commonweal.identity import PublicBody

from .hexmap import HexArea

KEPT_DAYS = timedelta(days=7)
"""How far back from the newest return the board can be shown."""


@dataclass(frozen=True, slots=True)
class StockReturn:
    """One trust's return of one day, summed over items: `stock` and `daily_use` in single pieces.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaCover:
    """What the trusts of an area hold together: how many reported out of those open, and their stock and daily use."""

    reported: int
    expected: int
    stock: float
    daily_use: float

    @property
    def days(self) -> float:
        """Return total stock over total daily use, in days: infinite when nothing is used, 0 without a return."""
        if not self.reported:
            return 0.0
        return self.stock / self.daily_use if self.daily_use else inf


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCover(AreaCover):
    """One region of NHS England."""

    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCover(AreaCover):
    """One integrated care board, with its place on the map."""

    area: HexArea


@dataclass(frozen=True, slots=True)
class PpeBoard:
    """The board: regions worst first, trusts worst first, and the trusts that have not reported.

    `boards` are all the integrated care boards of the map, in its order; `unplaced` the expected trusts whose board
    the map lacks. Both are empty when no map was given.
    """

    day: date
    regions: tuple[RegionCover, ...]
    trusts: tuple[TrustCover, ...]
    late: tuple[TrustCover, ...]
    missing: tuple[PublicBody, ...]
    boards: tuple[BoardCover, ...] = ()
    unplaced: tuple[PublicBody, ...] = ()


def settle_returns(returns: Iterable[StockReturn]) -> tuple[StockReturn, ...]:
    """Return the returns that stand, when each later version replaces what its dataset said of its day and after."""
    standing: dict[str, list[StockReturn]] = {}
    for each in sorted(returns, key=lambda one: one.version):
        before = standing.setdefault(each.dataset, [])
        before[:] = [one for one in before if one.as_at < each.as_at or one.version == each.version]
        before.append(each)
    return tuple(each for held in standing.values() for each in held)


def pick_returns(returns: Iterable[StockReturn], day: date) -> tuple[StockReturn, ...]:
    """Return each trust's newest return that is not of a day after `day`."""
    picked: dict[str, StockReturn] = {}
    for each in sorted(returns, key=lambda one: one.as_at):
        if each.as_at <= day:
            picked[each.trust] = each
    return tuple(picked.values())


def days_reported(returns: Iterable[StockReturn]) -> tuple[date, ...]:
    """Return the days on which any stock was counted, newest first, as far back as `KEPT_DAYS`."""
    days = sorted({each.as_at for each in returns}, reverse=True)
    return tuple(day for day in days if days[0] - day < KEPT_DAYS)


def cover_by_region(
    returns: Iterable[StockReturn], trusts: Sequence[PublicBody], day: date, areas: Sequence[HexArea] = ()
) -> PpeBoard:
    """Return the board for `day` from the newest return of each trust.

    Args:
        returns: at most one a trust; returns of bodies that are not in `trusts` are left out.
        trusts: every trust that should report, each with its `region` and `board`.
        day: the reporting day; a return of an earlier day counts, but is named as late.
        areas: the map of integrated care boards.
    """
    expected = {each.code: each for each in trusts}
    held = {each.trust: each for each in returns if each.trust in expected}
    covers = sorted((_cover(expected[code], held[code], day) for code in held), key=lambda each: each.days)
    placed = {area.code for area in areas}
    return PpeBoard(
        day=day,
        regions=_regions(trusts, held),
        trusts=tuple(covers),
        late=tuple(each for each in covers if each.late),
        missing=tuple(body for code, body in sorted(expected.items()) if code not in held),
        boards=_boards(trusts, held, areas),
        unplaced=tuple(body for body in trusts if areas and body.board not in placed),
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


def _regions(trusts: Sequence[PublicBody], held: dict[str, StockReturn]) -> tuple[RegionCover, ...]:
    regions = [
        RegionCover(region=region, **_sums([body for body in trusts if body.region_name == region], held))
        for region in sorted({body.region_name for body in trusts})
    ]
    return tuple(sorted(regions, key=lambda each: (not each.reported, each.days)))


def _boards(
    trusts: Sequence[PublicBody], held: dict[str, StockReturn], areas: Sequence[HexArea]
) -> tuple[BoardCover, ...]:
    return tuple(
        BoardCover(area=area, **_sums([body for body in trusts if body.board == area.code], held)) for area in areas
    )


class _Sums(TypedDict):
    reported: int
    expected: int
    stock: float
    daily_use: float


def _sums(bodies: Sequence[PublicBody], held: dict[str, StockReturn]) -> _Sums:
    reported = [held[body.code] for body in bodies if body.code in held]
    return _Sums(
        reported=len(reported),
        expected=len(bodies),
        stock=sum(each.stock for each in reported),
        daily_use=sum(each.daily_use for each in reported),
    )
