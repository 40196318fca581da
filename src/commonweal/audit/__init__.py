"""The log that proves itself: commitments, tiles, checkpoints and the walk that checks them all."""

from .checkpoint import (
    Checkpoint,
    LogKey,
    NoteSignature,
    SignedCheckpoint,
    parse_checkpoint,
    parse_vkey,
    sign_checkpoint,
    verify_checkpoint,
)
from .entry import HASH_SIZE, SALT_SIZE, LogEvent, LogRow, canonical_json, commit, leaf_hash, parse_event
from .errors import EntryNotFoundError, EventFormError, LogForkError, LogProofError
from .proof import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from .tile import (
    ENTRIES,
    TILE_WIDTH,
    Tile,
    decode_tile,
    encode_tile,
    parse_tile_path,
    partial_tiles_of,
    tile_holding,
    tile_path,
    tiles_of,
)
from .tree import EMPTY_ROOT, Frontier, ReadHash, ReadTile, hashes_in_tiles, node_hash
from .verify import LogReport, verify_log

__all__ = [
    "EMPTY_ROOT",
    "ENTRIES",
    "HASH_SIZE",
    "SALT_SIZE",
    "TILE_WIDTH",
    "Checkpoint",
    "EntryNotFoundError",
    "EventFormError",
    "Frontier",
    "LogEvent",
    "LogForkError",
    "LogKey",
    "LogProofError",
    "LogReport",
    "LogRow",
    "NoteSignature",
    "ReadHash",
    "ReadTile",
    "SignedCheckpoint",
    "Tile",
    "canonical_json",
    "commit",
    "consistency_proof",
    "decode_tile",
    "encode_tile",
    "hashes_in_tiles",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "parse_checkpoint",
    "parse_event",
    "parse_tile_path",
    "parse_vkey",
    "partial_tiles_of",
    "sign_checkpoint",
    "tile_holding",
    "tile_path",
    "tiles_of",
    "verify_checkpoint",
    "verify_consistency",
    "verify_inclusion",
    "verify_log",
]
