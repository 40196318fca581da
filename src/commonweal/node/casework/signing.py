"""Use case of signing: the other side puts its signature under an offered agreement, which is then in force."""

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import find_agreement, save_agreement
from commonweal.agree import Agreement, awaited_body, countersign
from commonweal.core import NotFoundError
from commonweal.identity import TenantScope
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts

from .asking import Asking
from .signer import make_signer


class Signing:
    """Countersigns; each signature is judged on what is stored when it is written."""

    def __init__(self, parts: Parts, asking: Asking) -> None:
        self._parts = parts
        self._asking = asking

    def sign(self, caller: Caller, agreement_id: str) -> Agreement:
        """Sign an offered agreement for the side that has not; it is in force from then on.

        Raises:
            NotFoundError: there is none, or it is between other bodies.
            RoleError: the caller's role does not let them sign for their body.
            StaleSignInError: they signed in too long ago.
            NotOfferedError: it waits for no signature.
            LapsedOfferError: its end has passed.
            SignedAlreadyError: their side, or they themselves, signed it.
        """
        with self._asking.alone(agreement_id):
            shown = self._asking.get_agreement(caller, agreement_id)
            body = (
                caller.person.body if caller.person.body in {shown.discloser, shown.recipient} else awaited_body(shown)
            )
            signer = make_signer(caller, body or shown.recipient, self._parts.clock.now())

            def work(transaction: Transaction) -> Agreement:
                stored = find_agreement(transaction.connection, TenantScope(shown.discloser), agreement_id)
                if stored is None:
                    raise NotFoundError(f"There is no agreement {agreement_id} any more.")
                signed, event = countersign(stored, signer, actor=caller.actor(), at=self._parts.clock.now())
                save_agreement(transaction.connection, signed)
                transaction.record(event)
                return signed

            return self._parts.writer.submit(work)
