"""What is needed to read a schedule's source, password and all, sealed under the key of its body."""

from dataclasses import asdict

import rfc8785
from pydantic import TypeAdapter
from sqlalchemy import Connection

from commonweal.adapters.remote import RemoteSource
from commonweal.adapters.sql.bodies import find_tenant
from commonweal.adapters.sql.schedules import (
    SealedSource,
    get_schedule,
    get_sealed,
    list_sealed_behind,
    replace_sealed,
)
from commonweal.core import NotFoundError, ProofError
from commonweal.identity import TenantScope
from commonweal.keys import KekReference, SealedFileError
from commonweal.node.parts import Parts
from commonweal.publish import Schedule

_SOURCE: TypeAdapter[RemoteSource] = TypeAdapter(RemoteSource)


class SourceSecrets:
    """Seals the address, query, user and password of schedules; each opens for its own schedule only."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def seal(self, connection: Connection, schedule: Schedule, wanted: RemoteSource) -> SealedSource:
        """Seal under the current key of the schedule's body; call it in the unit of work that stores it.

        Raises:
            NotFoundError: the body has no tenancy here.
        """
        tenant = find_tenant(connection, TenantScope(schedule.body))
        if tenant is None:
            raise NotFoundError(f"{schedule.body} has no tenancy on this node.")
        kek = self._parts.custodian.current_kek(tenant.kek)
        content = rfc8785.dumps(asdict(wanted))
        return SealedSource(schedule.id, kek, self._parts.custodian.wrap(kek, content, _context(schedule)))

    def open(self, schedule: Schedule) -> RemoteSource:
        """Return what was sealed.

        Raises:
            ProofError: it is not what was sealed for this schedule.
            UnknownKeyError: the key was destroyed.
        """
        with self._parts.read() as connection:
            sealed = get_sealed(connection, schedule.id)
        try:
            return _SOURCE.validate_json(
                self._parts.custodian.unwrap(sealed.kek, sealed.wrap, _context(schedule)), strict=True
            )
        except (SealedFileError, ValueError):
            raise ProofError(f"What {schedule.id} needs to read its source is not what was sealed for it.") from None

    def count_behind(self, connection: Connection, kek: KekReference) -> int:
        """Return how many lie under earlier versions of a key."""
        return len(list_sealed_behind(connection, kek))

    def count_openable(self, connection: Connection, kek: KekReference) -> int:
        """Return how many of those that lie under earlier versions of a key are as they were sealed."""
        return sum(self._content(connection, each) is not None for each in list_sealed_behind(connection, kek))

    def body_behind(self, connection: Connection, kek: KekReference) -> str:
        """Return the body whose schedules lie under earlier versions of a key; empty when none does."""
        behind = list_sealed_behind(connection, kek)
        return get_schedule(connection, behind[0].schedule).body if behind else ""

    def pass_on(self, connection: Connection, kek: KekReference) -> int:
        """Seal what lies under earlier versions of a key under this one, in the unit of work; return how many.

        One that does not open stays as it is.
        """
        return sum(self._pass_on(connection, each, kek) for each in list_sealed_behind(connection, kek))

    def _pass_on(self, connection: Connection, old: SealedSource, kek: KekReference) -> bool:
        content = self._content(connection, old)
        if content is None:
            return False
        wrap = self._parts.custodian.wrap(kek, content, _context(get_schedule(connection, old.schedule)))
        return replace_sealed(connection, old, SealedSource(old.schedule, kek, wrap))

    def _content(self, connection: Connection, sealed: SealedSource) -> bytes | None:
        """Return what was sealed, None where it is damaged."""
        try:
            return self._parts.custodian.unwrap(
                sealed.kek, sealed.wrap, _context(get_schedule(connection, sealed.schedule))
            )
        except SealedFileError:
            return None


def _context(schedule: Schedule) -> bytes:
    facts: dict[str, str] = {"body": schedule.body, "dataset": schedule.dataset, "schedule": schedule.id}
    return rfc8785.dumps({**facts, "address": schedule.address})
