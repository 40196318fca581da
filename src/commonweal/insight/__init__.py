"""What the shared data and the log show: PPE cover, sharing by sector."""

from .hexmap import HexArea, MapError, parse_board_map
from .ppe import (
    KEPT_DAYS,
    BoardCover,
    PpeBoard,
    RegionCover,
    StockReturn,
    TrustCover,
    cover_by_region,
    days_reported,
    pick_returns,
    settle_returns,
)
from .sharing import Scorecard, SectorMeasure, score_sharing

__all__ = [
    "KEPT_DAYS",
    "BoardCover",
    "HexArea",
    "MapError",
    "PpeBoard",
    "RegionCover",
    "Scorecard",
    "SectorMeasure",
    "StockReturn",
    "TrustCover",
    "cover_by_region",
    "days_reported",
    "parse_board_map",
    "pick_returns",
    "score_sharing",
    "settle_returns",
]
