"""The tables of the node's store.

Only the log's own tables have `event`, `leaf` or `audit` in their names, and `verify_log` recomputes or
checks the signature of every column of theirs.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    literal_column,
)
from sqlalchemy.sql.elements import ColumnClause

metadata = MetaData()

AUTHORISED = "delivery.authorised"
"""The event by which an agreement's deliveries are counted."""

audit_event = Table(
    "audit_event",
    metadata,
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Column("event", Text, nullable=False),
    Column("entry", LargeBinary, nullable=False),
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
)


def event_field(name: str) -> "ColumnClause[str]":
    """Return the SQL expression for a text field of an event; the indexes are on these very words.

    Text that is not JSON gives NULL, so that a damaged event can still be read and reported.
    """
    return literal_column(f"CASE WHEN json_valid(event) THEN json_extract(event, '$.{name}') END")


Index("audit_event_body", event_field("body"), _table=audit_event)
Index("audit_event_subject", event_field("subject"), _table=audit_event)
Index(
    "audit_event_authorised",
    event_field("subject"),
    event_field("at"),
    _table=audit_event,
    sqlite_where=event_field("name") == AUTHORISED,
)
