"""Rows from Arrow IPC, stream and file, one record batch after the other."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from .arrow_magic import FILE_MAGIC
from .rows import RowWriter
from .telling import Taken, refuse

_ROWS = 4096


def write_arrow(content: BinaryIO, options: dict[str, str], writer: RowWriter) -> Taken:
    """Write the table of Arrow IPC; `options["file"]` says that it is the file form, whose stream follows its magic.

    Raises:
        SourceError: it is damaged, or a column holds other than single values.
    """
    if options.get("file"):
        content.read(len(FILE_MAGIC))
    try:
        with pa.ipc.open_stream(content) as stream:
            _write(stream, writer)
    except (pa.ArrowException, OSError, ValueError):  # ArrowInvalid is a ValueError
        raise refuse("The Arrow data is damaged or cut short, or written in a way that cannot be read.") from None
    except MemoryError:
        raise refuse("A batch of the Arrow data needs more memory than is given to reading it.") from None
    return Taken("Arrow IPC")


def _write(stream: "pa.ipc.RecordBatchStreamReader", writer: RowWriter) -> None:
    for number, each in enumerate(stream.schema, 1):
        if not _is_single(each.type):
            raise refuse(f"Column {number} of the Arrow data holds bytes, lists or structures, not single values.")
    writer.add(stream.schema.names)
    for batch in stream:
        batch.validate(full=True)
        for start in range(0, batch.num_rows, _ROWS):
            _write_part(batch.slice(start, _ROWS), writer)


def _write_part(part: Any, writer: RowWriter) -> None:
    if not part.num_columns:
        return
    for row in zip(*(_as_text(column) for column in part.columns), strict=True):
        writer.add(row)


def _is_single(kind: Any) -> bool:
    if kinds.is_dictionary(kind):
        return _is_single(kind.value_type)
    return any(
        test(kind)
        for test in (
            kinds.is_null,
            kinds.is_boolean,
            kinds.is_integer,
            kinds.is_floating,
            kinds.is_decimal,
            kinds.is_date,
            kinds.is_time,
            kinds.is_timestamp,
            kinds.is_string,
            kinds.is_large_string,
            kinds.is_string_view,
        )
    )


def _as_text(column: Any) -> Iterator[str]:
    if kinds.is_dictionary(column.type):
        column = column.dictionary_decode()
    if kinds.is_timestamp(column.type):
        return _moments(column)
    if kinds.is_decimal(column.type):
        return ("" if each is None else format(each, "f") for each in column.to_pylist())
    text = column if kinds.is_null(column.type) else pc.cast(column, pa.string())
    return ("" if each is None else str(each) for each in text.to_pylist())


def _moments(column: Any) -> Iterator[str]:
    """Yield moments by ISO 8601, in UTC where the column has a time zone."""
    zone = "Z" if column.type.tz else ""
    plain = pc.cast(column, pa.timestamp(column.type.unit))
    whole = pc.strftime(plain, format="%Y-%m-%dT%H:%M:%S")
    return ("" if each is None else f"{_shorter(each)}{zone}" for each in whole.to_pylist())


def _shorter(moment: str) -> str:
    """Return a moment without the zeros that end its fraction of a second."""
    return moment.rstrip("0").rstrip(".") if "." in moment else moment
