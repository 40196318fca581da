"""A DuckDB connection that touches nothing but the sealed files it was given, and spills nothing."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.core import CommonwealError

_ROW_GROUP = 122_880
_KEPT_ROW_GROUP = _ROW_GROUP // 2
_DICTIONARY = 5000
_VECTOR = 2048
_NARROW = 32


class EngineError(CommonwealError):
    """The engine could not do its work; what it said may quote data, so it is not passed on."""

    code = "engine.failed"
    default_advice = "Run the command again; if it fails again, run `commonweal doctor`."


class EngineMemoryError(EngineError):
    """The work does not fit in the memory the engine may use; it never spills to disk."""

    code = "engine.out-of-memory"
    default_advice = "Give the engine more memory, or publish the data in smaller datasets."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may use: memory as DuckDB writes it (`1GiB`), and threads."""

    memory: str = "1GiB"
    threads: int = 2


DEFAULT_LIMITS = Limits()


def connect(files: SealedFiles | None = None, limits: Limits = DEFAULT_LIMITS) -> duckdb.DuckDBPyConnection:
    """Return a fresh in-memory database that can reach `files` and nothing else.

    It has no temporary directory, loads no extension, reads no Python variable, keeps nothing of the files it has
    read (a release of 20 million rows would hold 200 MB more), keeps time in UTC, and none of this can be changed
    again. The caller closes it.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "temp_directory": "",
            "max_temp_directory_size": "0B",
            "memory_limit": limits.memory,
            "threads": limits.threads,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
            "allow_community_extensions": False,
            "allow_persistent_secrets": False,
            "python_enable_replacements": False,
            "enable_external_file_cache": False,
        },
    )
    if files is not None:
        connection.register_filesystem(files)
        connection.execute(f"SET allowed_directories = ['{files.protocol}://']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection


@contextlib.contextmanager
def session(files: SealedFiles, limits: Limits = DEFAULT_LIMITS) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection for one piece of work and close it after, whatever happens; errors as `working`."""
    connection = connect(files, limits)
    try:
        with working(files):
            yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def working(files: SealedFiles) -> Iterator[None]:
    """Turn whatever the engine raises in the block into an error of ours.

    Raises:
        EngineMemoryError: the work does not fit in the connection's memory.
        EngineError: the engine failed in any other way.
        CommonwealError: a sealed file failed under the engine; the file's own error.
    """
    try:
        with explained(files):
            yield
    except duckdb.Error:
        raise EngineError("The engine could not finish the work.") from None


@contextlib.contextmanager
def explained(files: SealedFiles) -> Iterator[None]:
    """Turn what the engine raises into the sealed file's own error or a lack of memory; the rest passes.

    Raises:
        EngineMemoryError: the work does not fit in the connection's memory.
        CommonwealError: a sealed file failed; the file's own error.
        duckdb.Error: the engine met anything else; its text may quote data.
    """
    try:
        with files.explained():
            yield
    except duckdb.OutOfMemoryException:
        raise EngineMemoryError("The work does not fit in the memory that the engine may use.") from None


def sql_of(expression: exp.Expr) -> str:
    """Return the expression in DuckDB's SQL, every name quoted."""
    return expression.sql("duckdb", identify=True)


def table_function(name: str, url: str, **options: exp.Expr) -> exp.Expr:
    """Return a call of a table function such as `read_parquet` on one URL, with named options."""
    named = [exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()]
    return exp.Anonymous(this=name, expressions=[exp.Literal.string(url), *named])


def beside(query: exp.Select, urls: Iterable[str]) -> exp.Select:
    """Return the query with the rows of further Parquet files beside those of its own, the nth beside the nth."""
    for url in urls:
        query = query.join(exp.Join(this=table_function("read_parquet", url), method="POSITIONAL"))
    return query


def verify_even(connection: duckdb.DuckDBPyConnection, urls: Sequence[str]) -> None:
    """Accept Parquet files that have equally many rows, so that those of one can stand beside those of another.

    Raises:
        EngineError: they do not.
    """
    counts = [exp.select(exp.Count(this=exp.Star())).from_(table_function("read_parquet", each)) for each in urls]
    if len({connection.execute(sql_of(each)).fetchall()[0][0] for each in counts}) > 1:
        raise EngineError("The parts of a version do not have equally many rows.")


def describe(connection: duckdb.DuckDBPyConnection, url: str) -> dict[str, str]:
    """Return the fields of a Parquet file in their order, and DuckDB's type of each."""
    query = exp.select("*").from_(table_function("read_parquet", url))
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {sql_of(query)}").fetchall()}


@contextlib.contextmanager
def streaming() -> Iterator[None]:
    """Turn what Arrow raises while it carries the engine's answer into the engine's own error, for `session`."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError) as error:
        short = "Out of Memory" in str(error)  # all that Arrow keeps of the engine's error is its text
        raise (duckdb.OutOfMemoryException if short else duckdb.Error)("an Arrow stream broke") from None


def row_group(columns: int, most: int = _ROW_GROUP) -> int:
    """Return how many rows of so many columns a row group holds: `most`, fewer of more than 32 columns.

    A few row groups are in memory at once: with the rows of a narrow table, those of 400 columns do not fit in 1 GiB.
    """
    return max(_VECTOR, most // _times_narrow(columns) // _VECTOR * _VECTOR)


def copy_parquet(query: exp.Query, url: str, *, kept: bool = False) -> str:
    """Return the statement that writes the query's answer as Parquet and answers the writer's statistics.

    Row groups are those of `row_group`. Zstandard's level 1 and dictionaries of at most 5,000 values (fewer of more
    than 32 columns: each column has one in memory) cost less processor time than DuckDB's own choice, and give a file
    that is 1 to 5 % larger. What is `kept`, which no tool but a node's reads, has the encodings of Parquet's second
    version, which are written and read in less time, and row groups of half the rows, which take less memory (ADR 40).
    """
    columns = len(query.selects)
    options = {
        "FORMAT": "parquet",
        "COMPRESSION": "zstd",
        "COMPRESSION_LEVEL": 1,
        "DICTIONARY_SIZE_LIMIT": _DICTIONARY // _times_narrow(columns),
        "ROW_GROUP_SIZE": row_group(columns, _KEPT_ROW_GROUP if kept else _ROW_GROUP),
        "PARQUET_VERSION": "V2" if kept else "V1",
    }
    target = exp.Literal.string(url).sql("duckdb")
    listed = ", ".join(f"{name} {value}" for name, value in options.items())
    return f"COPY ({sql_of(query)}) TO {target} ({listed}, RETURN_STATS)"


def _times_narrow(columns: int) -> int:
    return max(1, -(-columns // _NARROW))
