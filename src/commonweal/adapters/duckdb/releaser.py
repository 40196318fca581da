"""Writes the slice of a version that an agreement opens: its fields, its rows, its tokens."""

import re
from collections.abc import Mapping, Sequence

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.core import InputError
from commonweal.deliver import ReleasePlan

from .batches import write_batches
from .conditions import compile_rows
from .engine import (
    DEFAULT_LIMITS,
    Limits,
    copy_parquet,
    describe,
    row_group,
    session,
    sql_of,
    streaming,
    table_function,
    verify_even,
)
from .engine import beside as stand_beside
from .tokens import tokenise

_KEY = re.compile(r"[0-9a-f]{32,128}")


class PlanError(InputError):
    """A release plan that does not fit the version it is for."""

    code = "deliver.plan-malformed"
    default_advice = "Ask for fields that the dataset has; a plan with tokens needs the agreement's token key."


class Releaser:
    """The `deliver` room's engine over the sealed files of one piece of work; paths are the URLs these offer."""

    def __init__(self, files: SealedFiles, limits: Limits = DEFAULT_LIMITS) -> None:
        self._files = files
        self._limits = limits

    def release(
        self,
        version_path: str,
        plan: ReleasePlan,
        token_key: str | None,
        out_path: str,
        *,
        beside: Sequence[str] = (),
    ) -> int:
        """Write the planned slice of a version as Parquet and return its row count.

        Rows keep their order; a NULL meets no condition; text is compared by its UTF-8 bytes. `tokenise` says
        what a token is; a field that is not text is tokenised as the text a CSV would hold.

        Args:
            version_path: the version's Parquet file, or one of its parts.
            plan: the fields, rows and tokens.
            token_key: the agreement's token key as lower-case hex text; None when nothing is tokenised. It never
                becomes part of a query.
            out_path: where the Parquet file goes.
            beside: the version's other parts that the plan needs, with other fields of the same rows.

        Raises:
            PlanError: the plan names a field that the version does not have, or tokens without a key.
            ConditionError: a condition's value is not of its field's type.
            EngineError: the engine failed.
        """
        with session(self._files, self._limits) as connection:
            kinds = _describe_parts(connection, (version_path, *beside))
            _verify_plan(plan, kinds, token_key)
            query = stand_beside(_select(version_path, plan, kinds), beside)
            if token_key is None:
                return int(connection.execute(copy_parquet(query, out_path)).fetchall()[0][1])
            with streaming():
                batches = connection.sql(sql_of(query)).to_arrow_reader(row_group(len(plan.fields)))
                tokens = (tokenise(batch, plan.tokenised, token_key) for batch in batches)
                return write_batches(self._files, batches.schema, tokens, out_path)


def _describe_parts(connection: duckdb.DuckDBPyConnection, paths: Sequence[str]) -> dict[str, str]:
    if len(paths) > 1:
        verify_even(connection, paths)
    return {name: kind for path in paths for name, kind in describe(connection, path).items()}


def _verify_plan(plan: ReleasePlan, kinds: Mapping[str, str], token_key: str | None) -> None:
    if not plan.fields or not set(plan.fields) <= set(kinds) or len(set(plan.fields)) != len(plan.fields):
        raise PlanError("The release plan names no field, a field twice, or one that the dataset does not have.")
    if not plan.tokenised <= set(plan.fields):
        raise PlanError("The release plan tokenises a field that it does not release.")
    if plan.tokenised and (token_key is None or not _KEY.fullmatch(token_key)):
        raise PlanError("The release plan has tokens, and no token key of hexadecimal digits is given.")


def _select(version_path: str, plan: ReleasePlan, kinds: Mapping[str, str]) -> exp.Select:
    columns = []
    for name in plan.fields:
        column: exp.Expr = exp.column(name, quoted=True)
        if name in plan.tokenised:
            column = exp.cast(column, exp.DType.VARCHAR)
        columns.append(exp.alias_(column, name, quoted=True))
    return (
        exp.select(*columns).from_(table_function("read_parquet", version_path)).where(compile_rows(plan.rows, kinds))
    )
