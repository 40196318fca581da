"""Checks a staged source against its data contract, and writes it as a dataset version."""

from collections.abc import Callable
from functools import lru_cache
from typing import Self

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import (
    CheckPlan,
    ContractError,
    DataContract,
    QualityResult,
    SourceError,
    SourceFormat,
    WrittenVersion,
    column_of,
    compile_checks,
    compile_repeats,
    findings_from,
    typed_value,
)

from .engine import DEFAULT_LIMITS, Limits, connect, copy_parquet, sql_of, working
from .reader import opened_source


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

        `number` gives the number by which a row is told, where the source is a tidied one.

        Raises:
            SourceError: the source is no such table; the sentence says where and never quotes it.
            ContractError: a pattern of the data contract is not a regular expression (RE2).
            EngineMemoryError: the source's unique fields do not fit in the engine's memory.
        """
        with working(self._files):
            _verify_patterns(self._connection, contract)
            with opened_source(self._connection, self._files, source_path, source_format) as header:
                plan, query = _compiled(contract, header)
                answer = self._connection.execute(query).fetchall()[0]
                return findings_from(plan, answer, _repeats(self._connection, plan, answer), number)

    def write_version(
        self, source_path: str, source_format: SourceFormat, contract: DataContract, out_path: str
    ) -> WrittenVersion:
        """Write a source that has passed `check` as Parquet: the contract's fields in its order, typed.

        Rows keep their order; blank text becomes NULL; times are UTC. Row groups hold 122,880 rows, packed with
        Zstandard.

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
            values = [
                exp.alias_(typed_value(each, column_of(each.name, header)), each.name, quoted=True)
                for each in contract.fields
            ]
            statement = copy_parquet(exp.select(*values).from_("source"), out_path)
            _, rows, _, _, statistics, *_ = self._connection.execute(statement).fetchall()[0]
        return WrittenVersion(rows=rows, profile=_profile(contract, rows, statistics))


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
    failed = [
        check.field for check, count in zip(plan.checks, answer[1::2], strict=True) if check.name == "unique" and count
    ]
    found = {}
    for field in failed:
        query = sql_of(compile_repeats(field, plan.header))
        found[field.name] = [row for (row,) in connection.execute(query).fetchall()]
    return found


def _profile(contract: DataContract, rows: int, statistics: dict[str, dict[str, str]]) -> dict[str, dict[str, int]]:
    profile = {}
    for name in contract.field_names():
        quoted = exp.to_identifier(name, quoted=True).sql("duckdb")
        missing = int(statistics.get(quoted, {}).get("null_count", 0))
        profile[name] = {"present": rows - missing, "missing": missing}
    return profile
