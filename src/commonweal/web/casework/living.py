"""The pages of an agreement's life: each act with what it does and cannot take back, and all that became of it."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.agree import Act, Agreement, NotAgreeableError, NotInItsPlaceError, signed_at, state_at
from commonweal.core import CommonwealError, InputError
from commonweal.node import Caller, NarrowCommand, Node
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .demanded import DOOR_CHOICES, ONWARD, Choice, conditions_of, review_of
from .lives import DOINGS, view_act, view_changes, view_first
from .names import Names
from .posted import Fault, FormError, Posted, ThePosted, collect, faults_of
from .requests import SEE_OTHER

router = APIRouter(include_in_schema=False, prefix="/agreements/{identifier}")

_WHY = "Say why; both bodies read it."
_CHOICES = {"doors": DOOR_CHOICES, "onward": ONWARD}


@router.get("/history")
def history(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
    """Show every edition of the terms, and who changed what, when and why."""
    found = node.living.history(caller, identifier)
    names = Names(node)
    return render(
        request,
        "agreement_history.html",
        agreement=found.agreement,
        recipient=names.body(found.agreement.recipient),
        dataset=names.dataset(found.agreement.dataset),
        signed=signed_at(found.agreement),
        changes=view_changes(found.changes, names),
        first=view_first(found.agreement, found.changes),
    )


def _act_page(act: Act) -> None:
    """Add the two routes of one act: what it does, with the form; and the form sent."""

    def form(request: Request, node: TheNode, caller: TheSignedIn, identifier: str) -> Response:
        agreement = node.asking.get_agreement(caller, identifier)
        filled = Posted({"fields": agreement.fields} if act is Act.NARROW else {})
        return _show(request, node, caller, agreement, act, filled)

    def send(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted, identifier: str) -> Response:
        agreement = node.asking.get_agreement(caller, identifier)
        try:
            _SENT[act](node, caller, agreement, posted)
        except (InputError, NotAgreeableError, NotInItsPlaceError) as error:
            return _show(request, node, caller, agreement, act, posted, error)
        return RedirectResponse(f"/agreements/{identifier}", status_code=SEE_OTHER)

    path = f"/{DOINGS[act].path}"
    router.add_api_route(path, form, name=f"{act.value}_form")
    router.add_api_route(path, send, methods=["POST"], name=act.value)


def _narrow(node: Node, caller: Caller, agreement: Agreement, posted: Posted) -> None:
    collect(
        lambda: posted.some("fields", "Tick at least one field, or revoke the agreement."),
        lambda: posted.last_day("until"),
        lambda: conditions_of(posted),
        lambda: posted.sentence("reason", _WHY),
    )
    left = posted.choices("fields")
    command = NarrowCommand(
        reason=posted.text("reason"),
        fields=() if left == agreement.fields else left,
        rows=posted.lines("rows"),
        tokenise=posted.choices("tokenise"),
        until=posted.last_day("until", unless=agreement.ends),
        conditions=conditions_of(posted),
    )
    node.living.narrow(caller, agreement.id, command)


def _suspend(node: Node, caller: Caller, agreement: Agreement, posted: Posted) -> None:
    node.living.suspend(caller, agreement.id, posted.sentence("reason", _WHY))


def _resume(node: Node, caller: Caller, agreement: Agreement, posted: Posted) -> None:
    node.living.resume(caller, agreement.id, posted.sentence("reason", _WHY))


def _relinquish(node: Node, caller: Caller, agreement: Agreement, posted: Posted) -> None:
    node.living.relinquish(caller, agreement.id, posted.sentence("reason", _WHY))


def _renew(node: Node, caller: Caller, agreement: Agreement, posted: Posted) -> None:
    collect(lambda: posted.last_day("until"), lambda: review_of(posted), lambda: posted.sentence("reason", _WHY))
    until = posted.last_day("until")
    if until is None:
        raise FormError(Fault("until-day", "Give the new last day."))
    node.living.renew(caller, agreement.id, until, posted.text("reason"), review_of(posted))


def _supersede(node: Node, caller: Caller, agreement: Agreement, posted: Posted) -> None:
    collect(lambda: posted.some("newer", "Choose the newer agreement."), lambda: posted.sentence("reason", _WHY))
    node.living.supersede(caller, agreement.id, posted.text("newer"), posted.text("reason"))


_SENT: Mapping[Act, Callable[[Node, Caller, Agreement, Posted], None]] = {
    Act.NARROW: _narrow,
    Act.SUSPEND: _suspend,
    Act.RESUME: _resume,
    Act.RENEW: _renew,
    Act.SUPERSEDE: _supersede,
    Act.RELINQUISH: _relinquish,
}
for _act in DOINGS:
    _act_page(_act)


def _show(
    request: Request,
    node: Node,
    caller: Caller,
    agreement: Agreement,
    act: Act,
    posted: Posted,
    error: CommonwealError | None = None,
) -> Response:
    names = Names(node)
    bare = tuple(Choice(each, each) for each in agreement.fields)
    return render(
        request,
        "narrowing.html" if act is Act.NARROW else "agreement_act.html",
        status_code=error.outcome.status if error else 200,
        act=view_act(agreement, act, caller=caller, names=names, now=node.parts.clock.now()),
        agreement=agreement,
        recipient=names.body(agreement.recipient),
        dataset=names.dataset(agreement.dataset),
        fields=bare,
        tokenise=tuple(each for each in bare if each.name not in agreement.tokenised),
        newer=_newer(node, caller, agreement) if act is Act.SUPERSEDE else (),
        posted=posted,
        faults=faults_of(error, "reason") if error else (),
        **_CHOICES,
    )


def _newer(node: Node, caller: Caller, agreement: Agreement) -> tuple[tuple[str, str], ...]:
    """Return the agreements that might take an agreement's place, each with words to choose it by."""
    now = node.parts.clock.now()
    parties = (agreement.discloser, agreement.recipient, agreement.dataset)
    found = [
        each
        for each in node.asking.list_agreements(caller)
        if (each.discloser, each.recipient, each.dataset) == parties
        and signed_at(each) > signed_at(agreement)
        and state_at(each, now) == "active"
    ]
    return tuple((each.id, f"{each.id} ({len(each.fields)} fields)") for each in found)
