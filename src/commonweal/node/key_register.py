"""The key register: for each key what it is for, whose it is, where it lies and how many files it opens."""

from dataclasses import dataclass

from commonweal.adapters.sql.agreements import list_agreements
from commonweal.adapters.sql.bodies import list_tenants
from commonweal.adapters.sql.datasets import count_files_by_holder
from commonweal.core import Event
from commonweal.identity import Permission
from commonweal.keys import KeyRecord

from .asking import token_secret
from .callers import Caller
from .parts import Parts


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One key of the register: its record, the body it belongs to, who can use it and how many files it opens."""

    record: KeyRecord
    body: str
    holders: tuple[str, ...]
    opens: int


class KeyRegister:
    """Composed from the custodian's records and the header rows; nothing in it is typed in."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def list(self, caller: Caller) -> list[RegisterEntry]:
        """Return the keys of the caller's body, held or destroyed; all of the node's for its operator.

        An access, so it is recorded.
        """
        body = caller.person.body
        caller.require(Permission.READ_LOG, body)
        event = Event("keys.listed", self._parts.clock.now(), body, self._parts.settings.node, caller.actor())
        self._parts.record(event)
        with self._parts.read() as connection:
            opens = count_files_by_holder(connection)
            owners = {each.kek: each.body for each in list_tenants(connection)}
            owners |= {token_secret(each.id): each.discloser for each in list_agreements(connection)}
        settings = self._parts.settings
        holder = f"{settings.body} (operator of node {settings.node}; unlock secret: {self._parts.unlock.place})"
        entries = [
            RegisterEntry(
                record,
                owners.get(record.key_id, settings.body),
                (holder,),
                opens.get(record.key_id, 0),
            )
            for record in self._parts.custodian.list_keys()
        ]
        return [each for each in entries if caller.is_operator or each.body == body]
