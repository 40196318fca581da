"""What publishing needs of an engine."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .kinds import SourceFormat
from .model import DataContract, Field, QualityResult
from .profile import FieldProfile
from .promises import ALONE, Circumstances


@dataclass(frozen=True, slots=True)
class WrittenVersion:
    """What the engine wrote: how many rows."""

    rows: int


class Engine(Protocol):
    """Reads a staged source and writes it as a dataset version; paths are of the engine's sealed filesystem."""

    def check(
        self,
        source_path: str,
        source_format: SourceFormat,
        contract: DataContract,
        number: Callable[[int], int] = int,
        *,
        circumstances: Circumstances = ALONE,
        references: Mapping[str, Sequence[str]] = ...,
    ) -> QualityResult:
        """Check a source against its data contract in one pass; `number` gives the number a row is told by.

        `circumstances` are the moment and the versions before; `references` the files of each other dataset that it is
        held against, without which those promises are told as not checked.

        Raises:
            SourceError: the source is no such table; the sentence says where and never quotes it.
            ContractError: a pattern of the data contract is not a regular expression (RE2).
        """
        ...

    def write_version(
        self,
        source_path: str,
        source_format: SourceFormat,
        contract: DataContract,
        out_path: str,
        fields: Collection[str] = (),
    ) -> WrittenVersion:
        """Write a source that has passed `check` as Parquet: the contract's fields in its order, typed.

        With `fields` only those are written; rows keep their order, so that the files of two calls go together.

        Raises:
            SourceError: the source does not hold what `check` saw.
        """
        ...

    def profile(self, version_path: str, fields: Sequence[Field]) -> dict[str, FieldProfile]:
        """Return what `fields` of a version that `write_version` wrote hold, in counts.

        Values are told only of fields confirmed as not personal, and only where enough rows share them.
        """
        ...
