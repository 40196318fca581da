"""An access request: a body asks for fields and rows of a dataset, for a stated purpose."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .clock import RequestKind
from .form import Reply
from .templates import ProposedTerms


class Operator(StrEnum):
    """How a row condition compares a field with its values."""

    EQUALS = "="
    NOT_EQUALS = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    IN = "in"


@dataclass(frozen=True, slots=True)
class RowCondition:
    """Keep rows whose `field` compares with `values` (one, but for `in`); conditions are joined by AND."""

    field: str
    operator: Operator
    values: tuple[str, ...]


class RequestStatus(StrEnum):
    """Where an access request stands."""

    ASKED = "asked"
    PERMITTED = "permitted"
    REFUSED = "refused"
    APPEALED = "appealed"
    AGREED = "agreed"

    @property
    def waits(self) -> bool:
        """Say whether a named person of the discloser has still to answer."""
        return self in {RequestStatus.ASKED, RequestStatus.APPEALED}


@dataclass(frozen=True, slots=True)
class Appeal:
    """That a refusal was appealed: why, by whom, when, by which day an answer is due, and who had refused."""

    reason: str
    by: str
    at: datetime
    due: date
    refused_by: str


class NoticeKind(StrEnum):
    """What the node tells people of the discloser: that the day comes near, or that it has passed."""

    REMINDER = "reminder"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True)
class Notice:
    """That these persons were told of a waiting request; `day` is the reminder's day, or the day that was missed."""

    kind: NoticeKind
    day: date
    to: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """What one body asks of another. `discloser` and `recipient` are body slugs; `gateway` is empty when none is named.

    `purpose` is a code of the rule pack; `fields` is never empty (all fields when the asker named none). `until`
    is the last moment the asker needs the data for, None when they named none. `seal_to` is the age recipient that
    releases are to be sealed to, empty when the asker named none.

    `answers` are those to the share-request form, `unanswered` the codes of its questions that were asked and left
    open. `kind` and `due` are its clock's; `due` is None for one asked before there was a clock. `notices` are the
    reminders given, and that it was handed to an officer once late. `template` is the code of the template it started
    from, empty for none, and `proposed` the terms it proposes, None where it proposes none.
    `asked_as` is the role by which who asked could also sign for the recipient, empty without.
    """

    id: str
    dataset: str
    discloser: str
    recipient: str
    purpose: str
    gateway: str
    fields: tuple[str, ...]
    rows: tuple[RowCondition, ...]
    asked_by: str
    asked: datetime
    status: RequestStatus = RequestStatus.ASKED
    until: datetime | None = None
    seal_to: str = ""
    answers: tuple[Reply, ...] = ()
    unanswered: tuple[str, ...] = ()
    kind: RequestKind = RequestKind.PERSONAL
    due: date | None = None
    appeal: Appeal | None = None
    notices: tuple[Notice, ...] = ()
    asked_as: str = ""
    template: str = ""
    proposed: ProposedTerms | None = None

    @property
    def public_task(self) -> str:
        """Return the public task that the asker states, empty where none is."""
        return next((each.values[0] for each in self.answers if each.question == "public-task"), "")

    @property
    def begun(self) -> datetime:
        """Return when the clock that now runs began: at the asking, or at the appeal."""
        return self.appeal.at if self.appeal else self.asked
