"""Web servers for tests that say exactly what a test wants, and moto's S3 over HTTP."""

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from moto.backends import get_backend
from moto.core.request import Request
from werkzeug.exceptions import HTTPException

Answer = tuple[int, Mapping[str, str], bytes]
Asked = Callable[[str, str, Mapping[str, str], bytes], Answer]
STORE = "https://s3.eu-west-2.amazonaws.com"


@contextmanager
def serving(asked: Asked, tls: tuple[Path, Path] | None = None) -> Iterator[int]:
    """Serve a function of method, path, headers and body on loopback and yield the port.

    What it answers is sent as it is: a Content-Length that is too long is a server that breaks off.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, content = asked(self.command, self.path, dict(self.headers.items()), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            self.close_connection = True

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815  the names of http.server

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client may go away
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask_moto(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Answer as moto's S3 does, at path-style addresses."""
    backend: Any = get_backend("s3")["123456789012"]["aws"]
    handler = next(each for pattern, each in backend.url_paths.items() if re.match(pattern, path.partition("?")[0]))
    request = Request.from_primitives(method, STORE + path, headers, body)
    try:
        status, answered, content = handler(request, request.raw_url, request.headers)
    except HTTPException as refused:
        status, answered, content = refused.code or 500, dict(refused.get_headers()), refused.get_body()
    content = content.encode() if isinstance(content, str) else content
    return status, {"Content-Length": str(len(content)), **_lower(answered)}, content


def _lower(headers: Mapping[str, Any]) -> dict[str, str]:
    found = {name.lower(): str(value) for name, value in headers.items()}
    return {("Content-Length" if name == "content-length" else name): value for name, value in found.items()}
