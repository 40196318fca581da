"""Use cases of rule packs: a body's own is adopted and withdrawn on the running node, and those in force are listed."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime

import rfc8785

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import list_packs
from commonweal.adapters.sql.rule_packs import LocalPack, add_local_pack, end_local_pack
from commonweal.core import Json, NotFoundError, to_rfc3339
from commonweal.identity import Permission
from commonweal.law import (
    RulePack,
    RulePackAdopted,
    adopt_pack,
    join_packs,
    read_pack,
    verify_newer,
    withdraw_pack,
)
from commonweal.node.callers import Caller
from commonweal.node.law_in_force import Law
from commonweal.node.parts import NODE_KEY, Parts

from .in_words import describe_difference, describe_pack


@dataclass(frozen=True, slots=True)
class StandingPack:
    """A rule pack in force, with who adopted it and when; of one that only the release vouches for, nobody."""

    pack: RulePack
    body: str = ""
    person: str = ""
    at: datetime | None = None

    def describe(self) -> dict[str, Json]:
        """Return it for a program: what the pack is, and who adopted it when."""
        adopted = to_rfc3339(self.at) if self.at else None
        return {**describe_pack(self.pack), "body": self.body, "adopted_by": self.person, "adopted": adopted}


class RulePacks:
    """Adopts a local rule pack, takes it back, and says which hold."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def describe(self) -> dict[str, Json]:
        """Return for a program which packs are in force, the digest that decisions carry, and where they differ."""
        law = self._parts.law.now
        return {
            "version": law.pack.version,
            "digest": law.pack.digest,
            "packs": [each.describe() for each in self.list()],
            "differences": [describe_difference(each) for each in law.pack.differences],
        }

    def list(self) -> tuple[StandingPack, ...]:
        """Return the rule packs in force: the common one, then the local one if there is."""
        law = self._parts.law.now
        with self._parts.read() as connection:
            founded = {each.digest: each for each in list_packs(connection)}.get(law.common.digest)
        common = StandingPack(law.common)
        if founded is not None:
            common = StandingPack(law.common, founded.body, founded.person, founded.adopted)
        if law.local is None or law.adopted is None:
            return (common,)
        return common, StandingPack(law.local, law.adopted.body, law.adopted.person, law.adopted.adopted)

    def adopt(self, caller: Caller, content: bytes) -> Law:
        """Apply a local rule pack beside the common one, at once and after every restart; an older one gives way.

        Raises:
            RoleError: the caller's role in the node's own body does not allow it.
            LawError: it is no local pack, or does not stand beside the common one (`law.pack-malformed`).
            PackNotNewerError: one of this version or a later one is in force (`law.pack-not-newer`).
        """
        parts, body = self._parts, self._parts.settings.body
        caller.require(Permission.ADOPT_PACK, body)
        local = read_pack(content)
        with parts.law.changing():
            before = parts.law.now
            joined = join_packs(before.common, local)
            verify_newer(local, before.local)
            said = adopt_pack(local, body=body, person=caller.person, at=parts.clock.now())
            stored = self._sign(said, content)
            self._store(caller, stored, said, before, joined)
            law = Law(before.common, joined, local, stored)
            parts.law.change(law)
        return law

    def withdraw(self, caller: Caller, digest: str) -> Law:
        """Apply the local rule pack no longer; agreements that rest on it stand until somebody ends them.

        Raises:
            RoleError: the caller's role in the node's own body does not allow it.
            NotFoundError: no local pack with that digest is in force.
        """
        parts = self._parts
        caller.require(Permission.ADOPT_PACK, parts.settings.body)
        with parts.law.changing():
            before = parts.law.now
            known = before.local
            if known is None or known.digest != digest.strip().lower():
                raise NotFoundError(
                    "No local rule pack with that digest is in force.", advice="See `commonweal law packs`."
                )
            at = parts.clock.now()
            event = withdraw_pack(known, actor=caller.actor(), at=at)

            def work(transaction: Transaction) -> None:
                end_local_pack(transaction.connection, known.digest, at)
                transaction.record(event)

            parts.writer.submit(work)
            law = Law(before.common, before.common)
            parts.law.change(law)
        return law

    def _sign(self, said: RulePackAdopted, content: bytes) -> LocalPack:
        signature = self._parts.custodian.sign(NODE_KEY, rfc8785.dumps(said.statement()))
        return LocalPack(said.digest, said.version, content, said.body, said.person, said.at, signature)

    def _store(self, caller: Caller, stored: LocalPack, said: RulePackAdopted, before: Law, joined: RulePack) -> None:
        old = before.local
        signature = b64encode(stored.signature).decode()
        adopted = said.event(signature=signature, operator=caller.operator, in_force=joined.digest)

        def work(transaction: Transaction) -> None:
            if old is not None:
                end_local_pack(transaction.connection, old.digest, said.at)
                ended = withdraw_pack(old, actor=caller.actor(), at=said.at, superseded_by=said.digest)
                transaction.record(ended)
            add_local_pack(transaction.connection, stored)
            transaction.record(adopted)

        self._parts.writer.submit(work)
