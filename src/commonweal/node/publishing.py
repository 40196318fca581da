"""Use cases of publishing: a source comes in, is checked against its data contract, and becomes a sealed version."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commonweal.adapters.duckdb import Publisher
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.datasets import (
    add_sealed_file,
    add_version,
    find_dataset,
    find_newest_version,
    get_dataset,
    list_versions,
    save_dataset,
)
from commonweal.adapters.sql.search import index_record, remove_record
from commonweal.core import InputError, NotFoundError, new_identifier
from commonweal.identity import Permission, TenantScope
from commonweal.inventory import record_of
from commonweal.keys import KekContext
from commonweal.publish import (
    Access,
    Dataset,
    DatasetVersion,
    QualityResult,
    SourceFormat,
    WrittenVersion,
    confirm_fields,
    describe_dataset,
    parse_marking,
    parse_name,
    pass_gate,
    publish_version,
    read_contract,
    stop_publication,
    withdraw,
)

from .callers import Caller
from .files import SealedStore, Sealing
from .locks import KeyedLocks
from .parts import Parts
from .staging import StagedSource, Staging

OPEN_LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"


@dataclass(frozen=True, slots=True)
class PublishCommand:
    """What a steward says of a source: where it goes in the catalogue and how it may be shared."""

    body: str
    name: str
    contract: bytes
    upload: str
    format: str = "csv"
    access: str = "shared"
    marking: str = "OFFICIAL"
    title: str = ""
    description: str = ""
    licence: str = ""
    attribution: str = ""
    stored: str = ""
    keywords: Sequence[str] = ()
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it; `again` is true when these very bytes are already the newest version."""

    dataset: Dataset
    version: DatasetVersion
    again: bool = False


