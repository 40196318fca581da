"""Use cases of the inventory: search, one record, the DCAT catalogue."""

from dataclasses import replace

from commonweal.adapters.sql.datasets import find_newest_version, list_datasets
from commonweal.adapters.sql.search import search_records
from commonweal.core import Json
from commonweal.inventory import CatalogueRecord, SearchQuery, SearchResult, record_of, to_dcat
from commonweal.publish import Dataset

from .parts import Parts


class Catalogue:
    """What exists, who holds it, where it is stored and how to get it; for anyone."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def search(self, query: SearchQuery) -> SearchResult:
        """Return the live records that fit; freshness is counted from now unless the query says from when."""
        query = replace(query, at=query.at or self._parts.clock.now())
        with self._parts.read() as connection:
            return search_records(connection, query)

    def record(self, dataset: Dataset) -> CatalogueRecord | None:
        """Return the catalogue record of a dataset, or None while nothing is published."""
        with self._parts.read() as connection:
            version = find_newest_version(connection, dataset.id)
        if version is None:
            return None
        return record_of(dataset, version, self._parts.register.get_body(dataset.body))

    def as_dcat(self, base_url: str) -> dict[str, Json]:
        """Return the whole catalogue as DCAT 3 JSON-LD."""
        with self._parts.read() as connection:
            datasets = list_datasets(connection)
        records = [record for each in datasets if (record := self.record(each)) is not None]
        publisher = self._parts.register.get_body(self._parts.settings.body)
        return to_dcat(records, base_url, publisher.name)
