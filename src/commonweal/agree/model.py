"""An agreement: what may be read, by whom, for what, until when; and its life."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from commonweal.request import RowCondition

from .conditions import Conditions


class AgreementStatus(StrEnum):
    """Where an agreement stands; expiry is a matter of the clock, not of status.

    Only `signed` opens anything, and `standby` while an officer has switched it on. `offered` waits for the other
    side's signature.
    """

    OFFERED = "offered"
    SIGNED = "signed"
    STANDBY = "standby"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


class SignatureAct(StrEnum):
    """By which act a person stands under an agreement; each is an event of the log."""

    ASKED = "asked"
    DECIDED = "decided"
    SIGNED = "signed"
    COUNTERSIGNED = "countersigned"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who stands under an agreement, for which body, since when; `by_default` when the node agreed by itself.

    `act` says how, None for one of before acts were kept. `digest` is the SHA-256 of the terms that were signed; who
    asked or decided signed none. `capacity` is the role by which the person had authority then, empty without.
    `proved` is when they had last proved who they are, and `proved_by` how: `token` or `sign-in-link`.
    """

    person: str
    body: str
    at: datetime
    by_default: bool = False
    act: SignatureAct | None = None
    digest: str = ""
    capacity: str = ""
    proved: datetime | None = None
    proved_by: str = ""

    @property
    def binds(self) -> bool:
        """Say whether it counts as its body's signature: by authority, by default, or of before roles were kept."""
        return self.act is None or self.by_default or bool(self.digest or self.capacity)


@dataclass(frozen=True, slots=True)
class Standby:
    """How an agreement made for an emergency is switched on: by one of these persons, for so many hours at most."""

    officers: tuple[str, ...]
    hours: int


@dataclass(frozen=True, slots=True)
class Activation:
    """One time that a standby agreement was switched on: by whom, from, until, why; and its review afterwards."""

    by: str
    at: datetime
    until: datetime
    reason: str
    reviewed_by: str = ""
    reviewed: datetime | None = None
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The terms a delivery obeys. ODRL: permission to read, limited by fields, rows, purpose and time.

    `tokenised` are fields released only as keyed tokens (HMAC-SHA-256 under the agreement's token key, which
    dies with it). `sealed_to` is the age recipient that alone can open what is released; empty when it is not sealed.
    `decision` and `request` name what it came from; `decided_by` the accountable person. `public_task` is what the
    recipient stated as its public task, where the discloser is no public authority; it is signed with the rest.
    `conditions` limit who reads, how, how much, and what comes after. `edition` counts the changes of its terms, from
    1. `superseded_by` is the agreement that took its place. `standby` says how one made for an emergency is switched
    on, None for any other, and `activations` each time that it was.
    """

    id: str
    request: str
    dataset: str
    discloser: str
    recipient: str
    purpose: str
    gateway: str
    citation: str
    fields: tuple[str, ...]
    rows: tuple[RowCondition, ...]
    tokenised: tuple[str, ...]
    starts: datetime
    ends: datetime
    decided_by: str
    signatures: tuple[Signature, ...]
    status: AgreementStatus = AgreementStatus.SIGNED
    revoked: datetime | None = None
    revoked_by: str = ""
    revocation_reason: str = ""
    sealed_to: str = ""
    public_task: str = ""
    conditions: Conditions = field(default_factory=Conditions)
    edition: int = 1
    suspended: datetime | None = None
    suspended_by: str = ""
    suspension_reason: str = ""
    superseded_by: str = ""
    standby: Standby | None = None
    activations: tuple[Activation, ...] = ()
