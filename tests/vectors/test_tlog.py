"""Known answers for the log: transparency-dev's Merkle proofs and Tessera's log of fifteen entries."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from commonweal.audit import (
    ENTRIES,
    Frontier,
    LogKey,
    LogProofError,
    Tile,
    consistency_proof,
    decode_tile,
    hashes_in_tiles,
    inclusion_proof,
    leaf_hash,
    parse_checkpoint,
    parse_tile_path,
    parse_vkey,
    verify_checkpoint,
    verify_consistency,
    verify_inclusion,
)

VECTORS = Path(__file__).parents[2] / ".." / "shared" / "vectors" / "tlog"
MERKLE = VECTORS / "transparency-dev-merkle" / "testdata"
TESSERA = VECTORS / "tessera" / "testdata" / "log"
TESSERA_KEY = parse_vkey("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")


def cases(folder: str) -> list[Any]:
    files = sorted((MERKLE / folder).rglob("*.json"))
    return [pytest.param(json.loads(file.read_text()), id=str(file.relative_to(MERKLE))) for file in files]


def decoded(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


def test_every_merkle_vector_is_read() -> None:
    assert len(cases("inclusion")) + len(cases("consistency")) == 196


@pytest.mark.parametrize("case", cases("inclusion"))
def test_inclusion(case: dict[str, Any]) -> None:
    leaf, root = base64.b64decode(case["leafHash"]), base64.b64decode(case["root"])
    arguments = (leaf, case["leafIdx"], case["treeSize"], decoded(case["proof"]), root)
    if case["wantErr"]:
        with pytest.raises(LogProofError):
            verify_inclusion(*arguments)
    else:
        verify_inclusion(*arguments)


@pytest.mark.parametrize("case", cases("consistency"))
def test_consistency(case: dict[str, Any]) -> None:
    roots = base64.b64decode(case["root1"]), base64.b64decode(case["root2"])
    arguments = (case["size1"], case["size2"], decoded(case["proof"]), *roots)
    if case["wantErr"] or case["size1"] == 0:
        with pytest.raises(LogProofError):
            verify_consistency(*arguments)
    else:
        verify_consistency(*arguments)


def entries() -> list[bytes]:
    return decode_tile(Tile(ENTRIES, 0, 15), (TESSERA / "tile/entries/000.p/15").read_bytes())


def grown(size: int) -> Frontier:
    frontier = Frontier()
    for entry in entries()[:size]:
        frontier.append(entry)
    return frontier


def read_tile(tile: Tile) -> bytes:
    return (TESSERA / tile.path).read_bytes()


@pytest.mark.parametrize("size", range(16))
def test_tessera_checkpoint_is_signed_and_its_root_is_ours(size: int) -> None:
    checkpoint = verify_checkpoint((TESSERA / f"checkpoint.{size}").read_bytes(), TESSERA_KEY)
    assert (checkpoint.size, checkpoint.root) == (size, grown(size).root())


@pytest.mark.parametrize("size", range(1, 16))
def test_tessera_tiles_and_bundles_are_ours_byte_for_byte(size: int) -> None:
    ours = dict(grown(size).partial_tiles())
    assert {tile.level for tile in ours} == {ENTRIES, 0}
    for tile, content in ours.items():
        assert content == read_tile(tile)
        assert parse_tile_path(tile.path) == tile


@pytest.mark.parametrize("size", range(1, 16))
def test_proofs_over_tessera_tiles_lead_to_tessera_roots(size: int) -> None:
    root = grown(size).root()
    read_hash = hashes_in_tiles(read_tile, size)
    for index, entry in enumerate(entries()[:size]):
        verify_inclusion(leaf_hash(entry), index, size, inclusion_proof(index, size, read_hash), root)
    for old in range(1, size + 1):
        verify_consistency(old, size, consistency_proof(old, size, read_hash), grown(old).root(), root)


def test_a_note_signed_by_a_key_we_do_not_hold_says_nothing() -> None:
    note = (TESSERA / "checkpoint").read_bytes()
    assert parse_checkpoint(note).signatures[0].key_id == TESSERA_KEY.key_id
    other = LogKey(TESSERA_KEY.origin, bytes(32))
    with pytest.raises(LogProofError, match="not signed by this log's key"):
        verify_checkpoint(note, other)
