"""Use cases of profiles: the small file with which a recipient's own tools read (Delta Sharing profile, version 1)."""

from datetime import timedelta

from commonweal.agree import Agreement, state_at
from commonweal.core import Json, RefusedError, to_rfc3339
from commonweal.identity import Permission
from commonweal.node.bodies import Bodies
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts

from .asking import Asking

GRACE = timedelta(days=30)
"""How long after its agreement a token is still known, so that a late reader is told why instead of "unknown"."""

LONGEST = timedelta(days=3650)
"""How long a token lives at most; for a longer agreement a new profile is issued."""


class EndedAgreementError(RefusedError):
    """A profile was asked for under an agreement that is over."""

    code = "deliver.agreement-ended"
    default_advice = "Make a new access request."


class Profiles:
    """Issues profiles."""

    def __init__(self, parts: Parts, bodies: Bodies, asking: Asking) -> None:
        self._parts = parts
        self._bodies = bodies
        self._asking = asking

    def issue(self, caller: Caller, agreement_id: str, url: str) -> dict[str, Json]:
        """Return a profile for an agreement, with a fresh token of its recipient; it expires with the agreement.

        That of a sealed agreement has a member `commonweal`, which Delta Sharing clients pass over: the agreement, the
        recipient it is sealed to, and the node's Ed25519 public key (64 hex digits) that signs its manifests.
        `url` is the address by which the recipient reaches the node; empty for the one in its settings.
        """
        agreement = self._asking.get_agreement(caller, agreement_id)
        caller.require(Permission.ISSUE_PROFILE, agreement.recipient)
        now = self._parts.clock.now()
        if (state := state_at(agreement, now)) in {"revoked", "expired"}:
            raise EndedAgreementError(f"Agreement {agreement.id} is {state}, so a profile would open nothing.")
        life = min(agreement.ends - now + GRACE, LONGEST)
        token = self._bodies.issue_recipient_token(
            agreement.recipient, agreement=agreement.id, person=caller.person.id, life=life
        )
        return {
            "shareCredentialsVersion": 1,
            "endpoint": f"{url or self._parts.settings.url}/delta-sharing/",
            "bearerToken": token,
            "expirationTime": to_rfc3339(min(agreement.ends, now + life)),
            **self._of_sealed(agreement),
        }

    def _of_sealed(self, agreement: Agreement) -> dict[str, Json]:
        if not agreement.sealed_to:
            return {}
        key = self._parts.settings.public_key
        return {"commonweal": {"agreement": agreement.id, "sealedTo": agreement.sealed_to, "nodeKey": key}}
