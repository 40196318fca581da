"""Store of what became of agreements: every act after the signing, with the terms before and after."""

from sqlalchemy import Connection, func, insert, select

from commonweal.agree import Change
from commonweal.identity import TenantScope

from .documents import dump, load
from .seals import read_sealed, select_sealed, with_seal
from .state import agreement_change


def add_change(connection: Connection, scope: TenantScope, value: Change) -> None:
    """Keep an act in the life of an agreement of the scope's body, the discloser; it is never altered."""
    taken = select(func.count()).where(agreement_change.c.agreement == value.agreement)
    number = connection.execute(taken).scalar_one() + 1
    row = {
        "id": f"{value.agreement}/{number:06}",
        "agreement": value.agreement,
        "body": scope.body,
        "document": dump(value),
    }
    connection.execute(insert(agreement_change).values(with_seal(connection, agreement_change, row)))


def list_changes(connection: Connection, agreement_id: str) -> list[Change]:
    """Return what became of an agreement, oldest first.

    Raises:
        RecordAlteredError: a row is not what the node wrote.
    """
    query = (
        select_sealed(agreement_change)
        .where(agreement_change.c.agreement == agreement_id)
        .order_by(agreement_change.c.id)
    )
    return [load(Change, row.document.decode()) for row in read_sealed(connection, agreement_change, query)]
