"""Use cases of change feeds: what leads from one version to another, as an agreement lets its recipient see it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from commonweal.adapters.duckdb import Commit, Differ, EngineMemoryError
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import add_release, find_release
from commonweal.adapters.sql.datasets import add_sealed_file, is_held, list_versions, next_version_number
from commonweal.core import new_identifier
from commonweal.deliver import (
    Release,
    choose_feed_key,
    choose_pair,
    find_hidden_start,
    plan_release,
    verify_names,
    write_release,
)
from commonweal.identity import TenantScope
from commonweal.keys import KekContext
from commonweal.node.callers import Recipient
from commonweal.node.files import SealedStore, Sealing
from commonweal.node.keys.choice import choose_for_release
from commonweal.node.locks import KeyedLocks
from commonweal.node.parts import Parts
from commonweal.publish import DatasetVersion

from .delivering import Delivering
from .releasing import overtaken, verify_unchanged
from .standing import DeliveryRefusedError, Opened, Standing

SHARES = (1, 8, 64, 512)
"""Into how many shares the rows are divided: the first number with which each fits in the engine's memory."""


class Changing:
    """Gives the changes between two versions through the one release pipeline (decision 10).

    What is compared are the agreement's releases of both versions and nothing else: its fields, its rows, its tokens.
    So nothing that the agreement does not open decides whether a row shows.
    """

    def __init__(self, parts: Parts, files: SealedStore, delivering: Delivering) -> None:
        self._parts = parts
        self._files = files
        self._delivering = delivering
        self._locks = KeyedLocks()

    def open(
        self,
        recipient: Recipient,
        agreement_id: str,
        *,
        form: str,
        start: int,
        end: int = 0,
        fields: Sequence[str] = (),
        purpose: str = "",
    ) -> Opened:
        """Authorise a delivery of the changes from version `start` to `end` (0: the newest), as `Delivering.open`.

        Raises:
            DeliveryRefusedError: as there; or a version was shredded, or had been followed by another before the
                agreement began.
            InputError: there are no such versions.
        """
        door = f"changes.{form}"
        standing, chosen = self._delivering.admit(recipient, agreement_id, door=door, fields=fields, purpose=purpose)
        verify_names(chosen)
        former, later = self._pair(recipient, standing, chosen, door=door, start=start, end=end)
        older = self._delivering.release(recipient, replace(standing, version=former), chosen, door=door)
        newer = self._delivering.release(recipient, replace(standing, version=later), chosen, door=door)
        try:
            release = self._release(recipient, replace(standing, version=later), older, newer)
        except DeliveryRefusedError as shut:
            raise self._delivering.overtaken(recipient, standing, shut, door=door) from None
        return self._delivering.hand_over(recipient, standing, release, door=door, purpose=purpose)

    def _pair(
        self, recipient: Recipient, standing: Standing, fields: tuple[str, ...], *, door: str, start: int, end: int
    ) -> tuple[DatasetVersion, DatasetVersion]:
        with self._parts.read() as connection:
            versions = list_versions(connection, standing.dataset.id)
            newest = next_version_number(connection, standing.dataset.id) - 1
        pair = choose_pair(versions, newest, start, end)
        shut = pair if isinstance(pair, str) else self._find_shut(standing, versions, pair, fields)
        if isinstance(pair, str) or shut:
            raise self._delivering.refuse(recipient, standing.agreement, door=door, reason=shut)
        return pair

    @staticmethod
    def _find_shut(
        standing: Standing,
        versions: Sequence[DatasetVersion],
        pair: tuple[DatasetVersion, DatasetVersion],
        fields: tuple[str, ...],
    ) -> str:
        former, later = pair
        if _key_of(standing, former, fields) != _key_of(standing, later, fields):
            return (
                f"Versions {former.number} and {later.number} lie under different keys, and a file of what changed "
                "between them would outlive the destruction of one."
            )
        return find_hidden_start(standing.agreement, versions, former)

    def _release(self, recipient: Recipient, standing: Standing, older: Release, newer: Release) -> Release:
        agreement, version = standing.agreement, standing.version
        with self._locks.hold((agreement.id, version.id, newer.fields, older.version)):
            with self._parts.read() as connection:
                found = find_release(
                    connection, agreement.id, version.id, newer.fields, changes_from=older.version_number
                )
                if found is not None:
                    self._files.verify_held(connection, found.sealed_file)
            return found or self._write(recipient, standing, older, newer)

    def _write(self, recipient: Recipient, standing: Standing, older: Release, newer: Release) -> Release:
        agreement, version = standing.agreement, standing.version
        with ExitStack() as kept:
            rows, sealing = self._compare(standing, older, newer)
            kept.enter_context(self._files.recording(sealing))
            release = replace(
                newer,
                id=new_identifier("rel"),
                sealed_file=sealing.id,
                size=sealing.size,
                payload_size=sealing.writer.payload_size,
                digest=sealing.digest,
                row_count=rows,
                created=self._parts.clock.now(),
                changes_from=older.version_number,
            )
            context = KekContext(agreement.discloser, version.dataset, str(version.number), agreement.id)
            event = write_release(release, recipient.actor(), agreement.discloser)
            scope = TenantScope(agreement.discloser)

            def work(transaction: Transaction) -> Release:
                verify_unchanged(transaction.connection, standing)
                if not (is_held(transaction.connection, version.id) and is_held(transaction.connection, older.version)):
                    raise overtaken("A version was shredded while it was being compared.")
                add_sealed_file(
                    transaction.connection,
                    *self._files.wrap(sealing, context, _key_of(standing, version, newer.fields)),
                )
                add_release(transaction.connection, scope, release)
                transaction.record(event)
                return release

            return self._parts.writer.submit(work)

    def _compare(self, standing: Standing, older: Release, newer: Release) -> tuple[int, Sealing]:
        for shares in SHARES[:-1]:
            try:
                return self._compare_in(shares, standing, older, newer)
            except EngineMemoryError:
                continue
        return self._compare_in(SHARES[-1], standing, older, newer)

    def _compare_in(self, shares: int, standing: Standing, older: Release, newer: Release) -> tuple[int, Sealing]:
        version = standing.version
        key = choose_feed_key(standing.dataset.contract, version, newer.fields)
        with self._offered(older, newer) as (files, former, later), self._files.seal(new_identifier("sf")) as sealing:
            commit = Commit(version.number, version.published)
            target = files.accept("changes", sealing.writer)
            rows = Differ(files).write(former, later, target, key=key, commit=commit, shares=shares)
        return rows, sealing

    @contextmanager
    def _offered(self, older: Release, newer: Release) -> Iterator[tuple[SealedFiles, str, str]]:
        files = SealedFiles()
        with self._delivering.reader(older) as former, self._delivering.reader(newer) as later:
            yield files, files.offer("former", former), files.offer("later", later)


def _key_of(standing: Standing, version: DatasetVersion, fields: tuple[str, ...]) -> str:
    return choose_for_release(version, plan_release(standing.agreement, fields).reads())
