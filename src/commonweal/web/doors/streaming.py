"""A response that goes on only while it may: re-checked as it flows, cut at once when the answer changes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from typing import Any

from anyio import to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from commonweal.core import CommonwealError

CHECK_SECONDS = 0.25
CHECK_BYTES = 8 * 1024 * 1024
_PIECE_BYTES = 256 * 1024
_HELD_SECONDS = 0.01
_ABORT_EXTENSION = "commonweal.abort"

_log = logging.getLogger(__name__)


class WatchedStream(Response):
    """A streamed answer under an agreement that may end while it is read (promise 5).

    1. `check` is called before the first byte; what it raises becomes the answer.
    2. Then four times a second, also while a slow reader takes nothing, and again after every 8 MiB.
    3. When it raises, the connection is reset: the reader sees neither the last byte nor a clean end.
    4. `admit(size)` is asked before each piece of `size` bytes leaves. While it answers no, nothing leaves and the
       agreement is asked again every few milliseconds.
    5. `on_done(bytes_sent, complete)` is called once whatever happened; `bytes_sent` counts the body's bytes that
       were handed to the connection, which may hold up to 256 KiB that the reader never took.

    Give `Content-Length` in `headers` when the size is known; without it the answer is chunked. `body` is read in a
    worker thread (or awaited), one item ahead of the reader, and closed at the end. A body that fails, or that is
    shorter or longer than its `Content-Length`, is cut too: an incomplete answer never looks whole.
    """

    def __init__(
        self,
        body: Iterator[bytes] | AsyncIterator[bytes],
        *,
        check: Callable[[], None],
        on_done: Callable[[int, bool], None],
        admit: Callable[[int], bool] = lambda _size: True,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        self.status_code = status_code
        self.media_type = media_type
        self.background = None
        self.init_headers(headers)
        self._body = body
        self._check = check
        self._on_done = on_done
        self._admit = admit
        self._sent = 0
        self._reading: asyncio.Task[bytes | None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the errors of `check` leave only before the first byte."""
        complete = False
        try:
            await to_thread.run_sync(self._check)
            complete = await self._answer(scope, receive, send)
        finally:
            await self._close()
            await to_thread.run_sync(self._on_done, self._sent, complete)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> bool:
        sender = asyncio.create_task(self._send(scope, send))
        tasks: set[asyncio.Task[Any]] = {
            sender,
            asyncio.create_task(self._watch()),
            asyncio.create_task(_await_disconnect(receive)),
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            complete = sender.exception() is None if sender.done() else self._has_sent_all()
            if not complete:
                _abort(scope)
                _record(tasks)
            return complete
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _has_sent_all(self) -> bool:
        # A reader that has counted its Content-Length may leave before the server has said "no more".
        return self.headers.get("content-length") == str(self._sent)

    async def _send(self, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            await self._send_body(send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_body(self, send: Send) -> None:
        unchecked = 0
        self._reading = asyncio.create_task(self._advance())
        while (item := await asyncio.shield(self._reading)) is not None:
            self._reading = asyncio.create_task(self._advance())
            for piece in _pieces(item):
                await self._await_admission(len(piece))
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                self._sent += len(piece)
                unchecked += len(piece)
                if unchecked >= CHECK_BYTES:
                    await to_thread.run_sync(self._check)
                    unchecked = 0

    async def _await_admission(self, size: int) -> None:
        while not self._admit(size):
            await asyncio.sleep(_HELD_SECONDS)
            await to_thread.run_sync(self._check)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await to_thread.run_sync(self._check)

    def _advance(self) -> Coroutine[Any, Any, bytes | None]:
        if isinstance(self._body, AsyncIterator):
            return _next_of(self._body)
        return to_thread.run_sync(next, self._body, None)

    async def _close(self) -> None:
        if self._reading is not None:
            await asyncio.wait([self._reading])
            if not self._reading.cancelled():
                self._reading.exception()  # a failure here was either the sender's or comes too late to matter
        close = getattr(self._body, "close", None)
        if isinstance(self._body, AsyncIterator):
            close = getattr(self._body, "aclose", None)
            if close is not None:
                await close()
        elif close is not None:
            await to_thread.run_sync(close)


async def _next_of(body: AsyncIterator[bytes]) -> bytes | None:
    return await anext(body, None)


async def _await_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _pieces(item: bytes) -> Iterator[bytes]:
    if len(item) <= _PIECE_BYTES:
        return iter((item,))
    return (item[start : start + _PIECE_BYTES] for start in range(0, len(item), _PIECE_BYTES))


def _abort(scope: Scope) -> None:
    # A server without the extension sees an answer that was never completed, and closes the connection.
    extension = scope.get("extensions", {}).get(_ABORT_EXTENSION)
    if extension is not None:
        extension["now"]()


def _record(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        with suppress(asyncio.InvalidStateError, asyncio.CancelledError):
            error = task.exception()
            if error is not None:
                code = error.code if isinstance(error, CommonwealError) else type(error).__name__
                _log.warning("an answer was cut after it began: %s", code)
