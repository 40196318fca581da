"""What an agreement has given of late, counted from the log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal_column, select

from commonweal.core import to_rfc3339

from .tables import AUTHORISED, audit_event, event_field


@dataclass(frozen=True, slots=True)
class Given:
    """How many deliveries were authorised, and how many rows they hold together."""

    deliveries: int
    rows: int


def count_given(connection: Connection, agreement_id: str, since: datetime) -> Given:
    """Return what was authorised under an agreement after a moment, by the index `audit_event_authorised` alone.

    On the connection of a transaction it counts also what that transaction recorded before.
    """
    # The name is written out, since SQLite takes a partial index only for the very words of its condition.
    query = select(func.count(), func.coalesce(func.sum(event_field("facts.rows")), 0)).select_from(audit_event)
    query = query.where(
        event_field("name") == literal_column(f"'{AUTHORISED}'"),
        event_field("subject") == agreement_id,
        event_field("at") > to_rfc3339(since),
    )
    row = connection.execute(query).one()
    return Given(int(row[0]), int(row[1]))
