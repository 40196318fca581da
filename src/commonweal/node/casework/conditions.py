"""Conditions as a person sets them: each name in them must be one that the node knows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from commonweal.adapters.sql.bodies import list_people
from commonweal.agree import ROLE, Conditions, ConditionsError
from commonweal.deliver import AGE_DOOR, DOORS
from commonweal.identity import Person, Role, TenantScope
from commonweal.node.parts import Parts


def settle_conditions(parts: Parts, conditions: Conditions, *, recipient: str, sealed: bool) -> Conditions:
    """Return conditions with each reader by their identifier here, once every reader and door is known.

    Raises:
        ConditionsError: a reader is no person or role of the recipient, a door is none, or the agreement is sealed and
            its own door is not among those named; `reasons` lists each fault.
    """
    readers = tuple(_canonical(parts, each) for each in conditions.readers)
    settled = replace(conditions, readers=readers)
    with parts.read() as connection:
        people = list_people(connection, TenantScope(recipient)) if readers else []
    faults = (*_reader_faults(readers, people, recipient), *_door_faults(conditions.doors, sealed=sealed))
    if faults:
        raise ConditionsError("The conditions cannot be met.", reasons=faults)
    return settled


def _canonical(parts: Parts, reader: str) -> str:
    name, at, body = reader.strip().rpartition("@")
    return f"{name}@{parts.register.resolve(body).slug}" if at else reader.strip()


def _reader_faults(readers: Sequence[str], people: Sequence[Person], recipient: str) -> Iterator[str]:
    known, roles = {each.id for each in people}, {role.value for each in people for role in each.roles}
    for reader in readers:
        role = reader.removeprefix(ROLE)
        if role == reader and reader not in known:
            yield f"Nobody of {recipient} is called {_shown(reader)}."
        elif role != reader and role not in set(Role):
            yield f"{_shown(role)} is not a role."
        elif role != reader and role not in roles:
            yield f"Nobody of {recipient} has the role {role}."


def _door_faults(doors: Sequence[str], *, sealed: bool) -> Iterator[str]:
    for door in doors:
        if door not in DOORS:
            yield f"There is no door {_shown(door)}; the doors are {', '.join(DOORS)}."
    if sealed and doors and AGE_DOOR not in doors:
        yield f"The agreement is sealed, so its door {AGE_DOOR} must be among those named."


def _shown(text: str) -> str:
    return text[:100] if text.isprintable() else "of that name"
