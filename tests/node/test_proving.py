"""An event's proof as people read it: the climb ends at the root, and whatever is altered is named."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commonweal.adapters.sql import LogProof
from commonweal.audit import (
    LogKey,
    LogRow,
    canonical_json,
    commit,
    inclusion_proof,
    leaf_hash,
    node_hash,
    sign_checkpoint,
)
from commonweal.core import Actor, Event, from_rfc3339
from commonweal.node.audit.proving import prove_event

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEY = LogKey("test.example/log", SIGNER.public_key().public_bytes_raw())


def a_row(index: int) -> LogRow:
    at = from_rfc3339("2020-04-03T10:05:07Z")
    text = canonical_json(Event("body.joined", at, "lambeth", f"s-{index}", Actor("ada", "lambeth")))
    salt = sha256(str(index).encode()).digest()
    return LogRow(index, salt, text, commit(salt, text))


def hash_of(leaves: list[bytes], low: int, high: int) -> bytes:
    if high - low == 1:
        return leaves[low]
    split = low + (1 << ((high - low - 1).bit_length() - 1))
    return node_hash(hash_of(leaves, low, split), hash_of(leaves, split, high))


def a_proof(index: int, size: int) -> LogProof:
    leaves = [leaf_hash(a_row(each).entry) for each in range(size)]

    def read_hash(level: int, place: int) -> bytes:
        return hash_of(leaves, place << level, (place + 1) << level)

    note = sign_checkpoint(SIGNER.sign, KEY, size, hash_of(leaves, 0, size))
    return LogProof(inclusion_proof(index, size, read_hash), size, note)


@pytest.mark.parametrize("size", range(1, 18))
def test_the_climb_from_every_leaf_ends_at_the_root(size: int) -> None:
    for index in range(size):
        proven = prove_event(a_row(index), a_proof(index, size), KEY)
        assert proven.holds
        assert (proven.steps[-1].result if proven.steps else proven.leaf) == proven.root
        assert proven.event.subject == f"s-{index}"


@pytest.mark.parametrize(
    ("alter", "failing"),
    [
        (lambda row, proof: (replace(row, salt=bytes(32)), proof), [0]),
        (lambda row, proof: (replace(row, event=row.event.replace(b"ada", b"eve")), proof), [0]),
        (lambda row, proof: (replace(row, entry=bytes(32)), proof), [0, 1]),
        (lambda row, proof: (replace(row, index=4), proof), [1]),
        (lambda row, proof: (row, replace(proof, hashes=proof.hashes[:-1])), [1]),
        (lambda row, proof: (row, replace(proof, hashes=(bytes(32), *proof.hashes[1:]))), [1]),
        (lambda row, proof: (row, replace(proof, checkpoint=proof.checkpoint.replace(b"\n9\n", b"\n8\n"))), [2]),
    ],
)
def test_what_is_altered_is_named(
    alter: Callable[[LogRow, LogProof], tuple[LogRow, LogProof]], failing: list[int]
) -> None:
    proven = prove_event(*alter(a_row(3), a_proof(3, 9)), KEY)
    assert not proven.holds
    assert [number for number, check in enumerate(proven.checks) if check.fault] == failing


def test_a_checkpoint_of_another_key_proves_nothing() -> None:
    other = LogKey(KEY.origin, bytes(32))
    proven = partial(prove_event, a_row(3), a_proof(3, 9))(other)
    assert [bool(check.fault) for check in proven.checks] == [False, False, True]
