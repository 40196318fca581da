"""Entries of a rule pack as plain values, for JSON and for pages."""

from commonweal.core import Json, NotFoundError
from commonweal.law import Difference, Gateway, Provision, RulePack, citation

GATEWAY_TOPIC = "gateway"


class UnknownTopicError(NotFoundError):
    """The rule pack has no entries of that topic; `reasons` lists the topics it has."""

    code = "law.unknown-topic"
    default_advice = "Use one of the topics listed, such as `gateway`, or leave it out."


def describe_gateway(gateway: Gateway) -> dict[str, Json]:
    """Return what a list says of a gateway: what it is, where it stands and how far it was checked."""
    return {
        "id": gateway.id,
        "title": gateway.title,
        "kind": gateway.kind.value,
        "citation": citation(gateway),
        "confidence": gateway.confidence,
        "in_force": gateway.in_force,
        "as_of": gateway.as_of.isoformat(),
        "limits": gateway.limits,
    }


def describe_whole(gateway: Gateway) -> dict[str, Json]:
    """Return everything that the pack holds of a gateway."""
    return {
        **describe_gateway(gateway),
        "topic": GATEWAY_TOPIC,
        "url": gateway.url,
        "extent": [*sorted(gateway.extent)],
        "starts": gateway.starts.isoformat() if gateway.starts else None,
        "ends": gateway.ends.isoformat() if gateway.ends else None,
        "covers": [*sorted(gateway.covers)],
        "data": gateway.data,
        "offence": gateway.offence,
        "routes": [
            {
                "from": [*sorted(each.disclosers)],
                "not_from": [*sorted(each.excluded)],
                "to": [*sorted(each.recipients)],
                "purposes": [*sorted(each.purposes)],
                "not_for": [*sorted(each.not_for)],
                "needs": [*each.needs],
            }
            for each in gateway.routes
        ],
        "specified_by": gateway.specified.by if gateway.specified else None,
        "specified_loaded": gateway.specified.loaded if gateway.specified else None,
        "specified_source": gateway.specified.source if gateway.specified else None,
        "objectives": [
            {"bodies": [*sorted(each.bodies)], "purposes": [*sorted(each.purposes)], "provision": each.provision}
            for each in (gateway.specified.objectives if gateway.specified else ())
        ],
        "checked_here": [*gateway.checked_here],
        "needs_a_person": [*gateway.needs_a_person],
        "notes": [*gateway.notes],
        "seen": [*gateway.seen],
        "unconfirmed": [*gateway.unconfirmed],
    }


def describe_provision(provision: Provision) -> dict[str, Json]:
    """Return everything that the pack holds of a provision that is no gateway."""
    return {
        "id": provision.id,
        "topic": provision.topic,
        "title": provision.title,
        "citation": f"{provision.act}, {provision.provision}",
        "extent": [*sorted(provision.extent)],
        "confidence": provision.confidence,
        "in_force": provision.in_force,
        "as_of": provision.as_of.isoformat(),
        "rule": provision.rule,
        "seen": [*provision.seen],
    }


def describe_entry(pack: RulePack, identifier: str) -> dict[str, Json]:
    """Return the gateway, provision, purpose or data category with that identifier, whole.

    Raises:
        UnknownGatewayError: there is none; `reasons` lists near ones (`law.unknown-gateway`).
    """
    wanted = identifier.strip().lower()
    if wanted in pack.provisions:
        return describe_provision(pack.provisions[wanted])
    if wanted in pack.purposes:
        purpose = pack.purposes[wanted]
        return {"id": purpose.code, "topic": "purpose", "title": purpose.title, "rule": purpose.description}
    return describe_whole(pack.gateway(identifier))


def list_entries(pack: RulePack, topic: str = "") -> list[dict[str, Json]]:
    """Return a line for each gateway and provision of a pack, or of one topic; `gateway` is one.

    Raises:
        UnknownTopicError: the pack has no such topic; `reasons` lists those it has (`law.unknown-topic`).
    """
    gateways = [{"topic": GATEWAY_TOPIC, **describe_gateway(each)} for each in pack.gateways.values()]
    provisions = [describe_provision(each) for each in pack.provisions.values()]
    every = [*gateways, *provisions]
    topics = dict.fromkeys(str(each["topic"]) for each in every)
    if topic and topic not in topics:
        raise UnknownTopicError("The rule pack has no such topic.", reasons=(f"Its topics are {', '.join(topics)}.",))
    return [each for each in every if topic in {"", each["topic"]}]


def describe_pack(pack: RulePack) -> dict[str, Json]:
    """Return which pack it is and how much it holds."""
    return {
        "version": pack.version,
        "digest": pack.digest,
        "as_of": pack.as_of.isoformat(),
        "scope": "local" if pack.is_local else "common",
        "gateways": len(pack.gateways),
        "provisions": len(pack.provisions),
        "purposes": len(pack.purposes),
        "data_categories": len(pack.data_categories),
        "lawful_bases": len(pack.lawful_bases),
    }


def describe_difference(difference: Difference) -> dict[str, Json]:
    """Return one difference between two packs."""
    parts = [{"part": name, "before": before, "after": after} for name, before, after in difference.parts]
    return {"what": difference.what, "id": difference.id, "change": difference.change, "parts": [*parts]}
