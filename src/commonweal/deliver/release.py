"""Release: what an agreement opens, and the events that go before and after every use of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from commonweal.agree import Agreement, to_facts
from commonweal.core import Actor, Event, Json, from_rfc3339, to_rfc3339
from commonweal.decide import Decision, DeliveryFacts, ReadQuestion
from commonweal.publish import Dataset

from .model import Delivery, Release, ReleasePlan

LINK_LIFE = timedelta(hours=1)
OBLIGATIONS_MET = ("tokenise",)


def plan_release(agreement: Agreement, fields: Sequence[str]) -> ReleasePlan:
    """Return what the engine must write for `fields` of an agreement, in the agreement's order."""
    wanted = frozenset(fields)
    return ReleasePlan(
        fields=tuple(each for each in agreement.fields if each in wanted),
        rows=agreement.rows,
        tokenised=wanted & frozenset(agreement.tokenised),
    )


def ask_to_read(
    agreement: Agreement,
    dataset: Dataset,
    *,
    recipient: str,
    fields: Sequence[str],
    purpose: str,
    at: datetime,
    reader: frozenset[str] = frozenset(),
    delivery: DeliveryFacts | None = None,
) -> ReadQuestion:
    """Return the question that every door asks before every hit (design: re-checks decide and agree).

    `reader` are the names by which an agreement may call who reads; `delivery` is left out only where no row leaves.
    """
    facts = to_facts(agreement, at)
    return ReadQuestion(
        recipient=recipient,
        dataset=dataset.id,
        dataset_status=dataset.status,
        known_fields=frozenset(dataset.contract.field_names()),
        fields=frozenset(fields),
        purpose=purpose,
        at=at,
        agreement=facts,
        obligations_met=frozenset(each for each in facts.obligations if each.split(":")[0] in OBLIGATIONS_MET),
        reader=reader,
        delivery=delivery,
    )


def authorise(delivery: Delivery, release: Release, decision: Decision, actor: Actor, discloser: str) -> Event:
    """Return `delivery.authorised`, which is durable before any URL or row leaves (decision 9)."""
    return Event(
        "delivery.authorised",
        delivery.authorised,
        discloser,
        delivery.agreement,
        actor,
        {
            "delivery": delivery.id,
            "door": delivery.door,
            "recipient": delivery.recipient,
            "release": release.id,
            "files": [release.sealed_file],
            "digest": release.digest,
            "dataset": release.dataset,
            "version": release.version_number,
            "fields": list(delivery.fields),
            "rows": release.row_count,
            "purpose": delivery.purpose,
            "expires": to_rfc3339(delivery.expires),
            "policies": decision.policies,
            **_changes(release),
        },
    )


def _changes(release: Release) -> dict[str, Json]:
    return {"changes_from": release.changes_from} if release.changes_from else {}


def authorised_delivery(event: Event) -> Delivery:
    """Return the delivery that a `delivery.authorised` event records."""
    facts = event.facts
    fields = facts["fields"]
    return Delivery(
        id=str(facts["delivery"]),
        agreement=event.subject,
        release=str(facts["release"]),
        recipient=str(facts["recipient"]),
        door=str(facts["door"]),
        fields=tuple(str(each) for each in fields) if isinstance(fields, list) else (),
        purpose=str(facts["purpose"]),
        authorised=event.at,
        expires=from_rfc3339(str(facts["expires"])),
        person=event.actor.person,
        rows=int(str(facts["rows"])),
    )


def refuse(
    *, at: datetime, discloser: str, subject: str, door: str, reasons: Sequence[str], actor: Actor, policies: str = ""
) -> Event:
    """Return `delivery.refused`: a door stayed shut, with every reason, under the policies of this digest."""
    facts: dict[str, Json] = {"door": door, "reasons": list(reasons), "policies": policies}
    return Event("delivery.refused", at, discloser, subject, actor, facts)


def complete(delivery: Delivery, *, at: datetime, discloser: str, actor: Actor, counts: dict[str, Json]) -> Event:
    """Return `delivery.completed` with `counts`: bytes, hits, whole reads and clients."""
    return Event("delivery.completed", at, discloser, delivery.agreement, actor, {"delivery": delivery.id, **counts})


def write_release(release: Release, actor: Actor, discloser: str) -> Event:
    """Return `release.written`: the slice exists as its own sealed file."""
    return Event(
        "release.written",
        release.created,
        discloser,
        release.agreement,
        actor,
        {
            "release": release.id,
            "dataset": release.dataset,
            "version": release.version_number,
            "fields": list(release.fields),
            "rows": release.row_count,
            "sealed_file": release.sealed_file,
            "digest": release.digest,
            **_changes(release),
        },
    )
