"""Use cases of delivery: one release pipeline behind every door (decision 10)."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from commonweal.adapters.duckdb import Exporter, Releaser
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import add_release, find_agreement, find_discloser, find_release, get_release
from commonweal.adapters.sql.datasets import SealedFile, add_sealed_file, get_dataset, get_newest_version, is_held
from commonweal.agree import Agreement
from commonweal.core import Actor, Event, LogStoppedError, RefusedError, StoreFullError, new_identifier, to_rfc3339
from commonweal.decide import Decision
from commonweal.deliver import (
    LINK_LIFE,
    Delivery,
    LinkError,
    Release,
    ask_to_read,
    authorise,
    authorised_delivery,
    decide_door,
    plan_release,
    refuse,
    sign_link,
    verify_link,
    write_release,
)
from commonweal.identity import TenantScope
from commonweal.keys import HeaderRow, KekContext, KeyDestroyedError, PayloadReader
from commonweal.publish import Dataset, DatasetVersion

from .callers import Recipient
from .files import SealedStore, Sealing
from .keys.choice import choose_for_release
from .locks import KeyedLocks
from .parts import LINK_SECRET, Parts, token_secret
from .standing import Opened, Standing
from .tally import Tally


class DeliveryRefusedError(RefusedError):
    """A door stays shut; `reasons` lists every fault."""

    code = "deliver.refused"


class Delivering:
    """Writes releases, authorises deliveries, and asks again before every hit."""

    def __init__(self, parts: Parts, files: SealedStore, tally: Tally) -> None:
        self._parts = parts
        self._files = files
        self._tally = tally
        self._locks = KeyedLocks()

    def stand(
        self,
        recipient: Recipient,
        agreement_id: str,
        *,
        door: str,
        fields: Sequence[str] = (),
        purpose: str = "",
    ) -> Standing:
        """Ask whether a recipient may read now; every door begins here.

        Raises:
            DeliveryRefusedError: no; all reasons are listed, and the refusal is in the log.
        """
        self._parts.require_log()
        with self._parts.read() as connection:
            agreement = self._own_agreement(connection, recipient, agreement_id)
            discloser = find_discloser(connection, agreement_id) or recipient.body
            if agreement is None:
                raise self._refused(recipient, agreement_id, discloser, door=door, reasons=(_NOT_YOURS,))
            dataset = get_dataset(connection, agreement.dataset)
        decision = self._decide(recipient.body, agreement, dataset, fields, purpose)
        if not decision.permitted:
            raise self._refused(
                recipient,
                agreement_id,
                discloser,
                door=door,
                reasons=decision.sentences(),
                would_change=decision.would_change(),
            )
        with self._parts.read() as connection:
            version = get_newest_version(connection, dataset.id)
        return Standing(agreement, dataset, version, decision)

    def view(self, recipient: Recipient, agreement_id: str, *, door: str) -> Standing:
        """Stand at a door that shows the agreement but none of its rows; the access is recorded. Errors as `stand`."""
        standing = self.stand(recipient, agreement_id, door=door)
        now, discloser = self._parts.clock.now(), standing.agreement.discloser
        self._parts.record(Event("agreement.viewed", now, discloser, agreement_id, recipient.actor(), {"door": door}))
        return standing

    @staticmethod
    def _own_agreement(connection: Connection, recipient: Recipient, agreement_id: str) -> Agreement | None:
        if recipient.credential.agreement != agreement_id:
            return None
        found = find_agreement(connection, TenantScope(recipient.body), agreement_id)
        return found if found is not None and found.recipient == recipient.body else None

    def _decide(
        self, body: str, agreement: Agreement, dataset: Dataset, fields: Sequence[str], purpose: str
    ) -> Decision:
        question = ask_to_read(
            agreement,
            dataset,
            recipient=body,
            fields=fields or agreement.fields,
            purpose=purpose or agreement.purpose,
            at=self._parts.clock.now(),
        )
        return self._parts.policy.decide_read(question)

    def _refused(
        self,
        recipient: Recipient,
        subject: str,
        discloser: str,
        *,
        door: str,
        reasons: Sequence[str],
        would_change: Sequence[str] = (),
    ) -> DeliveryRefusedError:
        event = refuse(
            at=self._parts.clock.now(),
            discloser=discloser,
            subject=subject,
            door=door,
            reasons=reasons,
            actor=recipient.actor(),
        )
        self._parts.record(event)
        return DeliveryRefusedError("This delivery is refused.", reasons=tuple(reasons), advice=" ".join(would_change))

    def open(
        self,
        recipient: Recipient,
        agreement_id: str,
        *,
        door: str,
        fields: Sequence[str] = (),
        purpose: str = "",
    ) -> Opened:
        """Authorise a delivery: the release exists and the event is durable before this returns."""
        standing, release = self.prepare(recipient, agreement_id, door=door, fields=fields, purpose=purpose)
        return self.hand_over(recipient, standing, release, door=door, purpose=purpose)

    def hand_over(
        self, recipient: Recipient, standing: Standing, release: Release, *, door: str, purpose: str
    ) -> Opened:
        """Authorise a delivery of a release to a recipient that stood at a door for it; durable before it returns."""
        agreement = standing.agreement
        now = self._parts.clock.now()
        delivery = Delivery(
            id=new_identifier("dlv"),
            agreement=agreement.id,
            release=release.id,
            recipient=recipient.body,
            door=door,
            fields=release.fields,
            purpose=purpose or agreement.purpose,
            authorised=now,
            expires=min(now + LINK_LIFE, agreement.ends),
        )
        event = authorise(delivery, release, standing.decision, recipient.actor(), agreement.discloser)
        self._parts.record(event)
        self._tally.open(delivery, agreement.discloser, recipient.actor())
        return Opened(delivery, release, agreement.sealed_to)

    def prepare(
        self, recipient: Recipient, agreement_id: str, *, door: str, fields: Sequence[str], purpose: str
    ) -> tuple[Standing, Release]:
        """Stand at a door that gives rows, and return the release that it would give; nothing is authorised yet.

        Raises:
            DeliveryRefusedError: as `stand`; or the agreement is sealed and the door is not, or the reverse; or the key
                that the fields lie under was destroyed.
        """
        standing, chosen = self.admit(recipient, agreement_id, door=door, fields=fields, purpose=purpose)
        return standing, self.release(recipient, standing, chosen, door=door)

    def admit(
        self, recipient: Recipient, agreement_id: str, *, door: str, fields: Sequence[str], purpose: str
    ) -> tuple[Standing, tuple[str, ...]]:
        """Stand at a door that gives rows; return also the fields that it gives, in the agreement's order.

        Raises:
            DeliveryRefusedError: as `stand`; or the agreement is sealed and the door is not, or the reverse.
        """
        standing = self.stand(recipient, agreement_id, door=door, fields=fields, purpose=purpose)
        agreement = standing.agreement
        if shut := decide_door(agreement, door):
            raise self.refuse(recipient, agreement, door=door, reason=shut.reason, would_change=(shut.would_change,))
        wanted = set(fields or agreement.fields)
        return standing, tuple(each for each in agreement.fields if each in wanted)

    def release(self, recipient: Recipient, standing: Standing, fields: tuple[str, ...], *, door: str) -> Release:
        """Return the release of the version that a recipient stands before, written if it is not yet.

        Raises:
            DeliveryRefusedError: the key that the fields lie under was destroyed.
        """
        try:
            return self._release(standing, fields, recipient.actor())
        except KeyDestroyedError as gone:
            raise self.refuse(recipient, standing.agreement, door=door, reason=str(gone)) from None

    def refuse(
        self, recipient: Recipient, agreement: Agreement, *, door: str, reason: str, would_change: Sequence[str] = ()
    ) -> DeliveryRefusedError:
        """Record that a door stays shut for one reason, and return the error to be raised."""
        return self._refused(
            recipient, agreement.id, agreement.discloser, door=door, reasons=(reason,), would_change=would_change
        )

    def _release(self, standing: Standing, fields: tuple[str, ...], actor: Actor) -> Release:
        agreement, version = standing.agreement, standing.version
        with self._locks.hold((agreement.id, version.id, fields)):
            with self._parts.read() as connection:
                found = find_release(connection, agreement.id, version.id, fields)
                if found is not None:
                    self._files.verify_held(connection, found.sealed_file)
            try:
                return found or self._write_release(standing, fields, actor)
            except StoreFullError:
                raise LogStoppedError("The disk that holds the node is full, so nothing is answered.") from None

    def _write_release(self, standing: Standing, fields: tuple[str, ...], actor: Actor) -> Release:
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
            if find_agreement(transaction.connection, TenantScope(agreement.discloser), agreement.id) != agreement:
                raise DeliveryRefusedError("The agreement ended while its data was being released.")
            if not is_held(transaction.connection, version.id):
                raise DeliveryRefusedError("The version was shredded while it was being released; read again.")
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

    def sign_url(self, opened: Opened) -> tuple[str, int]:
        """Return a delivery's file path and query with its signature, and its expiry in seconds since 1970."""
        delivery = opened.delivery
        expires = int(delivery.expires.timestamp())
        key = self._parts.custodian.get_secret(LINK_SECRET)
        signature = sign_link(key, delivery.id, opened.release.id, delivery.expires)
        path = f"/delta-sharing/files/{delivery.agreement}/{delivery.id}/{opened.release.id}.parquet"
        return f"{path}?X-Amz-Expires={expires}&X-Amz-Signature={signature}", expires

    def follow(self, agreement: str, delivery_id: str, release_id: str, *, expires: int, signature: str) -> Opened:
        """Return what a signed file URL opens, after asking again.

        Raises:
            LinkError: the signature is wrong or the time is over.
            DeliveryRefusedError: the agreement no longer allows it.
        """
        self._parts.require_log()
        key = self._parts.custodian.get_secret(LINK_SECRET)
        verify_link(key, delivery_id, release_id, expires=expires, signature=signature)
        delivery = self._tally.find(delivery_id) or self._recover(agreement, delivery_id)
        try:
            self._verify_open(delivery)
        except (DeliveryRefusedError, LinkError) as refused:
            self._tally.refuse(delivery, refused.reasons or (str(refused),))
            raise
        with self._parts.read() as connection:
            return Opened(delivery, get_release(connection, release_id))

    def _recover(self, agreement: str, delivery_id: str) -> Delivery:
        """Return a delivery that was authorised before this process started, from the log."""
        for row in self._parts.log.find_events(subject=agreement, name="delivery.authorised"):
            delivery = authorised_delivery(row.event)
            if delivery.id == delivery_id:
                self._tally.open(delivery, row.event.body, row.event.actor)
                return delivery
        raise LinkError("This link is of no delivery that this node authorised.")

    def recheck(self, delivery: Delivery) -> None:
        """Ask again for an open stream, every second or 8 MiB of it.

        Raises:
            DeliveryRefusedError: the agreement was revoked, has expired, or its dataset was withdrawn.
            LogStoppedError: the log cannot be written.
        """
        self._parts.require_log()
        try:
            self._verify_agreed(delivery)
        except DeliveryRefusedError as refused:
            self._tally.cut(delivery, refused.reasons)
            raise

    def _verify_open(self, delivery: Delivery) -> None:
        self._verify_agreed(delivery)
        if self._parts.clock.now() >= delivery.expires:
            raise LinkError(f"This link expired at {to_rfc3339(delivery.expires)}.")

    def _verify_agreed(self, delivery: Delivery) -> None:
        with self._parts.read() as connection:
            agreement = find_agreement(connection, TenantScope(delivery.recipient), delivery.agreement)
            if agreement is None:
                raise DeliveryRefusedError("This delivery is refused.", reasons=(_NOT_YOURS,))
            dataset = get_dataset(connection, agreement.dataset)
        decision = self._decide(delivery.recipient, agreement, dataset, delivery.fields, delivery.purpose)
        if not decision.permitted:
            raise DeliveryRefusedError(
                "This delivery is refused.",
                reasons=decision.sentences(),
                advice=" ".join(decision.would_change()),
            )

    def reader(self, release: Release) -> PayloadReader:
        """Return a seekable reader of a release's Parquet bytes."""
        with self._parts.read() as connection:
            return self._files.open(connection, release.sealed_file)

    def rows(self, release: Release, form: str) -> Iterator[bytes]:
        """Return a release's rows as a stream of `csv` or `ndjson` bytes."""
        return self.export(self.reader(release), form)

    def count(self, delivery: Delivery, *, sent: int, whole: bool, client: str) -> None:
        """Count one hit of a delivery; `delivery.completed` follows within 60 seconds."""
        self._tally.hit(delivery, sent=sent, whole=whole, client=client)

    def read_open(self, dataset: Dataset) -> tuple[DatasetVersion, PayloadReader]:
        """Return an open dataset's newest version and a reader of its Parquet bytes; recorded, as of anybody.

        Raises:
            NotFoundError: nothing is published yet.
        """
        event = Event("dataset.downloaded", self._parts.clock.now(), dataset.body, dataset.id, Actor("anybody", ""))
        self._parts.record(event)
        with self._parts.read() as connection:
            version = get_newest_version(connection, dataset.id)
            (sealed_file,) = version.files_with(dataset.contract.field_names())  # all of open data is of one class
            return version, self._files.open(connection, sealed_file)

    def export(self, reader: PayloadReader, form: str) -> Iterator[bytes]:
        """Return the rows of a Parquet file as a stream of `csv` or `ndjson` bytes."""
        with reader:
            files = SealedFiles()
            path = files.offer("release", reader)
            exporter = Exporter(files)
            yield from exporter.csv(path) if form == "csv" else exporter.ndjson(path)


_NOT_YOURS = "This token was not issued for this agreement: it belongs to another body or another agreement."
