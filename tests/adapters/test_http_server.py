"""The server starts where it is told, stops when it is told, and can cut a reader."""

import datetime as dt
import http.client
import ipaddress
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.types import ASGIApp, Receive, Scope, Send

from commonweal.adapters.http_server import ServerError, Tls, background, serve

_HELLO = b"hello"


def hello(greeting: bytes = _HELLO) -> ASGIApp:
    """Make an application that greets, or is cut half-way on `/cut`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": greeting, "more_body": scope["path"] == "/cut"})
            if scope["path"] == "/cut":
                scope["extensions"]["commonweal.abort"]["now"]()

    return app


def _get(host: str, port: int, path: str = "/") -> bytes:
    return _read(http.client.HTTPConnection(host, port, timeout=5), path)


def _read(connection: http.client.HTTPConnection, path: str) -> bytes:
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def test_background_answers_at_the_address_it_gives() -> None:
    with background(hello()) as address:
        assert _get(address.host, address.port) == _HELLO
        assert address.url == f"http://127.0.0.1:{address.port}"
    with pytest.raises(ConnectionRefusedError):
        _get(address.host, address.port)


def test_background_loads_a_factory_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "greeter.py").write_text("from tests_of_server import hello\n")
    monkeypatch.setitem(sys.modules, "tests_of_server", sys.modules[__name__])
    monkeypatch.syspath_prepend(str(tmp_path))
    with background("greeter:hello", b"by name") as address:
        assert _get(address.host, address.port) == b"by name"


def test_no_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), background(hello()) as address:
        _get(address.host, address.port, "/sign-in?link=secret")
    assert "secret" not in caplog.text


def test_an_ipv6_address_is_bracketed() -> None:
    with background(hello(), host="::1") as address:
        assert address.url == f"http://[::1]:{address.port}"
        assert _get("::1", address.port) == _HELLO


def test_a_cut_is_a_reset_and_not_an_end() -> None:
    with background(hello()) as address, pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        _get(address.host, address.port, "/cut")


def test_a_taken_port_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        taken = pytest.raises(ServerError, match=f"port {port}: Address already in use")
        with taken, background(hello(), port=port):
            pass


@pytest.mark.parametrize(("host", "port"), [("203.0.113.9", 0), ("127.0.0.1", 70000), ("no such host", 0)])
def test_an_impossible_address_is_explained(host: str, port: int) -> None:
    with pytest.raises(ServerError, match="cannot listen"), background(hello(), host=host, port=port):
        pass


@pytest.mark.parametrize("target", ["json:nothing", "no_such_module:app", "nonsense"])
def test_an_unknown_application_is_explained(target: str) -> None:
    with pytest.raises(ServerError, match="no application"):
        serve(target)


def test_an_application_that_fails_to_start_is_explained() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": ""})

    with pytest.raises(ServerError, match="did not start"), background(app):
        pass


def test_an_endless_head_is_refused() -> None:
    with background(hello()) as address, socket.create_connection((address.host, address.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 400 ")


def _certificate(folder: Path) -> Tls:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    tls = Tls(folder / "node.pem", folder / "node.key")
    tls.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    tls.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return tls


def test_tls_serves_and_cuts(tmp_path: Path) -> None:
    tls = _certificate(tmp_path)
    context = ssl.create_default_context(cafile=str(tls.certificate))
    with background(hello(), tls=tls) as address:
        assert address.url.startswith("https://")
        whole = http.client.HTTPSConnection(address.host, address.port, context=context)
        assert _read(whole, "/") == _HELLO
        with pytest.raises((OSError, http.client.IncompleteRead)):
            _read(http.client.HTTPSConnection(address.host, address.port, context=context), "/cut")


def test_an_unusable_certificate_is_explained(tmp_path: Path) -> None:
    tls = _certificate(tmp_path)
    tls.key.write_bytes(b"not a key")
    with pytest.raises(ServerError, match="cannot be used together"), background(hello(), tls=tls):
        pass


@pytest.mark.parametrize("signal_sent", [signal.SIGTERM, signal.SIGINT])
def test_serve_stops_cleanly_on_a_signal(signal_sent: signal.Signals) -> None:
    program = (
        "import importlib.util, sys\n"
        "spec = importlib.util.spec_from_file_location('greeter', sys.argv[1])\n"
        "sys.modules['greeter'] = module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "from commonweal.adapters.http_server import serve\n"
        "serve('greeter:hello', port=0, on_started=lambda address: print(address.port, flush=True))\n"
        "print('stopped')\n"
    )
    source = str(Path(__file__).parents[2] / "src")
    with subprocess.Popen(
        [sys.executable, "-c", program, __file__],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert _get("127.0.0.1", port) == _HELLO
        began = time.monotonic()
        process.send_signal(signal_sent)
        output, errors = process.communicate(timeout=10)
    assert (process.returncode, output, errors) == (0, "stopped\n", "")
    assert time.monotonic() - began < 5
