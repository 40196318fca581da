"""The inventory's search in SQLite: records and their full-text index change in one transaction."""

import re

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Subquery,
    Table,
    Text,
    column,
    delete,
    event,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
)

from commonweal.inventory import CatalogueRecord, SearchQuery, SearchResult

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
_FACETS = ("body", "sector", "access")

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
    """Return the records that hold every word (or a word that begins with it), best first.

    Words may be any text, signs and all; no words find every record, the newest first. `total` and `facets`
    (`body`, `sector`, `access`) count every record found, not only those of the page.
    """
    words = match_expression(query.words)
    if words is None:
        return SearchResult((), 0, {facet: {} for facet in _FACETS})
    found = _found(query, words)
    facets = {facet: _count(connection, found, facet) for facet in _FACETS}
    page = (
        select(found.c.document)
        .order_by(found.c.rank, found.c.modified.desc(), found.c.dataset)
        .limit(max(0, query.limit))
        .offset(max(0, query.offset))
    )
    records = tuple(load(CatalogueRecord, each) for each in connection.execute(page).scalars())
    return SearchResult(records, sum(facets["body"].values()), facets)


def _found(query: SearchQuery, words: str) -> Subquery:
    """Return the records that match, each with its rank; titles weigh most, and bm25 counts downwards."""
    record = catalogue_record.c
    if words:
        rank: ColumnElement[float] = literal_column("bm25(catalogue_words, 10.0, 6.0, 4.0, 2.0, 1.0)")
        wanted = select(catalogue_record, rank.label("rank")).join(_WORDS, _WORDS.c.dataset == record.dataset)
        wanted = wanted.where(literal_column("catalogue_words").op("MATCH")(words))
    else:
        wanted = select(catalogue_record, literal(0.0).label("rank"))
    for facet in _FACETS:
        if chosen := getattr(query, facet):
            wanted = wanted.where(record[facet] == chosen)
    return wanted.subquery("found")


def _count(connection: Connection, found: Subquery, facet: str) -> dict[str, int]:
    value = found.c[facet]
    counted = select(value, func.count()).group_by(value).order_by(func.count().desc(), value)
    return {row[0]: row[1] for row in connection.execute(counted)}


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
