"""Looks at a source for personal data: a sample of each column, and the groups that fields divide the rows into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import (
    SAMPLE,
    Combination,
    Detection,
    Sample,
    SourceFormat,
    combination_from,
    compile_combination,
    compile_sample,
    count_withheld,
    detect_table,
    quasi_identifiers,
    sample_from,
)

from .engine import DEFAULT_LIMITS, Limits, session, sql_of
from .reader import opened_source

_SAMPLES = (SAMPLE, 100, 20)
_FIRST_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Detected:
    """What each field of a source is likely to reveal, and what some of them reveal together, where that is a matter.

    Both are suggestions to its steward. `uncounted` are fields whose groups did not fit in memory.
    """

    fields: tuple[Detection, ...]
    combination: Combination | None = None
    uncounted: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """Say what fields reveal together, or that it was too much to count; empty where it is no matter."""
        if self.uncounted:
            return f"How small the groups are that {' and '.join(self.uncounted)} make was too much to count."
        return self.combination.sentence if self.combination else ""


def detect(
    files: SealedFiles,
    source_path: str,
    source_format: SourceFormat,
    marks: Mapping[str, Mapping[str, int]] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Detected:
    """Return what the fields of a source are likely to reveal: one pass for a sample, one where groups are counted.

    `marks` counts for each field the marks that stood in place of its values and were taken out.

    Raises:
        SourceError: the source is no such table.
        EngineMemoryError: not even the sample fits in memory.
    """
    with session(files, limits) as connection, opened_source(connection, files, source_path, source_format) as header:
        sample = _sample(connection, header)
        withheld = {name: count_withheld(each) for name, each in (marks or {}).items()}
        found = detect_table(sample.columns, withheld)
        together = quasi_identifiers(found)
        if not together or not sample.rows:
            return Detected(found)
        try:
            answer = connection.execute(sql_of(compile_combination(together, header))).fetchall()[0]
        except duckdb.OutOfMemoryException:
            return Detected(found, uncounted=together)
        return Detected(found, combination_from(together, sample.rows, answer))


def detect_first(
    files: SealedFiles, source_path: str, source_format: SourceFormat, names: Sequence[str]
) -> tuple[Detection, ...]:
    """Return what a few fields are likely to reveal, from the first 200,000 rows of a source; errors as `detect`."""
    with session(files) as connection, opened_source(connection, files, source_path, source_format) as header:
        query = compile_sample(header, _SAMPLES[1], names, _FIRST_ROWS)
        return detect_table(sample_from(names, connection.execute(sql_of(query)).fetchall()[0]).columns)


def _sample(connection: duckdb.DuckDBPyConnection, header: Sequence[str]) -> Sample:
    """Return a sample of every column, smaller where memory is short."""
    for size in _SAMPLES[:-1]:
        try:
            return sample_from(header, connection.execute(sql_of(compile_sample(header, size))).fetchall()[0])
        except duckdb.OutOfMemoryException:
            continue
    return sample_from(header, connection.execute(sql_of(compile_sample(header, _SAMPLES[-1]))).fetchall()[0])
