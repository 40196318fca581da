"""A catalogue record: what exists, who holds it, where it is stored and how to get it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FACETS = ("body", "sector", "access", "licence", "contract", "keyword", "freshness", "quality")
"""What a search can be narrowed by, in the order in which people are asked."""


@dataclass(frozen=True, slots=True)
class CatalogueRecord:
    """One dataset as the inventory shows it to anyone (DCAT 3 `dcat:Dataset`); never a row of it.

    `access` is `open`, `shared` or `closed`; `how_to_get` and `stored` are sentences; `modified` is the moment of
    the newest version and `version` its number (0 when none is live), `warnings` how many findings it has that did
    not stop it.
    """

    dataset: str
    body: str
    body_name: str
    sector: str
    title: str
    description: str
    keywords: tuple[str, ...]
    fields: tuple[str, ...]
    access: str
    licence: str
    contract: str
    stored: str
    how_to_get: str
    issued: datetime
    modified: datetime
    version: int
    rows: int
    quality: str
    attribution: str = ""
    notes: tuple[str, ...] = ()
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What somebody looks for: words, and facets that must match exactly (empty = any).

    `licence` is a licence's address or `none`; `contract` a data contract's identifier and version; `quality` is
    `clean`, `warnings` or `unknown`; `freshness` is `week`, `month`, `year` or `older`, each without those before
    it, counted back from `at`, without which nothing has a freshness. `sort` orders by relevance, or newest first.
    """

    words: str = ""
    body: str = ""
    sector: str = ""
    access: str = ""
    limit: int = 20
    offset: int = 0
    licence: str = ""
    contract: str = ""
    keyword: str = ""
    freshness: str = ""
    quality: str = ""
    sort: Literal["relevance", "newest"] = "relevance"
    at: datetime | None = None

    def chosen(self) -> dict[str, str]:
        """Return the facets that narrow this search, with the value that each must have."""
        return {facet: value for facet in FACETS if (value := getattr(self, facet))}


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The records found, how many there are in all, and for each facet how many records have each value.

    A facet that narrows the search counts what there would be without it, so that another value can be chosen.
    """

    records: tuple[CatalogueRecord, ...]
    total: int
    facets: dict[str, dict[str, int]]
