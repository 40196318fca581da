"""The rival of the file server: the slice as Parquet, fetched by SFTP from an sshd of our own on loopback."""

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow
from pyarrow import parquet

from benchmarks.delivery_slice import Plain
from benchmarks.rivals.programs import get_program

_CONFIGURATION = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/recipient.pub
PubkeyAuthentication yes
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
Subsystem sftp internal-sftp
"""


class FileServer:
    """A running sshd and the recipient's key to it."""

    def __init__(self, plain: Plain, folder: Path, port: int, pid: int) -> None:
        self._plain = plain
        self._folder = folder
        self._port = port
        self.pid = pid

    def read(self) -> pyarrow.Table:
        """Write the slice where the recipient may fetch it, fetch it by sftp and read it."""
        offered, fetched = self._folder / "offered.parquet", self._folder / "fetched.parquet"
        self._plain.write_parquet(offered)
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "LogLevel=ERROR"]
        given = [part for option in options for part in ("-o", option)]
        server = ["-q", "-F", "/dev/null", "-P", str(self._port), "-i", str(self._folder / "recipient")]
        command = [str(get_program("sftp")), *server, *given, f"{getpass.getuser()}@127.0.0.1:{offered}", str(fetched)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return parquet.read_table(fetched)


@contextmanager
def file_server(plain: Plain, folder: Path) -> Iterator[FileServer]:
    """Run sshd with throw-away keys until the block ends."""
    for name in ("host", "recipient"):
        command = [str(get_program("ssh-keygen")), "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    port = _free_port()
    place = folder / "sshd_config"
    place.write_text(_CONFIGURATION.format(port=port, folder=folder))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd as root sets down its unprivileged part
    process = subprocess.Popen([get_program("sshd"), "-D", "-e", "-f", place], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield FileServer(plain, folder, port, process.pid)
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    limit = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < limit:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("sshd did not start")
