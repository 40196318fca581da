"""Store of defects: the body that holds the data and the body that raised one see it, and no third."""

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from commonweal.core import NotFoundError
from commonweal.identity import TenantScope
from commonweal.publish import OPEN_DEFECTS, Defect

from .documents import dump, load
from .state import defect


def save_defect(connection: Connection, value: Defect) -> None:
    """Store a defect, new or changed."""
    row = {"status": value.status.value, "document": dump(value)}
    changed = connection.execute(update(defect).where(defect.c.id == value.id).values(row))
    if not changed.rowcount:
        parties = {"dataset": value.dataset, "discloser": value.discloser, "raiser": value.raiser}
        connection.execute(insert(defect).values(id=value.id, **parties, **row))


def get_defect(connection: Connection, scope: TenantScope, defect_id: str) -> Defect:
    """Return a defect to which the scope's body is a party.

    Raises:
        NotFoundError: there is none, or it is between other bodies.
    """
    query = select(defect.c.document).where(defect.c.id == defect_id, _is_party(scope))
    text = connection.execute(query).scalar_one_or_none()
    if text is None:
        raise NotFoundError(
            f"{scope.body} has no defect {defect_id}.", advice="List those it has: `commonweal defect list`."
        )
    return load(Defect, text)


def list_defects(connection: Connection, scope: TenantScope, *, dataset: str = "") -> list[Defect]:
    """Return the defects to which the scope's body is a party, oldest first: all, or those of one dataset."""
    query = select(defect.c.document).where(_is_party(scope))
    if dataset:
        query = query.where(defect.c.dataset == dataset)
    found = [load(Defect, text) for text in connection.execute(query).scalars()]
    return sorted(found, key=lambda each: (each.raised, each.id))


def count_open(connection: Connection, dataset: str, raiser: str) -> int:
    """Return how many defects of a dataset one body has raised that wait for its steward."""
    waiting = [each.value for each in OPEN_DEFECTS]
    query = select(func.count()).where(
        defect.c.dataset == dataset, defect.c.raiser == raiser, defect.c.status.in_(waiting)
    )
    return int(connection.execute(query).scalar_one())


def _is_party(scope: TenantScope) -> ColumnElement[bool]:
    return or_(defect.c.discloser == scope.body, defect.c.raiser == scope.body)
