from datetime import date

from commonweal.identity import Kind, PublicBody, Sector
from commonweal.insight import StockReturn, cover_by_region, score_sharing

DAY = date(2020, 4, 1)
TRUSTS = [
    PublicBody(id=f"ods:{code}", slug=code.lower(), name=f"Trust {code}", kind=Kind.NHS_TRUST, region=region)
    for code, region in (("R0A", "Y62"), ("R0B", "Y62"), ("R1A", "Y56"), ("R1B", "Y58"))
]


def sent(trust: str, as_at: date, stock: float, use: float, days: float) -> StockReturn:
    return StockReturn(trust, as_at, stock, use, "gloves", days, f"{trust.lower()}/ppe-stock", 2)


def test_the_board_shows_cover_by_region_worst_first_and_who_is_missing() -> None:
    returns = [
        sent("R0A", DAY, 100, 10, 4.0),
        sent("R0B", date(2020, 3, 30), 300, 10, 9.0),
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


def test_a_region_that_uses_nothing_has_no_days() -> None:
    board = cover_by_region([sent("R1A", DAY, 10, 0, float("inf"))], TRUSTS[2:3], DAY)
    assert board.regions[0].days == 0.0


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
