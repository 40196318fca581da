"""What a check needs beside the source: the versions before, and the datasets that its contract refers to."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from commonweal.adapters.duckdb import Onto, Publisher
from commonweal.adapters.sealed import SealedFiles
from commonweal.adapters.sql.datasets import find_dataset, find_newest_version, list_versions
from commonweal.core import NotFoundError
from commonweal.node.files import SealedStore
from commonweal.node.parts import Parts
from commonweal.publish import (
    Access,
    Circumstances,
    ContractError,
    Dataset,
    DatasetVersion,
    FieldType,
    FormerVersion,
    Promises,
    QualityResult,
    SourceFormat,
)

from .writing import VersionWriter

FORMER = 5
"""How many of the last versions a check looks at."""

_NUMBERS = {FieldType.INTEGER, FieldType.NUMBER}


@dataclass(frozen=True, slots=True)
class Held:
    """The circumstances of a check, and the URLs of each dataset that it may read."""

    circumstances: Circumstances
    urls: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Checking:
    """Finds and opens what a check needs beside the source."""

    def __init__(self, parts: Parts, files: SealedStore) -> None:
        self._parts = parts
        self._files = files

    def check(
        self,
        engine: Publisher,
        dataset: Dataset,
        offered: str,
        *,
        form: SourceFormat | Onto,
        number: Callable[[int], int],
    ) -> QualityResult:
        """Check a source for a dataset, as `Publisher.check`, against everything that its data contract refers to.

        Raises:
            ContractError: as for `holding`.
            CommonwealError: as for `Publisher.check`.
        """
        with self.holding(engine.files, dataset) as held:
            return engine.check(
                offered, form, dataset.contract, number, circumstances=held.circumstances, references=held.urls
            )

    def write_ahead(
        self, writer: VersionWriter, engine: Publisher, dataset: Dataset, offered: str, form: SourceFormat | Onto
    ) -> QualityResult | None:
        """Check a source while it is written, as `VersionWriter.write_ahead`; None where it has to be checked first."""
        if dataset.contract.promises.reads():
            return None
        with self.holding(engine.files, dataset) as held:
            return writer.write_ahead(dataset, offered, form, held.circumstances)

    @contextmanager
    def holding(self, files: SealedFiles, dataset: Dataset) -> Iterator[Held]:
        """Give what a check of a source for a dataset is held against; other datasets are open until the block ends.

        A contract may refer to datasets of its own body, and to open ones: to no others, and not to the dataset itself.

        Raises:
            ContractError: it refers to one that it may not, or to fields that this one does not have; `reasons` say so.
            KeyDestroyedError: a key that is needed was destroyed.
        """
        promises = dataset.contract.promises
        found = {name: self._find(name, dataset) for name in promises.reads()}
        reasons = [reason for name, (other, _) in found.items() for reason in _faults(name, other, dataset)]
        if reasons:
            raise ContractError("The data contract cannot be enforced as it stands.", reasons=tuple(reasons))
        with ExitStack() as opened:
            urls = {
                name: opened.enter_context(self._files.offering(files, version, promises.reads()[name]))
                for name, (_, version) in found.items()
            }
            numbers = tuple((other.id, version.number) for other, version in found.values())
            yield Held(Circumstances(self._parts.clock.now(), self._former(dataset), numbers), urls)

    def _find(self, name: str, dataset: Dataset) -> tuple[Dataset, DatasetVersion]:
        try:
            other = self._parts.canonical_dataset(name)
        except NotFoundError:
            raise _refused(name) from None
        with self._parts.read() as connection:
            found, version = find_dataset(connection, other), find_newest_version(connection, other)
        if found is None or version is None or found.status != "live" or found.id == dataset.id:
            raise _refused(name)
        if found.body != dataset.body and found.access is not Access.OPEN:
            raise _refused(name)
        return found, version

    def _former(self, dataset: Dataset) -> tuple[FormerVersion, ...]:
        with self._parts.read() as connection:
            last = list_versions(connection, dataset.id, most=FORMER)
        return tuple(FormerVersion(each.published, each.rows) for each in last)


def _faults(name: str, other: Dataset, dataset: Dataset) -> Iterator[str]:
    theirs = {each.name: each.type for each in other.contract.fields}
    ours = {each.name: each.type for each in dataset.contract.fields}
    for own, target in sorted(_pairs(name, dataset.contract.promises)):
        if target not in theirs:
            yield f"{name} has no field {target}, which the data contract refers to."
        elif theirs[target] is not ours[own] and not {theirs[target], ours[own]} <= _NUMBERS:
            yield f"{own} is of the type {ours[own]}, and {target} of {name} of the type {theirs[target]}."


def _pairs(name: str, promises: Promises) -> set[tuple[str, str]]:
    references = (zip(each.fields, each.targets, strict=True) for each in promises.references if each.dataset == name)
    held = ((*each.by, *each.fields) for each in promises.reconciliations if each.dataset == name)
    return {pair for pairs in (*references, *held) for pair in pairs}


def _refused(name: str) -> ContractError:
    """Return one refusal for what is not there and what may not be read, so that it tells nobody which."""
    reason = f"{name} is neither another live dataset of the same body nor an open one, so nothing is held against it."
    return ContractError("The data contract cannot be enforced as it stands.", reasons=(reason,))
