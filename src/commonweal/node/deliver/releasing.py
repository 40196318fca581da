"""Writing releases: what an agreement opens of one version, once, as a sealed file of its own."""

from sqlalchemy import Connection

from commonweal.adapters.duckdb import Releaser
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import add_release, find_agreement, find_release, holds_release
from commonweal.adapters.sql.datasets import SealedFile, add_sealed_file, is_held
from commonweal.agree import Agreement
from commonweal.core import Actor, LogStoppedError, StoreFullError, new_identifier
from commonweal.deliver import Release, plan_release, write_release
from commonweal.identity import TenantScope
from commonweal.keys import HeaderRow, KekContext
from commonweal.node.files import SealedStore, Sealing
from commonweal.node.keys.choice import choose_for_release
from commonweal.node.locks import KeyedLocks
from commonweal.node.parts import Parts, token_secret

from .standing import DeliveryRefusedError, Standing


class Releasing:
    """Gives the release of an agreement × version × fields, written if it is not yet."""

    def __init__(self, parts: Parts, files: SealedStore) -> None:
        self._parts = parts
        self._files = files
        self._locks = KeyedLocks()

    def release(self, standing: Standing, fields: tuple[str, ...], actor: Actor) -> Release:
        """Return the release of the version that a recipient stands before.

        Raises:
            DeliveryRefusedError: the agreement was changed or the version shredded meanwhile.
            KeyDestroyedError: the key that the fields lie under was destroyed.
            LogStoppedError: the disk is full.
        """
        agreement, version = standing.agreement, standing.version
        with self._locks.hold((agreement.id, version.id, fields)):
            with self._parts.read() as connection:
                found = find_release(connection, agreement.id, version.id, fields)
                if found is not None:
                    self._files.verify_held(connection, found.sealed_file)
            try:
                return found or self._write(standing, fields, actor)
            except StoreFullError:
                raise LogStoppedError("The disk that holds the node is full, so nothing is answered.") from None

    def _write(self, standing: Standing, fields: tuple[str, ...], actor: Actor) -> Release:
        agreement, version = standing.agreement, standing.version
        plan = plan_release(agreement, fields)
        key = self._parts.custodian.get_secret(token_secret(agreement.id)).hex() if plan.tokenised else None
        files, reads = SealedFiles(), plan.reads()
        with (
            self._files.offering(files, version, reads) as (source, *beside),
            self._files.seal(new_identifier("sf")) as sealing,
        ):
            target = files.accept("release", sealing.writer)
            rows = Releaser(files).release(source, plan, key, target, beside=beside)
        context = KekContext(agreement.discloser, version.dataset, str(version.number), agreement.id)
        release = Release(
            id=new_identifier("rel"),
            agreement=agreement.id,
            dataset=version.dataset,
            version=version.id,
            version_number=version.number,
            fields=fields,
            sealed_file=sealing.id,
            size=sealing.size,
            payload_size=sealing.writer.payload_size,
            digest=sealing.digest,
            row_count=rows,
            created=self._parts.clock.now(),
        )
        event = write_release(release, actor, agreement.discloser)

        def work(transaction: Transaction) -> Release:
            verify_unchanged(transaction.connection, standing)
            if not is_held(transaction.connection, version.id):
                raise overtaken("The version was shredded while it was being released.")
            wrapped = self._wrap(sealing, context, agreement, choose_for_release(version, reads))
            add_sealed_file(transaction.connection, *wrapped)
            add_release(transaction.connection, TenantScope(agreement.discloser), release)
            transaction.record(event)
            return release

        with self._files.recording(sealing):
            return self._parts.writer.submit(work)

    def _wrap(
        self, sealing: Sealing, context: KekContext, agreement: Agreement, kek_id: str
    ) -> tuple[SealedFile, list[HeaderRow]]:
        """Wrap for the recipient of a sealed agreement alone: the discloser can always release again."""
        if agreement.sealed_to:
            return self._files.wrap_to(sealing, context, agreement.sealed_to)
        return self._files.wrap(sealing, context, kek_id)


def verify_unchanged(connection: Connection, standing: Standing, release: Release | None = None) -> None:
    """Check, in the transaction that leans on it, that an agreement is the one that a recipient stood before (ADR 39).

    Raises:
        DeliveryRefusedError: its terms or its status changed; or `release` was shredded.
    """
    agreement = standing.agreement
    if find_agreement(connection, TenantScope(agreement.discloser), agreement.id) != agreement:
        raise overtaken(f"Agreement {agreement.id} changed while this was being prepared.")
    if release is not None and not holds_release(connection, release.id):
        raise overtaken("What was prepared was shredded before it could be given.")


def overtaken(reason: str) -> DeliveryRefusedError:
    """Return the refusal of what was right when it was asked, and no longer is."""
    return DeliveryRefusedError("This delivery is refused.", reasons=(reason,), advice="Ask again.")
