"""What is said in asking: the question, the named person's answer, and what came of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commonweal.agree import Agreement, Conditions
from commonweal.decide import Decision
from commonweal.request import AccessRequest


@dataclass(frozen=True, slots=True)
class AskCommand:
    """What a body asks for; no `fields` means all of them.

    `seal_to` is the age recipient that releases are to be sealed to, or `own` for the body's receiving key here.
    `answers` are those to the share-request form, by the code of the question; what the node knows is filled in.
    `template` is the code of the template it starts from, which fills in purpose and gateway where neither is named,
    answers and proposed terms; `terms` are proposed over the template's. `as_said` keeps it from filling in a gateway.
    """

    dataset: str
    recipient: str
    purpose: str = ""
    gateway: str = ""
    fields: Sequence[str] = ()
    rows: Sequence[str] = ()
    until: datetime | None = None
    seal_to: str = ""
    answers: Mapping[str, object] = field(default_factory=dict)
    template: str = ""
    terms: Mapping[str, object] = field(default_factory=dict)
    as_said: bool = False


@dataclass(frozen=True, slots=True)
class RuleCommand:
    """What the named person says: yes with narrower fields, rows and end, or no with a coded reason.

    `sealed` demands that releases are sealed to the recipient's key, also where the request named none. `conditions`
    limit who reads, by which doors and how much, and say what comes after; a reader has any name of the body.
    `as_asked` leaves out the terms that the request's template proposes. With `standby_hours` or `officers` the
    agreement stands by for an emergency: one of the officers switches it on, for so many hours at most.
    `countersign` demands that a person with authority at the other side signs before it is in force.
    """

    permit: bool
    fields: Sequence[str] = ()
    rows: Sequence[str] = ()
    tokenise: Sequence[str] = ()
    until: datetime | None = None
    reason: str = ""
    text: str = ""
    would_change: str = ""
    sealed: bool = False
    as_asked: bool = False
    standby_hours: int = 0
    officers: Sequence[str] = ()
    conditions: Conditions = field(default_factory=Conditions)
    countersign: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to a request: the decision, and the agreement when the node agreed by itself."""

    request: AccessRequest
    decision: Decision
    agreement: Agreement | None = None
