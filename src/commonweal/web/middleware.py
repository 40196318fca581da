"""What happens to every request, outermost first: incident, headers, host, cross-site, size."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commonweal.core import CommonwealError, new_identifier

from .problems import BodyTooLargeError, CrossSiteError, HostRefusedError, answer_error, answer_unknown

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_log = logging.getLogger(__name__)


class Incidents:
    """Gives each request an identifier (`X-Request-Id`) and turns any failure left over into a 500 without values."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identifier = new_identifier("req")
        scope.setdefault("state", {})["request_id"] = identifier
        watched = _WatchedSend(send, {"X-Request-Id": identifier})
        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001  the last line before the server: nothing may leak past it
            await self._answer(error, scope, receive, watched)

    async def _answer(self, error: Exception, scope: Scope, receive: Receive, send: "_WatchedSend") -> None:
        request = Request(scope)
        if send.has_started:
            _log.error("request %s failed after its answer began: %s", request.state.request_id, type(error).__name__)
        elif isinstance(error, CommonwealError):
            await answer_error(request, error)(scope, receive, send)
        else:
            await answer_unknown(request, error)(scope, receive, send)


class SecurityHeaders:
    """Sets the headers that keep a page to itself; an answer's own `Cache-Control` stands."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self._app = app
        self._headers = dict(_SECURITY_HEADERS)
        if is_secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            send = _WatchedSend(send, self._headers, {"Cache-Control": _cache_rule(scope)})
        await self._app(scope, receive, send)


class AllowedHosts:
    """Refuses a request that is addressed to another host, as a rebound name would be."""

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = LOOPBACK | {each.lower() for each in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and _host_name(scope) not in self._hosts:
            raise HostRefusedError("This node does not answer under that host name.")
        await self._app(scope, receive, send)


class SameSite:
    """Refuses an unsafe request that carries a cookie and does not come from the node's own pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] not in _SAFE_METHODS:
            headers = Headers(scope=scope)
            if "cookie" in headers and not _is_same_site(headers):
                raise CrossSiteError("A form of another site cannot act in your name here.")
        await self._app(scope, receive, send)


class BodyLimit:
    """Answers 413 to a body of more than `limit` bytes, or than `larger` says of the longest path prefix that fits."""

    def __init__(self, app: ASGIApp, *, limit: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._limit = limit
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limited = _LimitedBody(receive, send, self._limit_of(scope["path"]))
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isascii() or not declared.isdigit() or int(declared) > limited.limit:
            raise _too_large(limited.limit)
        await limited.run(self._app, scope)

    def _limit_of(self, path: str) -> int:
        fitting = [prefix for prefix in self._larger if path.startswith(prefix)]
        return self._larger[max(fitting, key=len)] if fitting else self._limit


class _LimitedBody:
    """One request whose body is counted; what the application says of a cut body is replaced by a 413."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self.limit = limit
        self._receive = receive
        self._send = send
        self._received = 0
        self._started = False

    @property
    def _exceeded(self) -> bool:
        return self._received > self.limit

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        with suppress(BodyTooLargeError):
            await app(scope, self._count, self._pass_on)
        if self._exceeded and not self._started:
            raise _too_large(self.limit)

    async def _count(self) -> Message:
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._exceeded:
            raise _too_large(self.limit)
        return message

    async def _pass_on(self, message: Message) -> None:
        if self._started or not self._exceeded:
            self._started = True
            await self._send(message)


class _WatchedSend:
    """A `send` that adds headers to the answer and knows whether it has begun."""

    def __init__(self, send: Send, headers: Mapping[str, str], defaults: Mapping[str, str] | None = None) -> None:
        self.has_started = False
        self._send = send
        self._headers = headers
        self._defaults = defaults or {}

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            headers = MutableHeaders(scope=message)
            headers.update(self._headers)
            for name, value in self._defaults.items():
                headers.setdefault(name, value)
        await self._send(message)


def _cache_rule(scope: Scope) -> str:
    is_versioned = scope["path"].startswith("/static/") and scope["query_string"].startswith(b"v=")
    return "public, max-age=31536000, immutable" if is_versioned else "no-store"


def _host_name(scope: Scope) -> str | None:
    given = Headers(scope=scope).getlist("host")
    try:
        return urlsplit(f"//{given[0]}").hostname if len(given) == 1 else None
    except ValueError:
        return None


def _is_same_site(headers: Headers) -> bool:
    fetched = headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched in {"same-origin", "none"}
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host")


def _too_large(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"The body is larger than the {limit:,} bytes that this address takes.")
