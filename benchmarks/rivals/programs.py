"""The programs of others that the rivals are made of, found before anything is measured."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

PACKAGES = {
    "7zz": "7zip",
    "gpg": "gnupg",
    "sshd": "openssh-server",
    "sftp": "openssh-client",
    "ssh-keygen": "openssh-client",
    "postgres": "postgresql",
    "initdb": "postgresql",
}
_ELSEWHERE = ("/usr/sbin", "/usr/local/sbin")


class MissingProgramsError(RuntimeError):
    """Rivals cannot run: programs are missing; the message names their Debian packages."""


def find_program(name: str) -> Path | None:
    """Return where a program is, PostgreSQL's own folders included; the newest of several."""
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(_ELSEWHERE))
    if found is None:
        servers = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda place: int(place.parts[4]))
        found = str(servers[-1]) if servers else None
    return Path(found) if found else None


def get_program(name: str) -> Path:
    """Return where a program is.

    Raises:
        MissingProgramsError: it is nowhere.
    """
    found = find_program(name)
    if found is None:
        raise MissingProgramsError(_sentence([name]))
    return found


def require_programs(names: Iterable[str] = tuple(PACKAGES)) -> None:
    """Make sure that every program is there; as root on Debian, install what is not.

    Raises:
        MissingProgramsError: some are still missing; none is left out quietly.
    """
    if _missing(names) and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = sorted({PACKAGES[name] for name in _missing(names)})
        command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    if missing := _missing(names):
        raise MissingProgramsError(_sentence(missing))


def _missing(names: Iterable[str]) -> list[str]:
    return [name for name in names if find_program(name) is None]


def _sentence(missing: list[str]) -> str:
    packages = " ".join(sorted({PACKAGES[name] for name in missing}))
    return f"These programs are missing: {', '.join(missing)}. On Debian: apt-get install {packages}"
