"""How a ruling makes an agreement one for an emergency: its officers, who must be people of either body."""

from commonweal.adapters.sql.bodies import list_people
from commonweal.agree import Standby, make_standby
from commonweal.identity import Permission, TenantScope
from commonweal.node.parts import Parts
from commonweal.request import AccessRequest

from .commands import RuleCommand


def find_standby(parts: Parts, request: AccessRequest, command: RuleCommand) -> Standby | None:
    """Return how the agreement is switched on that a ruling permits, None for one that is always on.

    Raises:
        StandbyError: no officer, one who is of neither body or whose roles may not agree for it, or wrong hours.
    """
    officers = tuple(each.strip() for each in command.officers)
    if not (officers or command.standby_hours):
        return None
    with parts.read() as connection:
        bodies = (request.discloser, request.recipient)
        people = [person for body in bodies for person in list_people(connection, TenantScope(body))]
    fit = {each.id: each.may(Permission.AGREE, each.body) for each in people}
    return make_standby(officers, command.standby_hours, fit)
