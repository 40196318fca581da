"""Surveys a staged source for the facts from which a data contract can be drafted."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Self

import duckdb

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import (
    ColumnFacts,
    SourceFormat,
    compile_listing,
    compile_survey,
    facts_from,
    wants_listing,
)

from .engine import DEFAULT_LIMITS, Limits, connect, sql_of, working
from .reader import opened_source

AT_ONCE = 64
"""Columns that one pass over a source surveys: more would need memory for each of them."""


class Surveyor:
    """Looks at the columns of a staged source; memory does not grow with its rows.

    The end of the `with` block closes the connection.
    """

    def __init__(self, files: SealedFiles, limits: Limits = DEFAULT_LIMITS) -> None:
        self._files = files
        self._connection = connect(files, limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def survey(
        self, source_path: str, source_format: SourceFormat
    ) -> tuple[tuple[ColumnFacts, ...], dict[str, Mapping[str, int]]]:
        """Return the facts of every column, and the values of those that may be one of a short list.

        Raises:
            SourceError: the source is no such table; the sentence says where and never quotes it.
            EngineMemoryError: the work does not fit in the engine's memory.
        """
        with (
            working(self._files),
            opened_source(self._connection, self._files, source_path, source_format) as header,
        ):
            facts = tuple(each for names in _batches(header) for each in self._facts(names, header))
            listed = [each.name for each in facts if wants_listing(each)]
            values = {name: found for names in _batches(listed) for name, found in self._values(names, header)}
            return facts, values

    def _facts(self, names: Sequence[str], header: Sequence[str]) -> tuple[ColumnFacts, ...]:
        return facts_from(names, _only_row(self._connection, sql_of(compile_survey(names, header))))

    def _values(self, names: Sequence[str], header: Sequence[str]) -> Iterable[tuple[str, Mapping[str, int]]]:
        answer = _only_row(self._connection, sql_of(compile_listing(names, header)))
        return [(name, found or {}) for name, found in zip(names, answer, strict=True)]


def _only_row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[dict[str, int], ...]:
    return tuple(connection.execute(query).fetchall()[0])


def _batches(names: Iterable[str]) -> Iterable[list[str]]:
    left = iter(names)
    while batch := list(islice(left, AT_ONCE)):
        yield batch
