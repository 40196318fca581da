"""Acts on keys that take two people: one proposes, another confirms, and only then it is done."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from commonweal.core import Actor, Event, Json, NotFoundError, RefusedError, to_rfc3339

PROPOSAL_LIFE = timedelta(days=7)


class KeyAct(StrEnum):
    """What takes two people, and what its subject is.

    `rotate` and `contain` (do what an exposure asks for) name a key, `shred-version` a version as `BODY/NAME@NUMBER`,
    `shred-agreement` an agreement, `shred-body` a body.
    """

    ROTATE = "rotate"
    CONTAIN = "contain"
    SHRED_VERSION = "shred-version"
    SHRED_AGREEMENT = "shred-agreement"
    SHRED_BODY = "shred-body"


class ProposalStatus(StrEnum):
    """Where a proposal stands; that it expired is a matter of the clock, and one that is confirmed is not yet done."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act that waits for a second person of `body`; `operator` names whose token let the proposer act, if any."""

    id: str
    act: KeyAct
    subject: str
    body: str
    reason: str
    proposed_by: str
    proposed: datetime
    operator: str = ""
    status: ProposalStatus = ProposalStatus.OPEN
    confirmed_by: str = ""

    @property
    def expires(self) -> datetime:
        """Return when it can no longer be confirmed."""
        return self.proposed + PROPOSAL_LIFE


class SecondPersonError(RefusedError):
    """An act on keys takes two people; `reasons` say who could be the second."""

    code = "keys.second-person"
    default_advice = "Have one of those named confirm it with `commonweal keys confirm`, or on the page of keys."


class UnknownProposalError(NotFoundError):
    """No such act waits for a second person."""

    code = "keys.unknown-proposal"
    default_advice = "`commonweal keys waiting` lists what waits."


def propose(
    act: KeyAct, subject: str, *, identifier: str, body: str, reason: str, actor: Actor, at: datetime
) -> tuple[Proposal, Event]:
    """Return the proposal and its event `keys.act-proposed`."""
    made = Proposal(identifier, act, subject, body, reason, actor.person, at, actor.operator)
    return made, Event("keys.act-proposed", at, body, identifier, actor, _facts(made))


def confirm(proposal: Proposal, *, actor: Actor, at: datetime) -> tuple[Proposal, Event]:
    """Return the proposal confirmed by a second person, and its event `keys.act-confirmed`.

    `one_operator` among its facts says that both acted by the token of the same operator, so that the log alone does
    not show two people.

    Raises:
        SecondPersonError: `actor` made the proposal.
        UnknownProposalError: it is over, or no longer open.
    """
    _require_open(proposal, at)
    if actor.person == proposal.proposed_by:
        raise SecondPersonError(f"{actor.person} made proposal {proposal.id}, so somebody else has to confirm it.")
    done = replace(proposal, status=ProposalStatus.CONFIRMED, confirmed_by=actor.person)
    hands = (proposal.operator or proposal.proposed_by, actor.operator or actor.person)
    facts = {**_facts(done), "confirmed_by": actor.person, "one_operator": hands[0] == hands[1]}
    return done, Event("keys.act-confirmed", at, proposal.body, proposal.id, actor, facts)


def withdraw_proposal(proposal: Proposal, *, actor: Actor, at: datetime) -> tuple[Proposal, Event]:
    """Return the proposal withdrawn, and its event `keys.act-withdrawn`; errors as `confirm` for one that is over."""
    _require_open(proposal, at)
    gone = replace(proposal, status=ProposalStatus.WITHDRAWN)
    return gone, Event("keys.act-withdrawn", at, proposal.body, proposal.id, actor, _facts(gone))


def act_alone(proposal: Proposal, *, actor: Actor, at: datetime) -> tuple[Proposal, Event]:
    """Return the proposal confirmed by the one person a lone node allows, and its event `keys.act-by-one-person`."""
    done = replace(proposal, status=ProposalStatus.CONFIRMED)
    return done, Event("keys.act-by-one-person", at, proposal.body, proposal.id, actor, _facts(done))


def finish_proposal(proposal: Proposal, *, actor: Actor, at: datetime) -> tuple[Proposal, Event]:
    """Return the confirmed proposal as done, and its event `keys.act-done`."""
    done = replace(proposal, status=ProposalStatus.DONE)
    return done, Event("keys.act-done", at, proposal.body, proposal.id, actor, _facts(done))


def _require_open(proposal: Proposal, at: datetime) -> None:
    if proposal.status is not ProposalStatus.OPEN:
        raise UnknownProposalError(f"Proposal {proposal.id} is already {proposal.status.value}.")
    if at >= proposal.expires:
        raise UnknownProposalError(f"Proposal {proposal.id} expired at {to_rfc3339(proposal.expires)}.")


def _facts(proposal: Proposal) -> dict[str, Json]:
    return {
        "act": proposal.act.value,
        "what": proposal.subject,
        "reason": proposal.reason,
        "proposed_by": proposal.proposed_by,
    }
