"""The dataset, the slice of it that is delivered, and the limit: DuckDB reads the plain Parquet and filters it."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow
import yaml

ROW_GROUP = 122_880
FIELDS = ("person", "number", "born", "postcode", "council", "benefit", "status", "award")
FIRST_BEYOND = "E06000067"
WHERE = f"council < '{FIRST_BEYOND}'"
SELECT = ", ".join(FIELDS)
SETTINGS = f"COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 5000, ROW_GROUP_SIZE {ROW_GROUP}"
DEFAULTS = f"COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"

_COLUMNS = {
    "person": ("integer", "i"),
    "number": ("string", "lpad((hash(i * 7) % 10000000000)::VARCHAR, 10, '0')"),
    "born": ("date", "DATE '1930-01-01' + (hash(i * 11) % 30000)::INTEGER"),
    "claimed": ("date", "DATE '2020-01-01' + (hash(i * 13) % 2000)::INTEGER"),
    "postcode": (
        "string",
        "chr(65 + (hash(i * 17) % 26)::INTEGER) || chr(65 + (hash(i * 19) % 26)::INTEGER) || (1 + hash(i * 23) % 20)"
        " || ' ' || hash(i * 29) % 10"
        " || chr(65 + (hash(i * 31) % 26)::INTEGER) || chr(65 + (hash(i * 37) % 26)::INTEGER)",
    ),
    "council": ("string", "'E' || lpad((6000001 + hash(i * 41) % 330)::VARCHAR, 8, '0')"),
    "benefit": (
        "string",
        "['attendance allowance', 'carers allowance', 'housing benefit', 'pension credit',"
        " 'personal independence payment', 'universal credit'][1 + (hash(i * 43) % 6)::INTEGER]",
    ),
    "status": ("string", "['open', 'closed', 'suspended', 'appealed'][1 + (hash(i * 47) % 4)::INTEGER]"),
    "award": ("number", "(hash(i * 53) % 50000) / 100"),
    "score": ("number", "(hash(i * 59) % 1000000) / 1000000"),
}
_DUCKDB_TYPES = {"integer": "BIGINT", "string": "VARCHAR", "date": "DATE", "number": "DOUBLE"}


@dataclass(frozen=True)
class Plain:
    """The dataset as an ordinary Parquet file, where the rivals and the limit begin."""

    path: Path

    def table(self) -> pyarrow.Table:
        """Read and filter the file into an Arrow table: the limit."""
        with duckdb.connect() as connection:
            return connection.sql(self._slice()).to_arrow_table()

    def frame(self) -> object:
        """Read and filter the file into a pandas frame: the limit of a client that only gives frames."""
        with duckdb.connect() as connection:
            return connection.sql(self._slice()).to_arrow_table().to_pandas()

    def write_parquet(self, target: Path, settings: str = SETTINGS) -> None:
        """Write the slice as Parquet, with the settings that the node writes with unless told."""
        self._copy(target, f"FORMAT parquet, {settings}")

    def write_csv(self, target: Path) -> None:
        """Write the slice as CSV with a header."""
        self._copy(target, "FORMAT csv, HEADER true")

    def _slice(self) -> str:
        return f"SELECT {SELECT} FROM read_parquet('{self.path}') WHERE {WHERE}"

    def _copy(self, target: Path, options: str) -> None:
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({self._slice()}) TO '{target}' ({options})")


def make_plain(path: Path, *, rows: int) -> Plain:
    """Write the dataset: `rows` people who do not exist, a fifth of them in the slice."""
    values = ", ".join(f"({value})::{_DUCKDB_TYPES[kind]} AS {name}" for name, (kind, value) in _COLUMNS.items())
    with duckdb.connect() as connection:
        query = f"SELECT {values} FROM range({rows}) AS t(i)"
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, {DEFAULTS})")
    return Plain(path)


def contract() -> str:
    """The dataset's data contract in ODCS."""
    return yaml.safe_dump(
        {
            "kind": "DataContract",
            "apiVersion": "v3.1.0",
            "id": "uk.commonweal.benchmark.claims",
            "version": "1.0",
            "name": "Claims",
            "status": "active",
            "description": {"purpose": "Generated claims of people who do not exist, to measure a delivery."},
            "schema": [{"name": "claims", "logicalType": "object", "properties": [*map(_field, _COLUMNS)]}],
        },
        sort_keys=False,
    )


def _field(name: str) -> dict[str, object]:
    classified = {"property": "commonweal.classification", "value": "personal"}
    return {
        "name": name,
        "logicalType": _COLUMNS[name][0],
        "description": f"The {name} of a generated claim.",
        "required": True,
        "customProperties": [classified],
    }


def verify_same(found: pyarrow.Table, expected: pyarrow.Table, route: str) -> None:
    """Accept a table with the rows and fields of the limit's; order and the width of text offsets do not matter.

    Raises:
        AssertionError: `route` gave another table.
    """
    same = found.select(FIELDS).cast(expected.schema).sort_by("person")
    if not same.equals(expected.sort_by("person")):
        raise AssertionError(f"{route} delivered another table than the limit.")
