"""Taking in an upload: the request's body streams into a sealed file, never into memory or a plain one."""

from collections.abc import Iterator
from typing import Any

from anyio import from_thread, to_thread
from fastapi import Request

from commonweal.keys import PayloadReader
from commonweal.node import Caller, Node

_PIECE = 1 << 18


async def receive_upload(request: Request, node: Node, caller: Caller) -> dict[str, Any]:
    """Stage the request's body and return its identifier and length in bytes.

    A sender that goes away half-way leaves nothing behind.
    """
    stream = request.stream()

    async def pull() -> bytes | None:
        return await anext(stream, None)

    def arriving() -> Iterator[bytes]:
        while (chunk := from_thread.run(pull)) is not None:
            yield chunk

    staged = await to_thread.run_sync(node.staging.receive, caller, arriving())
    return {"upload": staged.id, "bytes": staged.size}


def pieces_of(content: PayloadReader) -> Iterator[bytes]:
    """Yield the bytes of a sealed file and let go of it at the end."""
    with content:
        while piece := content.read(_PIECE):
            yield piece
