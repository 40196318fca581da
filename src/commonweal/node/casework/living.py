"""Use cases of an agreement's life: narrow, suspend, resume, renew, supersede, give up; and all that became of it."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from commonweal.adapters.sql.agreements import find_agreement
from commonweal.adapters.sql.changes import list_changes
from commonweal.adapters.sql.datasets import get_dataset
from commonweal.agree import (
    TRANSITIONS,
    Act,
    Agreement,
    Change,
    Conditions,
    Narrowing,
    NotAgreeableError,
    acts_from,
    narrow,
    relinquish,
    renew,
    resume,
    supersede,
    suspend,
)
from commonweal.core import Event, Json, NotFoundError
from commonweal.decide import Decision
from commonweal.identity import TenantScope
from commonweal.node.callers import Caller
from commonweal.node.ending import Judge, apply_act, has_tokens
from commonweal.node.parts import Parts, token_secret

from .asking import Asking
from .conditions import settle_conditions
from .questions import Questions, read_rows

SIMPLE = {Act.SUSPEND: suspend, Act.RESUME: resume, Act.RELINQUISH: relinquish}
"""The acts that need nothing but a reason, and what each makes of an agreement."""


@dataclass(frozen=True, slots=True)
class NarrowCommand:
    """What a named person takes away from an agreement's terms, and why; what is left empty stays as it is.

    `fields` are those that are left, `rows` further conditions such as `council=E09000022`, `tokenise` further fields
    to give only as tokens, `until` an earlier end, `conditions` what is demanded more strictly.
    """

    reason: str
    fields: Sequence[str] = ()
    rows: Sequence[str] = ()
    tokenise: Sequence[str] = ()
    until: datetime | None = None
    conditions: Conditions = field(default_factory=Conditions)


@dataclass(frozen=True, slots=True)
class Life:
    """An agreement as it stands, and every change since it was signed, oldest first."""

    agreement: Agreement
    changes: tuple[Change, ...]


class Living:
    """What is done to an agreement after it was signed; each act is judged on what is stored and kept for ever."""

    def __init__(self, parts: Parts, asking: Asking) -> None:
        self._parts = parts
        self._asking = asking
        self._questions = Questions(parts)

    def acts(self, caller: Caller, agreement: Agreement) -> tuple[Act, ...]:
        """Return the acts that a person may do to an agreement as it stands."""
        allowed = (TRANSITIONS[each] for each in acts_from(agreement.status))
        return tuple(each.act for each in allowed if caller.may(each.permission, each.body(agreement)))

    def narrow(self, caller: Caller, agreement_id: str, command: NarrowCommand) -> Agreement:
        """Let an agreement open less; what was released under the wider terms is removed, and open streams are cut.

        Raises:
            NarrowingError: it would open more, or nothing would change; every fault is listed.
            RowConditionError: a further condition cannot be read.
        """
        with self._asking.alone(agreement_id):
            agreement = self._held(caller, agreement_id, Act.NARROW)
            narrowing = self._narrowing(agreement, command)
            actor, reason = caller.actor(), command.reason
            expected, _ = narrow(agreement, narrowing, actor=actor, reason=reason, at=self._parts.clock.now())
            if expected.tokenised and not has_tokens(self._parts, agreement_id):
                self._parts.custodian.new_secret(token_secret(agreement_id))

            def judge(_connection: Connection, stored: Agreement, at: datetime) -> tuple[Agreement, Event]:
                return narrow(stored, narrowing, actor=actor, reason=reason, at=at)

            return apply_act(self._parts, agreement, Act.NARROW, reason, judge)

    def suspend(self, caller: Caller, agreement_id: str, reason: str) -> Agreement:
        """Have an agreement open nothing until it is resumed; its releases are kept."""
        return self._do(caller, agreement_id, Act.SUSPEND, reason)

    def resume(self, caller: Caller, agreement_id: str, reason: str) -> Agreement:
        """Have a suspended agreement open again what it opened before."""
        return self._do(caller, agreement_id, Act.RESUME, reason)

    def relinquish(self, caller: Caller, agreement_id: str, reason: str) -> Agreement:
        """Give an agreement up, as its recipient: it ends as by a revocation."""
        return self._do(caller, agreement_id, Act.RELINQUISH, reason)

    def renew(
        self, caller: Caller, agreement_id: str, until: datetime, reason: str, review: date | None = None
    ) -> Agreement:
        """Move an agreement's end to a later moment, when law and policy allow today what it opens.

        `review` is the day of its next review; None keeps the day that it has.

        Raises:
            NotAgreeableError: they refuse, with every reason; the refusal is in the log.
            RenewalError: the end is not later, or has passed; or the review does not lie before it.
        """
        with self._asking.alone(agreement_id):
            agreement = self._held(caller, agreement_id, Act.RENEW)
            decision, actor = self._questions.ask_again(agreement), caller.actor()

            def judge(_connection: Connection, stored: Agreement, at: datetime) -> tuple[Agreement, Event]:
                return renew(stored, decision, ends=until, actor=actor, reason=reason, at=at, review=review)

            try:
                return apply_act(self._parts, agreement, Act.RENEW, reason, judge)
            except NotAgreeableError:
                self._record_refusal(caller, agreement, decision)
                raise

    def _record_refusal(self, caller: Caller, agreement: Agreement, decision: Decision) -> None:
        facts: dict[str, Json] = {
            "dataset": agreement.dataset,
            "recipient": agreement.recipient,
            "reasons": [*decision.sentences()],
            "policies": decision.policies,
            "pack": decision.pack,
        }
        now, discloser = self._parts.clock.now(), agreement.discloser
        self._parts.record(Event("agreement.renewal-refused", now, discloser, agreement.id, caller.actor(), facts))

    def supersede(self, caller: Caller, agreement_id: str, newer_id: str, reason: str) -> Agreement:
        """Put a newer agreement in another's place, which opens nothing from the same transaction on.

        Raises:
            NotFoundError: the caller's body is no party to one of them.
            NotInItsPlaceError: the newer one cannot take the place; every fault is listed.
        """
        with ExitStack() as held:
            for each in sorted({agreement_id, newer_id}):
                held.enter_context(self._asking.alone(each))
            agreement = self._held(caller, agreement_id, Act.SUPERSEDE)
            newer, actor = self._asking.get_agreement(caller, newer_id), caller.actor()
            scope = TenantScope(newer.discloser)

            def judge(connection: Connection, stored: Agreement, at: datetime) -> tuple[Agreement, Event]:
                replacing = find_agreement(connection, scope, newer_id)
                if replacing is None:
                    raise NotFoundError(f"There is no agreement {newer_id}.")
                return supersede(stored, replacing, actor=actor, reason=reason, at=at)

            return apply_act(self._parts, agreement, Act.SUPERSEDE, reason, judge)

    def history(self, caller: Caller, agreement_id: str) -> Life:
        """Return an agreement with every change of its terms and its standing, to a party; the access is recorded.

        Raises:
            NotFoundError: there is none, or it is between other bodies.
        """
        agreement = self._asking.view_agreement(caller, agreement_id)
        return Life(agreement, self.changes(agreement))

    def changes(self, agreement: Agreement) -> tuple[Change, ...]:
        """Return what became of an agreement that the caller was shown, oldest first."""
        with self._parts.read() as connection:
            return tuple(list_changes(connection, agreement.id))

    def _do(self, caller: Caller, agreement_id: str, act: Act, reason: str) -> Agreement:
        with self._asking.alone(agreement_id):
            agreement = self._held(caller, agreement_id, act)
            return apply_act(self._parts, agreement, act, reason, self._judge(caller, act, reason))

    @staticmethod
    def _judge(caller: Caller, act: Act, reason: str) -> Judge:
        def judge(_connection: Connection, stored: Agreement, at: datetime) -> tuple[Agreement, Event]:
            return SIMPLE[act](stored, actor=caller.actor(), reason=reason, at=at)

        return judge

    def _held(self, caller: Caller, agreement_id: str, act: Act) -> Agreement:
        """Return an agreement to which the caller's role allows an act."""
        agreement, needed = self._asking.get_agreement(caller, agreement_id), TRANSITIONS[act]
        caller.require(needed.permission, needed.body(agreement))
        return agreement

    def _narrowing(self, agreement: Agreement, command: NarrowCommand) -> Narrowing:
        with self._parts.read() as connection:
            dataset = get_dataset(connection, agreement.dataset)
        return Narrowing(
            fields=tuple(command.fields),
            rows=read_rows(command.rows, dataset),
            tokenise=tuple(command.tokenise),
            ends=command.until,
            conditions=settle_conditions(
                self._parts, command.conditions, recipient=agreement.recipient, sealed=bool(agreement.sealed_to)
            ),
        )
