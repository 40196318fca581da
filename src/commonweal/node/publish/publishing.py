"""Use cases of publishing: a source comes in, is checked against its data contract, and becomes a sealed version."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from commonweal.adapters.duckdb import Detected, EngineMemoryError, Publisher, detect
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.datasets import (
    add_version,
    find_dataset,
    find_newest_version,
    next_version_number,
    save_dataset,
)
from commonweal.adapters.sql.search import index_record
from commonweal.core import InputError, new_identifier
from commonweal.identity import Permission, TenantScope
from commonweal.inventory import record_of
from commonweal.node.callers import Caller
from commonweal.node.files import SealedStore
from commonweal.node.keys.choice import DatasetKeys, keks_of
from commonweal.node.locks import KeyedLocks
from commonweal.node.parts import Parts
from commonweal.publish import (
    Access,
    Comparison,
    Dataset,
    DatasetVersion,
    Detection,
    FileChoice,
    Mode,
    QualityResult,
    Reading,
    ReadingUnconfirmedError,
    SourceError,
    choose_key,
    describe_dataset,
    hold_publication,
    pass_gate,
    publish_version,
    stop_publication,
    tell_reading,
    told_contradictions,
)

from .checking import Checking
from .choosing import PublishCommand, mac_of
from .merging import Joining, Wish, joining, verify_base, wish_of
from .staging import StagedSource, Staging
from .stewarding import Stewarding, Word, dataset_as_told, kept_as
from .stopping import showing_shapes
from .understanding import Source, Understanding
from .writing import VersionWriter, WrittenFiles


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it; `again` is true when these very bytes are already the newest version.

    `key` says in sentences under which key the version lies; `carried` are the fields for which what was said before
    of how they are classified decides.
    """

    dataset: Dataset
    version: DatasetVersion
    key: str
    again: bool = False
    carried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing would do: the dataset, how the source reads (None for Parquet), and what its check found.

    `key` says in sentences under which key the version would lie, `detected` what its fields are likely to reveal.
    `comparison` is what changed in the data contract, and `vanishing` of how many agreements a field would vanish.
    """

    dataset: Dataset
    reading: Reading | None
    quality: QualityResult
    key: str
    detected: Detected
    comparison: Comparison | None = None
    vanishing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """How a source reads and what its fields are likely to reveal; nothing where its rows are no table of their own."""

    reading: Reading
    detected: Detected


class Publishing:
    """Publishes datasets."""

    def __init__(self, parts: Parts, files: SealedStore, staging: Staging) -> None:
        self._parts = parts
        self._files = files
        self._staging = staging
        self._understanding = Understanding(files, staging)
        self._keys = DatasetKeys(parts)
        self._checking = Checking(parts, files)
        self._stewarding = Stewarding(parts)
        self._locks = KeyedLocks()

    def publish(self, caller: Caller, command: PublishCommand) -> Published:
        """Check a staged source against its contract and publish it as the dataset's next version.

        Raises:
            GateError: the data does not keep its contract; every finding is a reason, and only the event
                `publication.stopped` is stored.
            ReadingUnconfirmedError: the source is not clean, and how it reads is not what the command accepts; only
                the event `publication.held` is stored.
            KeySpentError: the key that it would lie under was destroyed; nothing is stored.
            RoleError: the person is not a steward of that body.
        """
        self._parts.require_log()
        staged = self._staging.get(caller, command.upload)
        try:
            dataset = self.describe(caller, command)
            with self._locks.hold(dataset.id):
                return self._publish(caller, dataset, staged, command)
        finally:
            self._staging.drop(staged.id)

    def describe(self, caller: Caller, command: PublishCommand) -> Dataset:
        """Return the dataset as a command describes it; nothing is stored. Errors as `publish`, the source's aside."""
        body = self._parts.register.resolve(command.body)
        caller.require(Permission.PUBLISH, body.slug)
        at, host = self._parts.clock.now(), self._host_name()
        return dataset_as_told(command, body.slug, steward=caller.person.id, at=at, host=host)

    def read(self, caller: Caller, upload: str, choice: FileChoice | None = None) -> Reading:
        """Return how an upload reads; it stays staged.

        Raises:
            SourceError: it is no table.
            NotFoundError: it is unknown or of another body.
            RoleError: the person is not a steward of that body.
        """
        staged = self._staging.get(caller, upload)
        caller.require(Permission.PUBLISH, staged.body)
        return self._understanding.read(staged, choice or FileChoice())

    def examine(self, caller: Caller, upload: str, choice: FileChoice | None = None) -> Examined:
        """Return how an upload reads and what its fields are likely to reveal; it stays staged. Errors as `read`."""
        staged = self._staging.get(caller, upload)
        caller.require(Permission.PUBLISH, staged.body)
        files = SealedFiles()
        with self._understanding.previewed(staged, choice or FileChoice()) as (source, reading):
            if reading is None:
                raise InputError("Parquet says itself how it is read.", advice="Publish it as it is.")
            try:
                found = detect(files, files.offer("source", source.content), source.form, reading.marks)
            except (SourceError, EngineMemoryError):
                found = Detected(())
        return Examined(reading, found)

    def verify_said(self, caller: Caller, command: PublishCommand, found: Sequence[Detection]) -> None:
        """Return when what a steward says of a source suffices for what was `found` in it; nothing is read or stored.

        Raises:
            ReasonNeededError: a field is confirmed as not personal against strong evidence, without a reason.
            ContractChangedError: the data contract breaks for readers, and the steward does not say that it may.
            OpenAccessError: it is to be open, and a field is not confirmed as plain.
        """
        dataset = self.describe(caller, command)
        with self._parts.read() as connection:
            known, former = find_dataset(connection, dataset.id), find_newest_version(connection, dataset.id)
        dataset, _ = kept_as(dataset, known, command)
        pass_gate(dataset, QualityResult(0))
        self._stewarding.verify_said(known, dataset, command, found, former)

    def preview(self, caller: Caller, command: PublishCommand) -> Preview:
        """Return what `publish` would do once its steward accepted how the source reads; the upload stays staged.

        A source that is added to the version before is shown with its own findings; the whole is held to the contract
        when it is published.

        Raises:
            GateError: the data does not keep its contract; only the event `publication.stopped` is stored.
            CommonwealError: as for `publish`.
        """
        self._parts.require_log()
        staged = self._staging.get(caller, command.upload)
        dataset, files = self.describe(caller, command), SealedFiles()
        with self._parts.read() as connection:
            known = find_dataset(connection, dataset.id)
        dataset, _ = kept_as(self._keyed(dataset, command, known), known, command)
        is_whole = wish_of(command, dataset.contract).mode is Mode.REPLACE
        compared = self._stewarding.compare(known, dataset)
        with self._understanding.previewed(staged, command.choice()) as (source, reading):
            offered = files.offer("source", source.content)
            with Publisher(files) as engine:
                quality = self._checking.check(engine, dataset, offered, form=source.form, number=source.number)
                with showing_shapes(engine, offered, source.form, source.number, quality):
                    if is_whole:
                        self._hold_back(caller, dataset, quality)
            detected = detect(files, offered, source.form, reading.marks if reading else None)
        return Preview(dataset, reading, quality, self.tell_key(dataset), detected, *compared)

    def _keyed(self, dataset: Dataset, command: PublishCommand, known: Dataset | None) -> Dataset:
        """Return the dataset under the key class it is to have, whose keys were not destroyed."""
        keyed = choose_key(dataset, key_class=command.key_class, split=command.split, known=known)
        self._keys.verify_unspent(keks_of(keyed))
        return keyed

    def _publish(self, caller: Caller, dataset: Dataset, staged: StagedSource, command: PublishCommand) -> Published:
        with self._parts.read() as connection:
            known = find_dataset(connection, dataset.id)
            newest = find_newest_version(connection, dataset.id)
            number = next_version_number(connection, dataset.id)
        dataset, carried = kept_as(self._keyed(dataset, command, known), known, command)
        mac = mac_of(staged, command.choice())
        wish = wish_of(command, dataset.contract)
        with self._parts.read() as connection:
            done = wish.find_done(connection, dataset, mac) if known == dataset else None
        if done is not None:
            return Published(dataset, done, self.tell_key(dataset), again=True, carried=carried)
        word = self._stewarding.hear(known, dataset, command, former=newest, carried=carried)
        with ExitStack() as kept:
            source, quality, written = self._write(
                caller, dataset, staged, command, kept, wish=wish, former=newest, word=word
            )
            return self._store(
                caller, dataset, source, number=number, mac=mac, quality=quality, written=written, carried=word.carried
            )

    def _write(
        self,
        caller: Caller,
        dataset: Dataset,
        staged: StagedSource,
        command: PublishCommand,
        kept: ExitStack,
        *,
        wish: Wish,
        former: DatasetVersion | None,
        word: Word,
    ) -> tuple[Source, QualityResult, WrittenFiles]:
        """Check a source and write its files, which are removed again when `kept` ends in an error."""
        files, choice = SealedFiles(), command.choice()
        with (
            self._understanding.opened(staged, choice, command.accept, former) as source,
            joining(self._files, files, source, wish, former) as joined,
            Publisher(files) as engine,
        ):
            offered = files.offer("source", staged.progress.follow(source.content, source.form))
            writer = VersionWriter(self._files, files, engine, kept)
            quality = self._check(caller, dataset, engine, source, offered, joined=joined, writer=writer)
            with showing_shapes(engine, offered, joined.form, joined.number, quality):
                self._gate(caller, dataset, quality)
            quality = self._stewarding.hold_confirmed(quality, dataset, (files, offered, source.form), word)
            self._keys.make(keks_of(dataset), dataset.body, caller.actor())
            written = writer.write(dataset, offered, joined.form)
        written = replace(written, origin=joined.origin(written.rows))
        if source.setting_aside is not None:
            kept.enter_context(self._files.recording(source.setting_aside))
            written = replace(written, set_aside=source.setting_aside)
        told = quality if source.reading is None else tell_reading(quality, source.reading)
        return source, told, written

    def tell_key(self, of: Dataset | DatasetVersion) -> str:
        """Return the sentences that say under which key a version lies, or a dataset's next one will."""
        is_split = of.is_split if isinstance(of, Dataset) else bool(of.parts)
        return self._keys.tell(of.key_class, is_split=is_split)

    def warn_of_keys(self) -> str:
        """Return what a steward must know of destroying keys where they lie in a file; empty where none does."""
        return self._keys.warn()

    def _check(
        self,
        caller: Caller,
        dataset: Dataset,
        engine: Publisher,
        source: Source,
        offered: str,
        *,
        joined: Joining,
        writer: VersionWriter,
    ) -> QualityResult:
        try:
            quality = (
                joined.merge(engine, offered, dataset.contract)
                or self._checking.write_ahead(writer, engine, dataset, offered, joined.form)
                or self._checking.check(engine, dataset, offered, form=joined.form, number=joined.number)
            )
        except SourceError:
            self._hold(caller, dataset, source, None)
            raise
        self._hold(caller, dataset, source, quality)
        return quality

    def _hold(self, caller: Caller, dataset: Dataset, source: Source, quality: QualityResult | None) -> None:
        reading = self._understanding.find_mess(source, dataset.contract, quality)
        if reading is not None:
            self._parts.record(hold_publication(dataset, reading, at=self._parts.clock.now(), actor=caller.actor()))
            unlike = f", nor like the version before: {'; '.join(source.unlike)}" if source.unlike else ""
            raise ReadingUnconfirmedError(f"The source for {dataset.id} is not clean{unlike}.", reading)

    def _host_name(self) -> str:
        return self._parts.register.get_body(self._parts.settings.body).name

    def _gate(self, caller: Caller, dataset: Dataset, quality: QualityResult) -> None:
        self._record_stop(caller, dataset, quality)
        pass_gate(dataset, quality)

    def _hold_back(self, caller: Caller, dataset: Dataset, quality: QualityResult) -> None:
        """Stop at the gate as `_gate` does, but for open access: its steward has still to confirm each field."""
        self._record_stop(caller, dataset, quality)
        pass_gate(replace(dataset, access=Access.SHARED), quality)

    def _record_stop(self, caller: Caller, dataset: Dataset, quality: QualityResult) -> None:
        if not quality.passed:
            event = stop_publication(dataset, quality, at=self._parts.clock.now(), actor=caller.actor())
            self._parts.record(event)

    def _store(
        self,
        caller: Caller,
        dataset: Dataset,
        source: Source,
        *,
        number: int,
        mac: str,
        quality: QualityResult,
        written: WrittenFiles,
        carried: tuple[str, ...],
    ) -> Published:
        now = self._parts.clock.now()
        dataset, described = describe_dataset(
            dataset, against=told_contradictions(quality), carried=carried, at=now, actor=caller.actor()
        )
        whole = written.whole
        version, published = publish_version(
            dataset,
            quality,
            version_id=new_identifier("ver"),
            number=number,
            rows=written.rows,
            size=written.size,
            payload_size=written.payload_size,
            sealed_file=whole.id if whole else "",
            digest=whole.digest if whole else "",
            source_mac=mac,
            profile=written.profile,
            reading=source.reading,
            set_aside_file=written.set_aside.id if written.set_aside else "",
            parts=written.parts(),
            origin=written.origin,
            at=now,
            actor=caller.actor(),
        )
        record = record_of(dataset, version, self._parts.register.get_body(dataset.body))
        scope = TenantScope(dataset.body)

        def work(transaction: Transaction) -> None:
            verify_base(transaction.connection, dataset, written.origin)
            transaction.record(described)
            save_dataset(transaction.connection, scope, dataset)
            written.record(transaction.connection, self._files, dataset, number)
            add_version(transaction.connection, scope, version)
            index_record(transaction.connection, record)
            transaction.record(published)

        self._parts.writer.submit(work)
        return Published(dataset, version, self.tell_key(version), carried=carried)
