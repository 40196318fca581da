"""The pages of asking: choose a purpose, then a legal gateway, fields and rows; see the answer, then send."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commonweal.core import CommonwealError, InputError, NotFoundError, RefusedError
from commonweal.identity import Permission
from commonweal.law import Gateway, GatewayFit, Purpose, citation
from commonweal.node import AskCommand, Caller, Node, find_template, list_templates
from commonweal.publish import Dataset
from commonweal.request import OWN, SealToError, Template, parse_seal_to
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .cases import Answer, FieldChoice, choose_fields, view_answer
from .names import Names
from .posted import FormError, Posted, ThePosted, collect, faults_of
from .requests import SEE_OTHER
from .wording import describe_roles, roles_that_may

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class GatewayChoice:
    """A legal gateway that may be named: how it is cited, and what a person must settle first."""

    id: str
    title: str
    citation: str
    fits: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskView:
    """The form of an access request; without a purpose it asks for that first.

    `template` is the one that it starts from, None for none. `chooses_body` says that the person may ask for any body
    here, `who_asks` names the roles that may ask where the person may not, and `roles` those that the person has.
    """

    dataset: str
    dataset_title: str
    dataset_path: str
    discloser: str
    recipient: str
    recipient_name: str
    chooses_body: bool
    may_ask: bool
    who_asks: str
    roles: str
    purposes: tuple[Purpose, ...]
    purpose: str
    purpose_title: str
    gateways: tuple[GatewayChoice, ...]
    fields: tuple[FieldChoice, ...]
    templates: tuple[Template, ...]
    template: Template | None


@router.get("/ask")
def ask_form(
    request: Request,
    node: TheNode,
    caller: TheSignedIn,
    dataset: Annotated[str, Query(max_length=300)] = "",
    recipient: Annotated[str, Query(max_length=200)] = "",
    purpose: Annotated[str, Query(max_length=100)] = "",
    template: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show the form of an access request for a dataset, filled in as far as its template does."""
    if not dataset:
        return RedirectResponse("/search", status_code=SEE_OTHER)
    chosen = Posted({"recipient": (recipient,), "purpose": (purpose,), "template": (template,)})
    try:
        view = _view(node, caller, dataset, recipient, purpose, template)
        chosen = _with_gateway(node, view, chosen)
    except (InputError, NotFoundError, RefusedError) as error:
        return _show_again(request, _view(node, caller, dataset, "", ""), chosen, error)
    return _show(request, view, chosen)


@router.post("/ask")
def ask(request: Request, node: TheNode, caller: TheSignedIn, posted: ThePosted) -> Response:
    """Say what the answer would be, begin to fill in the form, or send the request and go to it."""
    dataset, recipient = posted.text("dataset"), posted.text("recipient") or caller.person.body
    view = _view(node, caller, dataset, recipient, posted.text("purpose"), posted.text("template"))
    try:
        command = command_of(posted, recipient)
        if posted.text("act") == "draft":
            draft = node.requesting.start(caller, command)
            return RedirectResponse(f"/drafts/{draft.id}", status_code=SEE_OTHER)
        if posted.text("act") != "send":
            question, decision = node.asking.explain(caller, command)
            parties = (question.discloser, question.recipient)
            deciders = node.asking.deciders.of_question(caller, parties, decision)
            return _show(request, view, posted, view_answer(decision, deciders))
        asked = node.asking.send(caller, command)
    except (InputError, NotFoundError) as error:
        return _show_again(request, view, _without_secret(posted), error)
    return RedirectResponse(f"/requests/{asked.request.id}", status_code=SEE_OTHER)


def command_of(posted: Posted, recipient: str) -> AskCommand:
    """Return what a form asks for.

    Raises:
        FormError: no field is ticked, no choice is made of the gateway, the last day is none, or what is to be sealed
            to is no recipient.
    """
    collect(
        lambda: posted.some("gateway", "Choose a legal gateway, or say that you name none."),
        lambda: posted.some("fields", "Tick the fields that the purpose needs."),
        lambda: posted.last_day("until"),
        lambda: _recipient(posted),
    )
    return AskCommand(
        dataset=posted.text("dataset"),
        recipient=recipient,
        purpose=posted.text("purpose"),
        gateway=posted.text("gateway"),
        fields=posted.choices("fields"),
        rows=posted.lines("rows"),
        until=posted.last_day("until"),
        seal_to=_recipient(posted),
        template=posted.text("template"),
        as_said=True,
    )


def _recipient(posted: Posted) -> str:
    text = posted.text("seal_to")
    try:
        return text if text == OWN else parse_seal_to(text)
    except SealToError as error:
        raise FormError(*faults_of(error, "seal_to")) from None


def _without_secret(posted: Posted) -> Posted:
    """Return a form that can be shown again: what is no recipient may be a secret key, so it is not repeated."""
    try:
        _recipient(posted)
    except FormError:
        return Posted({**posted.fields, "seal_to": ("",)})
    return posted


def _with_gateway(node: Node, view: AskView, chosen: Posted) -> Posted:
    """Return the form with the gateway of its template that fits the two bodies best, where there is one."""
    if view.template is None:
        return chosen
    started = node.asking.start(AskCommand(view.dataset, view.recipient, view.purpose, template=view.template.code))
    return Posted({**chosen.fields, "gateway": (started.gateway,)}) if started.gateway else chosen


def _view(node: Node, caller: Caller, dataset: str, recipient: str, purpose: str, template: str = "") -> AskView:
    found = node.datasets.get(dataset)
    receiver = node.parts.register.resolve(recipient or caller.person.body)
    started = find_template(template) if template else None
    wanted = purpose or (started.purpose if started else "")
    chosen = node.parts.pack.purpose(wanted) if wanted else None
    gateways = node.asking.gateways(found.id, receiver.slug, chosen.code) if chosen else []
    purposes = node.parts.pack.purposes.values()
    return _asked_of(found, caller, Names(node), receiver.slug, chosen, purposes, gateways, started)


def _asked_of(
    dataset: Dataset,
    caller: Caller,
    names: Names,
    recipient: str,
    chosen: Purpose | None,
    purposes: Iterable[Purpose],
    gateways: Iterable[tuple[Gateway, GatewayFit]],
    template: Template | None,
) -> AskView:
    may_ask = caller.may(Permission.REQUEST, recipient)
    return AskView(
        dataset=dataset.id,
        dataset_title=dataset.title,
        dataset_path=f"/datasets/{dataset.id}",
        discloser=names.body(dataset.body),
        recipient=recipient,
        recipient_name=names.body(recipient),
        chooses_body=caller.is_operator,
        may_ask=may_ask,
        who_asks="" if may_ask else roles_that_may(Permission.REQUEST),
        roles=describe_roles(caller.person.roles),
        purposes=tuple(sorted(purposes, key=lambda each: each.title)),
        purpose=chosen.code if chosen else "",
        purpose_title=chosen.title if chosen else "",
        gateways=tuple(
            GatewayChoice(each.id, each.title, citation(each), fit.fits, fit.missing) for each, fit in gateways
        ),
        fields=choose_fields(dataset.contract.field_names(), dataset.contract.fields),
        templates=list_templates(),
        template=template,
    )


def _show(request: Request, view: AskView, posted: Posted, answer: Answer | None = None) -> Response:
    return render(request, "ask.html", view=view, posted=posted, faults=(), answer=answer)


def _show_again(request: Request, view: AskView, posted: Posted, error: CommonwealError) -> Response:
    faults, status = faults_of(error, "fields"), error.outcome.status
    return render(request, "ask.html", status_code=status, view=view, posted=posted, faults=faults, answer=None)
