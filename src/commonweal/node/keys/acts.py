"""Use cases of acts on keys that take two people: propose, confirm, withdraw, and what waits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.bodies import list_people, list_tenants
from commonweal.adapters.sql.proposals import get_proposal, list_proposals, save_proposal
from commonweal.audit import LogEvent
from commonweal.core import Event, InputError, new_identifier
from commonweal.identity import Permission, Person, TenantScope
from commonweal.keys import (
    SHREDDED,
    Certificate,
    KeyAct,
    Proposal,
    ProposalStatus,
    SecondPersonError,
    UnknownProposalError,
    act_alone,
    confirm,
    finish_proposal,
    propose,
    withdraw_proposal,
)
from commonweal.node.callers import Caller
from commonweal.node.locks import KeyedLocks
from commonweal.node.parts import Parts
from commonweal.node.settings import read_settings, write_settings

from .containing import Containing
from .register import KeyRegister
from .rotating import Rotating, Rotation
from .shredding import Shredding

_LONGEST_REASON = 2000
_NOBODY = "Nobody else of {} may manage its keys."
_HOW_ALONE = "Add one with `commonweal people add`, or allow one person: `commonweal keys one-person --allow`."


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal, the people who could confirm it, and for one that is looked at what it will do.

    One that is confirmed was not carried out to its end.
    """

    proposal: Proposal
    could: tuple[Person, ...]
    foreseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """A proposal carried out: sentences that say what was done, and the certificate where something was shredded."""

    proposal: Proposal
    sentences: tuple[str, ...]
    certificate: Certificate | None = None


