"""Whether a legal gateway permits one body to disclose to another for a purpose."""

from collections.abc import Iterator

from commonweal.identity import PublicBody

from .model import (
    ANY,
    NATIONS,
    NOT_PERSONAL,
    PERSONAL,
    SAME_LEGAL_PERSON,
    UNKNOWN,
    Gateway,
    GatewayFit,
    GatewayKind,
    Purpose,
    Route,
    Told,
    citation,
)
from .objectives import bars_of_objective, doubts_of_objective
from .parties import doubts_of_person, is_named, is_of_a_kind, same_person
from .regime import held_under

NOTHING_TOLD = Told()

_ANYTHING = frozenset({PERSONAL, UNKNOWN})

_IN_FORCE = {
    "no": "it is no longer in force, or not yet",
    "unconfirmed": "its commencement is not confirmed",
}


def assess_gateway(
    gateway: Gateway, discloser: PublicBody, recipient: PublicBody, purpose: Purpose, told: Told = NOTHING_TOLD
) -> GatewayFit:
    """Return whether `gateway` permits `discloser` to give data to `recipient` for `purpose`.

    1. Barred where the entry is no ground for sharing, or is no law of either body's nation or of the one told.
    2. Barred where none of its routes runs from the one to the other for that purpose, or it does not reach the data.
    3. Missing where it rests on recollection, is not known to be in force, or is implied.
    4. Missing where a body's legal personality or nation, or a Schedule that must name both, is not known.
    5. Missing for each precondition that the node cannot tell is met. What a presumption of openness asks is answered
       where all the data that is told is not personal.

    Every reason is listed, not only the first. Data protection law is assessed elsewhere: a gateway that fits
    is a power or a duty, not a lawful basis.
    """
    route = _best_route(gateway, discloser, recipient, purpose, told)
    bars = [*_bars_of_law(gateway, discloser, recipient, told)]  # 1
    if route is None:
        bars += _bars_of_route(gateway, discloser, recipient, purpose, told)  # 2
    bars += _bars_of_data(gateway, told)
    missing = [*_doubts(gateway, told)]  # 3
    if route is not None:
        missing += _doubts_of_parties(gateway, route, discloser, recipient, told)  # 4
    if gateway.specified is not None and route is not None:
        bars += bars_of_objective(gateway, discloser, recipient, purpose)
        missing += doubts_of_objective(gateway, discloser, recipient, purpose, told)
    missing += demands(_clauses(gateway, route, told))  # 5
    return GatewayFit(tuple(missing), tuple(bars), unsure=_is_general(gateway, route) or _is_doubtful(gateway, told))


def _clauses(gateway: Gateway, route: Route | None, told: Told) -> tuple[str, ...]:
    plain = bool(told.data) and set((told.data or {}).values()) == {NOT_PERSONAL}
    if plain and gateway.kind is GatewayKind.PRESUMPTION:
        return ()
    return (*gateway.needs_a_person, *(route.needs if route else ()))


