"""GeoJSON geometries (RFC 7946, 3.1) as well-known text."""

from collections.abc import Callable
from typing import Any

from .json_text import MAX_DEPTH, Number
from .telling import refuse


def to_wkt(geometry: Any) -> str:
    """Return a geometry as well-known text, its numbers as they stood; '' where there is none.

    Raises:
        SourceError: it is no geometry of GeoJSON.
    """
    return _geometry(geometry, 0)


def _geometry(geometry: Any, depth: int) -> str:
    if geometry is None:
        return ""
    if not isinstance(geometry, dict) or depth > MAX_DEPTH:
        raise _malformed()
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        parts = [_geometry(each, depth + 1) for each in _list(geometry.get("geometries"))]
        return f"GEOMETRYCOLLECTION ({', '.join(parts)})" if parts else "GEOMETRYCOLLECTION EMPTY"
    levels = _LEVELS.get(kind) if isinstance(kind, str) else None
    if levels is None:
        raise _malformed()
    coordinates = _list(geometry.get("coordinates"))
    written = levels(coordinates) if coordinates else "EMPTY"
    return f"{str(kind).upper()} {written}"


def _position(value: Any) -> str:
    numbers = _list(value)
    if len(numbers) not in {2, 3, 4} or not all(isinstance(each, Number) for each in numbers):
        raise _malformed()
    return " ".join(numbers[:3])


def _listed(within: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: f"({', '.join(within(each) for each in _list(value))})"


_LINE = _listed(_position)
_RINGS = _listed(_LINE)
_LEVELS: dict[str, Callable[[Any], str]] = {
    "Point": lambda value: f"({_position(value)})",
    "MultiPoint": _LINE,
    "LineString": _LINE,
    "MultiLineString": _RINGS,
    "Polygon": _RINGS,
    "MultiPolygon": _listed(_RINGS),
}


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _malformed()
    return value


def _malformed() -> Exception:
    return refuse("A geometry of the GeoJSON is not one of RFC 7946.")
