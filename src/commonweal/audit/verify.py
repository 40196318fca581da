"""The verification walk: everything the log says, recomputed from its events."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .checkpoint import Checkpoint, LogKey, verify_checkpoint
from .entry import LogRow, commit
from .errors import LogForkError, LogProofError
from .tile import Tile, decode_tile, tiles_of
from .tree import Frontier


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a verified log holds.

    `size` events are under the signed checkpoint, whose root is `root`; `pending` more came after it and
    will be signed at the next start or clean stop.
    """

    size: int
    pending: int
    root: bytes


def verify_log(
    rows: Iterable[LogRow],
    tiles: Mapping[Tile, bytes],
    checkpoint: bytes,
    key: LogKey,
    *,
    against: Sequence[bytes] = (),
) -> LogReport:
    """Prove that events, tiles and checkpoint are one log, and that it extends each note in `against`.

    Rows come in the order of their index, pending ones included; `tiles` holds every tile that is stored.
    A pending event is checked against its own commitment only: nothing signed covers it yet.

    1. The checkpoint is signed by `key` (C2SP tlog-checkpoint).
    2. Each note of `against` is signed by `key` and claims no more entries than the checkpoint.
    3. Row i has index i, and its entry is SHA-256(salt ‖ event).
    4. At the size of the checkpoint and of each note, the root is theirs (RFC 6962 §2.1).
    5. Each stored tile holds what the rows give (C2SP tlog-tiles).
    6. No row of the checkpoint is missing, no tile of its tree is missing, and none is stored beyond the rows.

    Raises:
        LogForkError: the log is shorter than a note in `against`, or differs from it.
        LogProofError: any other step fails; the message names the index or the tile.
    """
    signed = verify_checkpoint(checkpoint, key)
    earlier = [verify_checkpoint(note, key) for note in against]
    for note in earlier:
        if note.size > signed.size:
            raise LogForkError(f"the log has {signed.size} signed entries, a checkpoint given has {note.size}")
    walk = _Walk([signed], earlier, tiles)
    walk.compare_roots()
    for row in rows:
        walk.take(row)
    walk.finish(signed)
    return LogReport(signed.size, walk.frontier.size - signed.size, signed.root)


class _Walk:
    def __init__(self, signed: list[Checkpoint], earlier: list[Checkpoint], tiles: Mapping[Tile, bytes]) -> None:
        self.frontier = Frontier()
        self._tiles = tiles
        self._roots: defaultdict[int, list[tuple[bytes, LogProofError]]] = defaultdict(list)
        for note in signed:
            fault = LogProofError(f"the root over {note.size} entries is not the checkpoint's")
            self._roots[note.size].append((note.root, fault))
        for note in earlier:
            fault = LogForkError(f"the log differs from the checkpoint given for {note.size} entries")
            self._roots[note.size].append((note.root, fault))
        self._unread: defaultdict[tuple[int, int], list[Tile]] = defaultdict(list)
        for tile in tiles:
            self._unread[tile.level, tile.index].append(tile)

    def take(self, row: LogRow) -> None:
        index = self.frontier.size
        if row.index != index:
            raise LogProofError(f"the event that must have index {index} is missing")
        if commit(row.salt, row.event) != row.entry:
            raise LogProofError(f"event {index} is not what its log entry commits to")
        for tile, content in self.frontier.append(row.entry):
            self._compare_tile(tile, content)
        self.compare_roots()

    def compare_roots(self) -> None:
        for root, fault in self._roots.get(self.frontier.size, ()):
            if self.frontier.root() != root:
                raise fault

    def _compare_tile(self, tile: Tile, content: bytes) -> None:
        items = decode_tile(tile, content)
        for stored in self._unread.pop((tile.level, tile.index), ()):
            wrong = stored.width > tile.width
            if wrong or decode_tile(stored, self._tiles[stored]) != items[: stored.width]:
                raise LogProofError(f"{stored.path} does not hold what the events give")

    def finish(self, signed: Checkpoint) -> None:
        size = self.frontier.size
        if size < signed.size:
            raise LogProofError(f"the events from index {size} to {signed.size - 1} are missing")
        for tile, content in self.frontier.partial_tiles():
            self._compare_tile(tile, content)
        for beyond in self._unread.values():
            raise LogProofError(f"{beyond[0].path} is not part of a log of {size} events")
        for tile in tiles_of(signed.size):
            if tile not in self._tiles:
                raise LogProofError(f"{tile.path} is missing")
