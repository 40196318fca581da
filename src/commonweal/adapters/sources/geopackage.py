"""GeoPackages (OGC 12-128r19): one layer of an SQLite file that is trusted in nothing, read in another process."""

from commonweal.publish import FileChoice

from .apart import SECONDS, convert_apart
from .telling import Content, Output, Taken, refuse

MOST_BYTES = 256 << 20
"""Bytes of a GeoPackage at most: SQLite needs all of it at once."""

_SECONDS = 3
"""Seconds of computing for a small one, and another for each MiB: the last resort against one made to take for ever."""

_MAGIC = b"SQLite format 3\0"
_APPLICATION = slice(68, 72)
_IDENTIFIERS = frozenset({b"GPKG", b"GP10", b"GP11"})
_TABLE_OF_LAYERS = b"gpkg_contents"


def is_sqlite(head: bytes) -> bool:
    """Say whether bytes begin an SQLite file."""
    return head.startswith(_MAGIC)


def is_geopackage(head: bytes) -> bool:
    """Say whether an SQLite file is a GeoPackage: by its application's identifier, or by the table of its layers."""
    return head[_APPLICATION] in _IDENTIFIERS or _TABLE_OF_LAYERS in head


def convert_geopackage(content: Content, choice: FileChoice, output: Output) -> Taken:
    """Write the attributes of one layer, the one that `choice.sheet` names; geometries are left out.

    Raises:
        SourceError: it is too large or damaged, is no GeoPackage, or has several layers and none is named.
    """
    size = content.seek(0, 2)
    if size > MOST_BYTES:
        raise refuse(
            f"The GeoPackage is larger than {MOST_BYTES >> 20} MiB, the most that is read.",
            "Save the layer's attributes as CSV.",
        )
    seconds = min(SECONDS, _SECONDS + (size >> 20))
    options = {"layer": choice.sheet, "seconds": str(seconds)}
    return convert_apart("geopackage", content, options, output, "The GeoPackage")
