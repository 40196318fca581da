"""The share-request form of one question: what is filled in already, what is open, and the request's clock."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta

from commonweal.core import Json
from commonweal.identity import Nation
from commonweal.law import GatewayKind
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.request import (
    QUESTIONS,
    SOURCES,
    FormBasis,
    FormFacts,
    ProposedTerms,
    PublicTaskError,
    Question,
    Reply,
    RequestKind,
    fill_in,
    find_asked_questions,
    find_facts,
    find_unanswered,
    prefill,
)

from .commands import AskCommand
from .questions import Case
from .templating import propose, template_replies


@dataclass(frozen=True, slots=True)
class FilledForm:
    """The form of one question as far as it is filled in; `kind` and `nation` set its clock.

    `template` is the code of the template it started from, `proposed` what it proposes besides.
    """

    facts: FormFacts
    replies: tuple[Reply, ...]
    kind: RequestKind
    nation: Nation
    template: str = ""
    proposed: ProposedTerms | None = None

    @property
    def asked(self) -> tuple[Question, ...]:
        """Return the questions that are asked."""
        return find_asked_questions(QUESTIONS, self.facts, self.replies)

    @property
    def unanswered(self) -> tuple[Question, ...]:
        """Return those that have no answer yet."""
        return find_unanswered(QUESTIONS, self.facts, self.replies)

    def require_public_task(self) -> None:
        """Return when a public task is stated, or need not be.

        Raises:
            PublicTaskError: a public body asks one that is no public authority, and states none.
        """
        if any(each.code == "public-task" for each in self.unanswered):
            raise PublicTaskError(
                "A public body that asks a charity or a supplier about people states its public task."
            )

    def as_json(self) -> dict[str, Json]:
        """Return the form as it is written to a file: an answer for each question, and what each asks and why."""
        known = {each.question: each for each in self.replies}
        return {
            **({} if self.proposed is None else {"terms": _terms(self.proposed)}),
            "answers": {each.code: _answer(known.get(each.code)) for each in self.asked},
            "questions": [_question(each, known.get(each.code)) for each in self.asked],
        }


def fill_form(parts: Parts, caller: Caller, command: AskCommand, case: Case) -> FilledForm:
    """Return the form of a question, filled in from what the node knows and from the answers given with it.

    Raises:
        FormAnswersError: some answers cannot be used; every one is named.
        ProposedTermsError: some proposed terms cannot be used.
    """
    gateway = parts.pack.gateway(command.gateway) if command.gateway else None
    discloser = parts.register.get_body(case.question.discloser)
    basis = FormBasis(
        dataset=case.dataset,
        discloser=discloser,
        recipient=case.recipient,
        purpose=parts.pack.purpose(command.purpose),
        gateway=gateway,
        fields=tuple(command.fields),
        conditions=len(case.rows),
        until=_last_day(command.until) if command.until else None,
        is_sealed=bool(command.seal_to.strip()),
        asker=caller.person.name,
    )
    facts = find_facts(basis)
    proposed = propose(command, tuple(each.name for each in basis.asked_fields()))
    known = (*prefill(basis, QUESTIONS), *template_replies(command, proposed))
    replies = fill_in(QUESTIONS, known, command.answers)
    is_duty = gateway is not None and gateway.kind is GatewayKind.DUTY
    asked = {each.code for each in find_asked_questions(QUESTIONS, facts, replies)}
    replies = tuple(each for each in replies if each.question in asked)
    kind = _kind(facts, replies, is_duty=is_duty)
    return FilledForm(facts, replies, kind, discloser.nation, command.template, proposed)


def _last_day(end: datetime) -> date:
    return (end.astimezone(UTC) - timedelta(microseconds=1)).date()


def _kind(facts: FormFacts, replies: tuple[Reply, ...], *, is_duty: bool) -> RequestKind:
    claims = {value for each in replies if each.question == "urgency" for value in each.values}
    if is_duty or "emergency" in claims:
        return RequestKind.URGENT
    return RequestKind.PERSONAL if facts.personal else RequestKind.OPEN


def _answer(reply: Reply | None) -> Json:
    if reply is None:
        return None
    return reply.values[0] if len(reply.values) == 1 else [*reply.values]


def _terms(proposed: ProposedTerms) -> dict[str, Json]:
    told = asdict(proposed)
    return {name: [*value] if isinstance(value, tuple) else value for name, value in told.items()}


def _question(question: Question, reply: Reply | None) -> dict[str, Json]:
    options: Mapping[str, Json] = dict(question.options)
    source = "" if reply is None else SOURCES[reply.source]
    return {
        "code": question.code,
        "section": question.section.value,
        "wording": question.wording,
        "why": question.why,
        "kind": question.kind.value,
        "options": dict(options),
        "filled in from": source,
    }
