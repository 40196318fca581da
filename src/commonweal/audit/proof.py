"""Inclusion and consistency proofs: made from stored hashes, checked from nothing but the proof (RFC 9162)."""

from collections.abc import Sequence
from typing import NoReturn

from .entry import HASH_SIZE
from .errors import LogForkError, LogProofError
from .tree import ReadHash, fold, node_hash


def inclusion_proof(index: int, size: int, read_hash: ReadHash) -> tuple[bytes, ...]:
    """Return the proof that leaf `index` is in the tree of `size` leaves, leaf to root (RFC 9162 §2.1.3.1).

    Raises:
        LogProofError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise LogProofError(f"the tree of {size} leaves has no leaf {index}")
    low, high, path = 0, size, []
    while high - low > 1:
        split = low + _largest_power_below(high - low)
        if index < split:
            path.append(_span_hash(split, high, read_hash))
            high = split
        else:
            path.append(_span_hash(low, split, read_hash))
            low = split
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, read_hash: ReadHash) -> tuple[bytes, ...]:
    """Return the proof that the tree of `new` leaves extends that of `old` (RFC 9162 §2.1.4.1).

    Raises:
        LogProofError: `old` is zero, about which nothing can be proved, or above `new`.
    """
    if not 0 < old <= new:
        raise LogProofError(f"there is no proof from {old} leaves to {new}")
    low, high, path = 0, new, []
    while old != high:
        split = low + _largest_power_below(high - low)
        if old <= split:
            path.append(_span_hash(split, high, read_hash))
            high = split
        else:
            path.append(_span_hash(low, split, read_hash))
            low = split
    if low:
        path.append(_span_hash(low, high, read_hash))
    return tuple(reversed(path))


def _largest_power_below(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)


def _span_hash(low: int, high: int, read_hash: ReadHash) -> bytes:
    peaks = []
    while low < high:
        level = (high - low).bit_length() - 1
        peaks.append(read_hash(level, low >> level))
        low += 1 << level
    return fold(peaks)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash `leaf` is at `index` in the tree with this size and root (RFC 9162 §2.1.3.2).

    Raises:
        LogProofError: it is not, or the proof is of the wrong length.
    """
    if not 0 <= index < size:
        raise LogProofError(f"the tree of {size} leaves has no leaf {index}")
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            _refuse_inclusion(index, size)
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _skip_levels_without_sibling(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last or found != root or len(leaf) != HASH_SIZE:
        _refuse_inclusion(index, size)


def _refuse_inclusion(index: int, size: int) -> NoReturn:
    raise LogProofError(f"the proof does not lead from leaf {index} to the root of the tree of {size} leaves")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the tree of `new` leaves extends that of `old` (RFC 9162 §2.1.4.2).

    A proof from the empty tree says nothing and is refused.

    Raises:
        LogForkError: the proof does not show it.
    """
    if not 0 < old <= new:
        raise LogForkError(f"a log of {new} entries does not extend one of {old}")
    if old == new:
        if proof or old_root != new_root:
            _refuse_consistency(old, new)
        return
    start = [old_root] if old & (old - 1) == 0 else []
    first, *others = [*start, *proof] if proof else _refuse_consistency(old, new)
    if _grow(old, new, first, others) != (old_root, new_root):
        _refuse_consistency(old, new)


def _grow(old: int, new: int, first: bytes, others: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_found = new_found = first
    for sibling in others:
        if last == 0:
            return None
        if place & 1 or place == last:
            old_found, new_found = node_hash(sibling, old_found), node_hash(sibling, new_found)
            place, last = _skip_levels_without_sibling(place, last)
        else:
            new_found = node_hash(new_found, sibling)
        place, last = place >> 1, last >> 1
    return (old_found, new_found) if last == 0 else None


def _skip_levels_without_sibling(place: int, last: int) -> tuple[int, int]:
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _refuse_consistency(old: int, new: int) -> NoReturn:
    raise LogForkError(f"the log of {new} entries is not shown to extend that of {old}")
