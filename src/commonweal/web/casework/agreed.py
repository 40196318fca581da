"""Agreements as the pages show them: a list, and one with its terms, its history and its end."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from commonweal.agree import (
    Act,
    Agreement,
    AgreementState,
    Due,
    Signature,
    SignatureAct,
    awaited_body,
    describe_signature,
    offered_by,
    state_at,
    terms_digest,
)
from commonweal.deliver import table_of
from commonweal.identity import Permission
from commonweal.node import Caller, Emergency
from commonweal.request import shorten_recipient

from .cases import Tag
from .emergency_view import EmergencyView, view_emergency
from .lives import LifeView, view_life
from .names import Names
from .posted import day_before
from .trail import EventLine
from .wording import STATES, describe_condition, describe_size, roles_that_may

_OVER: tuple[AgreementState, ...] = ("expired", "superseded", "revoked")
_ORDER: tuple[AgreementState, ...] = ("offered", "suspended", "standby", "pending", "active", *_OVER)


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """One agreement in a list."""

    id: str
    path: str
    title: str
    discloser: str
    recipient: str
    purpose: str
    last_day: date
    tag: Tag


@dataclass(frozen=True, slots=True)
class AgreementsView:
    """The agreements of a body: those that are not over, and those that are; by state, then newest first.

    `states` are those that there are, each with how many have it, and `state` the one that is shown, empty for all.
    """

    body_name: str
    live: tuple[AgreementLine, ...]
    over: tuple[AgreementLine, ...]
    states: tuple[tuple[str, str], ...]
    state: str


@dataclass(frozen=True, slots=True)
class Signed:
    """Who stands under it, for which body, when; `by_default` when the node agreed by itself.

    `did` says in words what they did and as what, `index` is their event in the log where its history shows it, and
    `proof` its address, empty for those who may not read it.
    """

    person: str
    body: str
    at: datetime
    by_default: bool
    did: str
    digest: str
    is_signature: bool
    index: int | None
    proof: str


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What has left under an agreement, as the log counts it."""

    authorised: int
    completed: int
    refused: int
    size: str


@dataclass(frozen=True, slots=True)
class ClientText:
    """What a recipient pastes into one client; never holds a token."""

    client: str
    text: str


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement with its terms, who signed it, what came of it, and what the person who looks may do.

    `acts` are its newest events but for those of people who looked at it, which are `views`; both are newest first.
    `who_revokes` names the roles that may, where the person may not. `awaits` is the body whose signature it waits for,
    and `done` what the person who looks has just done to it.
    """

    id: str
    path: str
    request_path: str
    dataset_title: str
    dataset_path: str
    discloser: str
    recipient: str
    purpose: str
    gateway: str
    citation: str
    fields: tuple[str, ...]
    tokenised: tuple[str, ...]
    rows: tuple[str, ...]
    sealed_to: str
    conditions: tuple[tuple[str, str], ...]
    starts: datetime
    ends: datetime
    last_day: date
    tag: Tag
    state: AgreementState
    decided_by: str
    signatures: tuple[Signed, ...]
    revoked: datetime | None
    revoked_by: str
    revocation_reason: str
    deliveries: Deliveries
    acts: tuple[EventLine, ...]
    views: tuple[EventLine, ...]
    connect: tuple[ClientText, ...]
    odrl_path: str
    documents: tuple[Due, ...]
    may_revoke: bool
    who_revokes: str
    awaits: str
    may_sign: bool
    who_signs: str
    life: LifeView
    emergency: EmergencyView | None
    done: EventLine | None


def view_agreements(
    found: Iterable[Agreement], caller: Caller, names: Names, now: datetime, state: str = ""
) -> AgreementsView:
    """Return a list of agreements as its page shows it, those of one state where `state` names it."""
    newest = sorted(found, key=lambda each: (each.starts, each.id), reverse=True)
    states = {each.id: state_at(each, now) for each in newest}
    shown = sorted((e for e in newest if state in {"", states[e.id]}), key=lambda e: _ORDER.index(states[e.id]))
    counts = Counter(states.values())
    return AgreementsView(
        names.body(caller.person.body),
        live=tuple(_line(e, states[e.id], names) for e in shown if states[e.id] not in _OVER),
        over=tuple(_line(e, states[e.id], names) for e in shown if states[e.id] in _OVER),
        states=(("", f"All: {len(newest):,}"), *((e, f"{STATES[e][0]}: {counts[e]:,}") for e in _ORDER if counts[e])),
        state=state,
    )


def view_agreement(
    agreement: Agreement,
    *,
    caller: Caller,
    names: Names,
    now: datetime,
    events: Sequence[EventLine],
    counts: Mapping[str, tuple[int, int]],
    documents: Sequence[Due],
    url: str,
    acts: Sequence[Act] = (),
    emergency: Emergency | None = None,
    done: EventLine | None = None,
) -> AgreementView:
    """Return one agreement as its page shows it to `caller`; `counts` has events and bytes for each name of event."""
    state = state_at(agreement, now)
    awaited = awaited_body(agreement) if state == "offered" else ""
    revokes = may_revoke(caller, agreement)
    return AgreementView(
        id=agreement.id,
        path=f"/agreements/{agreement.id}",
        request_path=f"/requests/{agreement.request}",
        dataset_title=names.dataset(agreement.dataset),
        dataset_path=f"/datasets/{agreement.dataset}",
        discloser=names.body(agreement.discloser),
        recipient=names.body(agreement.recipient),
        purpose=names.purpose(agreement.purpose),
        gateway=names.gateway(agreement.gateway),
        citation=agreement.citation,
        fields=agreement.fields,
        tokenised=agreement.tokenised,
        rows=tuple(describe_condition(each) for each in agreement.rows),
        sealed_to=shorten_recipient(agreement.sealed_to),
        conditions=agreement.conditions.describe(),
        starts=agreement.starts,
        ends=agreement.ends,
        last_day=day_before(agreement.ends),
        tag=Tag(*STATES[state]),
        state=state,
        decided_by=names.person(agreement.decided_by),
        signatures=tuple(_view_signature(each, agreement, names, events) for each in agreement.signatures),
        revoked=agreement.revoked,
        revoked_by=names.person(agreement.revoked_by),
        revocation_reason=agreement.revocation_reason,
        deliveries=_deliveries(counts),
        acts=tuple(each for each in events if not each.name.endswith(".viewed")),
        views=tuple(each for each in events if each.name.endswith(".viewed")),
        connect=_connect(agreement, url) if state in {"active", "pending"} else (),
        odrl_path=f"/agreements/{agreement.id}/odrl",
        documents=tuple(documents),
        may_revoke=revokes and state != "revoked",
        who_revokes="" if revokes or state == "revoked" else roles_that_may(Permission.REVOKE),
        awaits=names.body(awaited),
        may_sign=may_sign(caller, agreement),
        who_signs=roles_that_may(Permission.AGREE),
        life=view_life(agreement, names, acts),
        emergency=view_emergency(agreement, emergency, caller=caller, names=names, now=now, state=state),
        done=done,
    )


_EVENTS = {SignatureAct.SIGNED: "agreement.signed", SignatureAct.COUNTERSIGNED: "agreement.countersigned"}


def _view_signature(signed: Signature, agreement: Agreement, names: Names, events: Sequence[EventLine]) -> Signed:
    wanted = _EVENTS.get(signed.act) if signed.act else None
    event = next((each for each in events if each.name == wanted and each.at == signed.at), None)
    is_older = bool(signed.digest) and signed.digest != terms_digest(agreement)
    return Signed(
        person=names.person(signed.person),
        body=names.body(signed.body),
        at=signed.at,
        by_default=signed.by_default,
        did=describe_signature(signed),
        digest=signed.digest + (" (an earlier edition)" if is_older else ""),
        is_signature=signed.binds,
        index=event.index if event else None,
        proof=event.proof if event else "",
    )


def may_revoke(caller: Caller, agreement: Agreement) -> bool:
    """Say whether the caller's role allows them to end the agreement."""
    return caller.may(Permission.REVOKE, agreement.discloser)


