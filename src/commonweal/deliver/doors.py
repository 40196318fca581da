"""The doors by which rows leave, as an agreement names them."""

from .sealed import AGE_DOOR, MANIFEST_DOOR

DOORS = ("delta-sharing", "csv", "parquet", "ndjson", "changes.csv", "changes.parquet", "changes.ndjson", AGE_DOOR)
"""Every door that an agreement may name; `age` is that of a sealed agreement."""


def door_agreed(door: str) -> str:
    """Return the name by which an agreement allows a door: a manifest goes with the file that it vouches for."""
    return AGE_DOOR if door == MANIFEST_DOOR else door
