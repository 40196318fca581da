"""The pages of the record: what happened, and the proof of each event."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as PathParameter
from starlette.requests import Request
from starlette.responses import Response

from commonweal.identity import Permission
from commonweal.node import Caller
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .names import Names
from .trail import SENTENCES, TrailView, choose_names, trail_path, view_event
from .wording import describe_roles, roles_that_may

router = APIRouter(include_in_schema=False)

LAST_EVENT = (1 << 53) - 1
_PAGE = 25
_VIEWS = ("events.viewed",)


@router.get("/audit")
def trail(
    request: Request,
    node: TheNode,
    caller: TheSignedIn,
    subject: Annotated[str, Query(max_length=300)] = "",
    name: Annotated[str, Query(max_length=100)] = "",
    views: Annotated[str, Query(max_length=3)] = "",
    before: Annotated[int | None, Query(ge=0, le=LAST_EVENT)] = None,
) -> Response:
    """Show events of the person's body, newest first; that somebody looked at the log is left out unless asked for."""
    if refusal := refuse_record(request, caller):
        return refusal
    shows_views = bool(views) or name in _VIEWS
    subject, name = subject.strip(), name.strip()
    found = node.auditing.newest(
        caller,
        subject=subject,
        name=name,
        without=() if shows_views else _VIEWS,
        before=before,
        limit=_PAGE + 1,
    )
    names = Names(node)
    page = tuple(view_event(each, names) for each in found[:_PAGE])
    more = len(found) > _PAGE
    view = TrailView(
        events=page,
        subject=subject,
        name=name,
        names=choose_names(SENTENCES, name),
        shows_views=shows_views,
        whole="" if caller.is_operator else names.body(caller.person.body),
        older=trail_path(subject=subject, name=name, views=bool(views), before=page[-1].index) if more else "",
        newest=trail_path(subject=subject, name=name, views=bool(views)) if before is not None else "",
    )
    return render(request, "audit.html", view=view)


@router.get("/audit/{index}")
def proof(
    request: Request, node: TheNode, caller: TheSignedIn, index: Annotated[int, PathParameter(ge=0, le=LAST_EVENT)]
) -> Response:
    """Show one event with the proof that it is in the log, checked as the page is made."""
    if refusal := refuse_record(request, caller):
        return refusal
    proven = node.auditing.examine(caller, index)
    return render(request, "event.html", view=view_event(proven, Names(node)), proven=proven)


def refuse_record(request: Request, caller: Caller) -> Response | None:
    """Return the page that says which roles may read the record, unless the caller may."""
    if caller.may(Permission.READ_LOG, caller.person.body):
        return None
    roles, could = describe_roles(caller.person.roles), roles_that_may(Permission.READ_LOG)
    return render(request, "closed_record.html", status_code=403, roles=roles, could=could)
