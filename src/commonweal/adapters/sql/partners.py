"""Store of partners: bodies that no public register holds, known to this node by name."""

from sqlalchemy import Connection, insert, select

from commonweal.identity import PublicBody

from .documents import dump, load
from .state import partner


def add_partner(connection: Connection, value: PublicBody) -> None:
    """Store a partner."""
    connection.execute(insert(partner).values(slug=value.slug, document=dump(value)))


def list_partners(connection: Connection) -> list[PublicBody]:
    """Return every partner, by slug."""
    query = select(partner.c.document).order_by(partner.c.slug)
    return [load(PublicBody, text) for text in connection.execute(query).scalars()]
