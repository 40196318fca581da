import pytest

from commonweal.audit import (
    ENTRIES,
    LogProofError,
    Tile,
    decode_tile,
    encode_tile,
    parse_tile_path,
    partial_tiles_of,
    tile_path,
    tiles_of,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 5), "tile/0/000.p/5"),
        (Tile(1, 1234), "tile/1/x001/234"),
        (Tile(63, 1234067, 255), "tile/63/x001/x234/067.p/255"),
        (Tile(ENTRIES, 999), "tile/entries/999"),
        (Tile(ENTRIES, 1000, 1), "tile/entries/x001/000.p/1"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile_path(tile.level, tile.index, tile.width) == tile.path == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/234",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/999",
        "tile/0/٠٠٠",
        "tile/0/000\n",
        "/tile/0/000",
        "tile/0/../checkpoint",
        "tile/entries/000.p/",
        "tile/0/" + "x999/" * 7 + "999",
    ],
)
def test_any_other_path_is_refused(path: str) -> None:
    with pytest.raises(LogProofError):
        parse_tile_path(path)


def test_a_tree_names_all_its_tiles() -> None:
    assert list(tiles_of(0)) == []
    assert list(tiles_of(3)) == [Tile(ENTRIES, 0, 3), Tile(0, 0, 3)]
    bundles = [Tile(ENTRIES, 0), Tile(ENTRIES, 1), Tile(ENTRIES, 2, 1)]
    hashes = [Tile(0, 0), Tile(0, 1), Tile(0, 2, 1), Tile(1, 0, 2)]
    assert list(tiles_of(513)) == [*bundles, *hashes]
    assert list(partial_tiles_of(513)) == [Tile(ENTRIES, 2, 1), Tile(0, 2, 1), Tile(1, 0, 2)]
    assert list(partial_tiles_of(65_536)) == [Tile(2, 0, 1)]


def test_bundles_carry_entries_of_any_length() -> None:
    entries = [b"", b"one", bytes(300)]
    content = encode_tile(ENTRIES, entries)
    assert content == b"\x00\x00" + b"\x00\x03one" + b"\x01\x2c" + bytes(300)
    assert decode_tile(Tile(ENTRIES, 0, 3), content) == entries


@pytest.mark.parametrize(
    ("tile", "content"),
    [
        (Tile(0, 0, 2), bytes(63)),
        (Tile(0, 0, 2), bytes(65)),
        (Tile(0, 0, 2), bytes(32)),
        (Tile(ENTRIES, 0, 1), b""),
        (Tile(ENTRIES, 0, 1), b"\x00"),
        (Tile(ENTRIES, 0, 1), b"\x00\x05four"),
        (Tile(ENTRIES, 0, 1), b"\x00\x01a\x00\x01b"),
    ],
)
def test_content_of_another_shape_is_refused(tile: Tile, content: bytes) -> None:
    with pytest.raises(LogProofError, match=r"tile/.* does not hold"):
        decode_tile(tile, content)
