"""The life of an agreement: one table of acts, from which each is checked and the diagram of its states is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeAlias

from commonweal.identity import Permission

from .errors import AlreadyRevokedError, UnexplainedError, UnnamedError, WrongStatusError
from .model import Agreement, AgreementStatus

Side: TypeAlias = Literal["discloser", "recipient"]


class Act(StrEnum):
    """What a named person may do to an agreement after it was signed."""

    NARROW = "narrow"
    SUSPEND = "suspend"
    RESUME = "resume"
    RENEW = "renew"
    SUPERSEDE = "supersede"
    RELINQUISH = "relinquish"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Transition:
    """What one act needs and does.

    It may begin from `starts`. `ends` is where it leads: empty when the status stays, and of several the one as which
    the agreement was made. A person of `side` with `permission` may do it. `event` is what the log calls it, `done` the
    word for one to which it was done, and `new_edition` says that it changes terms.
    """

    act: Act
    starts: tuple[AgreementStatus, ...]
    ends: tuple[AgreementStatus, ...]
    side: Side
    permission: Permission
    event: str
    done: str
    new_edition: bool = False

    def body(self, agreement: Agreement) -> str:
        """Return the body whose person may do it."""
        return agreement.discloser if self.side == "discloser" else agreement.recipient

    def end(self, agreement: Agreement) -> AgreementStatus:
        """Return the status to which the act leads."""
        as_made = AgreementStatus.SIGNED if agreement.standby is None else AgreementStatus.STANDBY
        return as_made if as_made in self.ends else (*self.ends, agreement.status)[0]


_OPEN = (AgreementStatus.SIGNED, AgreementStatus.STANDBY)
_LIVING = (*_OPEN, AgreementStatus.SUSPENDED)
_TABLE = (
    Transition(
        Act.NARROW, _LIVING, (), "discloser", Permission.DECIDE, "agreement.narrowed", "narrowed", new_edition=True
    ),
    Transition(
        Act.SUSPEND,
        _OPEN,
        (AgreementStatus.SUSPENDED,),
        "discloser",
        Permission.REVOKE,
        "agreement.suspended",
        "suspended",
    ),
    Transition(
        Act.RESUME,
        (AgreementStatus.SUSPENDED,),
        _OPEN,
        "discloser",
        Permission.AGREE,
        "agreement.resumed",
        "resumed",
    ),
    Transition(
        Act.RENEW, _LIVING, (), "discloser", Permission.DECIDE, "agreement.renewed", "renewed", new_edition=True
    ),
    Transition(
        Act.SUPERSEDE,
        _LIVING,
        (AgreementStatus.SUPERSEDED,),
        "discloser",
        Permission.AGREE,
        "agreement.superseded",
        "superseded",
    ),
    Transition(
        Act.RELINQUISH,
        (AgreementStatus.OFFERED, *_LIVING),
        (AgreementStatus.REVOKED,),
        "recipient",
        Permission.AGREE,
        "agreement.relinquished",
        "given up",
    ),
    Transition(
        Act.REVOKE,
        tuple(each for each in AgreementStatus if each is not AgreementStatus.REVOKED),
        (AgreementStatus.REVOKED,),
        "discloser",
        Permission.REVOKE,
        "agreement.revoked",
        "revoked",
    ),
)
TRANSITIONS: Mapping[Act, Transition] = MappingProxyType({each.act: each for each in _TABLE})
"""For each act what it needs and where it leads, in the order in which people meet them."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """How an agreement comes to a status before any act: by what, from which one (None: the request), to which."""

    word: str
    start: AgreementStatus | None
    ends: tuple[AgreementStatus, ...]
    event: str


BEGINNINGS = (
    Beginning("sign", None, (AgreementStatus.OFFERED, *_OPEN), "agreement.signed"),
    Beginning("countersign", AgreementStatus.OFFERED, _OPEN, "agreement.countersigned"),
)
"""What signing does: it is offered when the other side has to sign too, and stands by when made for an emergency."""


def acts_from(status: AgreementStatus) -> tuple[Act, ...]:
    """Return the acts that an agreement of this status allows to somebody, in the order of the table."""
    return tuple(each.act for each in TRANSITIONS.values() if status in each.starts)


def verify_act(act: Act, agreement: Agreement, *, person: str, reason: str) -> Transition:
    """Return what an act leads to, when the agreement's status allows it and a named person says why.

    Raises:
        AlreadyRevokedError: the agreement is revoked; that is for ever.
        WrongStatusError: it is not in a status from which the act begins.
        UnnamedError: `person` is empty.
        UnexplainedError: `reason` is empty.
    """
    found = TRANSITIONS[act]
    if agreement.status not in found.starts:
        raise _out_of_place(agreement, found)
    if not person.strip():
        raise UnnamedError(f"Agreement {agreement.id} is {found.done} by a named person.")
    if not reason.strip():
        raise UnexplainedError(f"Agreement {agreement.id} is {found.done} for a stated reason.")
    return found


def _out_of_place(agreement: Agreement, found: Transition) -> AlreadyRevokedError | WrongStatusError:
    if agreement.status is AgreementStatus.REVOKED:
        return AlreadyRevokedError(f"Agreement {agreement.id} is already revoked.")
    allowed = ", ".join(each.value for each in found.starts)
    return WrongStatusError(
        f"Agreement {agreement.id} is {agreement.status.value}; one that is {found.done} must be {allowed}."
    )
