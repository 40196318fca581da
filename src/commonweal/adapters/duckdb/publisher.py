"""Checks a staged source against its data contract, and writes it as a dataset version."""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Self

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import (
    UNIQUE,
    CheckPlan,
    ContractError,
    DataContract,
    Field,
    QualityResult,
    SourceError,
    SourceFormat,
    WrittenVersion,
    column_of,
    compile_checks,
    findings_from,
    typed_value,
)

from .engine import DEFAULT_LIMITS, Limits, connect, copy_parquet, sql_of, working
from .reader import opened_source
from .uniqueness import find_repeats, run_checks


class Publisher:
    """The `publish` room's engine over the sealed files of one piece of work; paths are the URLs these offer.

    One connection does the whole work (opening one takes 20 ms), and the end of the `with` block closes it.
    """

    def __init__(self, files: SealedFiles, limits: Limits = DEFAULT_LIMITS) -> None:
        self._files = files
        self._connection = connect(files, limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def check(
        self,
        source_path: str,
        source_format: SourceFormat,
        contract: DataContract,
        number: Callable[[int], int] = int,
    ) -> QualityResult:
        """Check a source against its data contract in one pass over it; a second one only names repeated rows.

        Unique values that do not fit in memory at once are looked at in shares, each in a pass of its own. `number`
        gives the number by which a row is told, where the source is a tidied one.

        Raises:
            SourceError: the source is no such table; the sentence says where and never quotes it.
            ContractError: a pattern of the data contract is not a regular expression (RE2).
            EngineMemoryError: the work does not fit in the engine's memory, in whatever shares.
        """
        with working(self._files):
            _verify_patterns(self._connection, contract)
            with opened_source(self._connection, self._files, source_path, source_format) as header:
                plan, query = _compiled(contract, header)
                answer = run_checks(self._connection, plan, query)
                return findings_from(plan, answer, _repeats(self._connection, plan, answer), number)

    def write_version(
        self,
        source_path: str,
        source_format: SourceFormat,
        contract: DataContract,
        out_path: str,
        fields: Collection[str] = (),
    ) -> WrittenVersion:
        """Write a source that has passed `check` as Parquet: the contract's fields in its order, typed.

        With `fields` only those are written. Rows keep their order; blank text becomes NULL; times are UTC. Row groups
        are those of `row_group`, packed with Zstandard.

        Raises:
            SourceError: the source does not hold what `check` saw.
            EngineError: the engine failed.
        """
        with (
            working(self._files),
            opened_source(self._connection, self._files, source_path, source_format) as header,
        ):
            if not set(contract.field_names()) <= set(header):
                raise SourceError("The source does not have the fields that its data contract promises.")
            chosen = [each for each in contract.fields if not fields or each.name in fields]
            values = [
                exp.alias_(typed_value(each, column_of(each.name, header)), each.name, quoted=True) for each in chosen
            ]
            statement = copy_parquet(exp.select(*values).from_("source"), out_path)
            _, rows, _, _, statistics, *_ = self._connection.execute(statement).fetchall()[0]
        return WrittenVersion(rows=rows, profile=_profile(chosen, rows, statistics))


@lru_cache(maxsize=32)
def _compiled(contract: DataContract, header: tuple[str, ...]) -> tuple[CheckPlan, str]:
    """Return the plan of the checks and its SQL; many publishers share one data contract."""
    plan = compile_checks(contract, header)
    return plan, sql_of(plan.query)


def _verify_patterns(connection: duckdb.DuckDBPyConnection, contract: DataContract) -> None:
    for field in contract.fields:
        try:
            connection.execute("SELECT regexp_full_match('', ?)", [field.pattern])
        except duckdb.Error:
            place = f"The pattern of {field.name} is not a regular expression as RE2 defines it."
            raise ContractError("The data contract cannot be enforced as it stands.", reasons=(place,)) from None


def _repeats(
    connection: duckdb.DuckDBPyConnection, plan: CheckPlan, answer: tuple[object, ...]
) -> dict[str, list[int]]:
    counts = zip(plan.checks, answer[1::2], strict=True)
    failed = [check.field for check, count in counts if check.name == UNIQUE and count]
    return {field.name: find_repeats(connection, field, plan.header) for field in failed}


def _profile(fields: Sequence[Field], rows: int, statistics: dict[str, dict[str, str]]) -> dict[str, dict[str, int]]:
    profile = {}
    for each in fields:
        quoted = exp.to_identifier(each.name, quoted=True).sql("duckdb")
        missing = int(statistics.get(quoted, {}).get("null_count", 0))
        profile[each.name] = {"present": rows - missing, "missing": missing}
    return profile
