"""Store of the local rule packs that a node has adopted: their bytes, who adopted them, and whether they still hold."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, insert, inspect, select, update

from commonweal.audit import parse_event
from commonweal.core import from_rfc3339, to_rfc3339

from .rows import log_row, select_rows
from .state import local_pack
from .tables import event_field


@dataclass(frozen=True, slots=True)
class LocalPack:
    """A local rule pack as it was adopted: digest (SHA-256), bytes, who, when, and the node's Ed25519 signature."""

    digest: str
    version: str
    content: bytes
    body: str
    person: str
    adopted: datetime
    signature: bytes


def add_local_pack(connection: Connection, value: LocalPack) -> None:
    """Store a local rule pack that holds from now on."""
    connection.execute(
        insert(local_pack).values(
            digest=value.digest,
            version=value.version,
            content=value.content,
            body=value.body,
            person=value.person,
            adopted=to_rfc3339(value.adopted),
            signature=value.signature,
            ended="",
        )
    )


def end_local_pack(connection: Connection, digest: str, at: datetime) -> None:
    """Note that a local rule pack no longer holds; its bytes stay, so that old answers can be understood."""
    standing = (local_pack.c.digest == digest) & (local_pack.c.ended == "")
    connection.execute(update(local_pack).where(standing).values(ended=to_rfc3339(at)))


def list_local_packs(connection: Connection) -> list[LocalPack]:
    """Return the local rule packs that hold, oldest first; none of a store that was made before there were any."""
    if not inspect(connection).has_table(local_pack.name):
        return []
    rows = connection.execute(select(local_pack).where(local_pack.c.ended == "").order_by(local_pack.c.adopted))
    return [_read(row) for row in rows]


def find_last_event(connection: Connection, digest: str) -> str:
    """Return the name of the last event about a rule pack; empty where there is none.

    Raises:
        LogProofError: a stored event is damaged.
    """
    rows = connection.execute(select_rows().where(event_field("subject") == digest)).all()
    return str(parse_event(log_row(rows[-1]).event).name) if rows else ""


def _read(row: "Row[tuple[str, ...]]") -> LocalPack:
    return LocalPack(
        row.digest, row.version, row.content, row.body, row.person, from_rfc3339(row.adopted), row.signature
    )
