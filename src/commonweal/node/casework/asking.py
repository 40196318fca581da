"""Use cases of asking: explain, request, the named person's ruling, agreement and revocation."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import (
    StoredRequest,
    find_agreement,
    find_asked,
    find_discloser,
    get_request,
    list_agreements,
    list_requests,
    save_agreement,
    save_request,
)
from commonweal.adapters.sql.datasets import get_dataset
from commonweal.agree import Agreement, Refusal, Ruling, Terms, capacity_of, decide_request, sign, terms_as_asked
from commonweal.core import Actor, Event, NotFoundError, RefusedError, new_identifier
from commonweal.decide import AskQuestion, Decision, Verdict
from commonweal.identity import Permission, TenantScope
from commonweal.law import Gateway, GatewayFit, citation
from commonweal.node.callers import Caller
from commonweal.node.deliver.receiving import NoReceivingKeyError, Receiving
from commonweal.node.ending import end_agreement
from commonweal.node.locks import KeyedLocks
from commonweal.node.parts import Parts, token_secret
from commonweal.node.publish.datasets import require_live
from commonweal.request import OWN, AccessRequest, RequestStatus, ask, parse_seal_to

from .commands import AskCommand, Asked, RuleCommand
from .conditions import settle_conditions
from .deciders import Deciding
from .filling import fill_form
from .questions import Case, Questions, read_rows
from .signer import make_signer, terms_to_sign
from .standby import find_standby
from .templating import start_command, start_ruling

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_TERM = timedelta(days=365)


class RequestRefusedError(RefusedError):
    """Law or policy refuses an access request; `reasons` lists every fault."""

    code = "request.refused"


class NoRecipientError(RefusedError):
    """Sealing is demanded, and there is no key of the recipient to seal to."""

    code = "agree.no-recipient"
    default_advice = "Refuse this request, and have the body ask again with `--seal-to RECIPIENT`."


class UndecidedError(RefusedError):
    """Nobody has ruled on the request yet, or the ruling was a refusal."""

    code = "agree.undecided"
    default_advice = "A named person of the discloser decides first, with `commonweal decide`."


def _alone(
    act: Callable[Concatenate["Asking", Caller, str, P], T],
) -> Callable[Concatenate["Asking", Caller, str, P], T]:
    """Let one caller at a time act on a request or an agreement, so that each act sees what the last one did."""

    @wraps(act)
    def act_alone(asking: "Asking", caller: Caller, subject: str, /, *terms: P.args, **more: P.kwargs) -> T:
        with asking._locks.hold(subject):  # noqa: SLF001  its own lock
            return act(asking, caller, subject, *terms, **more)

    return act_alone


class Asking:
    """From "may we?" to a signed agreement, and its end."""

    def __init__(self, parts: Parts, receiving: Receiving) -> None:
        self._parts = parts
        self._receiving = receiving
        self._questions = Questions(parts)
        self._locks = KeyedLocks()
        self.deciders = Deciding(parts)

    def alone(self, subject: str) -> AbstractContextManager[None]:
        """Let nobody else act on a request or an agreement for the length of the block."""
        return self._locks.hold(subject)

    def gateways(self, dataset: str, recipient: str, purpose: str) -> list[tuple[Gateway, GatewayFit]]:
        """Return the legal gateways by which `recipient` might be given a dataset, those that fit first."""
        return self._questions.gateways(dataset, recipient, purpose)

    def start(self, command: AskCommand) -> AskCommand:
        """Return what a body asks for with the purpose and gateway of its template, where it names neither.

        Raises:
            UnknownTemplateError: there is no such template.
        """
        return start_command(self._questions, command)

    def explain(self, caller: Caller, command: AskCommand) -> tuple[AskQuestion, Decision]:
        """Return what the answer to a request would be, and why; recorded, since a decision is an access."""
        command = self.start(command)
        case = self._questions.put(caller, command)
        self._recipient_asked(command, case.recipient.slug, caller.actor())
        question = case.question
        facts = case.facts()
        event = Event("decision.explained", question.at, question.discloser, question.dataset, caller.actor(), facts)
        self._parts.record(event)
        return question, case.decision

    def request(self, caller: Caller, command: AskCommand) -> Asked:
        """Ask for data, as `send` does.

        Raises:
            RequestRefusedError: law or policy refuses; the request is kept as refused, with every reason.
        """
        asked = self.send(caller, command)
        if asked.decision.verdict is Verdict.REFUSE:
            raise RequestRefusedError(
                f"Request {asked.request.id} for {asked.request.dataset} is refused.",
                reasons=asked.decision.sentences(),
                advice=" ".join(asked.decision.would_change()),
            )
        return asked

    def send(
        self, caller: Caller, command: AskCommand, *, also: Callable[[Transaction, str], None] | None = None
    ) -> Asked:
        """Ask for data and return what came of it, be it a refusal, which is kept with every reason.

        Where law and policy pass and nothing is personal, the agreement follows at once. `also` is done in the same
        transaction, with the request's identifier.

        Raises:
            FormAnswersError: an answer to the form cannot be used.
            PublicTaskError: a public task must be stated, and none is.
        """
        command = self.start(command)
        case = self._questions.put(caller, command)
        filled = fill_form(self._parts, caller, command, case)
        filled.require_public_task()
        contract = case.dataset.contract
        request, asked = ask(
            identifier=new_identifier("req"),
            dataset=case.dataset.id,
            discloser=case.question.discloser,
            recipient=case.recipient.slug,
            purpose=case.question.purpose,
            gateway=case.question.gateway,
            fields=tuple(command.fields) or contract.field_names(),
            rows=case.rows,
            actor=caller.actor(),
            at=case.question.at,
            until=command.until,
            seal_to=self._recipient_asked(command, case.recipient.slug, caller.actor()),
            answers=filled.replies,
            unanswered=[each.code for each in filled.unanswered],
            kind=filled.kind,
            nation=filled.nation,
            template=filled.template,
            proposed=filled.proposed,
        )
        request = replace(request, asked_as=capacity_of(caller.person, request.recipient))
        agreement, signed = self._agree_by_default(request, case, caller.actor())
        request = replace(request, status=_status(case.decision))
        answered = _answered(request, case, caller.actor())

        def work(transaction: Transaction) -> None:
            transaction.record(asked)
            transaction.record(answered)
            save_request(transaction.connection, StoredRequest(request, case.decision))
            if agreement is not None and signed is not None:
                require_live(transaction.connection, agreement.dataset)
                save_agreement(transaction.connection, agreement)
                transaction.record(signed)
            if also is not None:
                also(transaction, request.id)

        self._parts.writer.submit(work)
        return Asked(request, case.decision, agreement)

    def _recipient_asked(self, command: AskCommand, body: str, actor: Actor) -> str:
        """Return the recipient that a request asks to be sealed to; the body's own where it says so."""
        is_own = command.seal_to.strip() == OWN
        return self._receiving.recipient_of(body, actor) if is_own else parse_seal_to(command.seal_to)

    def _agree_by_default(
        self, request: AccessRequest, case: Case, actor: Actor
    ) -> tuple[Agreement | None, Event | None]:
        if case.decision.verdict is not Verdict.PERMIT:
            return None, None
        terms = terms_as_asked(request, starts=request.asked, ends=request.until or request.asked + DEFAULT_TERM)
        return sign(
            request,
            case.decision,
            terms,
            identifier=new_identifier("agr"),
            actor=actor,
            at=request.asked,
            citation=case.question.gateway_citation,
        )

    @_alone
    def rule(self, caller: Caller, request_id: str, command: RuleCommand) -> Ruling:
        """Give the named person's answer to a request: permit, perhaps narrowed, or refuse with a coded reason."""
        stored = self.get_request(caller, request_id)
        caller.require(Permission.DECIDE, stored.request.discloser)
        now = self._parts.clock.now()
        answer = self._terms(stored.request, command, caller.actor(), now) if command.permit else _refusal(command)
        answer, from_template = start_ruling(stored.request, command, answer)
        ruling, event = decide_request(
            stored.request,
            stored.decision,
            answer,
            actor=caller.actor(),
            at=now,
            first=stored.ruling,
            from_template=from_template,
            decided_as=capacity_of(caller.person, stored.request.discloser),
        )

        def work(transaction: Transaction) -> Ruling:
            save_request(transaction.connection, StoredRequest(ruling.request, stored.decision, ruling))
            transaction.record(event)
            return ruling

        return self._parts.writer.submit(work)

    def _terms(self, request: AccessRequest, command: RuleCommand, actor: Actor, now: datetime) -> Terms:
        with self._parts.read() as connection:
            dataset = get_dataset(connection, request.dataset)
        asked = terms_as_asked(request, starts=now, ends=command.until or request.until or now + DEFAULT_TERM)
        sealed_to = asked.sealed_to or (self._recipient_demanded(request, actor) if command.sealed else "")
        recipient = request.recipient
        return replace(
            asked,
            fields=tuple(command.fields) or asked.fields,
            rows=(*asked.rows, *read_rows(command.rows, dataset)),
            tokenised=tuple(command.tokenise),
            sealed_to=sealed_to,
            countersigned=command.countersign,
            standby=find_standby(self._parts, request, command),
            conditions=settle_conditions(self._parts, command.conditions, recipient=recipient, sealed=bool(sealed_to)),
        )

    def _recipient_demanded(self, request: AccessRequest, actor: Actor) -> str:
        try:
            return self._receiving.recipient_of(request.recipient, actor)
        except NoReceivingKeyError:
            raise NoRecipientError(
                f"{request.recipient} has no key on this node, and request {request.id} names none to seal to."
            ) from None

    @_alone
    def agree(self, caller: Caller, request_id: str) -> Agreement:
        """Draw up and sign the agreement that a ruling permits: it is in force, or offered to the other side."""
        stored, now = self.get_request(caller, request_id), self._parts.clock.now()
        asked = stored.request
        side = asked.discloser if caller.person.body == asked.discloser else asked.recipient
        signer = make_signer(caller, side, now)
        if stored.ruling is None or isinstance(stored.ruling.answer, Refusal):
            raise UndecidedError(f"Request {request_id} has no ruling that permits it.")
        gateway = stored.request.gateway
        agreement, event = sign(
            stored.request,
            stored.decision,
            terms_to_sign(self._parts, stored.ruling.answer, asked.dataset),
            identifier=new_identifier("agr"),
            actor=caller.actor(),
            at=now,
            signer=signer,
            ruling=stored.ruling,
            decided_by=stored.ruling.decided_by,
            citation=citation(self._parts.pack.gateway(gateway)) if gateway else "",
        )
        if agreement.tokenised:
            self._parts.custodian.new_secret(token_secret(agreement.id))
        request = replace(stored.request, status=RequestStatus.AGREED)

        def work(transaction: Transaction) -> Agreement:
            require_live(transaction.connection, agreement.dataset)
            save_agreement(transaction.connection, agreement)
            save_request(transaction.connection, replace(stored, request=request))
            transaction.record(event)
            return agreement

        return self._parts.writer.submit(work)

    @_alone
    def revoke(self, caller: Caller, agreement_id: str, reason: str) -> Agreement:
        """End an agreement now: the next request is refused, open streams are cut, its releases are shredded."""
        agreement = self.get_agreement(caller, agreement_id)
        caller.require(Permission.REVOKE, agreement.discloser)
        return end_agreement(self._parts, agreement, caller.actor(), reason)

    def view_agreement(self, caller: Caller, agreement_id: str) -> Agreement:
        """Return an agreement to show to a party; the access is recorded.

        Raises:
            NotFoundError: there is none, or it is between other bodies.
        """
        agreement = self.get_agreement(caller, agreement_id)
        self._view("agreement.viewed", agreement.discloser, agreement.id, caller)
        return agreement

    def view_request(self, caller: Caller, request_id: str) -> StoredRequest:
        """Return an access request and its decision to show to a party; the access is recorded.

        Raises:
            NotFoundError: there is none, or it is between other bodies.
        """
        stored = self.get_request(caller, request_id)
        self._view("request.viewed", stored.request.discloser, request_id, caller)
        return stored

    def _view(self, name: str, body: str, subject: str, caller: Caller) -> None:
        event = Event(name, self._parts.clock.now(), body, subject, caller.actor())
        self._parts.record(event)

    def get_agreement(self, caller: Caller, agreement_id: str) -> Agreement:
        """Return an agreement that the caller's body is a party to; the operator may see all of the node's.

        Raises:
            NotFoundError: there is none, or it is between other bodies.
        """
        with self._parts.read() as connection:
            found = find_agreement(
                connection, self._scope(caller, find_discloser(connection, agreement_id)), agreement_id
            )
        if found is None:
            raise NotFoundError(
                f"{caller.person.body} has no agreement {agreement_id}.",
                advice="Check the identifier: it stood in the answer when the agreement was signed.",
            )
        return found

    def find_agreement_of(self, request: AccessRequest) -> str:
        """Return the identifier of the agreement that a request led to; empty when there is none."""
        with self._parts.read() as connection:
            found = list_agreements(connection, TenantScope(request.discloser))
        return next((each.id for each in found if each.request == request.id), "")

    def get_request(self, caller: Caller, request_id: str) -> StoredRequest:
        """Return an access request that the caller's body is a party to; the operator may see all of the node's.

        Raises:
            NotFoundError: there is none, or it is between other bodies.
        """
        with self._parts.read() as connection:
            return get_request(connection, self._scope(caller, find_asked(connection, request_id)), request_id)

    def list_requests(self, caller: Caller) -> list[AccessRequest]:
        """Return the access requests that the caller's body is a party to; all of the node's for its operator."""
        with self._parts.read() as connection:
            found = list_requests(connection, None if caller.is_operator else TenantScope(caller.person.body))
        self._view("requests.listed", caller.person.body, caller.person.id, caller)
        return found

    def list_agreements(self, caller: Caller) -> list[Agreement]:
        """Return the agreements that the caller's body is a party to; all of the node's for its operator."""
        with self._parts.read() as connection:
            found = list_agreements(connection, None if caller.is_operator else TenantScope(caller.person.body))
        self._view("agreements.listed", caller.person.body, caller.person.id, caller)
        return found

    @staticmethod
    def _scope(caller: Caller, discloser: str | None) -> TenantScope:
        return TenantScope(discloser if caller.is_operator and discloser else caller.person.body)


def _status(decision: Decision) -> RequestStatus:
    answers = {Verdict.REFUSE: RequestStatus.REFUSED, Verdict.PERMIT: RequestStatus.AGREED}
    return answers.get(decision.verdict, RequestStatus.ASKED)


def _refusal(command: RuleCommand) -> Refusal:
    return Refusal(command.reason, command.text, command.would_change)


def _answered(request: AccessRequest, case: Case, actor: Actor) -> Event:
    name = "request.refused" if request.status is RequestStatus.REFUSED else "request.answered"
    return Event(name, case.question.at, request.discloser, request.id, actor, case.facts())
