"""Who could use a key: people of its body through the node, whoever runs the node, and bodies that read under it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commonweal.agree import state_at
from commonweal.identity import Permission, Person

from .held_keys import WRAPPING, HeldKey, Holdings, Household, KeyRole

_MANAGED = WRAPPING | {KeyRole.RECEIVING}


@dataclass(frozen=True, slots=True)
class KeyUser:
    """Who could use a key, and by what right or means."""

    who: str
    how: str


def name_users(key: HeldKey, holdings: Holdings, agreements: Sequence[str]) -> tuple[KeyUser, ...]:
    """Return who could use a key; `agreements` are those it opens or serves."""
    household = holdings.household
    if key.is_outside:
        return (KeyUser(household.name_body(key.body), "holds it; this node cannot use it"),)
    return (*_people(key, household), *_readers(key, holdings, agreements), _operator(key, household))


def _people(key: HeldKey, household: Household) -> Iterator[KeyUser]:
    body = household.name_body(key.body)
    for person in household.people:
        ways = [*_ways(key, person)]
        if ways:
            yield KeyUser(f"{person.name}, {body}", f"through the node: may {' and '.join(ways)}")


def _ways(key: HeldKey, person: Person) -> Iterator[str]:
    if key.role in WRAPPING and person.may(Permission.PUBLISH, key.body):
        yield "seal and open files by publishing"
    if key.role in _MANAGED and person.may(Permission.MANAGE_KEYS, key.body):
        yield "have it rotated or destroyed, with a second person"
    if key.role is KeyRole.TOKENS and person.may(Permission.REVOKE, key.body):
        yield "have it destroyed, by revoking the agreement"


def _readers(key: HeldKey, holdings: Holdings, agreements: Sequence[str]) -> Iterator[KeyUser]:
    if key.role not in WRAPPING:
        return
    for identifier in agreements:
        agreement = holdings.agreements.get(identifier)
        if agreement is not None and not agreement.sealed_to and state_at(agreement, holdings.at) == "active":
            how = f"through the node: reads what agreement {identifier} opens"
            yield KeyUser(holdings.household.name_body(agreement.recipient), how)


def _operator(key: HeldKey, household: Household) -> KeyUser:
    who = f"{household.name_body(household.host)}, which operates {household.node}, by {household.operator.name}"
    return KeyUser(who, _means(key, household))


def _means(key: HeldKey, household: Household) -> str:
    if key.role is KeyRole.UNLOCK:
        return "gives it at every start"
    if key.role in {KeyRole.OPERATOR, KeyRole.TRANSPORT}:
        return "has it on the machine that serves"
    if key.role in WRAPPING | {KeyRole.SIGNING, KeyRole.ROOT} and household.is_device:
        return "can use it with the secret that unlocks the device, and cannot take it out"
    if household.is_device:
        return "can use it, and take it out, with the secret that unlocks the device"
    return "can use it, and take it out, with the unlock secret"
