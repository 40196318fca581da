"""Emergency mode as the pages show it: who may switch an agreement on, how long it is on, and what was reviewed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from commonweal.agree import Agreement
from commonweal.identity import Permission
from commonweal.node import Caller, Emergency

from .names import Names
from .posted import Fault, FormError, Posted
from .wording import listed


@dataclass(frozen=True, slots=True)
class ActivationView:
    """One time that an agreement was switched on; `review` says what was found, or by when it is due."""

    by: str
    at: datetime
    until: datetime
    reason: str
    review: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """How a standby agreement stands, and what the person who looks may do to it; `past` is newest first.

    `on_until` is None while it is not switched on, and `left` empty.
    """

    path: str
    officers: str
    hours: int
    on_until: datetime | None
    left: str
    past: tuple[ActivationView, ...]
    may_activate: bool
    may_deactivate: bool
    may_review: bool


def view_emergency(
    agreement: Agreement, standing: Emergency | None, *, caller: Caller, names: Names, now: datetime, state: str
) -> EmergencyView | None:
    """Return how an agreement stands as its page shows it, None for one that is not made for emergencies."""
    if standing is None or agreement.standby is None:
        return None
    person, now_on = caller.person, standing.now_on
    is_officer = person.id in agreement.standby.officers
    waits = [each for each in standing.past if each.is_over and each.activation.reviewed is None]
    stops = is_officer or caller.may(Permission.REVOKE, agreement.discloser)
    return EmergencyView(
        path=f"/agreements/{agreement.id}/emergency",
        officers=listed([names.person(each) for each in agreement.standby.officers], "or"),
        hours=agreement.standby.hours,
        on_until=now_on.until if now_on and state == "active" else None,
        left=_in_words(now_on.until - now) if now_on and state == "active" else "",
        past=tuple(
            ActivationView(
                names.person(each.activation.by),
                each.activation.at,
                each.activation.until,
                each.activation.reason,
                _review(each.activation.finding, names.person(each.activation.reviewed_by), f"{each.due:%-d %B %Y}"),
                each.is_overdue,
            )
            for each in reversed(standing.past)
        ),
        may_activate=is_officer and state == "standby" and not any(each.is_overdue for each in standing.past),
        may_deactivate=stops and state == "active",
        may_review=bool(waits)
        and person.body == agreement.discloser
        and caller.may(Permission.DECIDE, agreement.discloser)
        and waits[0].activation.by != person.id,
    )


def hours_of(posted: Posted, name: str) -> int:
    """Return a number of hours that a form gives, 0 where it gives none.

    Raises:
        FormError: it is no whole number.
    """
    text = posted.text(name)
    if text and not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise FormError(Fault(name, "The hours must be a whole number, such as 24, or empty."))
    return int(text or 0)


def _review(finding: str, by: str, due: str) -> str:
    return f"{by} found: {finding}" if finding else f"Not reviewed. Due by {due}."


def _in_words(left: timedelta) -> str:
    minutes = int(left.total_seconds()) // 60
    hours, minutes = divmod(minutes, 60)
    return f"{hours} {'hour' if hours == 1 else 'hours'} and {minutes} {'minute' if minutes == 1 else 'minutes'} left"
