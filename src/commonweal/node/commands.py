"""What is said in asking: the question, the named person's answer, and what came of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commonweal.agree import Agreement
from commonweal.decide import Decision
from commonweal.request import AccessRequest


@dataclass(frozen=True, slots=True)
class AskCommand:
    """What a body asks for; no `fields` means all of them.

    `seal_to` is the age recipient that releases are to be sealed to, or `own` for the body's receiving key here.
    `answers` are those to the share-request form, by the code of the question; what the node knows is filled in.
    """

    dataset: str
    recipient: str
    purpose: str
    gateway: str = ""
    fields: Sequence[str] = ()
    rows: Sequence[str] = ()
    until: datetime | None = None
    seal_to: str = ""
    answers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleCommand:
    """What the named person says: yes with narrower fields, rows and end, or no with a coded reason.

    `sealed` demands that releases are sealed to the recipient's key, also where the request named none.
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


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to a request: the decision, and the agreement when the node agreed by itself."""

    request: AccessRequest
    decision: Decision
    agreement: Agreement | None = None
