"""The pages of what agreements leave to be done: a review, a certificate of deletion, a consent to sharing onward."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.agree import Agreement, Duty, NotOverError, WrongStatusError
from commonweal.core import CommonwealError, InputError, NotFoundError
from commonweal.identity import Permission
from commonweal.node import Caller, DutyStanding, NoBarError, Node
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .names import Names
from .posted import Fault, FormError, Posted, ThePosted, collect, faults_of
from .requests import SEE_OTHER
from .wording import listed, roles_that_may

router = APIRouter(include_in_schema=False, prefix="/agreements/{identifier}")


@dataclass(frozen=True, slots=True)
class DutyForm:
    """One form: its address, its words, the names of those sides whose people may send it, and what it asks for."""

    path: str
    title: str
    button: str
    does: tuple[str, ...]
    sides: tuple[str, ...]
    send: Callable[[Node, Caller, Agreement, Posted], object]


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One thing to be done: what, by whom, by when, and where."""

    title: str
    by: str
    due: date
    is_overdue: bool
    path: str


@dataclass(frozen=True, slots=True)
class DutyLink:
    """A form that this person may fill in now."""

    title: str
    path: str


@dataclass(frozen=True, slots=True)
class DutiesOfAgreement:
    """What an agreement had done and leaves to be done, in sentences, and the forms that this person may fill in."""

    told: tuple[str, ...]
    links: tuple[DutyLink, ...]


def _review(node: Node, caller: Caller, agreement: Agreement, posted: Posted) -> object:
    collect(lambda: _next(posted), lambda: posted.sentence("finding", "Say what the review found."))
    return node.duties.review(caller, agreement.id, posted.text("finding"), _next(posted))


def _next(posted: Posted) -> date | None:
    try:
        return posted.day("next")
    except FormError:
        raise FormError(Fault("next-day", "The next review must be a real date, such as 31 3 2027.")) from None


def _certify(node: Node, caller: Caller, agreement: Agreement, posted: Posted) -> object:
    return node.duties.certify(caller, agreement.id, posted.sentence("how", "Say how the copies were deleted."))


def _consent(node: Node, caller: Caller, agreement: Agreement, posted: Posted) -> object:
    collect(
        lambda: posted.sentence("recipient", "Name the body with which it may be shared."),
        lambda: posted.sentence("reason", "Say why; both bodies read it."),
    )
    return node.onward.consent(caller, agreement.id, posted.text("recipient"), posted.text("reason"))


FORMS: Mapping[str, DutyForm] = MappingProxyType(
    {
        each.path: each
        for each in (
            DutyForm(
                "review",
                "Record a review",
                "Record the review",
                (
                    "Your name, what you found and the day of the next review go into the log, for both bodies.",
                    "The terms stay. To change them, narrow, renew or revoke the agreement.",
                ),
                ("discloser", "recipient"),
                _review,
            ),
            DutyForm(
                "deletion",
                "Certify that copies are deleted",
                "Certify",
                (
                    "You certify, with your name, that every copy of what the agreement gave is deleted.",
                    "The certificate goes into the log, for both bodies. It cannot be taken back.",
                ),
                ("recipient",),
                _certify,
            ),
            DutyForm(
                "onward-consents",
                "Consent to sharing onward",
                "Consent",
                (
                    "The recipient may share with one more body what the agreement gave. The agreement stays as it is.",
                    "Your name and your reason go into the log. A consent cannot be taken back.",
                ),
                ("discloser",),
                _consent,
            ),
        )
    }
)
"""The forms, by their addresses."""


def view_duties(found: Iterable[Duty], names: Names) -> tuple[DutyLine, ...]:
    """Return what is to be done as the list of agreements shows it."""
    return tuple(_line(each, names) for each in found)


def view_standing(node: Node, agreement: Agreement, caller: Caller) -> DutiesOfAgreement:
    """Return what one agreement had done and leaves to be done, as its page shows it to this person."""
    path, standing = f"/agreements/{agreement.id}", node.duties.standing(agreement)
    not_now = _not_now(node, agreement, standing)
    links = (each for each in FORMS.values() if each.path not in not_now and _may(each, caller, agreement))
    return DutiesOfAgreement(
        told=tuple(_told(agreement, standing, Names(node))),
        links=tuple(DutyLink(each.title, f"{path}/{each.path}") for each in links),
    )


