"""The pages of publishing: send a file and its data contract, check what was understood, then publish it or not."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from anyio import from_thread, to_thread
from fastapi import APIRouter, Query
from fastapi import Path as PathParameter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from commonweal.core import CommonwealError, words_of
from commonweal.identity import Permission
from commonweal.node import Caller, Draft, Node, PublishCommand, Said, StagedSource
from commonweal.publish import FileForm, GateError, Reading, ShownFinding
from commonweal.web.doors.receiving import pieces_of
from commonweal.web.quality_view import finding_lines
from commonweal.web.rendering import render
from commonweal.web.sessions import TheSignedIn
from commonweal.web.state import TheNode

from .confirming import view_fields
from .form_parts import ReceivedForm, receive_form
from .names import Names
from .posted import Fault, FormError, Posted, ThePosted
from .wording import describe_size, roles_that_may

router = APIRouter(include_in_schema=False)

SEE_OTHER = 303
CONTRACT_BYTES = 1 << 20
SHOWN_ROWS = 100

_PLACES = {
    "publish.name-malformed": "name",
    "publish.contract-malformed": "contract",
    "publish.marking-too-high": "marking",
    "publish.withdrawn": "name",
    "publish.merge-refused": "mode",
    "publish.contract-changed": "new_contract_version",
    "publish.reason-needed": "confirm_reason",
    "keys.spent": "key_class",
}
"""For each code of an error the field of the form that it is about; all others are about the file."""

_WORDS = {"marking": "marking", "retention": "retain", "regime": "regime"}

_TO_SAY = {
    "publish.contract-changed": "new_contract_version",
    "publish.open-not-confirmed": "fields",
    "publish.reason-needed": "confirm_reason",
}
"""For each code of an error that what a steward says can mend, the field of the page that asks for it."""


@router.get("/publish")
def publish_form(
    request: Request, node: TheNode, caller: TheSignedIn, discarded: Annotated[str, Query(max_length=5)] = ""
) -> Response:
    """Show the form by which a steward publishes a file."""
    return _show_form(request, node, caller, Posted(), discarded=bool(discarded))


@router.post("/publish")
async def upload(request: Request, node: TheNode, caller: TheSignedIn) -> Response:
    """Take the form in, its file straight into a sealed one, and go to the page that says how it reads."""
    stream = request.stream()

    async def pull() -> bytes | None:
        return await anext(stream, None)

    def arriving() -> Iterator[bytes]:
        while (chunk := from_thread.run(pull)) is not None:
            yield chunk

    return await to_thread.run_sync(_receive, request, node, caller, arriving())


def _receive(request: Request, node: Node, caller: Caller, chunks: Iterator[bytes]) -> Response:
    caller.require(Permission.PUBLISH, caller.person.body)
    staged: list[StagedSource] = []

    def take(content: Iterator[bytes]) -> StagedSource:
        staged.append(node.staging.receive(caller, content))
        return staged[0]

    posted = Posted()
    try:
        form = receive_form(
            request.headers.get("content-type", ""),
            chunks,
            file="file",
            take=take,
            limits={"contract": CONTRACT_BYTES, "layout": CONTRACT_BYTES},
        )
        posted = Posted({name: (value,) for name, value in form.fields.items() if name not in {"contract", "layout"}})
        draft = node.drafts.start(caller, _command(caller, form), form.file_name)
    except BaseException as error:
        for each in staged:
            node.staging.drop(each.id)
        if not isinstance(error, CommonwealError):
            raise
        return _show_form(request, node, caller, posted, error=error)
    return RedirectResponse(f"/publish/{draft.command.upload}", status_code=SEE_OTHER)


def _command(caller: Caller, form: ReceivedForm[StagedSource]) -> PublishCommand:
    missing = [
        Fault(name, sentence)
        for name, sentence, is_there in (
            ("name", "Give the dataset a name.", form.fields.get("name", "").strip()),
            ("contract", "Choose the data contract.", form.fields.get("contract")),
            ("file", "Choose the file to publish.", form.taken is not None and form.taken.size),
        )
        if not is_there
    ]
    if missing or form.taken is None:
        raise FormError(*missing)
    fields = form.fields
    return PublishCommand(
        body=caller.person.body,
        name=fields.get("name", "").strip(),
        contract=fields["contract"].encode(),
        upload=form.taken.id,
        format=fields.get("format", "auto"),
        access=fields.get("access", "shared"),
        marking=fields.get("marking", "OFFICIAL"),
        regime=fields.get("regime", ""),
        retain=fields.get("retain", "").strip()[:400],
        title=fields.get("title", "").strip()[:300],
        licence=fields.get("licence", "").strip()[:300],
        confirm=bool(fields.get("confirm")),
        key_class=fields.get("key_class", ""),
        split=bool(fields.get("split")),
        member=fields.get("member", "").strip(),
        sheet=fields.get("sheet", "").strip(),
        element=fields.get("element", "").strip(),
        layout=fields.get("layout", ""),
        mode=fields.get("mode", "replace"),
        key=words_of(fields.get("key", "")),
    )


@router.get("/publish/{upload}")
def check(request: Request, node: TheNode, caller: TheSignedIn, upload: str) -> Response:
    """Show what was understood of an upload, what is mended and what set aside."""
    return _show_draft(request, node.drafts.get(caller, upload))


@router.post("/publish/{upload}")
def confirm(request: Request, node: TheNode, caller: TheSignedIn, upload: str, posted: ThePosted) -> Response:
    """Publish an upload as it was shown, or forget it."""
    if posted.text("act") != "publish":
        node.drafts.discard(caller, upload)
        return RedirectResponse("/publish?discarded=true", status_code=SEE_OTHER)
    draft = node.drafts.get(caller, upload)
    try:
        done = node.drafts.publish(caller, upload, _said(posted))
    except CommonwealError as error:
        if error.code in _TO_SAY:
            return _show_draft(request, draft, posted=posted, error=error)
        return _show_form(request, node, caller, _posted_again(draft), error=error)
    return RedirectResponse(f"/datasets/{done.dataset.id}", status_code=SEE_OTHER)


def _said(posted: Posted) -> Said:
    is_asked = posted.text("step") == "fields"
    return Said(
        accept=posted.text("accept"),
        confirmed=posted.choices("fields") if is_asked else None,
        reason=posted.text("confirm_reason")[:2000],
        new_contract_version=bool(posted.text("new_contract_version")),
    )


@router.get("/datasets/{body}/{name}/versions/{number}/set-aside.csv")
def set_aside(
    node: TheNode, caller: TheSignedIn, body: str, name: str, number: Annotated[int, PathParameter(ge=1, le=1 << 53)]
) -> Response:
    """Give a steward the rows that a version set aside; the access is recorded."""
    content = node.datasets.open_set_aside(caller, f"{body}/{name}", number)
    headers = {"Content-Disposition": f'attachment; filename="set-aside-{number}.csv"'}
    return StreamingResponse(pieces_of(content), media_type="text/csv; charset=utf-8", headers=headers)


def _show_form(
    request: Request,
    node: Node,
    caller: Caller,
    posted: Posted,
    *,
    error: CommonwealError | None = None,
    discarded: bool = False,
) -> Response:
    show = partial(render, request, "upload.html", posted=posted, discarded=discarded)
    body = Names(node).body(caller.person.body)
    may = caller.may(Permission.PUBLISH, caller.person.body)
    status = 200 if error is None else error.outcome.status
    return show(
        status_code=status,
        faults=_faults(error) if error else (),
        body=body,
        may_publish=may,
        who_publishes=roles_that_may(Permission.PUBLISH),
        key_warning=node.publishing.warn_of_keys(),
        forms=list(FileForm),
    )


def _faults(error: CommonwealError) -> tuple[Fault, ...]:
    if isinstance(error, FormError):
        return error.faults
    place = _PLACES.get(error.code, next((place for word, place in _WORDS.items() if word in str(error)), "file"))
    shown = error.shown if isinstance(error, GateError) else ()
    told = tuple(each.sentence() for each in shown if isinstance(each, ShownFinding))
    sentences = told or error.reasons or (f"{error} {error.advice()}",)
    return tuple(Fault(place, each) for each in sentences)


def _show_draft(
    request: Request, draft: Draft, *, posted: Posted | None = None, error: CommonwealError | None = None
) -> Response:
    reading = draft.reading
    place = "" if error is None else _TO_SAY[error.code]
    return render(
        request,
        "upload_check.html",
        status_code=200 if error is None else error.outcome.status,
        faults=() if error is None else tuple(Fault(place, each) for each in error.reasons or (str(error),)),
        posted=posted or Posted(),
        asked=view_fields(draft, posted.choices("fields") if posted else None),
        draft=draft,
        reading=reading,
        size=describe_size(draft.size),
        set_aside=_set_aside_lines(reading) if reading else (),
        findings=finding_lines(draft.quality.findings),
    )


def _set_aside_lines(reading: Reading) -> list[tuple[str, str, str]]:
    """Return for each reason the words, how many rows, and the numbers of the first hundred."""
    lines = []
    for reason, count in (reading.reasons or {}).items():
        rows = [str(each.row) for each in reading.aside if each.reason == reason][:SHOWN_ROWS]
        more = " …" if count > len(rows) else ""
        lines.append((reason[:1].upper() + reason[1:], f"{count:,}", ", ".join(rows) + more))
    return lines


def _posted_again(draft: Draft) -> Posted:
    command = draft.command
    kept = {
        "name": command.name,
        "title": command.title,
        "access": command.access,
        "marking": command.marking,
        "regime": command.regime,
        "retain": command.retain,
        "licence": command.licence,
        "confirm": "yes" if command.confirm else "",
        "key_class": command.key_class,
        "split": "yes" if command.split else "",
        "format": command.format,
        "member": command.member,
        "sheet": command.sheet,
        "element": command.element,
        "mode": command.mode,
        "key": ", ".join(command.key),
    }
    return Posted({name: (value,) for name, value in kept.items() if value})
