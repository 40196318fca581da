"""The log's rows as they are read: every column as raw bytes, whatever a damaged file holds."""

from collections.abc import Iterator

from sqlalchemy import Connection, LargeBinary, Row, cast, select
from sqlalchemy.sql import Select

from commonweal.audit import LogEvent, LogProofError, LogRow, parse_event

from .tables import audit_checkpoint, audit_event, event_field

_BATCH = 1000


def select_rows() -> "Select[tuple[int, bytes, bytes, bytes]]":
    """Return the query of all rows of the log, in the order of their index."""
    salt, event, entry = (
        cast(column, LargeBinary).label(column.name)
        for column in (audit_event.c.salt, audit_event.c.event, audit_event.c.entry)
    )
    return select(audit_event.c.idx, salt, event, entry).order_by(audit_event.c.idx)


def log_row(row: "Row[tuple[int, bytes, bytes, bytes]]") -> LogRow:
    """Return a row as the value that is verified."""
    return LogRow(row.idx, row.salt or b"", row.event or b"", row.entry or b"")


def read_rows(connection: Connection) -> Iterator[LogRow]:
    """Yield every row of the log in constant memory."""
    for row in connection.execution_options(yield_per=_BATCH).execute(select_rows()):
        yield log_row(row)


def read_events(connection: Connection, name: str) -> list[LogEvent]:
    """Return every event of this name, oldest first.

    Raises:
        LogProofError: a stored event is damaged.
    """
    rows = connection.execute(select_rows().where(event_field("name") == name))
    return [LogEvent(each.index, parse_event(each.event)) for each in map(log_row, rows)]


def read_entries(connection: Connection, first: int) -> Iterator[bytes]:
    """Yield the log's entries from index `first` on, in constant memory.

    Raises:
        LogProofError: an index is missing.
    """
    query = select(audit_event.c.idx, audit_event.c.entry).where(audit_event.c.idx >= first)
    rows = connection.execution_options(yield_per=_BATCH).execute(query.order_by(audit_event.c.idx))
    for index, row in enumerate(rows, first):
        if row.idx != index:
            raise LogProofError(f"the event that must have index {index} is missing")
        yield row.entry


def stored_note(connection: Connection) -> bytes | None:
    """Return the signed checkpoint that the store holds, or None before the first.

    Raises:
        LogProofError: it is not the one row that the log keeps.
    """
    note = cast(audit_checkpoint.c.note, LargeBinary).label("note")
    rows = connection.execute(select(audit_checkpoint.c.id, note)).all()
    if rows and [row.id for row in rows] != [1]:
        raise LogProofError("the store holds a checkpoint that the log did not write")
    return rows[0].note or b"" if rows else None
