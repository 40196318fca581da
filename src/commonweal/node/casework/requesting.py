"""Use cases of a request before it is sent: its form, and a draft that is filled in section by section."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.requests import (
    find_drafting_body,
    get_request_draft,
    list_request_drafts,
    save_request_draft,
    take_request_draft,
)
from commonweal.core import Event, RefusedError, new_identifier
from commonweal.identity import Permission, TenantScope
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.request import RequestDraft, Section, begin_draft, end_draft, save_section

from .asking import Asking
from .commands import AskCommand, Asked
from .filling import FilledForm, fill_form
from .questions import Questions
from .templating import start_command

MOST_DRAFTS = 200
"""How many drafts one body may keep."""


class TooManyDraftsError(RefusedError):
    """A body keeps so many drafts that nobody can be filling them in."""

    code = "request.too-many-drafts"
    default_advice = "Send or discard some of those on the page of requests."


class Requesting:
    """Gives out the form, and keeps drafts until they are sent or discarded."""

    def __init__(self, parts: Parts, asking: Asking) -> None:
        self._parts = parts
        self._asking = asking
        self._questions = Questions(parts)

    def form(self, caller: Caller, command: AskCommand) -> FilledForm:
        """Return the form of a request as far as the node can fill it in; nothing is stored and no answer is told.

        Raises:
            RoleError: the caller may not ask for that body.
            FormAnswersError: an answer of the command cannot be used.
        """
        command = start_command(self._questions, command)
        return fill_form(self._parts, caller, command, self._questions.put(caller, command))

    def start(self, caller: Caller, command: AskCommand) -> RequestDraft:
        """Keep a draft of a request with all that can be filled in; errors as `form`.

        Raises:
            TooManyDraftsError: the body keeps 200 already.
        """
        command = start_command(self._questions, command)
        case = self._questions.put(caller, command)
        filled = fill_form(self._parts, caller, command, case)
        scope, now = TenantScope(case.recipient.slug), self._parts.clock.now()
        with self._parts.read() as connection:
            kept = len(list_request_drafts(connection, scope))
        if kept >= MOST_DRAFTS:
            raise TooManyDraftsError(f"{scope.body} keeps {kept} drafts of requests already.")
        draft = RequestDraft(
            id=new_identifier("dra"),
            dataset=case.dataset.id,
            recipient=case.recipient.slug,
            purpose=case.question.purpose,
            gateway=case.question.gateway,
            fields=tuple(command.fields),
            rows=tuple(command.rows),
            until=command.until,
            seal_to=command.seal_to,
            made_by=caller.person.id,
            made=now,
            facts=filled.facts,
            replies=filled.replies,
            template=filled.template,
            proposed=filled.proposed,
        )
        return self._store(*begin_draft(draft, caller.actor()))

    def get(self, caller: Caller, draft_id: str) -> RequestDraft:
        """Return a draft of the caller's body; the operator may see every body's.

        Raises:
            NotFoundError: there is none, or it is another body's.
            RoleError: the person may not ask for data.
        """
        with self._parts.read() as connection:
            body = find_drafting_body(connection, draft_id) if caller.is_operator else None
            draft = get_request_draft(connection, TenantScope(body or caller.person.body), draft_id)
        caller.require(Permission.REQUEST, draft.recipient)
        return draft

    def list_all(self, caller: Caller) -> list[RequestDraft]:
        """Return the drafts of the caller's body that they may go on with, oldest first."""
        if not caller.may(Permission.REQUEST, caller.person.body):
            return []
        with self._parts.read() as connection:
            return list_request_drafts(connection, TenantScope(caller.person.body))

    def save(self, caller: Caller, draft_id: str, section: Section, answers: Mapping[str, object]) -> RequestDraft:
        """Keep one section of a draft as a person left it; errors as `get`.

        Raises:
            FormAnswersError: an answer cannot be used; nothing is kept.
        """
        draft = self.get(caller, draft_id)
        return self._store(*save_section(draft, section, answers, actor=caller.actor(), at=self._parts.clock.now()))

    def send(self, caller: Caller, draft_id: str) -> Asked:
        """Ask for the data as a draft says, and return what came of it as `Asking.send` does; the draft is over.

        Raises:
            NotFoundError: it was sent or discarded before.
            PublicTaskError: a public task must be stated, and none is.
        """
        draft = self.get(caller, draft_id)

        def end(transaction: Transaction, request: str) -> None:
            take_request_draft(transaction.connection, TenantScope(draft.recipient), draft.id)
            transaction.record(self._ended(draft, caller, request))

        return self._asking.send(caller, command_of_draft(draft), also=end)

    def discard(self, caller: Caller, draft_id: str) -> None:
        """Forget a draft; errors as `get`."""
        draft = self.get(caller, draft_id)

        def work(transaction: Transaction) -> None:
            take_request_draft(transaction.connection, TenantScope(draft.recipient), draft.id)
            transaction.record(self._ended(draft, caller, ""))

        self._parts.writer.submit(work)

    def _ended(self, draft: RequestDraft, caller: Caller, request: str) -> Event:
        return end_draft(draft, actor=caller.actor(), at=self._parts.clock.now(), request=request)

    def _store(self, draft: RequestDraft, event: Event) -> RequestDraft:
        def work(transaction: Transaction) -> RequestDraft:
            save_request_draft(transaction.connection, TenantScope(draft.recipient), draft)
            transaction.record(event)
            return draft

        return self._parts.writer.submit(work)


def command_of_draft(draft: RequestDraft) -> AskCommand:
    """Return what a draft asks for, with an answer to every question of the form, empty where there is none."""
    command = AskCommand(draft.dataset, draft.recipient, draft.purpose, draft.gateway, draft.fields, draft.rows)
    terms = {} if draft.proposed is None else asdict(draft.proposed)
    started = replace(command, template=draft.template, terms=terms, as_said=True)
    return replace(started, until=draft.until, seal_to=draft.seal_to, answers=draft.answers())
