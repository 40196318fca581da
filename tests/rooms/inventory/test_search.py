"""Records are found by their words and facets, whatever somebody types."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, create_engine, func, update

from commonweal.adapters.sql.search import catalogue_record, index_record, remove_record, search_records
from commonweal.adapters.sql.tables import metadata
from commonweal.inventory import FACETS, CatalogueRecord, SearchQuery


def record(name: str, title: str, *, description: str = "", access: str = "open", day: int = 1) -> CatalogueRecord:
    body, _, _ = name.partition("/")
    return CatalogueRecord(
        dataset=name,
        body=body,
        body_name=f"{body.title()} Council",
        sector="council" if body == "lambeth" else "health",
        title=title,
        description=description,
        keywords=("spending",),
        fields=("Supplier Name",),
        access=access,
        licence="OGL",
        contract="c 1",
        stored="",
        how_to_get="",
        issued=datetime(2020, 1, day, tzinfo=UTC),
        modified=datetime(2020, 1, day, tzinfo=UTC),
        version=1,
        rows=1,
        quality="",
    )


PAYMENTS = record("lambeth/payments", "Payments to suppliers", description="Money out of the café fund")
PARKS = replace(
    record("lambeth/parks", "Parks", description="Payments for benches", access="shared", day=3),
    keywords=("spending", "benches"),
    warnings=2,
)
STOCK = replace(record("guys/ppe-stock", "Stock of masks", access="shared", day=2), licence="")


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        for each in (PAYMENTS, PARKS, STOCK):
            index_record(connection, each)
        yield connection
    engine.dispose()


def found(connection: Connection, words: str = "", **facets: str) -> list[str]:
    return [each.dataset for each in search_records(connection, SearchQuery(words, **facets)).records]  # type: ignore[arg-type]  # facets are text


@pytest.mark.parametrize(
    ("words", "datasets"),
    [
        ("", ["lambeth/parks", "guys/ppe-stock", "lambeth/payments"]),
        ("  ", ["lambeth/parks", "guys/ppe-stock", "lambeth/payments"]),
        ("payment", ["lambeth/payments", "lambeth/parks"]),
        ("PAYING", []),
        ("mas", ["guys/ppe-stock"]),
        ("payments benches", ["lambeth/parks"]),
        ("cafe", ["lambeth/payments"]),
        ("ppe-stock", ["guys/ppe-stock"]),
        ("council: guys*", ["guys/ppe-stock"]),
        ('"', []),
        ("_", []),
        ('payments" OR "masks', []),
        ("payments NOT parks", []),
        ("title:payments", []),
        ("^payments", ["lambeth/payments", "lambeth/parks"]),
        ("'; DROP TABLE catalogue_record; --", []),
        ("\0payments", ["lambeth/payments", "lambeth/parks"]),
        ("a" * 100_000, []),
        ("payments " * 10_000, ["lambeth/payments", "lambeth/parks"]),
        ("\ud800", []),
    ],
)
def test_words_are_words_and_never_operators(connection: Connection, words: str, datasets: list[str]) -> None:
    assert found(connection, words) == datasets


def test_facets_narrow_and_are_counted(connection: Connection) -> None:
    assert found(connection, access="shared") == ["lambeth/parks", "guys/ppe-stock"]
    assert found(connection, "payments", body="lambeth", access="open") == ["lambeth/payments"]
    assert found(connection, body="x' OR '1'='1") == []
    result = search_records(connection, SearchQuery(sector="council", at=datetime(2020, 1, 9, tzinfo=UTC)))
    assert result.total == 2
    assert result.facets == {
        "body": {"lambeth": 2},
        "sector": {"council": 2, "health": 1},
        "access": {"open": 1, "shared": 1},
        "licence": {"OGL": 2},
        "contract": {"c 1": 2},
        "keyword": {"benches": 1, "spending": 2},
        "freshness": {"month": 1, "week": 1},
        "quality": {"clean": 1, "warnings": 1},
    }


@pytest.mark.parametrize(
    ("facets", "datasets"),
    [
        ({"keyword": "benches"}, ["lambeth/parks"]),
        ({"keyword": "bench"}, []),
        ({"keyword": "spending", "quality": "clean"}, ["guys/ppe-stock", "lambeth/payments"]),
        ({"quality": "warnings"}, ["lambeth/parks"]),
        ({"freshness": "week"}, ["lambeth/parks"]),
        ({"freshness": "month"}, ["guys/ppe-stock", "lambeth/payments"]),
        ({"freshness": "older"}, []),
        ({"licence": "none"}, ["guys/ppe-stock"]),
        ({"licence": "OGL", "contract": "c 1"}, ["lambeth/parks", "lambeth/payments"]),
        ({"contract": "c 1' OR 1"}, []),
    ],
)
def test_each_facet_narrows(connection: Connection, facets: dict[str, str], datasets: list[str]) -> None:
    query = SearchQuery(at=datetime(2020, 1, 9, 12, tzinfo=UTC), **facets)  # type: ignore[arg-type]  # facets are text
    result = search_records(connection, query)
    assert [each.dataset for each in result.records] == datasets
    assert result.total == len(datasets)
    for facet, value in facets.items():
        assert result.facets[facet].get(value, 0) == len(datasets)


def test_a_record_of_before_warnings_were_counted_is_of_unknown_quality(connection: Connection) -> None:
    stored = catalogue_record.c.document
    connection.execute(update(catalogue_record).values(document=func.json_remove(stored, "$.warnings")))
    assert search_records(connection, SearchQuery()).facets["quality"] == {"unknown": 3}
    assert search_records(connection, SearchQuery(quality="unknown")).records[0].warnings == 0


def test_results_are_ordered_by_relevance_or_age(connection: Connection) -> None:
    assert found(connection, "payments") == ["lambeth/payments", "lambeth/parks"]
    assert found(connection, "payments", sort="newest") == ["lambeth/parks", "lambeth/payments"]


def test_a_page_is_part_of_the_whole(connection: Connection) -> None:
    result = search_records(connection, SearchQuery(limit=1, offset=1))
    assert ([each.dataset for each in result.records], result.total) == (["guys/ppe-stock"], 3)
    assert search_records(connection, SearchQuery(limit=-1)).records == ()


def test_a_record_changes_and_goes_with_its_words(connection: Connection) -> None:
    index_record(connection, record("lambeth/parks", "Gardens"))
    assert found(connection, "benches") == []
    assert found(connection, "gardens") == ["lambeth/parks"]
    remove_record(connection, "lambeth/parks")
    assert found(connection, "gardens") == []
    assert search_records(connection, SearchQuery("nothing of it")).facets == {each: {} for each in FACETS}


def test_what_is_found_is_what_was_indexed(connection: Connection) -> None:
    assert search_records(connection, SearchQuery("masks")).records == (STOCK,)
