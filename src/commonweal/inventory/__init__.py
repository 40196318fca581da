"""The inventory shows what exists, who holds it and how to get it, to anyone; never a row of it."""

from .dcat import OGL, to_dcat
from .model import FACETS, CatalogueRecord, SearchQuery, SearchResult
from .rules import record_of

__all__ = ["FACETS", "OGL", "CatalogueRecord", "SearchQuery", "SearchResult", "record_of", "to_dcat"]
