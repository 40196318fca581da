"""Store of acts on keys that wait, or waited, for a second person."""

from sqlalchemy import Connection, insert, select, update

from commonweal.identity import TenantScope
from commonweal.keys import Proposal, ProposalStatus, UnknownProposalError

from .documents import dump, load
from .state import key_proposal


def save_proposal(connection: Connection, value: Proposal) -> None:
    """Store a proposal, new or changed."""
    row = {"status": value.status.value, "document": dump(value)}
    changed = connection.execute(update(key_proposal).where(key_proposal.c.id == value.id).values(row))
    if not changed.rowcount:
        connection.execute(insert(key_proposal).values(id=value.id, body=value.body, **row))


def get_proposal(connection: Connection, proposal_id: str) -> Proposal:
    """Return a proposal by identifier.

    Raises:
        UnknownProposalError: there is none.
    """
    query = select(key_proposal.c.document).where(key_proposal.c.id == proposal_id)
    text = connection.execute(query).scalar_one_or_none()
    if text is None:
        raise UnknownProposalError(f"Nothing called {proposal_id} waits for a second person.")
    return load(Proposal, text)


def list_proposals(connection: Connection, scope: TenantScope) -> list[Proposal]:
    """Return the body's proposals that are not yet done or withdrawn, oldest first."""
    waiting = (ProposalStatus.OPEN.value, ProposalStatus.CONFIRMED.value)
    query = select(key_proposal.c.document).where(key_proposal.c.body == scope.body, key_proposal.c.status.in_(waiting))
    found = [load(Proposal, text) for text in connection.execute(query).scalars()]
    return sorted(found, key=lambda each: (each.proposed, each.id))