def _told(agreement: Agreement, standing: DutyStanding, names: Names) -> Iterable[str]:
    both = f"{names.body(agreement.discloser)} or {names.body(agreement.recipient)}"
    if standing.review:
        yield f"The next review, by a named person of {both}, is due by {_day(standing.review)}."
    if last := standing.last:
        yield f"{names.person(last.by)} of {names.body(last.body)} reviewed it, {_day(last.at.date())}: {last.finding}"
    if owed := standing.deletion:
        who = names.body(agreement.recipient)
        yield f"The certificate by a named person of {who} that copies are deleted is due by {_day(owed.due)}."
    if given := standing.certified:
        who, how = names.person(given.actor.person), given.facts.get("how")
        yield f"{who} certified that copies are deleted, {_day(given.at.date())}: {how}"


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _line(duty: Duty, names: Names) -> DutyLine:
    is_review = duty.kind == "review"
    found = duty.agreement
    what = f"{names.body(found.recipient)} reads {names.dataset(found.dataset)}"
    bodies = listed([names.body(each) for each in duty.bodies], "or")
    return DutyLine(
        title=f"{'Review' if is_review else 'Certificate of deletion'}: {what}",
        by=f"{roles_that_may(Permission.AGREE)} of {bodies}",
        due=duty.due,
        is_overdue=duty.is_overdue,
        path=f"/agreements/{found.id}/{'review' if is_review else 'deletion'}",
    )


def _sides(form: DutyForm, agreement: Agreement) -> tuple[str, ...]:
    bodies = {"discloser": agreement.discloser, "recipient": agreement.recipient}
    return tuple(bodies[each] for each in form.sides)


def _may(form: DutyForm, caller: Caller, agreement: Agreement) -> bool:
    return any(caller.may(Permission.AGREE, each) for each in _sides(form, agreement))


def _form_page(form: DutyForm) -> None:
    """Add the two routes of one form: the form, and the form sent."""

    def show(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
        return _show(request, node, caller, node.asking.get_agreement(caller, identifier), form, Posted())

    def send(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted, identifier: str) -> Response:
        agreement = node.asking.get_agreement(caller, identifier)
        try:
            form.send(node, caller, agreement, posted)
        except (InputError, NotFoundError, NoBarError, NotOverError, WrongStatusError) as error:
            return _show(request, node, caller, agreement, form, posted, error)
        return RedirectResponse(f"/agreements/{identifier}", status_code=SEE_OTHER)

    router.add_api_route(f"/{form.path}", show, name=f"{form.path}_form")
    router.add_api_route(f"/{form.path}", send, methods=["POST"], name=form.path)


for _form in FORMS.values():
    _form_page(_form)


def _show(
    request: Request,
    node: Node,
    caller: Caller,
    agreement: Agreement,
    form: DutyForm,
    posted: Posted,
    error: CommonwealError | None = None,
) -> Response:
    names = Names(node)
    bodies = listed([names.body(each) for each in _sides(form, agreement)], "or")
    return render(
        request,
        "duty.html",
        status_code=error.outcome.status if error else 200,
        form=form,
        agreement=agreement,
        recipient=names.body(agreement.recipient),
        dataset=names.dataset(agreement.dataset),
        told=view_standing(node, agreement, caller).told,
        not_now=_not_now(node, agreement, node.duties.standing(agreement)).get(form.path, ""),
        may=_may(form, caller, agreement),
        who_may=f"{roles_that_may(Permission.AGREE)} of {bodies}",
        posted=posted,
        faults=faults_of(error, _FIRST[form.path]) if error else (),
    )


_FIRST = {"review": "finding", "deletion": "how", "onward-consents": "recipient"}
"""The field of each form at which a fault of no other field is told."""


def _not_now(node: Node, agreement: Agreement, standing: DutyStanding) -> Mapping[str, str]:
    """Return for each form that does not fit how the agreement stands why it does not."""
    fitting = {
        "review": (standing.may_review, "Only an agreement that is signed and not over is reviewed."),
        "deletion": (standing.ended, "The agreement has not ended, so its copies may still be kept."),
        "onward-consents": (node.onward.is_barred(agreement), "Nothing bars sharing it onward: none is needed."),
    }
    return {path: why for path, (fits, why) in fitting.items() if not fits}
