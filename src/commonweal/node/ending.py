"""What an act does to an agreement that is stored: it is judged there, kept, and what it closes is destroyed."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import find_agreement, save_agreement, take_releases
from commonweal.adapters.sql.changes import add_change
from commonweal.adapters.sql.datasets import remove_sealed_file
from commonweal.agree import Act, Agreement, AgreementStatus, note_change, revoke
from commonweal.core import Actor, Event, NotFoundError
from commonweal.identity import TenantScope
from commonweal.keys import KeyState

from .parts import Parts, token_secret

Judge: TypeAlias = Callable[[Connection, Agreement, datetime], tuple[Agreement, Event]]
"""What an act makes of an agreement as it is stored now, and its event; raises when it may not."""

_CLOSED = frozenset({AgreementStatus.SUPERSEDED, AgreementStatus.REVOKED})


def end_agreement(parts: Parts, agreement: Agreement, actor: Actor, reason: str) -> Agreement:
    """Revoke an agreement for ever, remove what opened its releases, and return it as it stands.

    Raises:
        AlreadyRevokedError: it is revoked already.
        UnexplainedRevocationError: `reason` is empty.
    """

    def judge(_connection: Connection, stored: Agreement, at: datetime) -> tuple[Agreement, Event]:
        return revoke(stored, actor=actor, reason=reason, at=at)

    return apply_act(parts, agreement, Act.REVOKE, reason, judge)


def apply_act(parts: Parts, agreement: Agreement, act: Act, reason: str, judge: Judge) -> Agreement:
    """Do an act to an agreement and return it as it stands; its terms before and after are kept.

    `judge` is asked inside the writer's transaction, so of two acts at once the second is judged on what the first one
    left. Releases written under other terms are removed in the same transaction, and all of them with the token key
    when the agreement is over. What its deliveries have sent stands in the log before the act, and none goes on before
    it is asked again (ADR 39).
    """
    scope = TenantScope(agreement.discloser)

    def work(transaction: Transaction) -> tuple[Agreement, list[str]]:
        connection = transaction.connection
        stored = find_agreement(connection, scope, agreement.id)
        if stored is None:
            raise NotFoundError(f"There is no agreement {agreement.id}.")
        now = parts.clock.now()
        changed, event = judge(connection, stored, now)
        deliveries.record(transaction, now, for_ever=changed.status in _CLOSED)
        save_agreement(connection, changed)
        add_change(connection, scope, note_change(act, stored, changed, event, reason))
        transaction.record(event)
        return changed, [] if _gives_the_same(stored, changed) else _take_files(connection, agreement.id)

    with parts.tally.ending(agreement.id) as deliveries:
        changed, files = parts.writer.submit(work)
    for sealed_file in files:
        parts.blobs.delete(sealed_file)
    if changed.status in _CLOSED and has_tokens(parts, agreement.id):
        parts.custodian.destroy(token_secret(agreement.id))
    return changed


def has_tokens(parts: Parts, agreement_id: str) -> bool:
    """Say whether an agreement has a token key that is not destroyed."""
    name = token_secret(agreement_id)
    return any(each.key_id == name and each.state is not KeyState.DESTROYED for each in parts.custodian.list_keys())


def _gives_the_same(before: Agreement, after: Agreement) -> bool:
    if after.status in _CLOSED:
        return False
    return (before.fields, before.rows, before.tokenised) == (after.fields, after.rows, after.tokenised)


def _take_files(connection: Connection, agreement_id: str) -> list[str]:
    files = [each.sealed_file for each in take_releases(connection, agreement_id)]
    for sealed_file in files:
        remove_sealed_file(connection, sealed_file)
    return files
