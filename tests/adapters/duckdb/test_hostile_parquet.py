"""Parquet that was made to do harm is refused in words, soon, and never ends the process."""

import base64
import io
from collections.abc import Callable
from time import perf_counter

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyarrow.parquet import encryption
from tests.adapters.duckdb.conftest import Bench
from tests.adapters.duckdb.test_reader import ANY

from commonweal.adapters.duckdb.parquet_footer import count_columns
from commonweal.publish import SourceError, SourceFormat

LONGEST = 5.0
"""Seconds: far above what a quiet machine takes, far below a hang."""


class Keys(encryption.KmsClient):  # type: ignore[misc]  # pyarrow has no types
    """Keeps keys as they come."""

    def __init__(self, _: object) -> None:
        super().__init__()

    def wrap_key(self, key: bytes, _: str) -> bytes:
        return base64.b64encode(key)

    def unwrap_key(self, wrapped: bytes, _: str) -> bytes:
        return base64.b64decode(wrapped)


def encrypted(*, plaintext_footer: bool) -> bytes:
    chosen = encryption.EncryptionConfiguration(
        footer_key="k", column_keys={"k": ["a"]}, plaintext_footer=plaintext_footer
    )
    factory, file = encryption.CryptoFactory(Keys), io.BytesIO()
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), chosen)
    table = pa.table({"a": ["canary"] * 100, "b": list(range(100))})
    with parquet.ParquetWriter(file, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    return file.getvalue()


def written(table: pa.Table) -> bytes:
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


def wide(columns: int) -> bytes:
    return written(pa.schema([(f"c{number}", pa.int64()) for number in range(columns)]).empty_table())


def repeated(text: str, rows: int) -> bytes:
    """Return a file of a few hundred bytes and a text, which stands in every row."""
    values = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))
    return written(pa.table({"a": values}))


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*found, number))


def claiming(rows: int) -> bytes:
    """Return a file of a thousand rows whose footer claims more, in all and in its row group."""
    plain = written(pa.table({"a": ["canary"] * 1000}))
    length = int.from_bytes(plain[-8:-4], "little")
    honest, claimed = b"\x16" + varint(2 * 1000), b"\x16" + varint(2 * rows)
    footer = plain[-8 - length : -8].replace(honest, claimed)
    return plain[: -8 - length] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "plaintext footer": (lambda: encrypted(plaintext_footer=True), "cannot be read"),
    "encrypted footer": (lambda: encrypted(plaintext_footer=False), "The Parquet file is encrypted."),
    "100,000 columns": (lambda: wide(100_000), "The source has 100,000 columns; a table may have 4,096."),
    "billions of rows": (lambda: claiming(7_000_000_000), "claims 7,000,000,000 rows"),
    "one long text in every row": (lambda: repeated("canary" * 170, 400_000), "more than 1,000 times its size"),
    "a footer longer than the file": (lambda: b"PAR1" + b"\xff" * 8 + b"\xff\xff\xff\x7fPAR1", "damaged"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_parquet_is_refused_in_words_and_soon(bench: Bench, kind: str) -> None:
    make, words = HOSTILE[kind]
    source, started = make(), perf_counter()
    with pytest.raises(SourceError) as refused:
        bench.check(source, ANY, SourceFormat.PARQUET)
    assert perf_counter() - started < LONGEST
    assert words in str(refused.value)
    assert "canary" not in str(refused.value) + refused.value.advice()


@pytest.mark.parametrize("columns", [1, 14, 15, 200])
def test_columns_are_counted_from_the_footer(columns: int) -> None:
    source = wide(columns)
    assert count_columns(io.BytesIO(source), len(source)) == columns


def test_short_texts_that_stand_in_every_row_are_taken(bench: Bench) -> None:
    source = repeated("Compliant with the standard", 1_000_000)
    assert len(source) < 10_000
    assert bench.check(source, ANY, SourceFormat.PARQUET).rows == 1_000_000
