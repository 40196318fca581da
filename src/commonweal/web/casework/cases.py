"""Access requests as the pages show them: a list, and one with everything that came of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from commonweal.agree import Refusal, Ruling, Terms
from commonweal.decide import Decision, Reason, Verdict
from commonweal.identity import Permission
from commonweal.node import Caller, Deciders, WaitingRequest
from commonweal.publish import Field
from commonweal.request import (
    AccessRequest,
    Appeal,
    ProposedTerms,
    RequestDraft,
    RequestStatus,
    Stage,
    shorten_recipient,
)
from commonweal.web.views import Link

from .answers import FormView, view_form
from .names import Names
from .posted import day_before
from .wording import REFUSALS, RUNGS, STATUSES, VERDICTS, describe_condition, roles_that_may

Clock: TypeAlias = Callable[[AccessRequest], WaitingRequest | None]
"""Reads the clock of a request."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A word or two in a coloured box."""

    text: str
    colour: str


_REMINDERS = {
    Stage.REMINDER: Tag("Half-way", "blue"),
    Stage.LAST_DAY: Tag("Due", "orange"),
    Stage.OVERDUE: Tag("Overdue", "red"),
}
"""What reminds of a waiting request, by how far its clock has run."""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One access request in a list; `waits` says what the person may do about it, `reminder` that its day is near."""

    path: str
    title: str
    recipient: str
    discloser: str
    purpose: str
    asked: datetime
    tag: Tag
    waits: str
    clock: str
    reminder: Tag | None


@dataclass(frozen=True, slots=True)
class RequestsView:
    """The access requests of a body, newest first; what waits for the person who looks stands apart from the rest.

    `drafts` are the body's requests that are not sent yet, as far as the person may go on with them.
    """

    body_name: str
    waiting: tuple[RequestLine, ...]
    of_us: tuple[RequestLine, ...]
    by_us: tuple[RequestLine, ...]
    others: tuple[RequestLine, ...]
    drafts: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What law and policy say: the outcome, every reason, and by which rules.

    `decides` says who decides where a named person does, and `passed` what a permit found in order.
    """

    tag: Tag
    reasons: tuple[Reason, ...]
    rung: str
    pack: str
    policies: str
    decides: str = ""
    passed: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class RulingView:
    """What a named person answered: the terms, or a refusal with its code in words."""

    tag: Tag
    decided_by: str
    at: datetime
    fields: tuple[str, ...] = ()
    tokenised: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    last_day: date | None = None
    sealed_to: str = ""
    code: str = ""
    sentence: str = ""
    would_change: str = ""


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal as the pages show it: why, by whom, when, and who may not answer it."""

    reason: str
    by: str
    at: datetime
    refused_by: str


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A field that may be ticked, with what its contract says of it."""

    name: str
    hint: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """An access request from question to agreement, and what the person who looks may do next.

    `who_decides` and `who_signs` name the roles that may, where it waits for them and the person may not. `clock` says
    by when an answer is due, and `officer` whom it has gone to once it is late. `first` is a refusal that was appealed,
    and `done` what the person who looks has just done.
    """

    id: str
    path: str
    dataset_title: str
    dataset_path: str
    discloser: str
    recipient: str
    asked_by: str
    asked: datetime
    purpose: str
    gateway: str
    fields: tuple[FieldChoice, ...]
    rows: tuple[str, ...]
    last_day: date | None
    seal_to: str
    tag: Tag
    answer: Answer
    ruling: RulingView | None
    agreement: str
    may_decide: bool
    may_sign: bool
    who_decides: str
    who_signs: str
    clock: str
    is_overdue: bool
    officer: str
    form: FormView
    first: RulingView | None
    appeal: AppealView | None
    may_appeal: bool
    template: Link | None = None
    proposed: ProposedTerms | None = None
    done: str = ""


