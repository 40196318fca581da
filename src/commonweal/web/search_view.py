"""The search page: results, facets and filters, from what the inventory found."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from commonweal.inventory import FACETS, CatalogueRecord, SearchQuery, SearchResult

from .facets import FACET_LABELS
from .views import DatasetLine, Facet, FacetValue, Link, SearchAsk, SearchView

PAGE = 20
_SHOWN = 6
_SUMMARY = 200

Telling = Callable[[str, str], str]
"""Gives the words for a facet's value."""


def query_of(ask: SearchAsk) -> SearchQuery:
    """Return what to look for in the inventory."""
    chosen: dict[str, Any] = {facet: value for facet, value in ask.chosen.items() if facet in FACETS}
    return SearchQuery(ask.words, limit=PAGE, offset=ask.offset, sort=ask.sort, **chosen)


def view_search(ask: SearchAsk, found: SearchResult, tell: Telling) -> SearchView:
    """Return a page of results."""
    after = ask.offset + PAGE
    return SearchView(
        asked=ask,
        total=found.total,
        results=tuple(line_of(each) for each in found.records),
        facets=_facets(ask, found, tell),
        chosen=tuple(
            Link(f"{FACET_LABELS[facet]}: {tell(facet, value)}", _path(ask, _without(ask.chosen, facet)))
            for facet, value in ask.chosen.items()
        ),
        sorts=tuple(
            Link(words, _path(ask, ask.chosen, sort=sort), selected=sort == ask.sort)
            for sort, words in (("relevance", "Most relevant"), ("newest", "Newest"))
        ),
        previous=_path(ask, ask.chosen, offset=max(ask.offset - PAGE, 0)) if ask.offset else "",
        next=_path(ask, ask.chosen, offset=after) if after < found.total else "",
    )


def line_of(record: CatalogueRecord) -> DatasetLine:
    """Return a dataset as a list shows it."""
    summary = record.description
    if len(summary) > _SUMMARY:
        summary = f"{summary[:_SUMMARY].rsplit(' ', 1)[0]}…"
    return DatasetLine(
        f"/datasets/{record.dataset}", record.title, record.body_name, record.access, summary, record.modified
    )


def _facets(ask: SearchAsk, found: SearchResult, tell: Telling) -> tuple[Facet, ...]:
    """Return the facets that can still narrow the search, or that do."""
    facets = []
    for facet, label in FACET_LABELS.items():
        chosen = {ask.chosen[facet]: 0} if facet in ask.chosen else {}
        counts = chosen | found.facets[facet]
        if chosen or len(counts) > 1:
            values = [_value(ask, facet, value, count, tell) for value, count in counts.items()]
            values.sort(key=lambda each: not each.selected)
            facets.append(Facet(label, tuple(values[:_SHOWN]), tuple(values[_SHOWN:])))
    return tuple(facets)


def _value(ask: SearchAsk, facet: str, value: str, count: int, tell: Telling) -> FacetValue:
    selected = ask.chosen.get(facet) == value
    chosen = _without(ask.chosen, facet) if selected else {**ask.chosen, facet: value}
    return FacetValue(tell(facet, value), count, _path(ask, chosen), selected=selected)


def _without(chosen: Mapping[str, str], facet: str) -> dict[str, str]:
    return {name: value for name, value in chosen.items() if name != facet}


def _path(ask: SearchAsk, chosen: Mapping[str, str], *, sort: str = "", offset: int = 0) -> str:
    sort = sort or ask.sort
    query = {"q": ask.words, **chosen, "sort": sort if sort != "relevance" else "", "offset": offset or ""}
    return "/search?" + urlencode({name: value for name, value in query.items() if value})
