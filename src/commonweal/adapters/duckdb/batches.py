"""Writes Arrow batches as Parquet into a sealed file."""

import io
from collections.abc import Callable, Iterator

import pyarrow
from pyarrow.parquet import ParquetWriter

from commonweal.adapters.sealed import SealedFiles

from .engine import row_group


def write_batches(
    files: SealedFiles, schema: pyarrow.Schema, batches: Iterator[pyarrow.RecordBatch], out_path: str
) -> int:
    """Write the batches to a URL that `files` accepts, and return how many rows they had."""
    rows = 0
    handle = files.open(out_path, "wb")
    with ParquetWriter(_Sink(handle.write), schema, compression="zstd", store_schema=False) as writer:
        for batch in batches:
            writer.write_batch(batch, row_group_size=row_group(len(schema.names)))
            rows += batch.num_rows
    handle.close()
    return rows


class _Sink(io.RawIOBase):
    """A place for Arrow to write to, which leaves the closing of what lies under it to its owner."""

    def __init__(self, write: Callable[[bytes], int]) -> None:
        super().__init__()
        self._write = write

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # narrower: Arrow gives bytes
        return self._write(data)
