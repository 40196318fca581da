"""Who signs: a person with authority at their side, who proved a short while ago who they are."""

from dataclasses import replace
from datetime import datetime, timedelta

from commonweal.adapters.sql.datasets import get_dataset
from commonweal.agree import Signer, Terms, capacity_of, is_about_people
from commonweal.core import RefusedError, to_rfc3339
from commonweal.identity import Permission
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.node.settings import ABOUT_PEOPLE

PROOF_LIFE = timedelta(minutes=10)
"""How long ago a person may have signed in when they put their signature under something."""


class StaleSignInError(RefusedError):
    """Somebody signs in a session that began more than ten minutes ago."""

    code = "identity.stale-sign-in"
    default_advice = (
        "Open a fresh sign-in link and sign within ten minutes; `commonweal serve link` makes one, and with "
        "`--as PERSON` one for somebody else of the node."
    )


def make_signer(caller: Caller, body: str, now: datetime) -> Signer:
    """Return the caller as one who signs for `body`, a slug.

    Raises:
        RoleError: their role does not let them.
        StaleSignInError: they signed in too long ago; a token is checked with each call, so it never is.
    """
    caller.require(Permission.AGREE, body)
    began = caller.session_began
    if began is not None and now - began > PROOF_LIFE:
        raise StaleSignInError(
            f"A signature needs that you have just proved who you are, and you signed in at {to_rfc3339(began)}."
        )
    capacity = capacity_of(caller.person, body)
    return Signer(caller.person.id, body, capacity, began or now, "token" if began is None else "sign-in-link")


def terms_to_sign(parts: Parts, terms: Terms, dataset_id: str) -> Terms:
    """Return terms as they are signed: where they are about people, the settings may demand both signatures."""
    if parts.settings.countersign != ABOUT_PEOPLE:
        return terms
    with parts.read() as connection:
        dataset = get_dataset(connection, dataset_id)
    return replace(terms, countersigned=terms.countersigned or is_about_people(dataset, terms))