def may_sign(caller: Caller, agreement: Agreement) -> bool:
    """Say whether an offered agreement waits for this person's signature; not for who signed it for the other side."""
    awaited, offer = awaited_body(agreement), offered_by(agreement)
    is_other = offer is None or offer.person != caller.person.id
    return bool(awaited) and is_other and caller.may(Permission.AGREE, awaited)


def _line(agreement: Agreement, state: AgreementState, names: Names) -> AgreementLine:
    return AgreementLine(
        id=agreement.id,
        path=f"/agreements/{agreement.id}",
        title=names.dataset(agreement.dataset),
        discloser=names.body(agreement.discloser),
        recipient=names.body(agreement.recipient),
        purpose=names.purpose(agreement.purpose),
        last_day=day_before(agreement.ends),
        tag=Tag(*STATES[state]),
    )


def _deliveries(counts: Mapping[str, tuple[int, int]]) -> Deliveries:
    completed, sent = counts.get("delivery.completed", (0, 0))
    return Deliveries(
        authorised=counts.get("delivery.authorised", (0, 0))[0],
        completed=completed,
        refused=counts.get("delivery.refused", (0, 0))[0],
        size=describe_size(sent),
    )


def _connect(agreement: Agreement, url: str) -> tuple[ClientText, ...]:
    profile = f"{agreement.id}.share"
    if agreement.sealed_to:
        return _connect_sealed(agreement.id, profile, url)
    found = table_of(agreement)
    table = f"{profile}#{found.share}.{found.schema}.{found.table}"
    address = f"{url}/api/v1/agreements/{agreement.id}/data.csv"
    return (
        ClientText("commonweal", f"commonweal profile {agreement.id}\ncommonweal read {profile}"),
        ClientText("pandas", f'import delta_sharing\ndelta_sharing.load_as_pandas("{table}")'),
        ClientText("Spark", f'spark.read.format("deltaSharing").load("{table}")'),
        ClientText("curl", f'curl -H "Authorization: Bearer $TOKEN" {address}'),
    )


def _connect_sealed(agreement: str, profile: str, url: str) -> tuple[ClientText, ...]:
    address = f"{url}/api/v1/agreements/{agreement}/data.age"
    return (
        ClientText("commonweal", f"commonweal profile {agreement}\ncommonweal read {profile}"),
        ClientText(
            "age",
            f'curl --fail -H "Authorization: Bearer $TOKEN" {address} |\n'
            f"  age --decrypt --identity identity.txt --output {agreement}.parquet",
        ),
    )
