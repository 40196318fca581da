"""Readers under atheris: bytes grown from examples go in, and anything but a table or our own refusal is a failure.

Run one with `python -m tests.fuzz.target NAME SECONDS FOLDER`, where FOLDER holds examples to begin with. Workbooks and
Arrow are read in a process of their own, and are damaged byte by byte in the tests of the adapters instead.
"""

import io
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

import atheris  # type: ignore[import-untyped]  # it has no types

with atheris.instrument_imports(include=["commonweal.publish", "commonweal.adapters"]):
    from commonweal.adapters.duckdb.parquet_footer import count_columns
    from commonweal.adapters.sources import opened_table, rewriting_in_a_temporary_file
    from commonweal.adapters.sources.layer_rows import write_layer
    from commonweal.adapters.sources.rows import RowWriter
    from commonweal.adapters.text_table import TextTable
    from commonweal.core import CommonwealError
    from commonweal.publish import FileChoice, FileForm, read_contract

_SECONDS_FOR_ONE = 10
_MIB = 2048
_FORMS = (FileForm.AUTO, FileForm.JSON, FileForm.NDJSON, FileForm.XML)
_READ_APART = (b"xl/", b"mimetype", b"ARROW1", b"\xff\xff\xff\xff", b"\xd0\xcf\x11\xe0", b"SQLite format 3")
_COPYBOOK = "       01 R.\n          05 A PIC X(3).\n          05 B PIC S9(4)V99 COMP-3.\n"


def text_table(data: bytes) -> None:
    """A delimited text: learnt, tidied, and every row of it accounted for."""
    table = TextTable(io.BytesIO(data))
    reading = table.tidy(table.learn()).reading
    if reading.read != reading.kept + reading.set_aside:
        raise AssertionError("rows were lost")


def forms(data: bytes) -> None:
    """JSON, XML, zip and gzip, as their content tells or as one of them is chosen by the last byte."""
    form = _FORMS[data[-1] % len(_FORMS)] if data else FileForm.AUTO
    if any(sign in data[:4096] for sign in _READ_APART):
        return
    with opened_table(io.BytesIO(data), FileChoice(form), rewriting_in_a_temporary_file) as table:
        table.content.read()


def fixed_width(data: bytes) -> None:
    """Records by a copybook."""
    choice = FileChoice(FileForm.FIXED_WIDTH, layout=_COPYBOOK)
    with opened_table(io.BytesIO(data), choice, rewriting_in_a_temporary_file) as table:
        table.content.read()


def layout(data: bytes) -> None:
    """A copybook or field list that divides two lines."""
    choice = FileChoice(FileForm.FIXED_WIDTH, layout=data.decode("latin-1"))
    with opened_table(io.BytesIO(b"abcdefghij\nklmnopqrst\n"), choice, rewriting_in_a_temporary_file) as table:
        table.content.read()


def geopackage(data: bytes) -> None:
    """A GeoPackage, which is read in a process of its own outside these tests."""
    write_layer(io.BytesIO(data), {}, RowWriter(io.BytesIO()))


def contract(data: bytes) -> None:
    """A data contract in YAML."""
    read_contract(data)


def parquet_footer(data: bytes) -> None:
    """The footer of a Parquet file."""
    count_columns(io.BytesIO(data), len(data))


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (text_table, forms, fixed_width, layout, geopackage, contract, parquet_footer)
}


def main(name: str, seconds: str, folder: str) -> None:
    """Feed one target for so many seconds; a crash, a hang or too much memory ends the process with an error."""

    def feed(data: bytes) -> None:
        with suppress(CommonwealError):
            TARGETS[name](data)

    limits = [f"-max_total_time={seconds}", f"-timeout={_SECONDS_FOR_ONE}", f"-rss_limit_mb={_MIB}"]
    atheris.Setup([sys.argv[0], folder, *limits, "-max_len=65536", f"-artifact_prefix={folder}/found-"], feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
