"""Stores of asking beside the requests themselves: drafts, which only the asking body sees, and what waits."""

from sqlalchemy import Connection, delete, insert, select, update

from commonweal.core import NotFoundError
from commonweal.identity import TenantScope
from commonweal.request import AccessRequest, RequestDraft, RequestStatus

from .documents import dump, load
from .seals import read_sealed, select_sealed
from .state import access_request, request_draft


def save_request_draft(connection: Connection, scope: TenantScope, value: RequestDraft) -> None:
    """Store a draft of the scope's body, new or changed."""
    mine = (request_draft.c.id == value.id, request_draft.c.body == scope.body)
    changed = connection.execute(update(request_draft).where(*mine).values(document=dump(value)))
    if not changed.rowcount:
        connection.execute(insert(request_draft).values(id=value.id, body=scope.body, document=dump(value)))


def get_request_draft(connection: Connection, scope: TenantScope, draft_id: str) -> RequestDraft:
    """Return a draft of the scope's body.

    Raises:
        NotFoundError: there is none, or it is another body's.
    """
    query = select(request_draft.c.document).where(request_draft.c.id == draft_id, request_draft.c.body == scope.body)
    text = connection.execute(query).scalar_one_or_none()
    if text is None:
        raise _no_draft(scope, draft_id)
    return load(RequestDraft, text)


def find_drafting_body(connection: Connection, draft_id: str) -> str | None:
    """Return the body whose draft it is, or None when there is no such draft."""
    query = select(request_draft.c.body).where(request_draft.c.id == draft_id)
    return connection.execute(query).scalar_one_or_none()


def list_request_drafts(connection: Connection, scope: TenantScope) -> list[RequestDraft]:
    """Return the drafts of the scope's body, oldest first."""
    query = select(request_draft.c.document).where(request_draft.c.body == scope.body)
    found = [load(RequestDraft, text) for text in connection.execute(query).scalars()]
    return sorted(found, key=lambda each: (each.made, each.id))


def take_request_draft(connection: Connection, scope: TenantScope, draft_id: str) -> None:
    """Remove a draft of the scope's body, so that nobody sends it twice.

    Raises:
        NotFoundError: there is none any more, or it is another body's.
    """
    gone = connection.execute(
        delete(request_draft).where(request_draft.c.id == draft_id, request_draft.c.body == scope.body)
    )
    if not gone.rowcount:
        raise _no_draft(scope, draft_id)


def list_waiting(connection: Connection) -> list[AccessRequest]:
    """Return every access request of the node that waits for a named person's answer, for its own counts."""
    waiting = [each.value for each in RequestStatus if each.waits]
    query = select_sealed(access_request).where(access_request.c.status.in_(waiting))
    return [load(AccessRequest, row.document) for row in read_sealed(connection, access_request, query)]


def _no_draft(scope: TenantScope, draft_id: str) -> NotFoundError:
    return NotFoundError(
        f"{scope.body} has no draft {draft_id}.", advice="It may have been sent: see the list of requests."
    )
