"""A watched stream over a real connection: it flows, it counts, and it is cut in time."""

import http.client
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from commonweal.adapters.http_server import Address, background
from commonweal.core import RefusedError
from commonweal.web.doors.streaming import CHECK_BYTES, WatchedStream

_MIB = 1024 * 1024
_TOTAL = 64 * _MIB


class Agreement:
    """An agreement that can be revoked, and what the stream said at its end."""

    def __init__(self) -> None:
        self.revoked = False
        self.checks = 0
        self.closed = False
        self.outcome: tuple[int, bool] | None = None
        self._done = threading.Event()

    def check(self) -> None:
        self.checks += 1
        if self.revoked:
            raise RefusedError("The agreement was revoked.")

    def on_done(self, bytes_sent: int, complete: bool) -> None:
        self.outcome = (bytes_sent, complete)
        self._done.set()

    def body(self, total: int = _TOTAL) -> Iterator[bytes]:
        try:
            for _ in range(total // 65536):
                yield b"x" * 65536
        finally:
            self.closed = True

    def wait(self) -> tuple[int, bool]:
        assert self._done.wait(5)
        assert self.outcome is not None
        return self.outcome


def _app(make: Callable[[], WatchedStream]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await make()(scope, receive, send)

    return app


def _stream(agreement: Agreement, headers: dict[str, str] | None = None, total: int = _TOTAL) -> WatchedStream:
    return WatchedStream(
        agreement.body(total), check=agreement.check, on_done=agreement.on_done, headers=headers, media_type="text/csv"
    )


def _ask(address: Address, method: str = "GET") -> socket.socket:
    connection = socket.create_connection((address.host, address.port), timeout=10)
    connection.sendall(f"{method} / HTTP/1.1\r\nHost: node\r\n\r\n".encode())
    return connection


_LENGTHS = pytest.mark.parametrize("headers", [{}, {"Content-Length": str(_TOTAL)}], ids=["chunked", "content-length"])


@_LENGTHS
def test_a_whole_answer_is_whole_and_counted(headers: dict[str, str]) -> None:
    agreement = Agreement()
    with background(_app(lambda: _stream(agreement, headers))) as address:
        connection = http.client.HTTPConnection(address.host, address.port)
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.headers["content-type"] == "text/csv; charset=utf-8"
        assert len(response.read()) == _TOTAL
        connection.close()
        assert agreement.wait() == (_TOTAL, True)
    assert agreement.closed
    assert agreement.checks >= _TOTAL // CHECK_BYTES  # the first, and after each 8 MiB that more follows


@_LENGTHS
@pytest.mark.parametrize("pace", [0, 1_000_000], ids=["reads-nothing", "1-MB-a-second"])
def test_a_revoked_answer_is_cut_within_a_second(headers: dict[str, str], pace: int) -> None:
    agreement = Agreement()
    with background(_app(lambda: _stream(agreement, headers))) as address, _ask(address) as connection:
        received = _read_for(1.0, connection, pace)
        agreement.revoked = True
        revoked_at = time.monotonic()
        sent, complete = agreement.wait()
        assert time.monotonic() - revoked_at < 1
        received += _read_until_reset(connection)
        assert time.monotonic() - revoked_at < 1
    assert not complete
    assert received < _TOTAL / 2
    assert sent < _TOTAL / 2
    assert agreement.closed


def _read_until_reset(connection: socket.socket) -> int:
    received = 0
    try:
        while chunk := connection.recv(65536):
            received += len(chunk)
    except ConnectionResetError:
        return received
    raise AssertionError("a cut answer must not end cleanly")


def _read_for(seconds: float, connection: socket.socket, pace: int) -> int:
    received = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if pace:
            received += len(connection.recv(16384))
        time.sleep(16384 / pace if pace else 0.1)
    return received


def test_an_answer_refused_before_its_first_byte_is_an_ordinary_refusal() -> None:
    agreement = Agreement()
    agreement.revoked = True

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await _stream(agreement)(scope, receive, send)
            except RefusedError:
                await send({"type": "http.response.start", "status": 403, "headers": []})
                await send({"type": "http.response.body", "body": b""})

    with background(app) as address, _ask(address) as connection:
        assert connection.recv(64).startswith(b"HTTP/1.1 403 ")
    assert agreement.wait() == (0, False)


def test_a_reader_who_leaves_is_noticed() -> None:
    agreement = Agreement()
    with background(_app(lambda: _stream(agreement))) as address:
        _ask(address).close()
        sent, complete = agreement.wait()
    assert not complete
    assert sent < _TOTAL
    assert agreement.closed


@pytest.mark.parametrize("length", [_MIB - 1, _MIB + 1], ids=["too-long", "too-short"])
def test_a_body_that_breaks_its_content_length_is_cut(length: int) -> None:
    agreement = Agreement()
    headers = {"Content-Length": str(length)}
    with background(_app(lambda: _stream(agreement, headers, _MIB))) as address, _ask(address) as connection:
        _read_until_reset(connection)
        assert not agreement.wait()[1]


def test_a_body_that_fails_is_cut_and_the_log_holds_no_value(caplog: pytest.LogCaptureFixture) -> None:
    agreement = Agreement()

    def body() -> Iterator[bytes]:
        yield b"x" * 10
        raise ValueError("QQ123456C")

    def make() -> WatchedStream:
        return WatchedStream(body(), check=agreement.check, on_done=agreement.on_done)

    with background(_app(make)) as address, _ask(address) as connection:
        _read_until_reset(connection)
        assert not agreement.wait()[1]
    assert "ValueError" in caplog.text
    assert "QQ123456C" not in caplog.text


def test_head_sends_the_headers_and_reads_nothing() -> None:
    agreement = Agreement()
    headers = {"Content-Length": str(_TOTAL)}
    with background(_app(lambda: _stream(agreement, headers))) as address, _ask(address, "HEAD") as connection:
        head = connection.recv(4096)
        assert f"content-length: {_TOTAL}".encode() in head.lower()
        assert head.endswith(b"\r\n\r\n")
        assert agreement.wait() == (0, True)


def test_an_asynchronous_body_of_large_items_flows_in_pieces() -> None:
    agreement = Agreement()

    async def body() -> AsyncIterator[bytes]:
        yield b"a" * _MIB
        yield b"b" * 3

    def make() -> WatchedStream:
        return WatchedStream(body(), check=agreement.check, on_done=agreement.on_done, status_code=206)

    with background(_app(make)) as address:
        connection = http.client.HTTPConnection(address.host, address.port)
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.status == 206
        assert response.read() == b"a" * _MIB + b"bbb"
        connection.close()
    assert agreement.wait() == (_MIB + 3, True)