def may_decide(caller: Caller, request: AccessRequest) -> bool:
    """Say whether the request waits for a ruling that the caller's role allows; not for who refused it before."""
    refused = request.appeal is not None and request.appeal.refused_by == caller.person.id
    return request.status.waits and not refused and caller.person.may(Permission.DECIDE, request.discloser)


def may_appeal(caller: Caller, request: AccessRequest, ruling: Ruling | None) -> bool:
    """Say whether the caller may appeal a person's refusal."""
    refused = request.status is RequestStatus.REFUSED and ruling is not None and request.appeal is None
    return refused and caller.may(Permission.REQUEST, request.recipient)


def may_sign(caller: Caller, request: AccessRequest) -> bool:
    """Say whether the request waits for a signature that the caller's role allows."""
    parties = (request.discloser, request.recipient)
    return request.status is RequestStatus.PERMITTED and any(
        caller.person.may(Permission.AGREE, party) for party in parties
    )


def view_requests(
    found: Iterable[AccessRequest], caller: Caller, names: Names, clock: Clock, drafts: Iterable[RequestDraft] = ()
) -> RequestsView:
    """Return a list of access requests as its page shows it to `caller`, with the body's drafts."""
    newest = sorted(found, key=lambda each: each.asked, reverse=True)
    body = caller.person.body

    def lines(fits: Callable[[AccessRequest], bool]) -> tuple[RequestLine, ...]:
        return tuple(_line(each, caller, names, clock) for each in newest if fits(each))

    return RequestsView(
        body_name=names.body(body),
        waiting=lines(lambda each: bool(_waits(each, caller))),
        of_us=lines(lambda each: each.discloser == body and not _waits(each, caller)),
        by_us=lines(lambda each: each.recipient == body and not _waits(each, caller)),
        others=lines(lambda each: body not in {each.discloser, each.recipient}),
        drafts=tuple(
            Link(f"{names.dataset(e.dataset)}: {names.purpose(e.purpose)}", f"/drafts/{e.id}") for e in drafts
        ),
    )


def view_answer(decision: Decision, deciders: Deciders | None = None) -> Answer:
    """Return what law and policy say, and who decides where they leave it to a person."""
    return Answer(
        Tag(*VERDICTS[decision.verdict]),
        decision.reasons,
        RUNGS.get(decision.proposed_rung, decision.proposed_rung),
        decision.pack,
        decision.policies,
        decides=deciders.sentence if deciders else "",
        passed=decision.passed,
    )


def view_request(
    request: AccessRequest,
    decision: Decision,
    ruling: Ruling | None,
    *,
    caller: Caller,
    names: Names,
    contract: Sequence[Field],
    agreement: str,
    waits: WaitingRequest | None = None,
    deciders: Deciders | None = None,
    done: str = "",
) -> RequestView:
    """Return one access request as its page shows it to `caller`; `contract` describes the dataset's fields."""
    decides, signs = may_decide(caller, request), may_sign(caller, request)
    waits_for_ruling = request.status.waits and not decides
    answered = None if request.status.waits else ruling
    first = ruling if request.status.waits else (ruling and ruling.first)
    waits_for_signature = request.status is RequestStatus.PERMITTED and not signs
    return RequestView(
        id=request.id,
        path=f"/requests/{request.id}",
        dataset_title=names.dataset(request.dataset),
        dataset_path=f"/datasets/{request.dataset}",
        discloser=names.body(request.discloser),
        recipient=names.body(request.recipient),
        asked_by=names.person(request.asked_by),
        asked=request.asked,
        purpose=names.purpose(request.purpose),
        gateway=names.gateway(request.gateway),
        fields=choose_fields(request.fields, contract),
        rows=tuple(describe_condition(each) for each in request.rows),
        last_day=day_before(request.until) if request.until else None,
        seal_to=shorten_recipient(request.seal_to),
        tag=_tag(request, decision),
        answer=view_answer(decision, deciders),
        ruling=_view_ruling(answered, names),
        agreement=agreement,
        may_decide=decides,
        may_sign=signs,
        who_decides=roles_that_may(Permission.DECIDE) if waits_for_ruling else "",
        who_signs=roles_that_may(Permission.AGREE) if waits_for_signature else "",
        clock=_clock(waits),
        is_overdue=waits is not None and waits.standing.is_overdue,
        officer=waits.officer.name if waits and waits.officer else "",
        form=view_form(request),
        first=_view_ruling(first, names),
        appeal=_view_appeal(request.appeal, names),
        may_appeal=may_appeal(caller, request, ruling),
        template=Link(names.template(request.template), f"/templates/{request.template}") if request.template else None,
        proposed=request.proposed,
        done=done,
    )


