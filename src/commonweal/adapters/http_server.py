"""The HTTP server: uvicorn with a connection that can be cut at once (ADR 14)."""

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from commonweal.core import CommonwealError

ABORT_EXTENSION = "commonweal.abort"

# What may lie unsent in the kernel and in the transport for one reader. More would leave after a cut.
_UNSENT_BYTES = 128 * 1024
_HEADER_BYTES = 64 * 1024
_GRACE_SECONDS = 5.0
_START_SECONDS = 30.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ServerError(CommonwealError):
    """The server cannot start: its address, certificate or application is not usable."""

    code = "server.not-started"
    default_advice = "Choose another port with --port, or stop the program that holds it."


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files of a certificate chain and of its private key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server answers; `port` is the one bound, never 0."""

    host: str
    port: int
    tls: bool = False

    @property
    def url(self) -> str:
        """Return the address as a URL without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


def serve(
    target: str,
    *arguments: object,
    host: str = "127.0.0.1",
    port: int = 8400,
    tls: Tls | None = None,
    trusted_proxies: str = "",
    on_started: Callable[[Address], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then stop cleanly and return; call it from the main thread.

    Readers get five seconds to finish, then their connections are cut; the application's lifespan ends after that.

    Args:
        target: `package.module:factory`, called with `arguments` for the ASGI application.
        arguments: what the factory needs, such as the node.
        host: the interface to bind.
        port: the port to bind; 0 takes a free one.
        tls: the certificate to serve with; None serves plain HTTP.
        trusted_proxies: addresses, with commas, whose `X-Forwarded-*` headers are believed.
        on_started: called once with the bound address when connections are accepted.

    Raises:
        ServerError: the address is taken, the certificate is unusable, or the application does not load or start.
    """
    application = _load(target, arguments)
    with _bound(host, port) as listener:
        server = _CleanServer(_configure(application, tls, trusted_proxies), _address(listener, tls), on_started)
        try:
            server.run(sockets=[listener])
        except SystemExit:
            raise ServerError("The node's web application did not start.", advice=_READ_LOG) from None


@contextmanager
def background(
    target: str | ASGIApp, *arguments: object, host: str = "127.0.0.1", port: int = 0, tls: Tls | None = None
) -> Iterator[Address]:
    """Serve from another thread while the block runs; gives the bound address.

    Args:
        target: `package.module:factory`, called with `arguments`, or the ASGI application itself.
        arguments: what the factory needs.
        host: the interface to bind.
        port: the port to bind; 0 takes a free one.
        tls: the certificate to serve with; None serves plain HTTP.

    Raises:
        ServerError: as for `serve`.
    """
    application = _load(target, arguments) if isinstance(target, str) else target
    with _bound(host, port) as listener:
        address = _address(listener, tls)
        settled = threading.Event()
        server = _CleanServer(_configure(application, tls), address, lambda _: settled.set())
        thread = threading.Thread(target=_run_until_told, args=(server, listener, settled), name="http-server")
        thread.start()
        try:
            if not settled.wait(_START_SECONDS) or not server.started:
                raise ServerError("The node's web application did not start.", advice=_READ_LOG)
            yield address
        finally:
            server.should_exit = True
            thread.join()


_READ_LOG = "Read the log above for the first error, then run `commonweal doctor`."


def _run_until_told(server: Server, listener: socket.socket, settled: threading.Event) -> None:
    try:
        with suppress(SystemExit):
            server.run(sockets=[listener])
    finally:
        settled.set()


def _load(target: str, arguments: tuple[object, ...]) -> ASGIApp:
    module, _, name = target.partition(":")
    try:
        factory = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        raise ServerError(f"There is no application named {target}.", advice="Reinstall commonweal.") from None
    return cast("ASGIApp", factory(*arguments))


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    if not 0 <= port <= 65535:
        raise ServerError(f"The node cannot listen on port {port}: ports go from 0 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ServerError(f"The node cannot listen on {host} port {port}: {_cause(error)}.") from None
    with listener:
        yield listener


def _cause(error: OSError) -> str:
    return str(error.strerror).partition(" (while")[0]  # what follows repeats the address


def _address(listener: socket.socket, tls: Tls | None) -> Address:
    host, port = listener.getsockname()[:2]
    return Address(str(host), int(port), tls is not None)


def _configure(application: ASGIApp, tls: Tls | None, trusted_proxies: str = "") -> Config:
    config = Config(
        cast("Callable[..., object]", application),
        http=_CuttableConnection,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies or None,
        timeout_graceful_shutdown=int(_GRACE_SECONDS * 2),
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError):
        raise ServerError(
            "The certificate and its private key cannot be used together.",
            advice="Give --tls-cert and --tls-key PEM files that this user may read and that belong together.",
        ) from None
    return config


class _CleanServer(Server):
    """A server that says when it answers, cuts slow readers at the end and leaves no signal behind."""

    def __init__(self, config: Config, address: Address, on_started: Callable[[Address], None] | None) -> None:
        super().__init__(config)
        self._address = address
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._on_started is not None:
            self._on_started(self._address)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        cut = asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._cut_connections)
        try:
            await super().shutdown(sockets)
        finally:
            cut.cancel()

    def _cut_connections(self) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection, _CuttableConnection):
                connection.abort()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


class _CuttableConnection(HttpToolsProtocol):
    """A connection that holds little unsent data and that the application may reset.

    The application finds `scope["extensions"]["commonweal.abort"]["now"]`: a call without arguments, from the
    event loop, after which the reader meets a reset at once instead of the clean end of a response.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
        transport.set_write_buffer_limits(high=_UNSENT_BYTES)
        super().connection_made(transport)
        self.access_log = False  # an address may hold a signature or a sign-in link

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = 0
        self.scope["extensions"] = {ABORT_EXTENSION: {"now": self.abort}}

    def on_url(self, url: bytes) -> None:
        self._count_header(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_header(len(name) + len(value))
        super().on_header(name, value)

    def _count_header(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > _HEADER_BYTES:
            raise ValueError("the head of the request is too large")

    def abort(self) -> None:
        """Reset the connection: what the reader has not yet received, it never will."""
        with suppress(OSError, ValueError):  # already gone
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()
