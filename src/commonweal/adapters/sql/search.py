"""The inventory's search in SQLite: records and their full-text index change in one transaction."""

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    TableValuedAlias,
    Text,
    case,
    column,
    delete,
    desc,
    event,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    union_all,
)

from commonweal.inventory import FACETS, CatalogueRecord, SearchQuery, SearchResult

from .documents import dump, load
from .tables import metadata

catalogue_record = Table(
    "catalogue_record",
    metadata,
    Column("dataset", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("sector", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("document", Text, nullable=False),
)
_INDEXED = ("title", "keywords", "body", "fields", "description")


@event.listens_for(catalogue_record, "after_create")
def _create_words(_: Table, connection: Connection, **__: object) -> None:
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE catalogue_words USING fts5({', '.join(_INDEXED)}, dataset UNINDEXED, "
        "tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3')"
    )


_WORD = re.compile(r"\w+")
_MAX_WORDS = 16
_MAX_WORD = 64
_FRESH = (("week", timedelta(days=7)), ("month", timedelta(days=31)), ("year", timedelta(days=366)))

_WORDS = table("catalogue_words", *(column(name) for name in (*_INDEXED, "dataset")))


def index_record(connection: Connection, record: CatalogueRecord) -> None:
    """Store a catalogue record, new or changed, with its words, in the caller's transaction."""
    remove_record(connection, record.dataset)
    connection.execute(insert(catalogue_record).values(_row(record)))
    connection.execute(insert(_WORDS).values(_words_of(record)))


def remove_record(connection: Connection, dataset: str) -> None:
    """Forget the catalogue record of a dataset and its words, if there is one."""
    connection.execute(delete(catalogue_record).where(catalogue_record.c.dataset == dataset))
    connection.execute(delete(_WORDS).where(_WORDS.c.dataset == dataset))


def search_records(connection: Connection, query: SearchQuery) -> SearchResult:
    """Return the records that hold every word (or a word that begins with it), in the order asked for.

    Words may be any text, signs and all; no words find every record, the newest first. `total` counts every record
    found, not only those of the page.
    """
    words = match_expression(query.words)
    if words is None:
        return SearchResult((), 0, {facet: {} for facet in FACETS})
    matching = _matching(query, words).cte("matching")
    found = matching.c
    order = (found.modified.desc(), found.rank) if query.sort == "newest" else (found.rank, found.modified.desc())
    page = (
        select(catalogue_record.c.document)
        .join(matching, found.dataset == catalogue_record.c.dataset)
        .where(*_narrowed(matching, query))
        .order_by(*order, found.dataset)
        .limit(max(0, query.limit))
        .offset(max(0, query.offset))
    )
    records = tuple(load(CatalogueRecord, each) for each in connection.execute(page).scalars())
    return SearchResult(records, *_count(connection, matching, query))


def _matching(query: SearchQuery, words: str) -> Select[Any]:
    """Return the records that hold the words, their facets as columns; titles weigh most, bm25 counts downwards."""
    record = catalogue_record.c
    columns = [record.dataset, record.modified, *_facet_columns(query.at)]
    if not words:
        return select(*columns, literal(0.0).label("rank"))
    rank: ColumnElement[float] = literal_column("bm25(catalogue_words, 10.0, 6.0, 4.0, 2.0, 1.0)")
    wanted = select(*columns, rank.label("rank")).join(_WORDS, _WORDS.c.dataset == record.dataset)
    return wanted.where(literal_column("catalogue_words").op("MATCH")(words))


def _facet_columns(at: datetime | None) -> list[ColumnElement[Any]]:
    record = catalogue_record.c
    warnings = _told("warnings")
    quality = case((warnings.is_(None), "unknown"), (warnings == 0, "clean"), else_="warnings")
    ages = [(record.modified > (at - age).isoformat(), name) for name, age in _FRESH] if at else []
    return [
        record.body,
        record.sector,
        record.access,
        func.coalesce(func.nullif(_told("licence"), ""), "none").label("licence"),
        _told("contract").label("contract"),
        _told("keywords").label("keyword"),
        (case(*ages, else_="older") if ages else literal("")).label("freshness"),
        quality.label("quality"),
    ]


def _told(name: str) -> ColumnElement[Any]:
    return func.json_extract(catalogue_record.c.document, f"$.{name}")


def _narrowed(matching: CTE, query: SearchQuery, *, without: str = "") -> list[ColumnElement[bool]]:
    """Return the conditions of the facets chosen; a keyword is one of the list that a record holds."""
    return [
        literal(value).in_(select(_each_keyword(matching).c.value))
        if facet == "keyword"
        else matching.c[facet] == value
        for facet, value in query.chosen().items()
        if facet != without
    ]


def _each_keyword(matching: CTE) -> TableValuedAlias:
    return func.json_each(matching.c.keyword).table_valued("value", joins_implicitly=True)


def _count(connection: Connection, matching: CTE, query: SearchQuery) -> tuple[int, dict[str, dict[str, int]]]:
    """Return how many records are found, and how many have each value of each facet, the commonest first."""
    total = select(literal(""), literal("").label("value"), func.count().label("records")).select_from(matching)
    counts = [total.where(*_narrowed(matching, query)), *(_counted(facet, matching, query) for facet in FACETS)]
    facets: dict[str, dict[str, int]] = {facet: {} for facet in ("", *FACETS)}
    for facet, value, records in connection.execute(union_all(*counts).order_by(desc("records"), column("value"))):
        facets[facet][value] = records
    return facets.pop("")[""], facets


def _counted(facet: str, matching: CTE, query: SearchQuery) -> Select[Any]:
    """Return how many records have each value of a facet, as if it narrowed nothing."""
    keywords = [_each_keyword(matching)] if facet == "keyword" else []
    value = keywords[0].c.value if keywords else matching.c[facet]
    counted = select(literal(facet), value.label("value"), func.count().label("records"))
    conditions = _narrowed(matching, query, without=facet)
    return counted.select_from(matching, *keywords).where(*conditions, value != "").group_by(value)


def match_expression(words: str) -> str | None:
    """Return the FTS5 expression for what somebody typed: every word, each as the beginning of one.

    Empty when nothing was typed; None when something was, but no word of it. Signs are never operators.
    """
    found = [each[:_MAX_WORD] for each in _WORD.findall(words)][:_MAX_WORDS]
    if not found:
        return None if words.strip() else ""
    return " ".join(f'"{each}"*' for each in found)


def _row(record: CatalogueRecord) -> dict[str, str]:
    return {
        "dataset": record.dataset,
        "body": record.body,
        "sector": record.sector,
        "access": record.access,
        "modified": record.modified.isoformat(),
        "document": dump(record),
    }


def _words_of(record: CatalogueRecord) -> dict[str, str]:
    return {
        "title": record.title,
        "keywords": " ".join(record.keywords),
        "body": f"{record.body_name} {record.body} {record.dataset}",
        "fields": " ".join(record.fields),
        "description": f"{record.description} {' '.join(record.notes)}",
        "dataset": record.dataset,
    }
