"""The doors of a sealed agreement: the file that only its recipient's key opens, and the signed manifest."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from commonweal.core import words_of
from commonweal.deliver import AGE_DOOR
from commonweal.node import Node, Opened
from commonweal.web.ranges import RangeError, parse_range, read_range
from commonweal.web.state import TheNode, TheRecipient

from .streaming import WatchedStream

router = APIRouter(prefix="/api/v1/agreements", tags=["data"])

Fields = Annotated[str, Query(max_length=20_000)]
Purpose = Annotated[str, Query(max_length=100)]
_PRIVATE = {"Cache-Control": "no-store"}


@router.head("/{agreement}/data.age", operation_id="measureSealed")
@router.get("/{agreement}/data.age", operation_id="readSealed")
def read_sealed(
    request: Request,
    node: TheNode,
    recipient: TheRecipient,
    agreement: str,
    fields: Fields = "",
    purpose: Purpose = "",
) -> Response:
    """Read what a sealed agreement opens, as an age file with a Parquet file in it; the node cannot open it."""
    opened = node.delivering.open(recipient, agreement, door=AGE_DOOR, fields=words_of(fields), purpose=purpose)
    return _stream(request, node, opened)


@router.get("/{agreement}/manifest", operation_id="readManifest")
def read_manifest(
    node: TheNode, recipient: TheRecipient, agreement: str, fields: Fields = "", purpose: Purpose = ""
) -> Response:
    """Return the manifest of a sealed agreement's file, under the node's Ed25519 signature."""
    signed = node.sealed_delivering.manifest(recipient, agreement, fields=words_of(fields), purpose=purpose)
    return Response(signed, media_type="application/json", headers=_PRIVATE)


def _stream(request: Request, node: Node, opened: Opened) -> Response:
    delivery = opened.delivery
    client = request.headers.get("user-agent", "").split(" ")[0]
    file = node.sealed_delivering.open(opened.release, opened.sealed_to)
    try:
        wanted = parse_range(request.headers.get("range"), file.size)
    except RangeError:
        file.close()
        raise
    name = f"{delivery.agreement}.parquet.age"
    hit = node.delivering.begin(delivery, client)
    return WatchedStream(
        read_range(file, wanted),
        check=lambda: node.delivering.recheck(delivery),
        on_done=lambda _sent, whole: hit.close(whole=whole),
        admit=hit.admit,
        status_code=200 if wanted.whole else 206,
        headers={
            **_PRIVATE,
            "Content-Disposition": f'attachment; filename="{name}"',
            **wanted.headers(file.size),
        },
        media_type="application/octet-stream",
    )
