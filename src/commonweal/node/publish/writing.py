"""A new version's sealed files: one for all of its fields, or one for each class of them."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from commonweal.adapters.duckdb import Onto, Publisher
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql.datasets import add_sealed_file
from commonweal.core import new_identifier
from commonweal.keys import KekContext
from commonweal.node.files import SealedStore, Sealing
from commonweal.node.keys.choice import choose_for_part, choose_for_set_aside, classes_of
from commonweal.publish import (
    AS_SENT,
    CheckPlan,
    Circumstances,
    Classification,
    Dataset,
    FieldProfile,
    Origin,
    QualityResult,
    SourceFormat,
    VersionPart,
    split_fields,
)

SET_ASIDE = "set-aside"
"""What stands in the agreement's place in the key context of a version's rows that were set aside."""


def part_mark(classification: Classification | None) -> str:
    """Return what stands in the agreement's place in the key context of a version's own file or of a part."""
    return "" if classification is None else f"part/{classification.value}"


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file of a new version, written and not yet recorded; `classification` is None when it holds all fields."""

    sealing: Sealing
    classification: Classification | None
    fields: tuple[str, ...]

    def as_part(self, classification: Classification) -> VersionPart:
        """Return the file as a part of its version."""
        return VersionPart(
            classification=classification,
            sealed_file=self.sealing.id,
            fields=self.fields,
            size=self.sealing.size,
            payload_size=self.sealing.writer.payload_size,
            digest=self.sealing.digest,
        )


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """All files of a new version, the rows in each, and what the engine counted in each field."""

    files: tuple[WrittenFile, ...]
    rows: int
    profile: Mapping[str, FieldProfile]
    set_aside: Sealing | None = None
    origin: Origin = AS_SENT

    @property
    def size(self) -> int:
        """Return the length of the Parquet files in bytes."""
        return sum(each.sealing.size for each in self.files)

    @property
    def payload_size(self) -> int:
        """Return the length of the sealed payloads in bytes."""
        return sum(each.sealing.writer.payload_size for each in self.files)

    @property
    def whole(self) -> Sealing | None:
        """Return the one file that holds all fields, or None of a split version."""
        return next((each.sealing for each in self.files if each.classification is None), None)

    def parts(self) -> tuple[VersionPart, ...]:
        """Return the parts of a split version."""
        return tuple(each.as_part(each.classification) for each in self.files if each.classification is not None)

    def _keyed(self, dataset: Dataset) -> Iterator[tuple[Sealing, str, str]]:
        """Yield each file with what stands in its context for an agreement, and the key that it lies under."""
        for each in self.files:
            yield each.sealing, part_mark(each.classification), choose_for_part(dataset, each.classification)
        if self.set_aside is not None:
            yield self.set_aside, SET_ASIDE, choose_for_set_aside(dataset)

    def record(self, connection: Connection, store: SealedStore, dataset: Dataset, number: int) -> None:
        """Wrap each file key under the key it belongs to and record it, within the unit of work of the version."""
        context = KekContext(dataset.body, dataset.id, str(number))
        for sealing, mark, kek_id in self._keyed(dataset):
            add_sealed_file(connection, *store.wrap(sealing, replace(context, agreement=mark), kek_id))


class _NothingWrittenError(Exception):
    """Ends the making of a sealed file that is to hold nothing."""


class VersionWriter:
    """Writes the files of one new version; each is removed again when `kept` ends in an error."""

    def __init__(self, store: SealedStore, files: SealedFiles, engine: Publisher, kept: ExitStack) -> None:
        self._store = store
        self._files = files
        self._engine = engine
        self._kept = kept
        self._ahead: tuple[Sealing, int] | None = None

    def write_ahead(
        self, dataset: Dataset, source: str, form: SourceFormat | Onto, circumstances: Circumstances
    ) -> QualityResult | None:
        """Write a source while it is checked, and return what the check found; `write` then takes what was written.

        None where the source has to be checked first: it has a fault, or a promise that takes more than one pass, or
        its classes of fields get a file each. Nothing of it is then kept.

        Raises:
            CommonwealError: as for `Publisher.check`.
        """
        sealed = None if dataset.is_split else self._write_sound(dataset, source, form, circumstances)
        if sealed is None:
            return None
        sealing, plan = sealed
        with self._store.recording(sealing), self._store.reread(sealing) as content:
            quality = self._engine.check_sound(plan, self._files.offer(f"ahead-{sealing.id}", content), circumstances)
        if quality is None:
            self._store.discard(sealing)
            return None
        self._kept.enter_context(self._store.recording(sealing))
        self._ahead = sealing, quality.rows
        return quality

    def _write_sound(
        self, dataset: Dataset, source: str, form: SourceFormat | Onto, circumstances: Circumstances
    ) -> tuple[Sealing, CheckPlan] | None:
        try:
            with self._store.seal(new_identifier("sf")) as sealing:
                target = self._files.accept(sealing.id, sealing.writer)
                plan = self._engine.write_sound(source, form, dataset.contract, target, circumstances=circumstances)
                if plan is None:
                    raise _NothingWrittenError
        except _NothingWrittenError:
            return None
        return sealing, plan

    def write(self, dataset: Dataset, source: str, form: SourceFormat | Onto) -> WrittenFiles:
        """Write a source that has passed the gate, as one file or as one for each class of its fields.

        Raises:
            SourceError: the source does not hold what the check saw.
        """
        if self._ahead is not None:
            sealing, rows = self._ahead
            fields = dataset.contract.field_names()
            return WrittenFiles((WrittenFile(sealing, None, fields),), rows, self._profile(sealing, dataset, fields))
        named = split_fields(dataset.contract.fields)
        files, profile, rows = [], dict[str, FieldProfile](), 0
        for each in classes_of(dataset):
            fields = dataset.contract.field_names() if each is None else named[each]
            with self._store.seal(new_identifier("sf")) as sealing:
                target = self._files.accept(sealing.id, sealing.writer)
                written = self._engine.write_version(source, form, dataset.contract, target, fields)
            self._kept.enter_context(self._store.recording(sealing))
            files.append(WrittenFile(sealing, each, fields))
            rows, profile = written.rows, profile | self._profile(sealing, dataset, fields)
        return WrittenFiles(tuple(files), rows, profile)

    def _profile(self, sealing: Sealing, dataset: Dataset, names: Collection[str]) -> dict[str, FieldProfile]:
        fields = [each for each in dataset.contract.fields if each.name in names]
        with self._store.reread(sealing) as content:
            return self._engine.profile(self._files.offer(f"written-{sealing.id}", content), fields)
