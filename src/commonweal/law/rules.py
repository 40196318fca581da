"""Whether a legal gateway permits one body to disclose to another for a purpose."""

from collections.abc import Iterator

from commonweal.identity import PARTNER_KINDS, PublicBody

from .model import ANY, ANY_PUBLIC_BODY, Gateway, GatewayFit, GatewayKind, Purpose, Route

_NATIONS = {"E": "England", "W": "Wales", "S": "Scotland", "NI": "Northern Ireland"}
_IN_FORCE = {
    "no": "it is no longer in force, or not yet",
    "unconfirmed": "its commencement is not confirmed",
}


def assess_gateway(gateway: Gateway, discloser: PublicBody, recipient: PublicBody, purpose: Purpose) -> GatewayFit:
    """Return whether `gateway` permits `discloser` to give data to `recipient` for `purpose`.

    1. Barred where the entry is no ground for sharing, or is no law of either body's nation.
    2. Barred where none of its routes runs from the one to the other for that purpose.
    3. Missing where it rests on recollection, is not known to be in force, or is implied.
    4. Missing for each precondition that the node cannot tell is met.

    Every reason is listed, not only the first. Data protection law is assessed elsewhere: a gateway that fits
    is a power or a duty, not a lawful basis.
    """
    route = _best_route(gateway, discloser, recipient, purpose)
    bars = [*_bars_of_law(gateway, discloser, recipient)]  # 1
    if route is None:
        bars += _bars_of_route(gateway, discloser, recipient, purpose)  # 2
    missing = [*_doubts(gateway)]  # 3
    clauses = (*gateway.needs_a_person, *(route.needs if route else ()))
    missing += [f"Needs a person to confirm that {clause}." for clause in clauses]  # 4
    return GatewayFit(missing=tuple(missing), bars=tuple(bars))


def concerns(gateway: Gateway, discloser: PublicBody, recipient: PublicBody, purpose: Purpose) -> bool:
    """Return whether one of its routes and its extent cover the disclosure, whatever the entry does in law."""
    outside = any(_outside(gateway, body) for body in (discloser, recipient))
    return not outside and _best_route(gateway, discloser, recipient, purpose) is not None


def citation(gateway: Gateway) -> str:
    """Return how the provision is cited: the Act, then the sections."""
    return f"{gateway.act}, {gateway.provision}" if gateway.provision else gateway.act


def _best_route(gateway: Gateway, discloser: PublicBody, recipient: PublicBody, purpose: Purpose) -> Route | None:
    if discloser.id == recipient.id:
        return None
    routes = [
        route
        for route in gateway.routes
        if _discloses(route, discloser) and _receives(route, recipient) and _serves(route, purpose)
    ]
    return min(routes, key=lambda route: len(route.needs), default=None)


def _discloses(route: Route, body: PublicBody) -> bool:
    return _names(route.disclosers, body) and not _names(route.excluded, body)


def _receives(route: Route, body: PublicBody) -> bool:
    return _names(route.recipients, body)


def _serves(route: Route, purpose: Purpose) -> bool:
    return ANY in route.purposes or purpose.code in route.purposes


def _names(entries: frozenset[str], body: PublicBody) -> bool:
    if ANY in entries or body.slug in entries or body.kind.value in entries:
        return True
    return ANY_PUBLIC_BODY in entries and body.kind not in PARTNER_KINDS


def _outside(gateway: Gateway, body: PublicBody) -> bool:
    return bool(gateway.extent and body.nation and body.nation not in gateway.extent)


def _bars_of_law(gateway: Gateway, discloser: PublicBody, recipient: PublicBody) -> Iterator[str]:
    if not gateway.kind.authorises:
        yield f"{citation(gateway)} authorises no sharing by itself: {_ROLES[gateway.kind]}."
    for body in (discloser, recipient):
        if _outside(gateway, body):
            yield f"{citation(gateway)} does not reach {body.name} in {_NATIONS[body.nation]}."


_ROLES = {
    GatewayKind.CONDITION: "it sets a condition on sharing",
    GatewayKind.RESTRICTION: "it restricts sharing",
    GatewayKind.DISSOLVES: "it lifts a duty of confidence",
    GatewayKind.ARRANGEMENT: "it describes an arrangement that rests on other gateways",
    GatewayKind.EXEMPTION: "it exempts a single disclosure that has its own ground",
}


def _bars_of_route(gateway: Gateway, discloser: PublicBody, recipient: PublicBody, purpose: Purpose) -> Iterator[str]:
    if discloser.id == recipient.id:
        yield "Discloser and recipient are the same body, which no gateway is for."
        return
    cited, routes = citation(gateway), gateway.routes
    faults = {
        f"{discloser.name} is not among those who may disclose under {cited}.": not any(
            _discloses(route, discloser) for route in routes
        ),
        f"{recipient.name} is not among those who may receive under {cited}.": not any(
            _receives(route, recipient) for route in routes
        ),
        f"“{purpose.title}” is not a purpose of {cited}.": not any(_serves(route, purpose) for route in routes),
    }
    alone = [fault for fault, found in faults.items() if found]
    yield from alone or [f"{cited} does not run from {discloser.name} to {recipient.name} for “{purpose.title}”."]


def _doubts(gateway: Gateway) -> Iterator[str]:
    if gateway.confidence == "recall":
        yield "Needs a person: this entry was written from recollection and its wording is not checked."
    if gateway.in_force in _IN_FORCE:
        yield f"Needs a person: {_IN_FORCE[gateway.in_force]}, as far as is known on {gateway.as_of}."
    if gateway.kind is GatewayKind.IMPLIED_POWER:
        yield "Needs a person: the power is implied, and advice is needed that it reaches this disclosure."
