"""A source on its way to a version: alone, or together with the rows of the version before."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from commonweal.adapters.duckdb import Former, Merged, Onto, Publisher
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql.datasets import find_newest_version, list_versions
from commonweal.node.files import SealedStore
from commonweal.publish import (
    DataContract,
    Dataset,
    DatasetVersion,
    MergeError,
    Mode,
    Origin,
    QualityResult,
    SourceFormat,
    choose_merge_key,
    find_made_from,
    parse_mode,
)

from .choosing import PublishCommand
from .understanding import Source


@dataclass(frozen=True, slots=True)
class Wish:
    """What a steward wants of a source: what it does to the version before, and by which key."""

    mode: Mode
    key: tuple[str, ...]

    def find_done(self, connection: Connection, dataset: Dataset, mac: str) -> DatasetVersion | None:
        """Return the version that was already made from these bytes in this way, or None."""
        return find_made_from(list_versions(connection, dataset.id), self.mode, self.key, mac)


def wish_of(command: PublishCommand, contract: DataContract) -> Wish:
    """Return what a command wants.

    Raises:
        InputError: it names no mode, or no key that an upsert could go by.
    """
    mode = parse_mode(command.mode)
    return Wish(mode, choose_merge_key(contract, mode, command.key))


class Joining:
    """A source as it is to be checked and written; `form` and `number` are those of the engine once it is merged."""

    def __init__(self, source: Source, wish: Wish, former: Former | None) -> None:
        self._source = source
        self._wish = wish
        self._former = former
        self._merged: Merged | None = None
        self.form: SourceFormat | Onto = source.form

    def merge(self, engine: Publisher, offered: str, contract: DataContract) -> QualityResult | None:
        """Find which rows of the version before are kept; return what is wrong with the source's key, if anything.

        Raises:
            MergeError: the version before has other fields than the data contract.
            SourceError: the source is no such table.
        """
        if self._wish.mode is Mode.REPLACE:
            return None
        form, number = self._source.form, self._source.number
        merged = engine.merge(offered, form, contract, self._former, key=self._wish.key, number=number)
        self._merged, self.form = merged, merged.onto
        return QualityResult(merged.rows, merged.faults) if merged.faults else None

    def number(self, row: int) -> int:
        """Return the number in the source by which a row that the engine numbered is told; 0 for a row it keeps."""
        within = self.form.number_in_source(row) if isinstance(self.form, Onto) else row
        return self._source.number(within) if within else 0

    def origin(self, rows: int) -> Origin:
        """Return the origin of the version of so many rows that came of it."""
        if self._merged is None:
            return Origin()
        base = 0 if self._former is None else self._former.number
        return self._merged.origin(self._wish.mode, base, self._wish.key, rows)


@contextmanager
def joining(
    store: SealedStore, files: SealedFiles, source: Source, wish: Wish, former: DatasetVersion | None
) -> Iterator[Joining]:
    """Give a source with the version before, whose files are offered for as long as the block lasts.

    Raises:
        KeyDestroyedError: a key of the version before was destroyed, so its rows cannot be taken over.
    """
    if wish.mode is Mode.REPLACE or former is None:
        yield Joining(source, wish, None)
        return
    held = tuple(name for part in former.parts for name in part.fields)
    with store.offering(files, former, held) as urls:
        yield Joining(source, wish, Former(former.number, urls))


def verify_base(connection: Connection, dataset: Dataset, origin: Origin) -> None:
    """Check, within the unit of work of a new version, that the version it was made from is still the newest.

    Raises:
        MergeError: it was shredded meanwhile; its rows are not to come back.
    """
    newest = find_newest_version(connection, dataset.id) if origin.base else None
    if origin.base and (newest is None or newest.number != origin.base):
        raise MergeError(
            f"Version {origin.base} of {dataset.id} was shredded while a source was being added to it.",
            advice="Publish again.",
        )
