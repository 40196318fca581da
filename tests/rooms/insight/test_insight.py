from datetime import date
from math import inf

import pytest

from commonweal.identity import Kind, PublicBody, Sector
from commonweal.insight import (
    HexArea,
    MapError,
    StockReturn,
    cover_by_region,
    days_reported,
    parse_board_map,
    pick_returns,
    score_sharing,
    settle_returns,
)

DAY = date(2020, 4, 1)
BEFORE = date(2020, 3, 30)
TRUSTS = [
    PublicBody(
        id=f"ods:{code}", slug=code.lower(), name=f"Trust {code}", kind=Kind.NHS_TRUST, region=region, board=board
    )
    for code, region, board in (
        ("R0A", "Y62", "QOP"),
        ("R0B", "Y62", "QOP"),
        ("R1A", "Y56", "QWE"),
        ("R1B", "Y58", "Q86"),
    )
]
AREAS = (HexArea("QOP", "NHS Greater Manchester", "MAN", 4, 8), HexArea("QJK", "NHS Devon", "DEV", 2, 2))


def sent(trust: str, as_at: date, stock: float, use: float, days: float, *, version: int = 2) -> StockReturn:
    return StockReturn(trust, as_at, stock, use, "gloves", days, f"{trust.lower()}/ppe-stock", version)


def test_the_board_shows_cover_by_region_worst_first_and_who_is_missing() -> None:
    returns = [
        sent("R0A", DAY, 100, 10, 4.0),
        sent("R0B", BEFORE, 300, 10, 9.0),
        sent("R1A", DAY, 50, 50, 1.0),
        sent("ZZZ", DAY, 1_000_000, 1, 1.0),
    ]
    board = cover_by_region(returns, TRUSTS, DAY)
    assert [(each.region, each.reported, each.expected, each.days) for each in board.regions] == [
        ("London", 1, 1, 1.0),
        ("North West", 2, 2, 20.0),
        ("South West", 0, 1, 0.0),
    ]
    assert [each.code for each in board.trusts] == ["R1A", "R0A", "R0B"]
    assert [each.code for each in board.late] == ["R0B"]
    assert [each.code for each in board.missing] == ["R1B"]
    assert board.trusts[0].source == "r1a/ppe-stock version 2"
    assert (board.boards, board.unplaced) == ((), ())


def test_a_region_that_uses_nothing_lasts_for_ever_and_is_never_the_worst() -> None:
    board = cover_by_region([sent("R1A", DAY, 10, 0, inf), sent("R0A", DAY, 10, 1, 10)], TRUSTS, DAY)
    assert [(each.region, each.days) for each in board.regions[:2]] == [("North West", 10.0), ("London", inf)]


def test_each_board_of_the_map_has_its_cover_and_trusts_off_the_map_are_named() -> None:
    board = cover_by_region([sent("R0A", DAY, 100, 10, 4.0), sent("R1A", DAY, 9, 1, 9.0)], TRUSTS, DAY, AREAS)
    assert [(each.area.short, each.days, each.reported, each.expected) for each in board.boards] == [
        ("MAN", 10.0, 1, 2),
        ("DEV", 0.0, 0, 0),
    ]
    assert [each.code for each in board.unplaced] == ["R1A", "R1B"]


def test_a_day_is_shown_as_it_stood() -> None:
    returns = [sent("R0A", BEFORE, 5, 1, 5.0, version=1), sent("R0A", DAY, 4, 1, 4.0), sent("R0B", DAY, 3, 1, 3.0)]
    assert days_reported(returns) == (DAY, BEFORE)
    assert {each.trust: each.stock for each in pick_returns(returns, DAY)} == {"R0A": 4, "R0B": 3}
    assert {each.trust: each.stock for each in pick_returns(returns, BEFORE)} == {"R0A": 5}
    assert pick_returns(returns, date(2020, 1, 1)) == ()


def test_days_are_offered_for_a_week() -> None:
    returns = [sent("R0A", date(2020, 4, day), 1, 1, 1) for day in (1, 2, 8)]
    assert days_reported(returns) == (date(2020, 4, 8), date(2020, 4, 2))
    assert days_reported([]) == ()


def test_a_later_version_corrects_what_an_earlier_said_of_its_day_and_after() -> None:
    wrong_year = sent("R0A", date(2030, 4, 1), 1, 1, 1, version=2)
    kept, right = sent("R0A", BEFORE, 2, 1, 2, version=1), sent("R0A", DAY, 3, 1, 3, version=3)
    other, same_version = sent("R0B", DAY, 4, 1, 4, version=1), sent("R0A", date(2020, 3, 31), 5, 1, 5, version=3)
    assert set(settle_returns([right, other, wrong_year, kept, same_version])) == {kept, right, same_version, other}


def test_a_map_is_read_from_north_to_south() -> None:
    hexagon = '{"n": "%s", "ICS22NM": "NHS %s ", "q": %d, "r": %d}'
    document = (
        f'{{"layout": "odd-r", "hexes": {{"A": {hexagon % ("a", "A", 2, 1)}, "B": {hexagon % ("b", "B", 1, 3)}}}}}'
    )
    assert parse_board_map(document) == (HexArea("B", "NHS B", "b", 1, 3), HexArea("A", "NHS A", "a", 2, 1))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"layout": "even-q", "hexes": {}}', '{"layout": "odd-r", "hexes": {"A": {"n": "a"}}}'],
)
def test_a_malformed_map_is_refused(text: str) -> None:
    with pytest.raises(MapError):
        parse_board_map(text)


def test_sharing_counts_publishing_bodies_by_the_sectors_they_share_with() -> None:
    card = score_sharing(
        {"dwp", "lambeth", "r0a", "kent-police"},
        {"lambeth"},
        [
            ("dwp", Sector.LOCAL),
            ("dwp", Sector.LOCAL),
            ("lambeth", Sector.WHITEHALL),
            ("r0a", Sector.WHITEHALL),
            ("dwp", Sector.POLICE),
        ],
    )
    assert [(each.sector, each.baseline, each.sharing, each.agreements, each.share) for each in card.measures] == [
        ("departments", 71, 2, 2, 50.0),
        ("councils", 31, 1, 2, 25.0),
        ("third-sector", 29, 0, 0, 0.0),
        ("suppliers", 26, 0, 0, 0.0),
        ("open", 8, 1, 1, 25.0),
    ]


def test_an_empty_node_shares_nothing() -> None:
    card = score_sharing(set(), set(), [])
    assert {each.share for each in card.measures} == {0.0}
