"""How much text a Parquet file becomes: a dictionary holds a value once, and the table holds it in every row."""

import duckdb
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles
from commonweal.publish import SourceError

from .engine import describe, sql_of, table_function

MOST_GROWTH = 1000
"""How many times the size of its file the text of a table may be, once it is more than `FREE_TEXT`.

A dictionary of few short values repeated in every row comes to a few hundred times; a bomb to ten thousand.
"""

FREE_TEXT = 256 << 20


def verify_growth(connection: duckdb.DuckDBPyConnection, files: SealedFiles, url: str) -> None:
    """Accept a Parquet file whose text does not grow beyond measure; only one that might is counted.

    Raises:
        SourceError: it does.
    """
    size = int(str(files.info(url)["size"]))
    most = FREE_TEXT + MOST_GROWTH * size
    if _claimed(connection, url) > most and _measured(connection, url) > most:
        raise SourceError(
            f"The text of the Parquet file comes to more than {MOST_GROWTH:,} times its size.",
            advice="Publish it in parts, or as CSV.",
        )


def _claimed(connection: duckdb.DuckDBPyConnection, url: str) -> int:
    """Return the most bytes of text that the footer allows: each value as long as all that its column stores."""
    within = exp.Mul(this=exp.column("num_values"), expression=exp.column("total_uncompressed_size"))
    stored = exp.EQ(this=exp.column("type"), expression=exp.Literal.string("BYTE_ARRAY"))
    query = exp.select(exp.Sum(this=exp.cast(within, exp.DType.DOUBLE)))
    found = connection.execute(sql_of(query.from_(table_function("parquet_metadata", url)).where(stored))).fetchall()
    return int(found[0][0] or 0)


def _measured(connection: duckdb.DuckDBPyConnection, url: str) -> int:
    """Return the bytes of all text; the engine measures each value of a dictionary once."""
    texts = [name for name, kind in describe(connection, url).items() if kind == "VARCHAR"]
    lengths = [exp.Sum(this=exp.func("strlen", exp.column(name, quoted=True), dialect="duckdb")) for name in texts]
    if not lengths:
        return 0
    query = exp.select(*lengths).from_(table_function("read_parquet", url))
    return sum(int(each or 0) for each in connection.execute(sql_of(query)).fetchall()[0])