def demands(clauses: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a person must settle, as sentences."""
    return tuple(f"Needs a person to confirm that {clause}." for clause in clauses)


def concerns(
    gateway: Gateway, discloser: PublicBody, recipient: PublicBody, purpose: Purpose, told: Told = NOTHING_TOLD
) -> bool:
    """Return whether routes, extent and data cover the disclosure, whatever the entry does in law.

    Of several categories one is enough: a restriction on health data concerns a disclosure of health and tax data.
    """
    if gateway.regime and gateway.regime != held_under(discloser, told):
        return False
    outside = any(_outside(gateway, body) for body in (discloser, recipient)) or _is_abroad(gateway, told)
    route = _best_route(gateway, discloser, recipient, purpose, told)
    data = {} if told.data is None else told.data
    touched = told.data is None or any(
        _reaches(gateway, code, cls) for code, cls in data.items() if not (_is_narrow(gateway) and code in _ANYTHING)
    )
    return not outside and route is not None and touched


def _best_route(
    gateway: Gateway, discloser: PublicBody, recipient: PublicBody, purpose: Purpose, told: Told
) -> Route | None:
    if discloser.id == recipient.id:
        return None
    routes = [
        route
        for route in gateway.routes
        if _discloses(route, discloser, told)
        and _receives(route, recipient, discloser, told)
        and _serves(route, purpose)
    ]
    return min(routes, key=lambda route: len(route.needs), default=None)


def _discloses(route: Route, body: PublicBody, told: Told) -> bool:
    return is_named(route.disclosers, body, told) and not is_named(route.excluded, body, told)


def _receives(route: Route, body: PublicBody, discloser: PublicBody, told: Told) -> bool:
    if same_person(discloser, body, told):
        return SAME_LEGAL_PERSON in route.recipients
    return is_named(route.recipients, body, told)


def _serves(route: Route, purpose: Purpose) -> bool:
    return (ANY in route.purposes or purpose.code in route.purposes) and purpose.code not in route.not_for


def _outside(gateway: Gateway, body: PublicBody) -> bool:
    return bool(gateway.extent and body.nation and body.nation not in gateway.extent)


def _is_abroad(gateway: Gateway, told: Told) -> bool:
    return bool(gateway.extent and told.nation and told.nation not in gateway.extent)


def _reaches(gateway: Gateway, code: str, classification: str) -> bool:
    covers = gateway.covers
    if ANY in covers or code in covers:
        return True
    if classification == NOT_PERSONAL:
        return NOT_PERSONAL in covers
    return PERSONAL in covers or (code in _ANYTHING and covers != {NOT_PERSONAL})


def _is_narrow(gateway: Gateway) -> bool:
    return not gateway.covers & {ANY, PERSONAL}


def _is_doubtful(gateway: Gateway, told: Told) -> bool:
    return UNKNOWN in (told.data or {}) and _is_narrow(gateway)


def _is_general(gateway: Gateway, route: Route | None) -> bool:
    if gateway.kind is not GatewayKind.IMPLIED_POWER or route is None:
        return False
    return ANY in route.purposes and SAME_LEGAL_PERSON not in route.recipients


def _bars_of_law(gateway: Gateway, discloser: PublicBody, recipient: PublicBody, told: Told) -> Iterator[str]:
    if not gateway.kind.authorises:
        yield f"{citation(gateway)} authorises no sharing by itself: {_ROLES[gateway.kind]}."
    reached = {body.nation for body in (discloser, recipient)}
    for body in (discloser, recipient):
        if _outside(gateway, body):
            yield f"{citation(gateway)} does not reach {body.name} in {NATIONS[body.nation]}."
    if _is_abroad(gateway, told) and told.nation not in reached:
        yield f"{citation(gateway)} does not reach {NATIONS[told.nation]}."


_ROLES = {
    GatewayKind.CONDITION: "it sets a condition on sharing",
    GatewayKind.RESTRICTION: "it restricts sharing",
    GatewayKind.DISSOLVES: "it lifts a duty of confidence",
    GatewayKind.ARRANGEMENT: "it describes an arrangement that rests on other gateways",
    GatewayKind.EXEMPTION: "it exempts a single disclosure that has its own ground",
}


def _bars_of_route(
    gateway: Gateway, discloser: PublicBody, recipient: PublicBody, purpose: Purpose, told: Told
) -> Iterator[str]:
    if discloser.id == recipient.id:
        yield "Discloser and recipient are the same body, which no gateway is for."
        return
    cited, routes = citation(gateway), gateway.routes
    faults = {
        f"{discloser.name} is not among those who may disclose under {cited}.": not any(
            _discloses(route, discloser, told) for route in routes
        ),
        f"{recipient.name} is not among those who may receive under {cited}.": not any(
            _receives(route, recipient, discloser, told) for route in routes
        ),
        f"“{purpose.title}” is not a purpose of {cited}.": not any(_serves(route, purpose) for route in routes),
    }
    alone = [fault for fault, found in faults.items() if found]
    yield from alone or [f"{cited} does not run from {discloser.name} to {recipient.name} for “{purpose.title}”."]


def _bars_of_data(gateway: Gateway, told: Told) -> Iterator[str]:
    beyond = [code for code, cls in (told.data or {}).items() if not _reaches(gateway, code, cls)]
    if beyond:
        yield f"{citation(gateway)} does not reach this data: {', '.join(beyond)}."


def _doubts(gateway: Gateway, told: Told) -> Iterator[str]:
    if gateway.confidence == "recall":
        yield "Needs a person: this entry was written from recollection and its wording is not checked."
    if gateway.in_force in _IN_FORCE:
        yield f"Needs a person: {_IN_FORCE[gateway.in_force]}, as far as is known on {gateway.as_of}."
    elif told.on and gateway.starts and told.on < gateway.starts:
        yield f"Needs a person: it comes into force on {gateway.starts}."
    elif told.on and gateway.ends and told.on > gateway.ends:
        yield f"Needs a person: it ended on {gateway.ends}."
    if _is_doubtful(gateway, told):
        yield "Needs a person to confirm that it reaches this data, some of which the rule pack does not know."
    if gateway.kind is GatewayKind.IMPLIED_POWER:
        yield "Needs a person: the power is implied, and advice is needed that it reaches this disclosure."


def _doubts_of_parties(
    gateway: Gateway, route: Route, discloser: PublicBody, recipient: PublicBody, told: Told
) -> Iterator[str]:
    for body, entries in ((discloser, route.disclosers), (recipient, route.recipients)):
        yield from doubts_of_person(entries, body, told)
        if gateway.extent and is_of_a_kind(body) and not (body.nation or told.nation) and len(gateway.extent) < 4:
            nations = " or ".join(NATIONS[each] for each in NATIONS if each in gateway.extent)
            yield f"Needs a person to confirm that {body.name} is in {nations}."
