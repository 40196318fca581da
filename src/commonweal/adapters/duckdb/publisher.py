"""Checks a staged source against its data contract, and writes it as a dataset version."""

import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Self

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import (
    ALONE,
    CheckPlan,
    Circumstances,
    ContractError,
    DataContract,
    Field,
    FieldProfile,
    QualityResult,
    SourceError,
    SourceFormat,
    WrittenVersion,
    column_of,
    compile_checks,
    findings_from,
    relation_of,
    typed_value,
)

from .engine import DEFAULT_LIMITS, EngineError, Limits, beside, connect, copy_parquet, sql_of, table_function, working
from .merger import Former, Merged, Sent, merge_source
from .onepass import UnsoundError, check_rest, opened_unread, verify_letters, verify_text, write_sound
from .onto import Onto, opened_rows
from .profiler import profile_version
from .sampler import sample_shapes
from .uniqueness import find_rows, run_checks

NO_REFERENCES: Mapping[str, Sequence[str]] = MappingProxyType({})


class Publisher:
    """The `publish` room's engine over the sealed files of one piece of work; paths are the URLs these offer.

    One connection does the whole work (opening one takes 20 ms), and the end of the `with` block closes it.
    """

    def __init__(self, files: SealedFiles, limits: Limits = DEFAULT_LIMITS) -> None:
        self._files = files
        self._connection = connect(files, limits)

    @property
    def files(self) -> SealedFiles:
        """Return the files that it can reach."""
        return self._files

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def check(
        self,
        source_path: str,
        source_format: SourceFormat | Onto,
        contract: DataContract,
        number: Callable[[int], int] = int,
        *,
        circumstances: Circumstances = ALONE,
        references: Mapping[str, Sequence[str]] = NO_REFERENCES,
    ) -> QualityResult:
        """Check a source against its data contract in one pass over it; where it fails, more name the first rows.

        Unique values that do not fit in memory at once are looked at in shares, each in a pass of its own. `number`
        gives the number by which a row is told, where the source is a tidied one. `references` are the URLs of the
        Parquet files of each other dataset that the contract may read; their fields that it names are joined to the
        source in the same statement, and have to fit in memory.

        Raises:
            SourceError: the source is no such table; the sentence says where and never quotes it.
            ContractError: a pattern of the data contract is not a regular expression (RE2).
            EngineMemoryError: the work does not fit in the engine's memory, in whatever shares.
        """
        with working(self._files):
            _verify_patterns(self._connection, contract)
            at = circumstances.at if contract.promises.freshness else None

            def checked(header: tuple[str, ...]) -> QualityResult:
                self._view_references(contract, references)
                plan, query = _compiled(contract, header, tuple(references), at)
                answer = run_checks(self._connection, plan, query, int(str(self._files.info(source_path)["size"])))
                rows = find_rows(self._connection, plan, answer)
                return findings_from(plan, answer, rows, number, circumstances)

            reached = (self._connection, self._files, source_path, source_format)
            with contextlib.suppress(SourceError), opened_unread(*reached, verify_letters) as header:
                return checked(header)
            with opened_rows(*reached) as header:
                return checked(header)

    def write_sound(
        self,
        source_path: str,
        source_format: SourceFormat | Onto,
        contract: DataContract,
        out_path: str,
        *,
        circumstances: Circumstances = ALONE,
    ) -> CheckPlan | None:
        """Write a source as `write_version` and check each row on the way; None as soon as one has a fault.

        None too where the data contract allows some faults or refers to other data, and where the source cannot be
        read or written: what lies at `out_path` is then no version, and `check` says why. Otherwise `check_sound` has
        still to say whether what was written passes.

        Raises:
            ContractError: as for `check`.
        """
        try:
            with working(self._files):
                _verify_patterns(self._connection, contract)
                with opened_unread(self._connection, self._files, source_path, source_format, verify_text) as header:
                    at = circumstances.at if contract.promises.freshness else None
                    plan, _ = _compiled(contract, header, (), at)
                    write_sound(self._connection, plan, out_path)
                    return plan
        except (SourceError, EngineError, UnsoundError):
            return None

    def check_sound(
        self, plan: CheckPlan, version_path: str, circumstances: Circumstances = ALONE
    ) -> QualityResult | None:
        """Return what `check` would find in the source of what `write_sound` wrote; None where that names rows.

        Raises:
            EngineMemoryError: as for `check`.
        """
        with working(self._files):
            answer = check_rest(self._connection, plan, version_path, circumstances.at)
        found = findings_from(plan, answer, {}, circumstances=circumstances)
        repeated = {(each.name, each.field) for each in plan.checks if each.keys}
        return None if any((each.check, each.field) in repeated for each in found.findings) else found

    def _view_references(self, contract: DataContract, references: Mapping[str, Sequence[str]]) -> None:
        for dataset, (url, *more) in references.items():
            reads = contract.promises.reads()[dataset]
            columns = [exp.alias_(exp.column(name), f"f{place}") for place, name in enumerate(reads, start=1)]
            query = beside(exp.select(*columns).from_(table_function("read_parquet", url)), more)
            name = exp.to_identifier(relation_of(dataset, contract.promises)).sql("duckdb", identify=True)
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql_of(query)}")

    def sample(
        self, source_path: str, source_format: SourceFormat | Onto, wanted: Mapping[str, Sequence[int]]
    ) -> dict[str, dict[int, str]]:
        """Return the shapes of cells of a source, for each field by row; see `sample_shapes`.

        Raises:
            SourceError: the source is no such table.
            EngineError: the engine failed.
        """
        with (
            working(self._files),
            opened_rows(self._connection, self._files, source_path, source_format) as header,
        ):
            return sample_shapes(self._connection, header, wanted)

    def merge(
        self,
        source_path: str,
        source_format: SourceFormat,
        contract: DataContract,
        former: Former | None,
        *,
        key: Sequence[str] = (),
        number: Callable[[int], int] = int,
    ) -> Merged:
        """Return a source onto the version before, to be checked and written in the source's place; see `merge_source`.

        Raises:
            MergeError: the version before has other fields than the data contract.
            SourceError: the source is no such table.
            EngineMemoryError: the keys do not fit in the engine's memory, in whatever shares.
        """
        with working(self._files):
            sent = Sent(source_path, source_format, number)
            return merge_source(self._connection, self._files, sent, contract, former, key=key)

    def write_version(
        self,
        source_path: str,
        source_format: SourceFormat | Onto,
        contract: DataContract,
        out_path: str,
        fields: Collection[str] = (),
    ) -> WrittenVersion:
        """Write a source that has passed `check` as Parquet: the contract's fields in its order, typed.

        With `fields` only those are written. Rows keep their order; blank text becomes NULL; times are UTC. It is
        packed as what is kept, see `copy_parquet`.

        Raises:
            SourceError: the source does not hold what `check` saw.
            EngineError: the engine failed.
        """
        with (
            working(self._files),
            opened_rows(self._connection, self._files, source_path, source_format) as header,
        ):
            if not set(contract.field_names()) <= set(header):
                raise SourceError("The source does not have the fields that its data contract promises.")
            chosen = [each for each in contract.fields if not fields or each.name in fields]
            values = [
                exp.alias_(typed_value(each, column_of(each.name, header)), each.name, quoted=True) for each in chosen
            ]
            statement = copy_parquet(exp.select(*values).from_("source"), out_path, kept=True)
            rows = self._connection.execute(statement).fetchall()[0][1]
        return WrittenVersion(rows=rows)

    def profile(self, version_path: str, fields: Sequence[Field]) -> dict[str, FieldProfile]:
        """Return what `fields` of a version that was written hold, in counts; the file is read, not the source.

        Raises:
            EngineError: the engine failed.
        """
        with working(self._files):
            return profile_version(self._connection, version_path, fields)


@lru_cache(maxsize=32)
def _compiled(
    contract: DataContract, header: tuple[str, ...], held: tuple[str, ...], at: datetime | None
) -> tuple[CheckPlan, str]:
    """Return the plan of the checks, and its `counts` and `query` in SQL; many publishers share one data contract."""
    plan = compile_checks(contract, header, held=held, at=at)
    return plan, sql_of(plan.query)


def _verify_patterns(connection: duckdb.DuckDBPyConnection, contract: DataContract) -> None:
    patterns = {(each.name, pattern) for each in contract.fields for pattern in each.patterns() if pattern}
    for name, pattern in sorted(patterns):
        try:
            connection.execute("SELECT regexp_full_match('', ?)", [pattern])
        except duckdb.Error:
            place = f"The pattern of {name} is not a regular expression as RE2 defines it."
            raise ContractError("The data contract cannot be enforced as it stands.", reasons=(place,)) from None
