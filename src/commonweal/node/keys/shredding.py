"""Shredding: what opened a version, an agreement's releases or all of a body is destroyed, with a certificate.

Each step may be taken again after a stop: wraps first, then payloads, journal and keys, the certificate last.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import (
    find_agreement,
    find_discloser,
    list_agreements,
    list_changes,
    save_agreement,
)
from commonweal.adapters.sql.bodies import find_tenant
from commonweal.adapters.sql.datasets import (
    SealedFile,
    find_newest_version,
    get_dataset,
    get_sealed_file,
    list_datasets,
    list_sealed_files,
    list_versions,
    remove_sealed_file,
    shred_version,
)
from commonweal.adapters.sql.search import index_record, remove_record
from commonweal.agree import Agreement, AgreementStatus, revoke, state_at
from commonweal.core import Actor, Event, Json, NotFoundError, RefusedError
from commonweal.identity import TenantScope
from commonweal.inventory import record_of
from commonweal.keys import Certificate, KeyAct, KeyState, Proposal, UnknownBlobError
from commonweal.node.backups.making import last_backup_expiry
from commonweal.node.parts import Parts, receiving_key, token_secret

from .rotating import Rotating


class InForceError(RefusedError):
    """What is in force is ended before it is shredded."""

    code = "keys.in-force"
    default_advice = "End it first with `commonweal revoke AGREEMENT --reason TEXT`."


@dataclass(frozen=True, slots=True)
class _Target:
    """What a proposal is about: in words, whose, what the log calls it, and all that is part of it."""

    what: str
    body: str
    subject: str
    files: tuple[SealedFile, ...]
    datasets: tuple[str, ...]
    agreements: tuple[Agreement, ...]
    versions: tuple[str, ...] = ()
    number: str = ""


class Shredding:
    """Destroys wraps and keys, and certifies it."""

    def __init__(self, parts: Parts, rotating: Rotating) -> None:
        self._parts = parts
        self._rotating = rotating
        self._find: dict[KeyAct, Callable[[str], _Target]] = {
            KeyAct.SHRED_VERSION: self._version,
            KeyAct.SHRED_AGREEMENT: self._agreement,
            KeyAct.SHRED_BODY: self._body,
        }

    def body_of(self, act: KeyAct, subject: str) -> str:
        """Return the body whose people decide about such a shredding, once it is known to be possible.

        Raises:
            NotFoundError: there is nothing of that name to shred.
            InForceError: the agreement is still in force.
        """
        target = self._find[act](subject)
        if act is KeyAct.SHRED_VERSION and not (target.files or target.versions):
            raise NotFoundError(
                f"There is no {target.what} that could be shredded.",
                advice="Name it BODY/NAME@NUMBER; the page of the dataset lists its versions.",
            )
        for each in target.agreements if act is KeyAct.SHRED_AGREEMENT else ():
            if state_at(each, self._parts.clock.now()) in {"active", "pending"}:
                raise InForceError(f"Agreement {each.id} is in force.")
        return target.body

    def foresee(self, proposal: Proposal) -> tuple[str, ...]:
        """Return what carrying a proposal out will do, in sentences."""
        target, now = self._find[proposal.act](proposal.subject), self._parts.clock.now()
        reading = [each.id for each in target.agreements if state_at(each, now) in {"active", "pending"}]
        sentences = (f"Sealed files of {target.what} that can never be opened again: {len(target.files)}.",)
        if not reading:
            return (*sentences, "No agreement in force reads it.")
        effect = "are revoked" if proposal.act is KeyAct.SHRED_BODY else "read what is left, or nothing"
        return (*sentences, f"Agreements in force that {effect}: {', '.join(reading)}.")

    def _tenant(self, name: str) -> str:
        slug = self._parts.register.resolve(name).slug
        with self._parts.read() as connection:
            if find_tenant(connection, TenantScope(slug)) is None:
                raise NotFoundError(f"{slug} has no tenancy on this node.")
        return slug

    def _version(self, subject: str) -> _Target:
        name, _, number = subject.rpartition("@")
        dataset = self._parts.canonical_dataset(name)
        with self._parts.read() as connection:
            held = {str(each.number): each for each in list_versions(connection, dataset)}
            wanted = int(number) if number.isdecimal() else -1
            files = list_sealed_files(connection, dataset=dataset, version=wanted)
            agreements = [each for each in list_agreements(connection) if each.dataset == dataset]
            files += [each for each in self._since(connection, agreements, wanted) if each not in files]
        versions = (held[number].id,) if number in held else ()
        what, body = f"version {number[:20]} of {dataset}", dataset.split("/")[0]
        return _Target(what, body, dataset, tuple(files), (dataset,), tuple(agreements), versions, number)

    @staticmethod
    def _since(connection: Connection, agreements: Iterable[Agreement], number: int) -> Iterator[SealedFile]:
        """Yield the files of what changed since a version: they hold rows of it, though they are of a later one."""
        for agreement in agreements:
            for release in list_changes(connection, agreement.id, number):
                yield get_sealed_file(connection, release.sealed_file)

    def _agreement(self, subject: str) -> _Target:
        with self._parts.read() as connection:
            discloser = find_discloser(connection, subject)
            found = find_agreement(connection, TenantScope(discloser), subject) if discloser else None
            files = list_sealed_files(connection, agreement=subject)
        if found is None:
            raise NotFoundError(f"This node holds no agreement {subject[:100]}.")
        return _Target(f"agreement {found.id}", found.discloser, found.id, tuple(files), (found.dataset,), (found,))

    def _body(self, subject: str) -> _Target:
        slug = self._tenant(subject)
        with self._parts.read() as connection:
            files = list_sealed_files(connection, body=slug)
            datasets = [
                each.id for status in ("live", "withdrawn") for each in list_datasets(connection, status=status)
            ]
            mine = tuple(each for each in datasets if each.startswith(f"{slug}/"))
            versions = tuple(each.id for name in mine for each in list_versions(connection, name))
            agreements = [each for each in list_agreements(connection) if each.discloser == slug]
        return _Target(f"everything of {slug}", slug, slug, tuple(files), mine, tuple(agreements), versions)

    def shred(self, proposal: Proposal, actor: Actor) -> Certificate:
        """Carry a confirmed proposal out and return its certificate, which is in the log.

        Raises:
            CustodianUnavailableError: the device does not answer; the wraps are gone, and the rest can be done later.
            StoreError: the database's journal could not be emptied; likewise.
        """
        target = self._find[proposal.act](proposal.subject)
        openings = self._openings(target)
        self._remove(target, proposal, actor)
        for file in target.files:
            with suppress(UnknownBlobError):  # by an earlier attempt
                self._parts.blobs.delete(file.id)
        self._parts.writer.empty_journal()
        keys = self._destroy_keys(target, proposal, actor)
        files, wraps, holders = self._recount(proposal, target.subject)
        certificate = Certificate(
            act=proposal.act,
            what=target.what,
            body=proposal.body,
            at=self._parts.clock.now(),
            reason=proposal.reason,
            people=tuple(each for each in (proposal.proposed_by, proposal.confirmed_by) if each),
            files=files,
            wraps=wraps,
            keys=tuple(keys.values()),
            at_once=self._parts.custodian.destroys_at_once and bool(holders) and holders <= set(keys),
            backups_until=last_backup_expiry(self._parts.log, self._parts.clock.now()),
            openings=openings,
        )
        self._parts.record(certificate.event(actor, target.subject))
        return certificate

    def _remove(self, target: _Target, proposal: Proposal, actor: Actor) -> None:
        now = self._parts.clock.now()

        def work(transaction: Transaction) -> None:
            connection = transaction.connection
            for agreement in target.agreements if proposal.act is KeyAct.SHRED_BODY else ():
                if agreement.status is not AgreementStatus.REVOKED:
                    ended, event = revoke(agreement, actor=actor, reason=proposal.reason, at=now)
                    save_agreement(connection, ended)
                    transaction.record(event)
            gone = [row for each in target.files for row in remove_sealed_file(connection, each.id)]
            for version in target.versions:
                shred_version(connection, version)
            self._relist(transaction, target.datasets if target.versions else ())
            facts: dict[str, Json] = {
                "proposal": proposal.id,
                "files": [each.id for each in target.files],
                "wraps": len(gone),
                "holders": [*sorted({each.holder for each in gone})],
            }
            transaction.record(Event("wraps.deleted", now, proposal.body, target.subject, actor, facts))

        self._parts.writer.submit(work)

    def _recount(self, proposal: Proposal, subject: str) -> tuple[int, int, set[str]]:
        """Return how many files lost how many wraps of which holders, over all attempts to carry the proposal out."""
        done = [each.facts for each in self._events(subject, "wraps.deleted") if each.facts["proposal"] == proposal.id]
        files = {name for each in done for name in _names(each["files"])}
        holders = {name for each in done for name in _names(each["holders"])}
        return len(files), sum(int(str(each["wraps"])) for each in done), holders

    def _relist(self, transaction: Transaction, datasets: Iterable[str]) -> None:
        """Let the catalogue show the newest version that is left, or nothing."""
        for name in datasets:
            dataset = get_dataset(transaction.connection, name)
            newest = find_newest_version(transaction.connection, name)
            if newest is None or dataset.status != "live":
                remove_record(transaction.connection, name)
            else:
                record = record_of(dataset, newest, self._parts.register.get_body(dataset.body))
                index_record(transaction.connection, record)

    def _destroy_keys(self, target: _Target, proposal: Proposal, actor: Actor) -> dict[str, str]:
        """Destroy what opened nothing else, and retired versions of the datasets' own keys; return each in words."""
        held = {each.key_id for each in self._parts.custodian.list_keys() if each.state is not KeyState.DESTROYED}
        tokens = [token_secret(each.id) for each in target.agreements if proposal.act is not KeyAct.SHRED_VERSION]
        doomed = [each for each in tokens if each in held]
        own = sorted(each for each in held if any(_is_of(each, dataset) for dataset in target.datasets))
        if proposal.act is KeyAct.SHRED_BODY:
            doomed += [*own, *(each for each in (f"kek-{proposal.body}", receiving_key(proposal.body)) if each in held)]
            own = []
        for key in doomed:
            self._parts.custodian.destroy(key)
        return {key: key for key in doomed} | {key: self._renew(key, proposal, actor) for key in own}

    def _renew(self, kek_id: str, proposal: Proposal, actor: Actor) -> str:
        """Give a dataset's own key a next version, and destroy those under which the shredded wraps lay."""
        last = self._rotating.rotate(kek_id, proposal.body, actor) - 1
        self._rotating.finish(kek_id)
        self._parts.custodian.destroy_retired(kek_id)
        return f"{kek_id} up to version {last}"

    def _openings(self, target: _Target) -> tuple[tuple[str, int], ...]:
        counted: Counter[str] = Counter()
        for agreement in target.agreements:
            for found in self._events(agreement.id, "delivery.authorised"):
                if target.number in {"", str(found.facts["version"])}:
                    counted[agreement.recipient] += 1
        return tuple(sorted(counted.items()))

    def _events(self, subject: str, name: str) -> Iterable[Event]:
        after = -1
        while page := self._parts.log.find_events(subject=subject, name=name, after=after):
            yield from (each.event for each in page)
            after = page[-1].index


def _is_of(key_id: str, dataset: str) -> bool:
    return key_id == f"kek-{dataset}" or key_id.startswith(f"kek-{dataset}/")


def _names(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
