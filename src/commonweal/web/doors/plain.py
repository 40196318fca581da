"""The plain doors: Parquet, CSV and NDJSON URLs of an agreement, and open data without a token."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from commonweal.core import words_of
from commonweal.deliver import Delivery, Release
from commonweal.node import Node
from commonweal.web.ranges import parse_range, read_range
from commonweal.web.state import TheNode, TheRecipient

from .streaming import WatchedStream

router = APIRouter(tags=["data"])

MEDIA_TYPES = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
}
LAST_VERSION = 2**31 - 1
_PRIVATE = {"Cache-Control": "no-store"}


def stream_release(request: Request, node: Node, delivery: Delivery, release: Release, form: str) -> Response:
    """Answer with a release's bytes, re-checking the agreement as they flow and counting them at the end."""
    client = request.headers.get("user-agent", "").split(" ")[0]

    headers = {**_PRIVATE, "Content-Disposition": f'attachment; filename="{delivery.agreement}.{form}"'}
    status = 200
    if form == "parquet":
        wanted = parse_range(request.headers.get("range"), release.size)
        headers |= wanted.headers(release.size)
        status = 200 if wanted.whole else 206
        body = read_range(node.delivering.reader(release), wanted)
    else:
        body = node.delivering.rows(release, form)
    hit = node.delivering.begin(delivery, client)
    return WatchedStream(
        body,
        check=lambda: node.delivering.recheck(delivery),
        on_done=lambda _sent, whole: hit.close(whole=whole),
        admit=hit.admit,
        status_code=status,
        headers=headers,
        media_type=MEDIA_TYPES[form],
    )


@router.head("/api/v1/agreements/{agreement}/data.{form}", operation_id="measureAgreement")
@router.get("/api/v1/agreements/{agreement}/data.{form}", operation_id="readAgreement")
def read_agreement(
    request: Request,
    node: TheNode,
    recipient: TheRecipient,
    agreement: str,
    form: Literal["parquet", "csv", "ndjson"],
    fields: Annotated[str, Query(max_length=20_000)] = "",
    purpose: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Read what an agreement opens; `fields` and `purpose` are the agreement's unless named."""
    opened = node.delivering.open(recipient, agreement, door=form, fields=words_of(fields), purpose=purpose)
    return stream_release(request, node, opened.delivery, opened.release, form)


@router.head("/api/v1/agreements/{agreement}/changes", operation_id="measureChanges")
@router.get("/api/v1/agreements/{agreement}/changes", operation_id="readChanges")
def read_changes(
    request: Request,
    node: TheNode,
    recipient: TheRecipient,
    agreement: str,
    start: Annotated[int, Query(alias="from", ge=1, le=LAST_VERSION)],
    *,
    end: Annotated[int, Query(alias="to", ge=0, le=LAST_VERSION)] = 0,
    form: Annotated[Literal["parquet", "csv", "ndjson"], Query(alias="format")] = "csv",
    fields: Annotated[str, Query(max_length=20_000)] = "",
    purpose: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Read what leads from version `from` to version `to` (by default the newest) of what an agreement opens.

    Each row has `_change_type` (insert, delete, update_preimage or update_postimage), `_commit_version` and
    `_commit_timestamp` beside the fields.
    """
    opened = node.changing.open(
        recipient, agreement, form=form, start=start, end=end, fields=words_of(fields), purpose=purpose
    )
    return stream_release(request, node, opened.delivery, opened.release, form)


@router.head("/open/{body}/{name}.{form}", operation_id="measureOpenData")
@router.get("/open/{body}/{name}.{form}", operation_id="readOpenData")
def read_open_data(
    request: Request, node: TheNode, body: str, name: str, form: Literal["parquet", "csv", "ndjson"]
) -> Response:
    """Download an open dataset; anybody may."""
    dataset = node.datasets.get_open(f"{body}/{name}")
    version, reader = node.delivering.read_open(dataset)
    headers = {"Content-Disposition": f'attachment; filename="{dataset.name}.{form}"'}
    status = 200
    if form == "parquet":
        wanted = parse_range(request.headers.get("range"), version.size)
        headers |= wanted.headers(version.size)
        status = 200 if wanted.whole else 206
        content = read_range(reader, wanted)
    else:
        content = node.delivering.export(reader, form)
    return WatchedStream(
        content,
        check=lambda: _still_open(node, dataset.id),
        on_done=lambda _sent, _complete: None,
        status_code=status,
        headers=headers,
        media_type=MEDIA_TYPES[form],
    )


def _still_open(node: Node, dataset_id: str) -> None:
    node.datasets.get_open(dataset_id)
