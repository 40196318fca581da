"""What the shared data and the log show: PPE cover, sharing by sector."""

from .ppe import PpeBoard, RegionCover, StockReturn, TrustCover, cover_by_region
from .sharing import Scorecard, SectorMeasure, score_sharing

__all__ = [
    "PpeBoard",
    "RegionCover",
    "Scorecard",
    "SectorMeasure",
    "StockReturn",
    "TrustCover",
    "cover_by_region",
    "score_sharing",
]
