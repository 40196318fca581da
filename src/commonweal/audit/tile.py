"""Tiles: the log as immutable files of 256 hashes or 256 entries (C2SP tlog-tiles)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .entry import HASH_SIZE
from .errors import LogProofError

TILE_WIDTH = 256
TILE_HEIGHT = 8
ENTRIES = -1
"""The level of an entry bundle, which stands below the hash tiles of level 0."""

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9]|[1-5][0-9]|6[0-3])"
    r"/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """The address of a tile: `level` 0 to 63 or `ENTRIES`, its index from 0, and how many items it holds."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Return the tile's path below the log's address, such as `tile/0/x001/234.p/5`."""
        return tile_path(self.level, self.index, self.width)


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile: `tile/<L>/<N>` or, below 256 items, `tile/<L>/<N>.p/<W>`.

    `N` is written in groups of three digits, each but the last led by `x`.
    """
    digits = str(index)
    groups = digits.zfill(-(-len(digits) // 3) * 3)
    split = [groups[start : start + 3] for start in range(0, len(groups), 3)]
    number = "".join(f"x{group}/" for group in split[:-1]) + split[-1]
    name = "entries" if level == ENTRIES else str(level)
    return f"tile/{name}/{number}" + ("" if width == TILE_WIDTH else f".p/{width}")


def parse_tile_path(path: str) -> Tile:
    """Return the tile that `path` names.

    Exactly one path names a tile, so an accepted path has no dots to climb and nothing to decode.

    Raises:
        LogProofError: `path` is no tile's path.
    """
    found = _PATH.fullmatch(path)
    if found is None or not path.isascii():
        raise LogProofError("this is not the path of a tile")
    level = ENTRIES if found["level"] == "entries" else int(found["level"])
    index = int(found["index"].replace("x", "").replace("/", ""))
    tile = Tile(level, index, int(found["width"] or TILE_WIDTH))
    if tile.width > TILE_WIDTH or tile.path != path:
        raise LogProofError("this is not the path of a tile")
    return tile


def tile_holding(level: int, index: int, size: int) -> Tile:
    """Return tile `index` of `level` in the tree of `size` leaves, as wide as that tree makes it."""
    return Tile(level, index, min(TILE_WIDTH, _items(level, size) - index * TILE_WIDTH))


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every tile of the tree of `size` leaves: entry bundles first, then hashes level by level."""
    level = ENTRIES
    while items := _items(level, size):
        yield from (tile_holding(level, index, size) for index in range(-(-items // TILE_WIDTH)))
        level += 1


def partial_tiles_of(size: int) -> Iterator[Tile]:
    """Yield the tiles of the tree of `size` leaves that are not yet full, one at most on each level."""
    level = ENTRIES
    while items := _items(level, size):
        if items % TILE_WIDTH:
            yield tile_holding(level, items // TILE_WIDTH, size)
        level += 1


def _items(level: int, size: int) -> int:
    return size if level == ENTRIES else size >> (TILE_HEIGHT * level)


def encode_tile(level: int, items: Sequence[bytes]) -> bytes:
    """Return a tile's bytes: hashes end to end, or entries each behind its length as a uint16."""
    if level != ENTRIES:
        return b"".join(items)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in items)


def decode_tile(tile: Tile, content: bytes) -> list[bytes]:
    """Return the `tile.width` hashes or entries that a tile holds.

    Raises:
        LogProofError: `content` is not exactly that many hashes of 32 bytes, or entries behind their lengths.
    """
    items = list(_split_entries(content) if tile.level == ENTRIES else _split_hashes(content))
    whole = tile.level == ENTRIES or len(content) == tile.width * HASH_SIZE
    if not whole or len(items) != tile.width or encode_tile(tile.level, items) != content:
        raise LogProofError(f"{tile.path} does not hold {tile.width} items")
    return items


def _split_hashes(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), HASH_SIZE):
        yield content[start : start + HASH_SIZE]


def _split_entries(content: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(content):
        end = start + 2 + int.from_bytes(content[start : start + 2], "big")
        yield content[start + 2 : end]
        start = end
