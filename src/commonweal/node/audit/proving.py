"""An event with the proof that it is in the log, checked step by step for a person to read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from commonweal.adapters.sql import LogProof
from commonweal.audit import (
    LogKey,
    LogProofError,
    LogRow,
    commit,
    leaf_hash,
    node_hash,
    parse_checkpoint,
    parse_event,
    verify_checkpoint,
    verify_inclusion,
)
from commonweal.core import Event


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One step of the climb from leaf to root: the neighbour's hash, on which side it stands, and their hash."""

    neighbour: bytes
    on_left: bool
    result: bytes


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked; `fault` is empty when it holds."""

    sentence: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ProvenEvent:
    """Everything that proves one event (RFC 9162 section 2.1.3, C2SP tlog-checkpoint).

    `entry` is SHA-256(salt and the event's RFC 8785 text), `leaf` the Merkle hash of the entry, `steps` lead from
    the leaf to `root`, over which with `size` the `checkpoint` is signed. `checks` is what was verified on the way.
    """

    index: int
    event: Event
    text: bytes
    salt: bytes
    entry: bytes
    leaf: bytes
    steps: tuple[ProofStep, ...]
    size: int
    root: bytes
    checkpoint: bytes
    key: LogKey
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Say whether every check holds."""
        return not any(each.fault for each in self.checks)


def prove_event(row: LogRow, proof: LogProof, key: LogKey) -> ProvenEvent:
    """Return a row of the log with its proof, and what checking it against `key` showed.

    Raises:
        LogProofError: the event or the checkpoint cannot even be read.
    """
    leaf = leaf_hash(row.entry)
    stated = parse_checkpoint(proof.checkpoint).checkpoint
    return ProvenEvent(
        index=row.index,
        event=parse_event(row.event),
        text=row.event,
        salt=row.salt,
        entry=row.entry,
        leaf=leaf,
        steps=tuple(_climb(leaf, row.index, proof.size, proof.hashes)),
        size=proof.size,
        root=stated.root,
        checkpoint=proof.checkpoint,
        key=key,
        checks=(
            _checked("The entry commits to the event: SHA-256 of the salt and its text.", lambda: _verify_entry(row)),
            _checked(
                f"The path leads from the entry to the root of the log of {proof.size:,} events.",
                lambda: verify_inclusion(leaf, row.index, proof.size, proof.hashes, stated.root),
            ),
            _checked("The log's key signed that root and that size.", lambda: verify_checkpoint(proof.checkpoint, key)),
        ),
    )


def _checked(sentence: str, verify: Callable[[], object]) -> Check:
    try:
        verify()
    except LogProofError as error:
        return Check(sentence, str(error))
    return Check(sentence)


def _verify_entry(row: LogRow) -> None:
    if commit(row.salt, row.event) != row.entry:
        raise LogProofError("the salt and the event's text give another entry")


def _climb(leaf: bytes, index: int, size: int, hashes: Sequence[bytes]) -> Iterator[ProofStep]:
    place, last, found = index, size - 1, leaf
    for neighbour in hashes:
        on_left = bool(place & 1) or place == last
        found = node_hash(neighbour, found) if on_left else node_hash(found, neighbour)
        yield ProofStep(neighbour, on_left, found)
        while on_left and place and not place & 1:  # levels without a neighbour (RFC 9162 section 2.1.3.2)
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
