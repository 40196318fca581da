"""A backup of the whole node by REST."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from commonweal.web.state import TheNode, ThePerson

from .streaming import WatchedStream

router = APIRouter(prefix="/api/v1", tags=["node"])


@router.get("/backup", operation_id="backUp")
def back_up(
    node: TheNode,
    caller: ThePerson,
    keep_days: Annotated[int | None, Query(ge=1, le=3650)] = None,
) -> Response:
    """Take a backup of the whole node as one tar file; for the node's own operator, in their own name."""
    backup = node.backups.begin(caller, keep_days)
    return WatchedStream(
        backup,
        check=node.parts.require_log,
        on_done=lambda _sent, _complete: None,
        headers={
            "Cache-Control": "no-store",
            "Content-Length": str(backup.size),
            "Content-Disposition": f'attachment; filename="{backup.name}"',
        },
        media_type="application/x-tar",
    )
