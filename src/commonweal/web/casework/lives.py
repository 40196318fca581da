"""The life of an agreement as its pages show it: what this person may do now, what each act does, what was done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from commonweal.agree import TRANSITIONS, Act, Agreement, Change, describe_terms, first_terms, state_at
from commonweal.node import Caller

from .names import Names
from .wording import STATES, roles_that_may


@dataclass(frozen=True, slots=True)
class Doing:
    """What a page says of one act before it is done; `{recipient}` and `{discloser}` stand for their names."""

    title: str
    path: str
    button: str
    hint: str
    does: tuple[str, ...]
    cannot: tuple[str, ...]
    warning: str = ""


_CUT = "The next reading is refused, and readings that run now are cut."
_LOGGED = "The log keeps your name and your reason, which {other} reads."
_COPIES = "Copies that {recipient} has already made."
_SHREDDED = "The sealed slices written for {recipient} are deleted, and the key of its tokens is destroyed."

DOINGS: Mapping[Act, Doing] = MappingProxyType(
    {
        Act.NARROW: Doing(
            "Narrow the agreement",
            "narrowing",
            "Narrow",
            "Fewer fields or rows, more tokens, stricter conditions, an earlier end.",
            (
                "The agreement opens less from the next reading on. It can never open more by this.",
                "Slices written under the wider terms are deleted, and readings of them that run now are cut.",
                _LOGGED,
            ),
            (_COPIES, "The narrowing itself. To open more again takes a new access request."),
        ),
        Act.SUSPEND: Doing(
            "Suspend the agreement",
            "suspension",
            "Suspend",
            "Nothing is read until it is resumed.",
            (_CUT, "What was sealed for {recipient} is kept, so that it reads on when you resume.", _LOGGED),
            (_COPIES,),
        ),
        Act.RESUME: Doing(
            "Resume the agreement",
            "resumption",
            "Resume",
            "It is suspended; let it be read again.",
            ("{recipient} reads again what the agreement opens, from the next reading on.", _LOGGED),
            ("What {recipient} reads from then on.",),
        ),
        Act.RENEW: Doing(
            "Renew the agreement",
            "renewal",
            "Renew",
            "A later end, if law and policy still allow it.",
            (
                "Law and policy are asked again by today’s rules. Where they refuse, nothing changes.",
                "The end moves to the day that you give. Everything else stays.",
                _LOGGED,
            ),
            ("What {recipient} reads until then. You can still narrow, suspend or revoke it.",),
        ),
        Act.SUPERSEDE: Doing(
            "Replace the agreement",
            "succession",
            "Replace",
            "A newer one between the same bodies takes its place.",
            (
                "This agreement opens nothing from the same moment, and readings that run now are cut.",
                _SHREDDED,
                "{recipient} reads under the newer agreement, with a profile of its own.",
                _LOGGED,
            ),
            (_COPIES, "The replacement itself."),
            "A replaced agreement stays replaced for ever.",
        ),
        Act.RELINQUISH: Doing(
            "Give the agreement up",
            "relinquishment",
            "Give up",
            "Your body needs the data no more.",
            (_CUT, _SHREDDED, _LOGGED),
            ("Copies that your body has already made: delete them.", "The end itself. To read again, ask again."),
            "What is given up stays ended for ever.",
        ),
    }
)
"""What is said of each act but revoking, which has a page of its own."""


@dataclass(frozen=True, slots=True)
class DoingLink:
    """One act that the person may do now."""

    title: str
    path: str
    hint: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One act that was done: `edition` is the number of the terms it made, 0 where it changed none."""

    title: str
    person: str
    body: str
    at: datetime
    reason: str
    edition: int
    changed: tuple[str, ...]
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LifeView:
    """How an agreement stands in its life, and what the person who looks may do now."""

    edition: int
    suspended: datetime | None
    suspended_by: str
    suspension_reason: str
    superseded_by: str
    superseded_path: str
    doings: tuple[DoingLink, ...]
    history_path: str


@dataclass(frozen=True, slots=True)
class ActView:
    """One act's page: what it does, what it cannot take back, who may do it, and in words how the agreement stands."""

    act: Act
    title: str
    button: str
    does: tuple[str, ...]
    cannot: tuple[str, ...]
    warning: str
    may: bool
    fits: bool
    who_may: str
    state: str


_DONE = {
    Act.NARROW: "Narrowed",
    Act.SUSPEND: "Suspended",
    Act.RESUME: "Resumed",
    Act.RENEW: "Renewed",
    Act.SUPERSEDE: "Replaced",
    Act.RELINQUISH: "Given up",
    Act.REVOKE: "Revoked",
}


def view_life(agreement: Agreement, names: Names, acts: Iterable[Act]) -> LifeView:
    """Return how an agreement stands, with the acts that the person may do to it."""
    path = f"/agreements/{agreement.id}"
    open_to_them = [DOINGS[each] for each in acts if each in DOINGS]
    return LifeView(
        edition=agreement.edition,
        suspended=agreement.suspended,
        suspended_by=names.person(agreement.suspended_by),
        suspension_reason=agreement.suspension_reason,
        superseded_by=agreement.superseded_by,
        superseded_path=f"/agreements/{agreement.superseded_by}" if agreement.superseded_by else "",
        doings=tuple(DoingLink(each.title, f"{path}/{each.path}", each.hint) for each in open_to_them),
        history_path=f"{path}/history",
    )


def view_act(agreement: Agreement, act: Act, *, caller: Caller, names: Names, now: datetime) -> ActView:
    """Return one act's page as this person meets it."""
    doing, needed = DOINGS[act], TRANSITIONS[act]
    body = needed.body(agreement)
    other = agreement.recipient if body == agreement.discloser else agreement.discloser
    words = {"recipient": names.body(agreement.recipient), "other": names.body(other)}
    return ActView(
        act=act,
        title=doing.title,
        button=doing.button,
        does=tuple(each.format_map(words) for each in doing.does),
        cannot=tuple(each.format_map(words) for each in doing.cannot),
        warning=doing.warning,
        may=caller.may(needed.permission, body),
        fits=agreement.status in needed.starts,
        who_may=f"{roles_that_may(needed.permission)} of {names.body(body)}",
        state=STATES[state_at(agreement, now)][0].lower(),
    )


def view_changes(changes: Iterable[Change], names: Names) -> tuple[ChangeLine, ...]:
    """Return what was done to an agreement as its page tells it, newest first."""
    return tuple(_line(each, names) for each in reversed([*changes]))


def view_first(agreement: Agreement, changes: tuple[Change, ...]) -> tuple[tuple[str, str], ...]:
    """Return the terms that were signed, in words."""
    return describe_terms(first_terms(agreement, changes))


def _line(change: Change, names: Names) -> ChangeLine:
    renewed = change.edition_after != change.edition_before
    return ChangeLine(
        title=_DONE[change.act],
        person=names.person(change.person),
        body=names.body(change.body),
        at=change.at,
        reason=change.reason,
        edition=change.edition_after if renewed else 0,
        changed=change.describe(),
        before=describe_terms(change.before) if renewed else (),
        after=describe_terms(change.after) if renewed else (),
    )
