"""Use cases of delivery: one release pipeline behind every door (decision 10)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection

from commonweal.adapters.duckdb import Exporter
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import find_agreement, find_discloser, get_release, holds_release
from commonweal.adapters.sql.datasets import get_dataset, get_newest_version
from commonweal.agree import Agreement, ends_at
from commonweal.core import Actor, Event, Json, NotFoundError, new_identifier, to_rfc3339
from commonweal.decide import Decision
from commonweal.deliver import (
    LINK_LIFE,
    Delivery,
    LinkError,
    Release,
    authorise,
    authorised_delivery,
    decide_door,
    refuse,
    sign_link,
    verify_link,
)
from commonweal.identity import TenantScope
from commonweal.keys import KeyDestroyedError, PayloadReader
from commonweal.node.callers import Recipient
from commonweal.node.files import SealedStore
from commonweal.node.parts import LINK_SECRET, Parts
from commonweal.node.publish.datasets import require_open
from commonweal.node.tally import Hit, Tally
from commonweal.publish import Dataset, DatasetVersion

from .judging import Judging, Reading, reading_of
from .releasing import Releasing, overtaken, verify_unchanged
from .standing import DeliveryRefusedError, Opened, Standing

T = TypeVar("T")


class Delivering:
    """Writes releases, authorises deliveries, and asks again before every hit."""

    def __init__(self, parts: Parts, files: SealedStore, tally: Tally) -> None:
        self._parts = parts
        self._files = files
        self._tally = tally
        self._releasing = Releasing(parts, files)
        self._judging = Judging(parts)

    def stand(
        self,
        recipient: Recipient,
        agreement_id: str,
        *,
        door: str,
        fields: Sequence[str] = (),
        purpose: str = "",
        rows: int | None = 0,
    ) -> Standing:
        """Ask whether a recipient may read now; every door begins here.

        `rows` is how many would leave, 0 while that is not known, and None where only the agreement's terms are shown.

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
            wanted = reading_of(recipient, door, fields, purpose, rows=rows)
            decision = self._judging.begin(connection, wanted, agreement, dataset)
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
        standing = self.stand(recipient, agreement_id, door=door, rows=None)

        def event() -> Event:
            now, discloser = self._parts.clock.now(), standing.agreement.discloser
            facts: dict[str, Json] = {"door": door, "policies": standing.decision.policies}
            return Event("agreement.viewed", now, discloser, agreement_id, recipient.actor(), facts)

        self.record(standing, event, recipient, reading_of(recipient, door, (), "", rows=None))
        return standing

    def record(self, standing: Standing, event: Callable[[], Event], recipient: Recipient, wanted: Reading) -> None:
        """Record what was answered at a door, judged once more in the very transaction; durable before it returns.

        Raises:
            DeliveryRefusedError: as `stand`; or the agreement is no longer the one that the recipient stood before.
        """

        def work(transaction: Transaction) -> None:
            _require(self._judging.begin_again(transaction.connection, wanted, standing.agreement.id))
            verify_unchanged(transaction.connection, standing)
            transaction.record(event())

        self._submit(recipient, standing.agreement, work, door=wanted.door)

    @staticmethod
    def _own_agreement(connection: Connection, recipient: Recipient, agreement_id: str) -> Agreement | None:
        if recipient.credential.agreement != agreement_id:
            return None
        found = find_agreement(connection, TenantScope(recipient.body), agreement_id)
        return found if found is not None and found.recipient == recipient.body else None

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
            policies=self._parts.policy.digest,
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
        """Authorise a delivery of a release to a recipient that stood at a door for it; durable before it returns.

        It is judged once more in the transaction that authorises it, where nothing ends or is given beside it (ADR 39).

        Raises:
            DeliveryRefusedError: as `stand`; or the agreement changed since, or the release was shredded; or it holds
                more rows than the agreement has left for the day.
        """
        agreement, actor = standing.agreement, recipient.actor()
        wanted = reading_of(recipient, door, release.fields, purpose, rows=release.row_count)

        def work(transaction: Transaction) -> Delivery:
            now = self._parts.clock.now()
            decision = self._judging.begin_again(transaction.connection, wanted, agreement.id)
            _require(decision)
            verify_unchanged(transaction.connection, standing, release)
            delivery = Delivery(
                id=new_identifier("dlv"),
                agreement=agreement.id,
                release=release.id,
                recipient=recipient.body,
                door=door,
                fields=release.fields,
                purpose=purpose or agreement.purpose,
                authorised=now,
                expires=min(now + LINK_LIFE, ends_at(agreement, now)),
                person=actor.person,
                rows=release.row_count,
            )
            transaction.record(authorise(delivery, release, decision, actor, agreement.discloser))
            self._tally.open(delivery, agreement.discloser, actor)
            return delivery

        delivery = self._submit(recipient, agreement, work, door=door)
        return Opened(delivery, release, agreement.sealed_to)

    def _submit(self, recipient: Recipient, agreement: Agreement, work: Callable[[Transaction], T], *, door: str) -> T:
        try:
            return self._parts.record_access(work)
        except DeliveryRefusedError as shut:
            reasons, change = shut.reasons, (shut.advice(),)
        raise self._refused(
            recipient, agreement.id, agreement.discloser, door=door, reasons=reasons, would_change=change
        )

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
            return self._releasing.release(standing, fields, recipient.actor())
        except KeyDestroyedError as gone:
            raise self.refuse(recipient, standing.agreement, door=door, reason=str(gone)) from None
        except DeliveryRefusedError as shut:
            raise self.overtaken(recipient, standing, shut, door=door) from None

    def overtaken(
        self, recipient: Recipient, standing: Standing, shut: DeliveryRefusedError, *, door: str
    ) -> DeliveryRefusedError:
        """Record that what was being prepared cannot be given, and return the error: the policies' own, if they refuse.

        Raises:
            DeliveryRefusedError: the policies refuse it now.
        """
        agreement = standing.agreement
        with suppress(NotFoundError):  # the dataset has no version any more
            self.stand(recipient, agreement.id, door=door)
        change = (shut.advice(),)
        return self._refused(
            recipient, agreement.id, agreement.discloser, door=door, reasons=shut.reasons, would_change=change
        )

    def refuse(
        self, recipient: Recipient, agreement: Agreement, *, door: str, reason: str, would_change: Sequence[str] = ()
    ) -> DeliveryRefusedError:
        """Record that a door stays shut for one reason, and return the error to be raised."""
        return self._refused(
            recipient, agreement.id, agreement.discloser, door=door, reasons=(reason,), would_change=would_change
        )

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
            self._verify_held(delivery)
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
            decision = self._judging.go_on(connection, delivery, agreement, dataset)
        _require(decision)
        if self._parts.clock.now() >= ends_at(agreement, delivery.authorised):
            raise DeliveryRefusedError("This delivery is refused.", reasons=(_SWITCHED_OFF,))

    def _verify_held(self, delivery: Delivery) -> None:
        with self._parts.read() as connection:
            if not holds_release(connection, delivery.release):
                raise overtaken(f"What was released under agreement {delivery.agreement} was shredded.")

    def reader(self, release: Release) -> PayloadReader:
        """Return a seekable reader of a release's Parquet bytes."""
        with self._parts.read() as connection:
            return self._files.open(connection, release.sealed_file)

    def rows(self, release: Release, form: str) -> Iterator[bytes]:
        """Return a release's rows as a stream of `csv` or `ndjson` bytes."""
        return self.export(self.reader(release), form)

    def begin(self, delivery: Delivery, client: str) -> Hit:
        """Begin to count one hit of a delivery; close it whatever happens."""
        return self._tally.begin(delivery, client)

    def read_open(self, dataset: Dataset) -> tuple[DatasetVersion, PayloadReader]:
        """Return an open dataset's newest version and a reader of its Parquet bytes; recorded, as of anybody.

        Raises:
            NotFoundError: nothing is published yet, or it is open no longer.
        """

        def work(transaction: Transaction) -> int:
            held = get_dataset(transaction.connection, dataset.id)
            require_open(held)
            now = self._parts.clock.now()
            return transaction.record(Event("dataset.downloaded", now, held.body, held.id, Actor("anybody", "")))

        self._parts.record_access(work)
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
_SWITCHED_OFF = "It was opened while the agreement was switched on for an emergency, and that is over."


def _require(decision: Decision) -> None:
    if not decision.permitted:
        raise DeliveryRefusedError(
            "This delivery is refused.", reasons=decision.sentences(), advice=" ".join(decision.would_change())
        )