class Publishing:
    """Publishes and withdraws datasets."""

    def __init__(self, parts: Parts, files: SealedStore, staging: Staging) -> None:
        self._parts = parts
        self._files = files
        self._staging = staging
        self._locks = KeyedLocks()

    def publish(self, caller: Caller, command: PublishCommand) -> Published:
        """Check a staged source against its contract and publish it as the dataset's next version.

        Raises:
            GateError: the data does not keep its contract; every finding is a reason, and only the event
                `publication.stopped` is stored.
            RoleError: the person is not a steward of that body.
        """
        self._parts.require_log()
        staged = self._staging.get(caller, command.upload)
        try:
            dataset = self._describe(caller, command)
            with self._locks.hold(dataset.id):
                return self._publish(caller, dataset, staged, _source_format(command.format))
        finally:
            self._staging.drop(staged.id)

    def _describe(self, caller: Caller, command: PublishCommand) -> Dataset:
        body = self._parts.register.resolve(command.body)
        caller.require(Permission.PUBLISH, body.slug)
        contract = read_contract(command.contract)
        if command.confirm:
            contract = confirm_fields(contract)
        access = _access(command.access)
        return Dataset(
            id=f"{body.slug}/{parse_name(command.name)}",
            body=body.slug,
            name=command.name,
            title=command.title or contract.title,
            description=command.description or contract.description,
            contract=contract,
            access=access,
            marking=parse_marking(command.marking),
            licence=command.licence or (OPEN_LICENCE if access is Access.OPEN else ""),
            steward=caller.person.id,
            created=self._parts.clock.now(),
            attribution=command.attribution,
            stored=command.stored or f"Sealed (age v1) on the node of {self._parts.settings.body}",
            keywords=tuple(command.keywords),
        )

    def _publish(self, caller: Caller, dataset: Dataset, staged: StagedSource, form: SourceFormat) -> Published:
        with self._parts.read() as connection:
            known = find_dataset(connection, dataset.id)
            newest = find_newest_version(connection, dataset.id)
        if known is not None:
            dataset = replace(dataset, created=known.created, status=known.status)
        if newest is not None and known == dataset and newest.source_mac == staged.mac:
            return Published(dataset, newest, again=True)
        files = SealedFiles()
        with self._staging.open(staged) as content, Publisher(files) as engine:
            source = files.offer("source", content)
            quality = engine.check(source, form, dataset.contract)
            self._gate(caller, dataset, quality)
            with self._files.seal(new_identifier("sf")) as sealing:
                target = files.accept("version", sealing.writer)
                written = engine.write_version(source, form, dataset.contract, target)
        number = 1 if newest is None else newest.number + 1
        with self._files.recording(sealing):
            return self._store(
                caller, dataset, number=number, staged=staged, quality=quality, written=written, sealing=sealing
            )

    def _gate(self, caller: Caller, dataset: Dataset, quality: QualityResult) -> None:
        if not quality.passed:
            event = stop_publication(dataset, quality, at=self._parts.clock.now(), actor=caller.actor())
            self._parts.record(event)
        pass_gate(dataset, quality)

    def _store(
        self,
        caller: Caller,
        dataset: Dataset,
        *,
        number: int,
        staged: StagedSource,
        quality: QualityResult,
        written: WrittenVersion,
        sealing: Sealing,
    ) -> Published:
        now = self._parts.clock.now()
        dataset, described = describe_dataset(dataset, at=now, actor=caller.actor())
        description, headers = self._files.wrap(sealing, KekContext(dataset.body, dataset.id, str(number)))
        version, published = publish_version(
            dataset,
            quality,
            version_id=new_identifier("ver"),
            number=number,
            rows=written.rows,
            size=sealing.size,
            payload_size=description.payload_size,
            sealed_file=sealing.id,
            digest=description.digest,
            source_mac=staged.mac,
            profile=written.profile,
            at=now,
            actor=caller.actor(),
        )
        record = record_of(dataset, version, self._parts.register.get_body(dataset.body))
        scope = TenantScope(dataset.body)

        def work(transaction: Transaction) -> None:
            transaction.record(described)
            save_dataset(transaction.connection, scope, dataset)
            add_sealed_file(transaction.connection, description, headers)
            add_version(transaction.connection, scope, version)
            index_record(transaction.connection, record)
            transaction.record(published)

        self._parts.writer.submit(work)
        return Published(dataset, version)

    def withdraw(self, caller: Caller, dataset_id: str, reason: str) -> Dataset:
        """Withdraw a dataset: it leaves the catalogue and every read of it is refused, with the reason kept."""
        dataset = self.get(dataset_id)
        caller.require(Permission.WITHDRAW, dataset.body)
        gone, event = withdraw(dataset, reason=reason, at=self._parts.clock.now(), actor=caller.actor())

        def work(transaction: Transaction) -> Dataset:
            save_dataset(transaction.connection, TenantScope(dataset.body), gone)
            remove_record(transaction.connection, gone.id)
            transaction.record(event)
            return gone

        return self._parts.writer.submit(work)

    def get(self, dataset_id: str) -> Dataset:
        """Return a dataset; the body part may be any name the register knows (`dwp/claimants`).

        Raises:
            NotFoundError: this node holds no such dataset.
        """
        with self._parts.read() as connection:
            return get_dataset(connection, self._parts.canonical_dataset(dataset_id))

    def get_open(self, dataset_id: str) -> Dataset:
        """Return a dataset that anybody may download.

        Raises:
            NotFoundError: there is no such dataset, it is withdrawn, or it is not open.
        """
        found = self.get(dataset_id)
        if found.access is not Access.OPEN or found.status != "live" or not found.is_plain:
            raise NotFoundError(f"{found.id} is not open data.", advice=f"Ask for it: commonweal request {found.id}")
        return found

    def versions(self, dataset: Dataset) -> list[DatasetVersion]:
        """Return the versions of a dataset, newest first."""
        with self._parts.read() as connection:
            return list_versions(connection, dataset.id)


def _source_format(text: str) -> SourceFormat:
    try:
        return SourceFormat(text)
    except ValueError:
        raise InputError("The source is neither CSV nor Parquet.", advice="Use csv or parquet.") from None


def _access(text: str) -> Access:
    try:
        return Access(text)
    except ValueError:
        raise InputError("Access is open, shared or closed.", advice="Use one of the three words.") from None
