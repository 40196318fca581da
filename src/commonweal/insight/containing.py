"""What to do when a key has leaked: an ordered checklist, each step one act on one subject."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from commonweal.agree import AgreementStatus
from commonweal.keys import KeyState

from .held_keys import WRAPPING, HeldKey, Holdings, KeyRole, Opening


class StepKind(StrEnum):
    """What a step does: the first three the node can do, the fourth it writes down, the last only a person can."""

    ROTATE = "rotate"
    REWRAP = "re-wrap"
    REVOKE = "revoke"
    NOTIFY = "notify"
    BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `subject` is a key to rotate or re-wrap, an agreement to revoke, a body to notify, or a key by hand."""

    kind: StepKind
    subject: str
    sentence: str


_ROTATED = WRAPPING | {KeyRole.RECEIVING, KeyRole.LINK, KeyRole.SOURCE}
_REVOKED = frozenset({KeyRole.TOKENS, KeyRole.READER, KeyRole.RECIPIENT})
_ENDED = frozenset({KeyState.DESTROYED.value, KeyState.RETIRED.value})


def contain(
    key: HeldKey, lost: Sequence[HeldKey], opened: Sequence[Opening], agreements: Sequence[str], holdings: Holdings
) -> tuple[Step, ...]:
    """Return the steps against a leak of `key`, with which `lost` fall, in the order in which they are done.

    What only a person can do to stop the leak comes first, then what makes the key worthless, then who is told.
    """
    keys = _distinct([key, *lost])
    return (
        *(step for each in keys for step in _by_hand(each, holdings)),
        *(step for each in keys if each.role in _ROTATED for step in _rotate(each, holdings)),
        *(step for each in keys if each.role in _REVOKED for step in _revoke(each, holdings)),
        *_notify(keys, opened, agreements, holdings),
    )


def _distinct(keys: Sequence[HeldKey]) -> list[HeldKey]:
    """Return one version of each key: the newest that is alive."""
    return [*{each.key: each for each in keys if each.state not in _ENDED}.values()] or [*keys[:1]]


def _rotate(key: HeldKey, holdings: Holdings) -> Iterator[Step]:
    if key.is_gone:
        return
    yield Step(
        StepKind.ROTATE, key.key, f"Make the next version of {key.key}, so that nothing more comes under this one."
    )
    if key.role in WRAPPING:
        files = holdings.wrapped_under(key.holder)
        yield Step(
            StepKind.REWRAP,
            key.key,
            f"Pass {files:,} sealed files on to the next version, after which the leaked ones open nothing kept here. "
            "What was copied before, together with its header row, they still open.",
        )


def _revoke(key: HeldKey, holdings: Holdings) -> Iterator[Step]:
    for identifier in holdings.agreements_of(key, holdings.opened_by([key])):
        agreement = holdings.agreements.get(identifier)
        if agreement is not None and agreement.status is AgreementStatus.SIGNED:
            yield Step(StepKind.REVOKE, identifier, f"Revoke agreement {identifier}{_AND_THEN[key.role]}")


_AND_THEN = {
    KeyRole.TOKENS: ": its token key is destroyed with it. Then sign anew, under a fresh one.",
    KeyRole.READER: ": the token opens nothing from then on. Then sign anew and give out a fresh profile.",
    KeyRole.RECIPIENT: ": nothing more is sealed to that key. Then sign anew, with another recipient key.",
}


def _notify(
    keys: Sequence[HeldKey], opened: Sequence[Opening], agreements: Sequence[str], holdings: Holdings
) -> Iterator[Step]:
    name = holdings.household.name_body
    for controller in sorted({each.body for each in opened} | _controllers(agreements, holdings)):
        yield Step(
            StepKind.NOTIFY,
            controller,
            f"Tell {name(controller)}, the controller. It has 72 hours to tell the Information Commissioner, unless "
            "a risk to people is unlikely (UK GDPR, Article 33).",
        )
    for recipient in sorted({holdings.agreements[each].recipient for each in agreements}):
        yield Step(
            StepKind.NOTIFY, recipient, f"Tell {name(recipient)}, which reads under an agreement that is concerned."
        )
    if any(each.role is KeyRole.RECEIVING for each in keys):
        bodies = sorted({each.body for each in keys if each.role is KeyRole.RECEIVING})
        for body in bodies:
            yield Step(
                StepKind.NOTIFY,
                body,
                f"Have {name(body)} give its new public key to whoever sends to it, and ask them for new agreements: "
                "those signed for the old key seal to the old key.",
            )


def _controllers(agreements: Sequence[str], holdings: Holdings) -> set[str]:
    return {holdings.agreements[each].discloser for each in agreements}


def _by_hand(key: HeldKey, holdings: Holdings) -> Iterator[Step]:
    sentences = _HANDS.get(key.role, ())
    if key.role is KeyRole.UNLOCK:
        sentences = _UNLOCK_OF_DEVICE if holdings.household.is_device else _UNLOCK_OF_KEYSTORE
    for sentence in sentences:
        yield Step(StepKind.BY_HAND, key.key, sentence)


_UNLOCK_OF_DEVICE = (
    "Set a new PIN on the device, or revoke the token and issue another, and start the node with it.",
    "Read the device's own record of uses for those that were not this node's.",
)
_UNLOCK_OF_KEYSTORE = (
    "Stop the node and cut off whoever has the secret. No command changes the unlock secret of a keystore, so found a "
    "new node and publish there again if the keystore itself may have been copied.",
    "Destroy every backup of the keystore that the secret unlocks.",
)
_HANDS = {
    KeyRole.SIGNING: (
        "Stop the node and keep its folder, with the newest checkpoint that somebody else has kept, as evidence.",
        "Prove the log against that checkpoint: `commonweal audit verify --against FILE`. What it covers still stands.",
        "Found a new node with a new key and tell every reader of the log that key: readers know a log by its key, so "
        "it is not changed in place.",
    ),
    KeyRole.RECORDS: (
        "Compare every agreement and request with its events in the log, which the key cannot change: "
        "`agreement.signed` has the digest of the terms.",
        "Found a new node: the key is not changed in place, since what it sealed would no longer be read.",
    ),
    KeyRole.ROOT: (
        "Cut off whoever uses the device. The root key is not changed in place: found a new node in another token or "
        "mount, and publish there again.",
    ),
    KeyRole.OPERATOR: ("Stop the node and serve it again: the token dies with the process and another is made.",),
    KeyRole.TRANSPORT: ("Have the certificate revoked, and serve with a new key and certificate.",),
}
