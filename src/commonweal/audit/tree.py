"""The Merkle tree of RFC 6962, held as its right-hand edge and grown one entry at a time."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Self, TypeAlias

from .entry import leaf_hash
from .errors import LogProofError
from .tile import (
    ENTRIES,
    TILE_HEIGHT,
    TILE_WIDTH,
    Tile,
    decode_tile,
    encode_tile,
    partial_tiles_of,
    tile_holding,
)

EMPTY_ROOT = hashlib.sha256(b"").digest()

ReadHash: TypeAlias = Callable[[int, int], bytes]
"""Gives the hash of the perfect subtree of 2^level leaves that starts at leaf index × 2^level."""

ReadTile: TypeAlias = Callable[[Tile], bytes]
"""Gives a tile's bytes, or raises what its store raises."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over `hashes`, whose number is a power of two."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[place], level[place + 1]) for place in range(0, len(level), 2)]
    return level[0]


def fold(peaks: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees, given from the largest and leftmost to the smallest."""
    if not peaks:
        return EMPTY_ROOT
    *others, root = peaks
    for peak in reversed(others):
        root = node_hash(peak, root)
    return root


class Frontier:
    """The right-hand edge of a growing tree: its unfinished tiles, and nothing of what is finished.

    It holds at most 255 items a level, so a log of any length is grown, signed or verified in constant
    memory. It is not safe to share between threads.
    """

    def __init__(self) -> None:
        self.size = 0
        self._edges: dict[int, list[bytes]] = {}

    @classmethod
    def resume(cls, size: int, read_tile: ReadTile) -> Self:
        """Return the frontier of the tree of `size` leaves, from its unfinished tiles.

        The caller compares `root()` with a checkpoint it trusts: the tiles alone prove nothing.

        Raises:
            LogProofError: a tile has the wrong shape, or the entries are not those that were hashed.
        """
        frontier = cls()
        frontier.size = size
        for tile in partial_tiles_of(size):
            frontier._edges[tile.level] = decode_tile(tile, read_tile(tile))
        if [leaf_hash(entry) for entry in frontier._edges.get(ENTRIES, ())] != frontier._edges.get(0, []):
            raise LogProofError("the last entry bundle and the last tile of level 0 differ")
        return frontier

    def append(self, entry: bytes) -> list[tuple[Tile, bytes]]:
        """Add the next entry; return the tiles it finished, each with its bytes."""
        self.size += 1
        finished: list[tuple[Tile, bytes]] = []
        self._extend(ENTRIES, entry, finished)
        self._extend(0, leaf_hash(entry), finished)
        return finished

    def _extend(self, level: int, item: bytes, finished: list[tuple[Tile, bytes]]) -> None:
        edge = self._edges.setdefault(level, [])
        edge.append(item)
        if len(edge) < TILE_WIDTH:
            return
        del self._edges[level]
        index = (self.size >> (TILE_HEIGHT * max(level, 0))) // TILE_WIDTH - 1
        finished.append((Tile(level, index), encode_tile(level, edge)))
        if level != ENTRIES:
            self._extend(level + 1, perfect_root(edge), finished)

    def partial_tiles(self) -> Iterator[tuple[Tile, bytes]]:
        """Yield the unfinished tiles, each with its bytes."""
        for tile in partial_tiles_of(self.size):
            yield tile, encode_tile(tile.level, self._edges[tile.level])

    def root(self) -> bytes:
        """Return the root hash of the tree so far; of an empty tree, SHA-256 of nothing."""
        levels = sorted((level for level in self._edges if level != ENTRIES), reverse=True)
        return fold([peak for level in levels for peak in _peaks(self._edges[level])])


def _peaks(hashes: Sequence[bytes]) -> Iterator[bytes]:
    start = 0
    for height in reversed(range(TILE_HEIGHT)):
        if len(hashes) & (1 << height):
            yield perfect_root(hashes[start : start + (1 << height)])
            start += 1 << height


def hashes_in_tiles(read_tile: ReadTile, size: int) -> ReadHash:
    """Return a reader of subtree hashes over the tiles of the tree of `size` leaves.

    Each tile is read once; at most one a level and side is needed for a proof.
    """
    tiles: dict[Tile, list[bytes]] = {}

    def read_hash(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        number, place = divmod(index << height, TILE_WIDTH)
        tile = tile_holding(tile_level, number, size)
        if tile not in tiles:
            tiles[tile] = decode_tile(tile, read_tile(tile))
        return perfect_root(tiles[tile][place : place + (1 << height)])

    return read_hash
