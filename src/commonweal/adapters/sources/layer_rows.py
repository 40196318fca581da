"""Rows from a layer of a GeoPackage: its attributes, read from memory under limits that its own SQL cannot leave."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

from .rows import MAX_CELL, MAX_COLUMNS, RowWriter
from .telling import Taken, list_names, many, refuse, shown_name

_MOST_LAYERS = 1000
_WAL = b"\x02\x02"
_MODES = slice(18, 20)
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 64 << 20,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1 << 20,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 2,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}
_LAYERS = frozenset({"gpkg_contents", "gpkg_geometry_columns", "sqlite_master"})
_ROW_IDS = ("rowid", "_rowid_", "oid")
_GEOMETRIES = frozenset(
    {"GEOMETRY", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"}
    | {"GEOMETRYCOLLECTION", "GEOMCOLLECTION", "CURVE", "SURFACE", "CIRCULARSTRING", "COMPOUNDCURVE"}
    | {"CURVEPOLYGON", "MULTICURVE", "MULTISURFACE"}
)
_STEPS = 10_000
_FREE_SECONDS = 1.0
_BYTES_A_SECOND = 1 << 20
"""Bytes of a file for which a second of computing is given, a hundredth of what a plain one needs."""

_GROWTH = 200
_FREE_TEXT = 32 << 20
_OWN_TABLES = ("gpkg_", "sqlite_", "rtree_")


def write_layer(content: BinaryIO, options: dict[str, str], writer: RowWriter) -> Taken:
    """Write one layer's attributes in the order of its rows: `options["layer"]`, or the only one there is.

    Nothing of the file is run: no view, trigger, virtual table, function or generated column. Each row has to come
    after the one before it, so a file whose pages point in circles ends at once.

    Raises:
        SourceError: it is damaged or no GeoPackage, has no such layer, or several and none is named.
    """
    packed = bytearray(content.read())
    notes = _out_of_wal(packed)
    budget = _Budget(len(packed))
    try:
        with closing(_opened(packed, budget)) as connection:
            taken = _write(connection, options.get("layer", ""), writer, budget)
    except sqlite3.Error as error:
        raise _explained(error, budget) from None
    except MemoryError:  # also of no bytes at all
        raise refuse("The GeoPackage is empty, or needs more memory than is given to reading it.") from None
    except (UnicodeDecodeError, OverflowError):
        raise refuse("The GeoPackage holds a text that is not UTF-8.") from None
    return Taken(taken.what, (*taken.notes, *notes))


def _out_of_wal(packed: bytearray) -> list[str]:
    """Say that a file is whole without the log that once lay beside it; SQLite opens none in memory otherwise."""
    if packed[_MODES] != _WAL:
        return []
    packed[_MODES] = b"\x01\x01"
    return ["The GeoPackage was kept with a log beside it (-wal); what stood only there did not come."]


class _Budget:
    """How long a file of some size may compute, and how much text may come of it."""

    def __init__(self, size: int) -> None:
        self._end = time.process_time() + _FREE_SECONDS + size / _BYTES_A_SECOND
        self._text = _FREE_TEXT + size * _GROWTH
        self.is_over = False

    def step(self) -> bool:
        """Say whether the time is over."""
        self.is_over = self.is_over or time.process_time() > self._end
        return self.is_over

    def take(self, row: Sequence[str]) -> None:
        """Take in that a row came.

        Raises:
            SourceError: it is more text than a file of that size holds.
        """
        self._text -= sum(map(len, row))
        if self._text < 0:
            raise refuse("The GeoPackage is damaged: it gives more text than it can hold.")


def _opened(packed: bytearray, budget: _Budget) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for limit, most in _LIMITS.items():
        connection.setlimit(limit, most)
    for setting in ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {setting}").close()
    connection.deserialize(packed)
    connection.set_progress_handler(budget.step, _STEPS)
    connection.text_factory = _as_text
    return connection


def _as_text(value: bytes) -> str:
    return value.decode("utf-8")


def _explained(error: sqlite3.Error, budget: _Budget) -> Exception:
    if budget.is_over:
        return refuse("The GeoPackage takes too long to read for its size, so it is damaged or made to do harm.")
    if "not authorized" in str(error) or "prohibited" in str(error):
        return refuse("The GeoPackage would run what is written in it, such as a view, which is not done.")
    return refuse("The GeoPackage is damaged, or is no GeoPackage.", "Save it again, or its attributes as CSV.")


def _write(connection: sqlite3.Connection, named: str, writer: RowWriter, budget: _Budget) -> Taken:
    connection.set_authorizer(_only(_LAYERS))
    layers, tiles = _layers(connection)
    layer = _choose(layers, named)
    if layer.lower().startswith(_OWN_TABLES):
        raise refuse("A layer of the GeoPackage is one of its own tables.")
    _verify_table(connection, layer)
    geometries = _geometries(connection, layer)
    connection.set_authorizer(_looking(layer))
    columns, left = _columns(connection, layer, geometries)
    connection.set_authorizer(_only(frozenset({layer.lower()})))
    _write_rows(connection, layer, columns, writer, budget)
    return Taken(f"the layer “{shown_name(layer)}” of a GeoPackage", tuple(_notes(layer, layers, tiles, left)))


def _layers(connection: sqlite3.Connection) -> tuple[list[str], int]:
    """Return the names of the layers that have attributes, and the number of those that are pictures."""
    _verify_table(connection, "gpkg_contents")
    found = connection.execute("SELECT table_name, data_type FROM gpkg_contents LIMIT ?", (_MOST_LAYERS + 1,))
    listed = [(name, kind) for name, kind in found if isinstance(name, str) and isinstance(kind, str)]
    if len(listed) > _MOST_LAYERS:
        raise refuse(f"The GeoPackage has more than {_MOST_LAYERS:,} layers.")
    layers = [name for name, kind in listed if kind in {"features", "attributes"} and name]
    return list(dict.fromkeys(layers)), len(listed) - len(layers)


def _choose(layers: Sequence[str], named: str) -> str:
    if named:
        if named not in layers:
            raise refuse(f"The GeoPackage has no layer “{shown_name(named)}”.", f"It has: {list_names(layers)}.")
        return named
    if not layers:
        raise refuse("The GeoPackage holds no layer with attributes.")
    if len(layers) > 1:
        raise refuse(
            f"The GeoPackage holds {len(layers)} layers: {list_names(layers)}.",
            "Name the one to read, as a sheet: --sheet NAME.",
        )
    return layers[0]


def _verify_table(connection: sqlite3.Connection, name: str) -> None:
    """Accept a table that lies in the file; a view or a virtual table would run what somebody wrote."""
    found = connection.execute("SELECT type, rootpage, sql FROM sqlite_master WHERE name = ? COLLATE NOCASE", (name,))
    kinds = [(kind, root) for kind, root, _ in found if kind in {"table", "view"}]
    if not kinds:
        raise refuse(f"The GeoPackage has no table “{shown_name(name)}”, so it is damaged or none.")
    if any(kind != "table" or not isinstance(root, int) or root <= 0 for kind, root in kinds):
        raise refuse(f"“{shown_name(name)}” of the GeoPackage is a view or a virtual table, which are not read.")


def _geometries(connection: sqlite3.Connection, layer: str) -> frozenset[str]:
    known = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'gpkg_geometry_columns'").fetchone()
    if known is None or not known[0]:
        return frozenset()
    found = connection.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ? COLLATE NOCASE LIMIT ?",
        (layer, MAX_COLUMNS),
    )
    return frozenset(name.lower() for (name,) in found if isinstance(name, str))


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    is_boolean: bool


def _columns(
    connection: sqlite3.Connection, layer: str, geometries: frozenset[str]
) -> tuple[list[_Column], dict[str, list[str]]]:
    """Return the columns to read, and the names of those left out, by the reason for it."""
    read: list[_Column] = []
    left: dict[str, list[str]] = {}
    for _, name, kind, _, _, _, hidden in connection.execute(f"PRAGMA table_xinfo({_quoted(layer)})"):
        reason = _reason_to_leave(name, str(kind).upper(), hidden, geometries)
        if reason:
            left.setdefault(reason, []).append(name)
        else:
            read.append(_Column(name, str(kind).upper() == "BOOLEAN"))
    if not read:
        raise refuse(f"The layer “{shown_name(layer)}” of the GeoPackage has no attributes.")
    return read, left


def _reason_to_leave(name: str, kind: str, hidden: int, geometries: frozenset[str]) -> str:
    if hidden:
        return "computed by the file itself"
    if name.lower() in geometries or kind.partition("(")[0].strip() in _GEOMETRIES:
        return "geometry"
    return "bytes" if kind.startswith("BLOB") else ""


def _write_rows(
    connection: sqlite3.Connection, layer: str, columns: Sequence[_Column], writer: RowWriter, budget: _Budget
) -> None:
    names = [each.name for each in columns]
    writer.add(names)
    taken = {name.lower() for name in names}
    row_id = next((each for each in _ROW_IDS if each not in taken), None)
    if row_id is None:
        raise refuse("The layer of the GeoPackage has columns of all the names that SQLite numbers rows by.")
    listed = ", ".join(map(_quoted, names))
    before: int | None = None
    for number, *values in connection.execute(f"SELECT {row_id}, {listed} FROM {_quoted(layer)} NOT INDEXED"):  # noqa: S608  names, quoted
        if not isinstance(number, int) or (before is not None and number <= before):
            raise refuse("The GeoPackage is damaged: its rows are in no order.", "Save it again.")
        before = number
        row = [_text(column, value, writer.rows) for column, value in zip(columns, values, strict=True)]
        budget.take(row)
        writer.add(row)


def _text(column: _Column, value: object, row: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        raise refuse(f"The column “{shown_name(column.name)}” of the GeoPackage holds bytes in row {row:,}.")
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    if column.is_boolean and value in {0, 1}:
        return "true" if value else "false"
    if isinstance(value, str) and len(value) > MAX_CELL:
        raise refuse(f"A cell of row {row:,} is longer than 128 KiB.")
    return str(value)


def _notes(layer: str, layers: Sequence[str], tiles: int, left: Mapping[str, Sequence[str]]) -> Iterator[str]:
    others = [each for each in layers if each != layer]
    if others:
        yield f"Left out: the {many(len(others), 'other layer')} {list_names(others)}."
    if tiles:
        yield f"Left out: {many(tiles, 'layer')} of pictures or of another kind without attributes."
    for reason, names in left.items():
        yield f"Left out ({reason}): the {'columns' if len(names) > 1 else 'column'} {list_names(names)}."


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _only(tables: frozenset[str]) -> Callable[..., int]:
    """Return what lets a statement read these tables, and do nothing else."""

    def judge(act: int, first: str | None, *_: object) -> int:
        is_known = act == sqlite3.SQLITE_READ and first is not None and first.lower() in tables
        return sqlite3.SQLITE_OK if is_known or act == sqlite3.SQLITE_SELECT else sqlite3.SQLITE_DENY

    return judge


def _looking(layer: str) -> Callable[..., int]:
    """Return what lets a statement ask for the columns of one table, and do nothing else."""

    def judge(act: int, first: str | None, second: str | None, *_: object) -> int:
        is_asked = act == sqlite3.SQLITE_PRAGMA and (first, second) == ("table_xinfo", layer)
        return sqlite3.SQLITE_OK if is_asked else sqlite3.SQLITE_DENY

    return judge
