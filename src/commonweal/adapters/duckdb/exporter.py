"""Streams a release as CSV or NDJSON, in constant memory."""

import io
from collections.abc import Callable, Iterator, Sequence

import pyarrow
import pyarrow.csv
from sqlglot import exp

from commonweal.adapters.sealed import SealedFiles

from .engine import DEFAULT_LIMITS, Limits, describe, session, sql_of, streaming, table_function

CHUNK = 256 * 1024

_BATCH_ROWS = 4096
_INSTANT = "TIMESTAMP WITH TIME ZONE"
_ISO = "%Y-%m-%dT%H:%M:%S.%fZ"


class Exporter:
    """Reads releases out of the sealed files of one piece of work; paths are the URLs these offer.

    Both streams give chunks of about 256 KiB, hold no more than a few of them, and keep the rows' order. Values
    are told exactly: dates and times as ISO 8601 (times in UTC), text as it is, even where a spreadsheet would
    take it for a formula. Ending the iteration early closes the engine.
    """

    def __init__(self, files: SealedFiles, limits: Limits = DEFAULT_LIMITS) -> None:
        self._files = files
        self._limits = limits

    def csv(self, path: str) -> Iterator[bytes]:
        """Yield a release as CSV (RFC 4180, lines ended by LF, UTF-8) under a header line.

        Text is quoted and NULL is empty, so that NULL and empty text differ.

        Raises:
            EngineError: the engine failed.
            SealedFileError: the release is damaged.
        """
        return _gathered(self._rows(path, _csv_query, _csv_header, _csv_lines))

    def ndjson(self, path: str) -> Iterator[bytes]:
        """Yield a release as one JSON object on each line, every field present; errors as `csv`."""
        return _gathered(self._rows(path, _json_query, _no_header, _json_lines))

    def _rows(
        self,
        path: str,
        query: Callable[[str, dict[str, str]], exp.Select],
        header: Callable[[Sequence[str]], bytes],
        lines: Callable[[pyarrow.RecordBatch], bytes],
    ) -> Iterator[bytes]:
        with session(self._files, self._limits) as connection:
            kinds = describe(connection, path)
            yield header(tuple(kinds))
            with streaming():
                for batch in connection.sql(sql_of(query(path, kinds))).to_arrow_reader(_BATCH_ROWS):
                    yield lines(batch)


def _gathered(parts: Iterator[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for part in parts:
        held += part
        if len(held) >= CHUNK:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _plain(name: str, kind: str) -> exp.Expr:
    column = exp.column(name, quoted=True)
    return exp.func("strftime", column, exp.Literal.string(_ISO), dialect="duckdb") if kind == _INSTANT else column


def _csv_query(path: str, kinds: dict[str, str]) -> exp.Select:
    columns = [exp.alias_(_plain(name, kind), name, quoted=True) for name, kind in kinds.items()]
    return exp.select(*columns).from_(table_function("read_parquet", path))


def _csv_header(names: Sequence[str]) -> bytes:
    quoted = (name.replace('"', '""') for name in names)
    return (",".join(f'"{name}"' for name in quoted) + "\n").encode()


def _csv_lines(batch: pyarrow.RecordBatch) -> bytes:
    out = io.BytesIO()
    pyarrow.csv.write_csv(batch, out, pyarrow.csv.WriteOptions(include_header=False))
    return out.getvalue()


def _json_query(path: str, kinds: dict[str, str]) -> exp.Select:
    members = [
        exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=_plain(name, kind))
        for name, kind in kinds.items()
    ]
    row = exp.cast(exp.Anonymous(this="to_json", expressions=[exp.Struct(expressions=members)]), exp.DType.VARCHAR)
    line = exp.alias_(
        exp.DPipe(this=row, expression=exp.Anonymous(this="chr", expressions=[exp.Literal.number(10)])), "line"
    )
    return exp.select(line).from_(table_function("read_parquet", path))


def _no_header(_: Sequence[str]) -> bytes:
    return b""


def _json_lines(batch: pyarrow.RecordBatch) -> bytes:
    """Return the lines as they lie in the column: its text is one buffer, and offsets into it are another.

    The functions of Arrow that would join them load pandas, which takes a second and 40 MB.
    """
    lines = batch.column(0)
    _, offsets, text = lines.buffers()
    starts = memoryview(offsets).cast("i")
    return bytes(memoryview(text)[starts[lines.offset] : starts[lines.offset + len(lines)]]) if len(lines) else b""
