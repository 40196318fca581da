"""Rows from JSON: an array of objects, an object with one in it, one object a line, and GeoJSON."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from commonweal.publish import FileChoice

from .geometry import to_wkt
from .json_text import JsonText, flatten
from .rows import MAX_CELL, Columns, RowWriter, write_named
from .telling import Content, Output, Taken, list_names, many, refuse

_GEOMETRY = "geometry"
_MOST_ARRAYS = 1000

Rows = Callable[[], Iterator[Any]]


def convert_json(content: Content, choice: FileChoice, output: Output) -> Taken:
    """Write the table of a JSON document, GeoJSON among them, and say what was taken.

    Raises:
        SourceError: it holds no array of objects, or several and none is chosen; or it is no such JSON.
    """
    counts = _arrays(content)
    path = _chosen(counts, choice.element)
    left = [each or "the outermost" for each in counts if each != path]
    notes = [f"Left out: the {many(len(left), 'other array')} {list_names(left)}."] if left else []
    where = f"the array “{path}” of a JSON document" if path else "a JSON array"
    taken = _write(lambda: (each for at, each in JsonText(content).walk() if at == path), where, output)
    return Taken(taken.what, (*taken.notes, *notes))


def convert_lines(content: Content, _: FileChoice, output: Output) -> Taken:
    """Write the table of JSON objects that follow one another; errors as `convert_json`."""
    return _write(JsonText(content).documents, "JSON, one object a line", output, again=content)


def _arrays(content: Content) -> Counter[str]:
    """Return how many objects each array holds."""
    counts: Counter[str] = Counter()
    for path, each in JsonText(content).walk():
        counts[path] += isinstance(each, dict)
        if len(counts) > _MOST_ARRAYS:
            raise refuse(f"The JSON holds more than {_MOST_ARRAYS:,} arrays, so it is no table.")
    return Counter({path: count for path, count in counts.items() if count})


def _chosen(counts: Counter[str], element: str) -> str:
    if element:
        if element not in counts:
            raise refuse(f"The JSON has no array of objects “{element[:60]}”.", f"It has: {list_names(list(counts))}.")
        return element
    if not counts:
        raise refuse("The JSON holds no array of objects.", "Publish an array of objects, one object a row.")
    if len(counts) > 1:
        raise refuse(
            f"The JSON holds {len(counts)} arrays of objects: {list_names(list(counts))}.",
            "Name the one that holds the table as its element (--element NAME).",
        )
    return next(iter(counts))


def _write(rows: Rows, what: str, output: Output, again: Content | None = None) -> Taken:
    read = rows if again is None else lambda: JsonText(again).documents()
    counted: Counter[str] = Counter()
    columns = Columns()
    flat = _Feature(read) if _is_feature(next(read(), None)) else None
    for number, value in enumerate(read(), 1):
        if not isinstance(value, dict):
            raise refuse(f"Row {number:,} of the JSON is no object.", "Give every row as an object with named members.")
        columns.add(flat.cells(value, counted) if flat else flatten(value, counted))
    if not columns.names():
        raise refuse("The JSON holds no row with a member.", "Publish an array of objects, one object a row.")
    ignored: Counter[str] = Counter()
    cells = (flat.cells(each, ignored) if flat else flatten(each, ignored) for each in read())
    write_named(RowWriter(output), columns.names(), cells)
    notes = [*(flat.notes() if flat else ())]
    if counted["lists"]:
        notes.append(f"{many(counted['lists'], 'list')} in single cells: they are written as JSON text.")
    return Taken(f"the features of {what} (GeoJSON)" if flat else what, tuple(notes))


def _is_feature(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "Feature" and "geometry" in value


class _Feature:
    """Turns the features of GeoJSON (RFC 7946) into cells: properties, identifier, and the geometry as WKT."""

    def __init__(self, rows: Rows) -> None:
        self._has_geometry = self._has_identifier = self._is_short = self._is_free = True
        found = False
        for value in rows():
            if not _is_feature(value):
                raise refuse("Some rows of the JSON are GeoJSON features and some are not.")
            properties = self._properties(value)
            self._is_free = self._is_free and _GEOMETRY not in properties
            self._has_identifier = self._has_identifier and "id" in value and "id" not in properties
            self._is_short = self._is_short and len(to_wkt(value["geometry"])) <= MAX_CELL
            found = True
        self._has_identifier = self._has_identifier and found
        self._has_geometry = self._is_short and self._is_free

    def cells(self, value: dict[str, Any], counted: Counter[str]) -> dict[str, str]:
        """Return the cells of one feature."""
        cells = flatten({"id": value["id"]}, counted) if self._has_identifier else {}
        cells |= flatten(self._properties(value), counted)
        if self._has_geometry:
            cells[_GEOMETRY] = to_wkt(value["geometry"])
        return cells

    def notes(self) -> tuple[str, ...]:
        """Say what became of the geometry."""
        if self._has_geometry:
            return ("The geometry is written as well-known text (WKT), longitude before latitude.",)
        why = "a geometry is longer than 128 KiB" if not self._is_short else "a property has the name “geometry”"
        return (f"The geometry is left out, since {why}.",)

    @staticmethod
    def _properties(value: dict[str, Any]) -> dict[str, Any]:
        found = value.get("properties")
        if found is not None and not isinstance(found, dict):
            raise refuse("The properties of a GeoJSON feature are no object.")
        return found or {}
