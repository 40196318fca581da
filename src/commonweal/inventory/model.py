"""A catalogue record: what exists, who holds it, where it is stored and how to get it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CatalogueRecord:
    """One dataset as the inventory shows it to anyone (DCAT 3 `dcat:Dataset`); never a row of it.

    `access` is `open`, `shared` or `closed`; `how_to_get` and `stored` are sentences; `modified` is the moment of
    the newest version and `version` its number (0 when none is live).
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


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What somebody looks for: words, and facets that must match exactly (empty = any)."""

    words: str = ""
    body: str = ""
    sector: str = ""
    access: str = ""
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The records found, best first, how many there are in all, and facet counts by facet and value."""

    records: tuple[CatalogueRecord, ...]
    total: int
    facets: dict[str, dict[str, int]]