class KeyActs:
    """What takes two people with keys."""

    def __init__(self, parts: Parts, register: KeyRegister, rotating: Rotating, shredding: Shredding) -> None:
        self._parts = parts
        self._register = register
        self._rotating = rotating
        self._shredding = shredding
        self._containing = Containing(parts, register, rotating)
        self._locks = KeyedLocks()
        self._is_one_person = parts.settings.one_person

    @property
    def is_one_person(self) -> bool:
        """Say whether one person alone may do with keys what takes two, where nobody else could."""
        return self._is_one_person

    def set_one_person(self, caller: Caller, *, allowed: bool, reason: str) -> None:
        """Let one person alone act on the keys of this node, or take two from now on; every page says so.

        Raises:
            RoleError: the person may not manage the keys of the node's body.
            SecondPersonError: it was to be allowed, and there is a second person; the reasons name them.
        """
        settings, now = self._parts.settings, self._parts.clock.now()
        caller.require(Permission.MANAGE_KEYS, settings.body)
        others = self._authorised(settings.body, caller.person.id)
        if allowed and others:
            raise SecondPersonError(
                "One person is allowed only where there is no second, and here there is.",
                reasons=tuple(f"{each.name} ({each.id}) may manage keys too." for each in others),
                advice="Let them confirm what you propose.",
            )
        name = "keys.one-person-allowed" if allowed else "keys.two-people-required"
        self._parts.record(Event(name, now, settings.body, settings.node, caller.actor(), {"reason": _reason(reason)}))
        write_settings(self._parts.home, replace(read_settings(self._parts.home), one_person=allowed))
        self._is_one_person = allowed

    def propose(self, caller: Caller, act: str, subject: str, reason: str) -> Done:
        """Propose an act on keys; where the node allows one person, and nobody else could confirm, it is done at once.

        Raises:
            SecondPersonError: the proposal waits; the reasons name who could confirm it.
            NotFoundError: there is no such key, version, agreement or body.
            InputError: the act is unknown, or there is no reason.
            RoleError: the person may not manage the keys of that body.
        """
        wanted, now = _act(act), self._parts.clock.now()
        body = self._body_of(wanted, subject)
        caller.require(Permission.MANAGE_KEYS, body)
        made, event = propose(
            wanted,
            subject,
            identifier=new_identifier("act"),
            body=body,
            reason=_reason(reason),
            actor=caller.actor(),
            at=now,
        )
        self._save(made, event)
        could = self._could_confirm(made)
        if could or not self._is_one_person:
            raise _waits(made, could)
        alone, event = act_alone(made, actor=caller.actor(), at=now)
        self._save(alone, event)
        return self._carry_out(caller, alone)

    def confirm(self, caller: Caller, proposal_id: str) -> Done:
        """Confirm what another person proposed, and carry it out; what was confirmed before is carried out again.

        Raises:
            SecondPersonError: the caller made the proposal.
            UnknownProposalError: it is unknown, over, or done.
            RoleError: the person may not manage the keys of that body.
        """
        with self._locks.hold(proposal_id):
            proposal = self._get(caller, proposal_id)
            if proposal.status is not ProposalStatus.CONFIRMED:
                proposal, event = confirm(proposal, actor=caller.actor(), at=self._parts.clock.now())
                self._save(proposal, event)
            return self._carry_out(caller, proposal)

    def withdraw(self, caller: Caller, proposal_id: str) -> Proposal:
        """Withdraw a proposal that waits; errors as `confirm`."""
        with self._locks.hold(proposal_id):
            gone, event = withdraw_proposal(
                self._get(caller, proposal_id), actor=caller.actor(), at=self._parts.clock.now()
            )
            self._save(gone, event)
            return gone

    def waiting(self, caller: Caller) -> list[Waiting]:
        """Return what waits for a second person of the caller's body; of every body for the operator. Recorded."""
        own, now = caller.person.body, self._parts.clock.now()
        caller.require(Permission.READ_LOG if caller.is_operator else Permission.MANAGE_KEYS, own)
        self._parts.record(Event("keys.acts-listed", now, own, own, caller.actor()))
        with self._parts.read() as connection:
            bodies = [each.body for each in list_tenants(connection)] if caller.is_operator else [own]
            found = [each for body in bodies for each in list_proposals(connection, TenantScope(body))]
        live = [each for each in found if each.status is ProposalStatus.CONFIRMED or now < each.expires]
        return [Waiting(each, self._could_confirm(each)) for each in live]

    def view(self, caller: Caller, proposal_id: str) -> Waiting:
        """Return one proposal, whatever became of it; the view is recorded.

        Raises:
            UnknownProposalError: the caller's body has none of that name.
            RoleError: the person may not manage its keys.
        """
        found = self._get(caller, proposal_id)
        event = Event("keys.act-viewed", self._parts.clock.now(), found.body, found.id, caller.actor())
        self._parts.record(event)
        is_open = found.status is ProposalStatus.OPEN
        return Waiting(found, self._could_confirm(found), self._foresee(found) if is_open else ())

    def _foresee(self, proposal: Proposal) -> tuple[str, ...]:
        if proposal.act is KeyAct.ROTATE:
            return self._rotating.foresee(proposal.subject)
        if proposal.act is KeyAct.CONTAIN:
            return ()
        return self._shredding.foresee(proposal)

    def certificates(self, caller: Caller, *, limit: int = 50) -> list[LogEvent]:
        """Return the newest events that certify a shredding of the caller's body; of all for the operator."""
        caller.require(Permission.READ_LOG, caller.person.body)
        body = None if caller.is_operator else caller.person.body
        return self._parts.log.find_newest(body=body, name=SHREDDED, limit=limit)

    def rotations(self, caller: Caller) -> list[Rotation]:
        """Return how far the rotations are of the keys of the caller's body; of all for the operator."""
        own = caller.person.body
        caller.require(Permission.READ_LOG if caller.is_operator else Permission.MANAGE_KEYS, own)
        return [
            each
            for each in self._rotating.rotations()
            if caller.is_operator or self._register.owner_of(each.kek.kek_id) == own
        ]

    def _get(self, caller: Caller, proposal_id: str) -> Proposal:
        with self._parts.read() as connection:
            found = get_proposal(connection, proposal_id)
        if caller.person.body != found.body:
            raise UnknownProposalError(f"Nothing of {caller.person.body} called {proposal_id[:100]} waits.")
        caller.require(Permission.MANAGE_KEYS, found.body)
        return found

    def _save(self, proposal: Proposal, event: Event) -> None:
        def work(transaction: Transaction) -> None:
            save_proposal(transaction.connection, proposal)
            transaction.record(event)

        self._parts.writer.submit(work)

    def _body_of(self, act: KeyAct, subject: str) -> str:
        if act is KeyAct.ROTATE:
            self._rotating.verify_rotatable(subject)
        if act in {KeyAct.ROTATE, KeyAct.CONTAIN}:
            return self._register.owner_of(subject)
        return self._shredding.body_of(act, subject)

    def _could_confirm(self, proposal: Proposal) -> tuple[Person, ...]:
        return self._authorised(proposal.body, proposal.proposed_by)

    def _authorised(self, body: str, but: str) -> tuple[Person, ...]:
        with self._parts.read() as connection:
            people = list_people(connection, TenantScope(body))
        return tuple(each for each in people if each.may(Permission.MANAGE_KEYS, body) and each.id != but)

    def _carry_out(self, caller: Caller, proposal: Proposal) -> Done:
        actor, certificate = caller.actor(), None
        match proposal.act:
            case KeyAct.ROTATE:
                version = self._rotating.rotate(proposal.subject, proposal.body, actor)
                sentences: Sequence[str] = (f"{proposal.subject} is at version {version}.",)
            case KeyAct.CONTAIN:
                sentences = self._containing.contain(caller, proposal)
            case _:
                certificate = self._shredding.shred(proposal, actor)
                sentences = certificate.sentences()
        done, event = finish_proposal(proposal, actor=actor, at=self._parts.clock.now())
        self._save(done, event)
        return Done(done, tuple(sentences), certificate)


def _act(text: str) -> KeyAct:
    try:
        return KeyAct(text)
    except ValueError:
        choices = ", ".join(each.value for each in KeyAct)
        raise InputError(f"{text[:40]} is no act on keys.", advice=f"Choose from {choices}.") from None


def _reason(text: str) -> str:
    if not text.strip() or len(text) > _LONGEST_REASON:
        raise InputError(
            "An act on keys needs a reason of 1 to 2,000 characters.", advice="Give it with --reason TEXT."
        )
    return text.strip()


def _waits(proposal: Proposal, could: Sequence[Person]) -> SecondPersonError:
    people = [f"{each.name} ({each.id}) could confirm it." for each in could]
    return SecondPersonError(
        f"{proposal.act.value} of {proposal.subject} takes a second person; proposal {proposal.id} waits for one.",
        reasons=tuple(people) or (_NOBODY.format(proposal.body),),
        advice=f"They confirm with `commonweal keys confirm {proposal.id}`." if people else _HOW_ALONE,
    )
