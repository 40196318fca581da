"""Who decides where law and policy leave it to a person: the roles that may, and the people here who have them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commonweal.adapters.sql.bodies import list_people
from commonweal.decide import Decision, Verdict
from commonweal.identity import PERMISSIONS, Permission, Person, Role, TenantScope
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.request import AccessRequest

_LEFT_TO_PEOPLE = frozenset({Verdict.PERSON, Verdict.CONDITIONS})


@dataclass(frozen=True, slots=True)
class Deciders:
    """Who may give a named person's answer for a body: by their roles, and by name.

    `people` are those of the body on this node who may, None for somebody who is told no names. `without` is a person
    whose answer is appealed, and who may not give the next one.
    """

    body: str
    body_name: str
    people: tuple[Person, ...] | None
    without: str = ""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Return the roles that may decide."""
        return tuple(each for each in Role if Permission.DECIDE in PERMISSIONS[each])

    @property
    def sentence(self) -> str:
        """Return who decides, in one or two sentences."""
        roles = " or ".join(each.value.replace("-", " ") for each in self.roles)
        decides = f"A named person of {self.body_name} decides, in the role of {roles}."
        if self.people is None:
            return decides
        if not self.people:
            return f"{decides} Nobody on this node has such a role there: the operator of the node adds a person."
        return f"{decides} On this node: {_listed(f'{each.name} ({each.id})' for each in self.people)}."


class Deciding:
    """Finds who decides."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def of_question(self, caller: Caller, parties: Sequence[str], decision: Decision) -> Deciders | None:
        """Return who decides at the first of two parties, the discloser; None where a person does not decide.

        Names are told to people of either party and to the node's operator, to nobody else.
        """
        if decision.verdict not in _LEFT_TO_PEOPLE:
            return None
        return self._find(caller, parties)

    def of_request(self, caller: Caller, request: AccessRequest, decision: Decision) -> Deciders | None:
        """Return who decides on a request that waits for a person, None for any other."""
        if not request.status.waits or decision.verdict not in _LEFT_TO_PEOPLE:
            return None
        parties = (request.discloser, request.recipient)
        return self._find(caller, parties, without=request.appeal.refused_by if request.appeal else "")

    def _find(self, caller: Caller, parties: Sequence[str], without: str = "") -> Deciders:
        body, knows = parties[0], caller.is_operator or caller.person.body in parties
        return Deciders(
            body, self._parts.register.get_body(body).name, self._people(body, without) if knows else None, without
        )

    def _people(self, body: str, without: str) -> tuple[Person, ...]:
        with self._parts.read() as connection:
            found = list_people(connection, TenantScope(body))
        return tuple(each for each in found if each.may(Permission.DECIDE, body) and each.id != without)


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
