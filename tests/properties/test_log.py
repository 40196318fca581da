"""Whatever is changed in a log is found, every proof holds, and foreign bytes meet our error or succeed."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.audit import (
    EMPTY_ROOT,
    ENTRIES,
    EventFormError,
    Frontier,
    LogKey,
    LogProofError,
    LogRow,
    Tile,
    canonical_json,
    commit,
    consistency_proof,
    decode_tile,
    encode_tile,
    hashes_in_tiles,
    inclusion_proof,
    leaf_hash,
    node_hash,
    parse_checkpoint,
    parse_event,
    parse_tile_path,
    parse_vkey,
    sign_checkpoint,
    verify_checkpoint,
    verify_consistency,
    verify_inclusion,
    verify_log,
)
from commonweal.core import Actor, Event

PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = LogKey("node.example/log", PRIVATE_KEY.public_key().public_bytes_raw())
SIGNED = 520
SIZES = st.integers(1, SIGNED)


@cache
def rows() -> tuple[LogRow, ...]:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    made = []
    for index in range(SIGNED + 3):
        event = canonical_json(Event("share.read", at, "dwp", f"agr-{index}", Actor("ada", "dwp")))
        salt = bytes([index % 251]) * 32
        made.append(LogRow(index, salt, event, commit(salt, event)))
    return tuple(made)


@cache
def grown(size: int) -> tuple[dict[Tile, bytes], bytes]:
    frontier, tiles = Frontier(), dict[Tile, bytes]()
    for row in rows()[:size]:
        tiles.update(frontier.append(row.entry))
    return tiles | dict(frontier.partial_tiles()), frontier.root()


def signed_note() -> bytes:
    return sign_checkpoint(PRIVATE_KEY.sign, KEY, SIGNED, grown(SIGNED)[1])


def root_by_definition(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash as RFC 6962 §2.1 defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(root_by_definition(leaves[:split]), root_by_definition(leaves[split:]))


def flipped(content: bytes, place: int) -> bytes:
    byte, bit = divmod(place % (len(content) * 8), 8)
    return content[:byte] + bytes([content[byte] ^ (1 << bit)]) + content[byte + 1 :]


@given(SIZES)
def test_the_root_is_the_one_defined(size: int) -> None:
    assert grown(size)[1] == root_by_definition([leaf_hash(row.entry) for row in rows()[:size]])


@given(SIZES, st.data())
def test_every_leaf_is_proved_and_no_other(size: int, data: st.DataObject) -> None:
    tiles, root = grown(size)
    index = data.draw(st.integers(0, size - 1))
    leaf = leaf_hash(rows()[index].entry)
    proof = inclusion_proof(index, size, hashes_in_tiles(tiles.__getitem__, size))
    verify_inclusion(leaf, index, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda place: place != index) if size > 1 else st.just(size))
    with pytest.raises(LogProofError):
        verify_inclusion(leaf, other, size, proof, root)


@given(SIZES, SIZES, st.integers(0))
def test_every_extension_is_proved_and_no_changed_proof_holds(one: int, two: int, place: int) -> None:
    old, new = sorted((one, two))
    (_, old_root), (tiles, new_root) = grown(old), grown(new)
    proof = consistency_proof(old, new, hashes_in_tiles(tiles.__getitem__, new))
    verify_consistency(old, new, proof, old_root, new_root)
    with pytest.raises(LogProofError):
        verify_consistency(old, new, proof, flipped(old_root, place), new_root)
    if proof:
        at = place % len(proof)
        changed = [*proof[:at], flipped(proof[at], place), *proof[at + 1 :]]
        with pytest.raises(LogProofError):
            verify_consistency(old, new, changed, old_root, new_root)


@given(SIZES, SIZES)
def test_a_frontier_resumed_from_tiles_grows_as_if_never_stopped(one: int, two: int) -> None:
    old, new = sorted((one, two))
    frontier = Frontier.resume(old, grown(old)[0].__getitem__)
    assert frontier.root() == grown(old)[1]
    for row in rows()[old:new]:
        frontier.append(row.entry)
    assert frontier.root() == grown(new)[1]


def test_the_log_under_test_verifies() -> None:
    report = verify_log(rows(), grown(SIGNED)[0], signed_note(), KEY)
    assert (report.size, report.pending) == (SIGNED, 3)


@settings(max_examples=60)
@given(st.integers(0, SIGNED + 2), st.sampled_from(["salt", "event", "entry"]), st.integers(0))
def test_any_flipped_bit_of_a_row_is_found(index: int, column: str, place: int) -> None:
    changed = list(rows())
    row = changed[index]
    content = flipped({"salt": row.salt, "event": row.event, "entry": row.entry}[column], place)
    changed[index] = LogRow(
        row.index,
        content if column == "salt" else row.salt,
        content if column == "event" else row.event,
        content if column == "entry" else row.entry,
    )
    with pytest.raises(LogProofError, match=f"event {index} "):
        verify_log(changed, grown(SIGNED)[0], signed_note(), KEY)


@settings(max_examples=30)
@given(st.integers(0, SIGNED + 2), st.integers(0, 40))
def test_any_flipped_bit_of_an_index_is_found(index: int, bit: int) -> None:
    changed = list(rows())
    changed[index] = replace(changed[index], index=index ^ (1 << bit))
    with pytest.raises(LogProofError, match=f"must have index {index} "):
        verify_log(changed, grown(SIGNED)[0], signed_note(), KEY)


@settings(max_examples=60)
@given(st.integers(0), st.integers(0))
def test_any_flipped_bit_of_a_tile_is_found(which: int, place: int) -> None:
    tiles = dict(grown(SIGNED)[0])
    tile = sorted(tiles)[which % len(tiles)]
    tiles[tile] = flipped(tiles[tile], place)
    with pytest.raises(LogProofError, match=tile.path.replace(".", r"\.")):
        verify_log(rows(), tiles, signed_note(), KEY)


@given(st.integers(0))
def test_any_flipped_bit_of_a_checkpoint_is_found(place: int) -> None:
    with pytest.raises(LogProofError):
        verify_checkpoint(flipped(signed_note(), place), KEY)


def spoiled(whole: bytes) -> st.SearchStrategy[bytes]:
    """Any bytes, and bytes close to what is expected."""
    places = st.integers(0, len(whole))
    cut = st.tuples(places, places, st.binary(max_size=8))
    return st.binary(max_size=300) | cut.map(lambda change: whole[: change[0]] + change[2] + whole[change[1] :])


PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "checkpoint": (parse_checkpoint, signed_note()),
    "signature": (lambda content: verify_checkpoint(content, KEY), signed_note()),
    "tile path": (lambda content: parse_tile_path(content.decode("utf-8", "replace")), b"tile/1/x001/234.p/7"),
    "verifier key": (lambda content: parse_vkey(content.decode("utf-8", "replace")), KEY.vkey.encode()),
    "tile": (lambda content: decode_tile(Tile(0, 0, 3), content), bytes(96)),
    "bundle": (lambda content: decode_tile(Tile(ENTRIES, 0, 3), content), encode_tile(ENTRIES, [bytes(32)] * 3)),
    "event": (parse_event, rows()[0].event),
}


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.data())
def test_foreign_bytes_meet_our_error_or_succeed(name: str, data: st.DataObject) -> None:
    parse, whole = PARSERS[name]
    parse(whole)
    content = data.draw(spoiled(whole))
    with suppress(LogProofError):
        parse(content)


_FACTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**54), 2**54) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), _FACTS, max_size=5), st.text(max_size=20))
def test_canonical_json_is_rfc_8785_for_whatever_an_event_holds(facts: dict[str, Any], subject: str) -> None:
    event = Event("share.read", datetime(2026, 11, 22, tzinfo=UTC), "dwp", subject, Actor("ada", "dwp"), facts)
    try:
        expected = rfc8785.dumps(event.as_json())
    except (ValueError, TypeError, RecursionError):
        with pytest.raises(EventFormError):
            canonical_json(event)
    else:
        assert canonical_json(event) == expected
