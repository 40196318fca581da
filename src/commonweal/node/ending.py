"""Ending an agreement: the next request is refused, its releases are shredded, its token key is destroyed."""

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import save_agreement, take_releases
from commonweal.adapters.sql.datasets import remove_sealed_file
from commonweal.agree import Agreement, revoke
from commonweal.core import Actor

from .parts import Parts, token_secret


def end_agreement(parts: Parts, agreement: Agreement, actor: Actor, reason: str) -> Agreement:
    """Revoke an agreement for ever, remove what opened its releases, and return it as it stands.

    Raises:
        AlreadyRevokedError: it is revoked already.
        UnexplainedRevocationError: `reason` is empty.
    """
    ended, event = revoke(agreement, actor=actor, reason=reason, at=parts.clock.now())

    def work(transaction: Transaction) -> list[str]:
        save_agreement(transaction.connection, ended)
        files = [each.sealed_file for each in take_releases(transaction.connection, agreement.id)]
        for sealed_file in files:
            remove_sealed_file(transaction.connection, sealed_file)
        transaction.record(event)
        return files

    for sealed_file in parts.writer.submit(work):
        parts.blobs.delete(sealed_file)
    if agreement.tokenised:
        parts.custodian.destroy(token_secret(agreement.id))
    return ended
