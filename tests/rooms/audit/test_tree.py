import pytest

from commonweal.audit import (
    EMPTY_ROOT,
    ENTRIES,
    Frontier,
    LogProofError,
    Tile,
    consistency_proof,
    hashes_in_tiles,
    inclusion_proof,
)


def grown(size: int) -> dict[Tile, bytes]:
    frontier, tiles = Frontier(), dict[Tile, bytes]()
    for number in range(size):
        tiles.update(frontier.append(number.to_bytes(32, "big")))
    return tiles | dict(frontier.partial_tiles())


def test_the_root_over_nothing_is_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex().startswith("e3b0c44298fc1c14")


def test_a_tile_is_finished_with_its_last_item_and_starts_the_next_level() -> None:
    frontier, finished = Frontier(), list[list[Tile]]()
    for number in range(65_536):
        finished.append([tile for tile, _ in frontier.append(number.to_bytes(32, "big"))])
    assert finished[0] == finished[254] == []
    assert finished[255] == [Tile(ENTRIES, 0), Tile(0, 0)]
    assert finished[511] == [Tile(ENTRIES, 1), Tile(0, 1)]
    assert finished[65_535] == [Tile(ENTRIES, 255), Tile(0, 255), Tile(1, 0)]
    assert [tile for tile, _ in frontier.partial_tiles()] == [Tile(2, 0, 1)]


def test_entries_that_are_not_those_hashed_are_found_on_resuming() -> None:
    tiles = grown(3)
    tiles[Tile(ENTRIES, 0, 3)] = (b"\x00\x20" + bytes(32)) * 3
    with pytest.raises(LogProofError, match="differ"):
        Frontier.resume(3, tiles.__getitem__)


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_outside_the_tree_has_no_proof(index: int) -> None:
    with pytest.raises(LogProofError, match="no leaf"):
        inclusion_proof(index, 3, hashes_in_tiles(grown(3).__getitem__, 3))


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
def test_a_tree_that_is_not_extended_has_no_proof(old: int, new: int) -> None:
    with pytest.raises(LogProofError, match="no proof"):
        consistency_proof(old, new, hashes_in_tiles(grown(3).__getitem__, 3))
