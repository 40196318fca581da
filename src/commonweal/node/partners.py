"""Use cases of partners: charities, suppliers, universities and others that no public register here holds."""

from threading import Lock

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.partners import add_partner, list_partners
from commonweal.core import Actor, Event, Json
from commonweal.identity import KnownBodyError, Permission, PublicBody

from .callers import Caller
from .parts import Parts


class Partners:
    """Lets a node know partners by name, so that they can ask and be asked like any body."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = Lock()

    def add(self, caller: Caller, partner: PublicBody) -> PublicBody:
        """Make a partner known to the node; the same one twice changes nothing.

        Raises:
            RoleError: the person may not manage who there is on this node.
            KnownBodyError: another body has that number, slug, name or abbreviation.
        """
        caller.require(Permission.MANAGE_PEOPLE, self._parts.settings.body)
        return self.admit(partner, caller.actor())

    def admit(self, partner: PublicBody, actor: Actor) -> PublicBody:
        """Store a partner in somebody's name; errors as `add`."""
        with self._lock:
            known = self._parts.register.find_like(partner)
            if known == (partner,):
                return partner
            if known:
                raise KnownBodyError(f"{known[0].name} ({known[0].id}, {known[0].slug}) is known here already.")
            now = self._parts.clock.now()
            facts: dict[str, Json] = {"register": partner.id, "name": partner.name, "kind": partner.kind.value}

            def work(transaction: Transaction) -> None:
                add_partner(transaction.connection, partner)
                body = self._parts.settings.body
                transaction.record(Event("partner.added", now, body, partner.slug, actor, facts))

            self._parts.writer.submit(work)
            self._parts.bodies.add(partner)
            return partner

    def list(self) -> list[PublicBody]:
        """Return the partners that this node knows."""
        with self._parts.read() as connection:
            return list_partners(connection)