def choose_fields(names: Iterable[str], contract: Sequence[Field]) -> tuple[FieldChoice, ...]:
    """Return fields as boxes to tick, in the order of `names`."""
    known = {each.name: each for each in contract}
    return tuple(FieldChoice(name, _hint(known[name]) if name in known else "") for name in names)


def _hint(field: Field) -> str:
    class_ = field.classification.value.replace("-", " ")
    confirmed = class_ if field.confirmed else f"{class_}, not confirmed by a steward"
    return (
        f"{field.description.rstrip('.')}. {confirmed.capitalize()}."
        if field.description
        else f"{confirmed.capitalize()}."
    )


def _clock(waits: WaitingRequest | None) -> str:
    return f"{waits.standing.due:%-d %B %Y}, {waits.standing.sentence}" if waits else ""


def _view_appeal(appeal: Appeal | None, names: Names) -> AppealView | None:
    if appeal is None:
        return None
    return AppealView(appeal.reason, names.person(appeal.by), appeal.at, names.person(appeal.refused_by))


def _line(request: AccessRequest, caller: Caller, names: Names, clock: Clock) -> RequestLine:
    waits = clock(request)
    return RequestLine(
        path=f"/requests/{request.id}",
        title=names.dataset(request.dataset),
        recipient=names.body(request.recipient),
        discloser=names.body(request.discloser),
        purpose=names.purpose(request.purpose),
        asked=request.asked,
        tag=Tag(*STATUSES[request.status]),
        waits=_waits(request, caller),
        clock=_clock(waits),
        reminder=_REMINDERS.get(waits.standing.stage) if waits else None,
    )


def _waits(request: AccessRequest, caller: Caller) -> str:
    if may_decide(caller, request):
        return "Decide"
    return "Sign" if may_sign(caller, request) else ""


def _tag(request: AccessRequest, decision: Decision) -> Tag:
    if request.status is RequestStatus.ASKED and decision.verdict is Verdict.CONDITIONS:
        return Tag(*VERDICTS[Verdict.CONDITIONS])
    return Tag(*STATUSES[request.status])


def _view_ruling(ruling: Ruling | None, names: Names) -> RulingView | None:
    if ruling is None:
        return None
    person = names.person(ruling.decided_by)
    if isinstance(ruling.answer, Refusal):
        return _view_refusal(ruling.answer, person, ruling.at)
    return _view_terms(ruling.answer, person, ruling.at)


def _view_refusal(answer: Refusal, person: str, at: datetime) -> RulingView:
    words = {code.value: title for code, (title, _hint) in REFUSALS.items()}
    return RulingView(
        Tag("Refused", "red"),
        person,
        at,
        code=words.get(answer.code, answer.code),
        sentence=answer.sentence,
        would_change=answer.would_change,
    )


def _view_terms(answer: Terms, person: str, at: datetime) -> RulingView:
    return RulingView(
        Tag("Permitted", "green"),
        person,
        at,
        fields=answer.fields,
        tokenised=answer.tokenised,
        rows=tuple(describe_condition(each) for each in answer.rows),
        last_day=day_before(answer.ends),
        sealed_to=shorten_recipient(answer.sealed_to),
    )
