"""The search page's filters, order and pages, from what the inventory found."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from commonweal.inventory import FACETS, CatalogueRecord, SearchResult
from commonweal.web.facets import FACET_LABELS, tell_facet
from commonweal.web.search_view import PAGE, line_of, query_of, view_search
from commonweal.web.views import SearchAsk

NAMES = {"dwp": "Department for Work and Pensions"}
AT = datetime(2020, 4, 1, tzinfo=UTC)


def tell(facet: str, value: str) -> str:
    return tell_facet(NAMES, facet, value)


def found(total: int, **facets: dict[str, int]) -> SearchResult:
    return SearchResult((), total, {facet: facets.get(facet, {}) for facet in FACETS})


def query(path: str) -> dict[str, str]:
    assert urlsplit(path).path == "/search"
    return dict(parse_qsl(urlsplit(path).query))


def test_every_facet_of_the_inventory_has_a_label() -> None:
    assert tuple(FACET_LABELS) == FACETS


def test_values_are_told_in_words_and_lead_to_themselves() -> None:
    ask = SearchAsk("a&b", {"access": "open"}, "newest", offset=20)
    view = view_search(ask, found(50, body={"dwp": 3, "x-y": 1}, access={"shared": 4, "open": 2}), tell)
    body, access = view.facets
    assert [(each.label, each.count) for each in body.values] == [("Department for Work and Pensions", 3), ("x-y", 1)]
    assert query(body.values[0].path) == {"q": "a&b", "access": "open", "body": "dwp", "sort": "newest"}
    assert [(each.label, each.selected) for each in access.values] == [("Open", True), ("Shared", False)]
    assert query(access.values[0].path) == {"q": "a&b", "sort": "newest"}
    assert query(access.values[1].path)["access"] == "shared"
    [chip] = view.chosen
    assert (chip.text, query(chip.path)) == ("Access: Open", {"q": "a&b", "sort": "newest"})


def test_a_facet_that_cannot_narrow_is_left_out_and_a_chosen_value_that_nothing_has_is_not() -> None:
    view = view_search(SearchAsk("", {"keyword": "none"}), found(0, sector={"local": 3}), tell)
    [facet] = view.facets
    assert [(each.label, each.count, each.selected) for each in facet.values] == [("none", 0, True)]


def test_the_rest_of_a_long_facet_waits() -> None:
    view = view_search(SearchAsk(), found(9, contract={f"c{each}": 1 for each in range(9)}), tell)
    assert (len(view.facets[0].values), len(view.facets[0].rest)) == (6, 3)


@pytest.mark.parametrize(
    ("offset", "total", "before", "after"),
    [
        (0, 0, "", ""),
        (0, PAGE, "", ""),
        (0, PAGE + 1, "", "20"),
        (20, 41, "0", "40"),
        (40, 41, "20", ""),
        (5, 6, "0", ""),
    ],
)
def test_pages_lead_to_each_other(offset: int, total: int, before: str, after: str) -> None:
    view = view_search(SearchAsk("x", offset=offset), found(total), tell)
    for path, place in ((view.previous, before), (view.next, after)):
        assert query(path).get("offset", "0") == place if place else path == ""
    assert view.first == offset + 1


def test_the_order_can_be_changed() -> None:
    view = view_search(SearchAsk("x", sort="newest"), found(2), tell)
    assert [(each.text, each.selected, query(each.path)) for each in view.sorts] == [
        ("Most relevant", False, {"q": "x"}),
        ("Newest", True, {"q": "x", "sort": "newest"}),
    ]


def test_what_is_asked_is_what_is_looked_for() -> None:
    asked = query_of(SearchAsk("x", {"body": "dwp", "quality": "clean"}, "newest", 40))
    assert (asked.words, asked.sort, asked.offset, asked.limit) == ("x", "newest", 40, PAGE)
    assert asked.chosen() == {"body": "dwp", "quality": "clean"}


def test_a_long_description_is_cut_between_words() -> None:
    record = CatalogueRecord(
        "a/b", "a", "A", "local", "T", "word " * 100, (), (), "open", "", "", "", "", AT, AT, 1, 1, ""
    )
    assert line_of(record).summary.endswith("word…")
    assert len(line_of(record).summary) <= 201
