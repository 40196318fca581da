"""Use cases of the key register: every key with what it opens, one key, and what its leak would expose."""

from collections.abc import Iterable, Sequence

from commonweal.adapters.sql.datasets import find_dataset, list_versions
from commonweal.audit import LogEvent
from commonweal.core import Event
from commonweal.identity import Permission
from commonweal.insight import (
    USES,
    Exposure,
    HeldKey,
    Holdings,
    KeyDetail,
    Published,
    RegisterEntry,
    build_register,
    detail_key,
    expose,
    moments_of_rotation,
)
from commonweal.keys import UnknownKeyError
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts

from .holdings import KeyHoldings


class KeyRegister:
    """Composed from the custodian's records, header rows, agreements and the log; nothing in it is typed in."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._holdings = KeyHoldings(parts)

    def list(self, caller: Caller) -> list[RegisterEntry]:
        """Return the keys of the caller's body and those it seals to; all of the node's for its operator.

        An access, so it is recorded.
        """
        self._require(caller, "keys.listed", self._parts.settings.node)
        holdings = self._holdings.gather()
        register = build_register(holdings, self.uses_of(holdings, self._record_of(caller)))
        return [each for each in register if _is_shown(each.held, caller, holdings)]

    def show(self, caller: Caller, key: str) -> KeyDetail:
        """Return everything that is known of one key; recorded.

        Raises:
            UnknownKeyError: there is none of that name, or it is another body's.
        """
        self._require(caller, "key.viewed", key[:_LONGEST_NAME])
        holdings = self._holdings.gather()
        found = detail_key(key, holdings, self.uses_of(holdings, self._record_of(caller)))
        if found is None or not _is_shown(found.entries[0].held, caller, holdings):
            raise _unknown(key)
        return found

    def exposure(self, caller: Caller, key: str) -> Exposure:
        """Return what is lost if a key leaks, and what to do then; for those who read the log or manage keys. Recorded.

        Raises:
            UnknownKeyError: there is none of that name, or it is another body's.
        """
        wanted = Permission.MANAGE_KEYS if caller.may(Permission.MANAGE_KEYS, caller.person.body) else _READ
        self._require(caller, "exposure.viewed", key[:_LONGEST_NAME], wanted)
        holdings = self._holdings.gather()
        found = expose(key, holdings, self._published({each.dataset for each in holdings.openings}))
        if found is None or not any(_is_shown(e, caller, holdings) for e in holdings.keys if e.key == key):
            raise _unknown(key)
        return found

    def owner_of(self, key: str) -> str:
        """Return the body that answers for a key: whose it is, or for one that lies elsewhere whoever seals to it.

        Raises:
            UnknownKeyError: the register has none of that name.
        """
        holdings = self._holdings.gather()
        held = next((each for each in holdings.keys if each.key == key), None)
        if held is None:
            raise _unknown(key)
        served = holdings.agreements_of(held, ()) if held.is_outside else ()
        return next((holdings.agreements[each].discloser for each in served), held.body)

    def register_for(self, body: str) -> tuple[tuple[RegisterEntry, ...], Holdings]:
        """Return the whole register and what it was made from, last uses as the log of `body` shows them.

        For other use cases, which record their own access.
        """
        holdings = self._holdings.gather()
        return build_register(holdings, self.uses_of(holdings, body)), holdings

    def uses_of(self, holdings: Holdings, body: str | None) -> Sequence[LogEvent]:
        """Return the events among which each key's last use is: of one body's record, or of all."""
        log, names = self._parts.log, [*USES]
        found = log.find_newest(body=body, limit=1) + log.find_newest_of_each(names, body=body)
        for whose, moment in moments_of_rotation(holdings.keys):
            if body in {None, whose}:
                found += log.find_newest_of_each(names, body=whose or None, before=moment)
        return [*{each.index: each for each in found}.values()]

    def _record_of(self, caller: Caller) -> str | None:
        """Return whose events a caller's keys were used by; those of the node's own body served everybody."""
        own = caller.person.body
        return None if caller.is_operator or own == self._parts.settings.body else own

    def _require(self, caller: Caller, name: str, subject: str, permission: Permission = Permission.READ_LOG) -> None:
        body = caller.person.body
        caller.require(permission, body)
        self._parts.record(Event(name, self._parts.clock.now(), body, subject, caller.actor()))

    def _published(self, datasets: Iterable[str]) -> dict[str, Published]:
        with self._parts.read() as connection:
            found = ((each, find_dataset(connection, each)) for each in sorted(datasets))
            return {
                name: Published(dataset, list_versions(connection, name))
                for name, dataset in found
                if dataset is not None
            }


_READ = Permission.READ_LOG
_LONGEST_NAME = 128


def _is_shown(key: HeldKey, caller: Caller, holdings: Holdings) -> bool:
    own = caller.person.body
    if caller.is_operator or key.body == own:
        return True
    served = holdings.agreements_of(key, ()) if key.is_outside else ()
    return any(holdings.agreements[each].discloser == own for each in served)


def _unknown(key: str) -> UnknownKeyError:
    return UnknownKeyError(f"The key register has no key called {key[:_LONGEST_NAME]!r} that you may see.")
