"""Use case of the security case: what guards one agreement, for its parties."""

from commonweal.adapters.sql.datasets import find_newest_version, get_dataset
from commonweal.core import Event
from commonweal.insight import SecurityCase, make_case
from commonweal.node.callers import Caller
from commonweal.node.casework.asking import Asking
from commonweal.node.keys.register import KeyRegister
from commonweal.node.parts import Parts

_EVENTS = 200


class SecurityCases:
    """Makes the security case of an agreement from what is on record."""

    def __init__(self, parts: Parts, asking: Asking, register: KeyRegister) -> None:
        self._parts = parts
        self._asking = asking
        self._register = register

    def make(self, caller: Caller, agreement_id: str, *, is_secure: bool) -> SecurityCase:
        """Return an agreement's security case, for people of its parties and the node's operator; recorded.

        `is_secure` says whether callers reach the node by TLS.

        Raises:
            NotFoundError: there is no such agreement, or it is between other bodies.
        """
        agreement = self._asking.get_agreement(caller, agreement_id)
        now, discloser = self._parts.clock.now(), agreement.discloser
        self._parts.record(Event("security-case.viewed", now, discloser, agreement.id, caller.actor()))
        register, holdings = self._register.register_for(agreement.discloser)
        with self._parts.read() as connection:
            dataset = get_dataset(connection, agreement.dataset)
            version = find_newest_version(connection, agreement.dataset)
        log = self._parts.log
        events = log.find_newest(subject=agreement.id, limit=_EVENTS)
        return make_case(
            agreement,
            dataset,
            version,
            register=register,
            holdings=holdings,
            counts=log.count_events(subject=agreement.id),
            events=[each for each in events if not each.event.name.endswith(".viewed")],
            is_secure=is_secure,
        )
