"""Step 5: the log proves itself, a copy with one byte changed is caught, and the home holds no closed person."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from commonweal.core import Outcome

from .claimants import Claimant, forms_of
from .stage import Stage, verify

_CHUNK = 8 << 20


def tell_proof(stage: Stage, people: Iterable[Claimant]) -> dict[str, Any]:
    """Stop the node, verify, tamper with a copy, search the home; return the figures."""
    stage.stop()
    verify(_verify(stage.home) == 0, "the log must verify.")
    caught = _verify(_tampered_copy(stage))
    verify(caught == Outcome.UNPROVEN.exit_code, "a changed byte must be caught with exit code 6.")
    needles = [form for person in people for form in forms_of(person)]
    searched, found = search_folder(stage.home, needles)
    verify(not found, "the home must hold none of the closed people in any form.")
    return {
        "verified": True,
        "tampered_copy_exit_code": caught,
        "forms_searched": len(needles),
        "bytes_searched": searched,
    }


def _verify(home: Path) -> int:
    command = [sys.executable, "-m", "commonweal.cli", "audit", "verify", "--home", str(home)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def _tampered_copy(stage: Stage) -> Path:
    copy = stage.outside / "tampered"
    shutil.copytree(stage.home, copy)
    connection = sqlite3.connect(copy / "node.db")
    with connection:
        connection.execute(
            "UPDATE audit_event SET event = replace(event, '\"rows\":', '\"Rows\":')"
            " WHERE idx = (SELECT min(idx) FROM audit_event WHERE event LIKE '%\"rows\":%')"
        )
    connection.close()
    return copy


def search_folder(folder: Path, needles: list[bytes]) -> tuple[int, list[bytes]]:
    """Search every file under a folder for every needle; return the bytes searched and the needles found."""
    overlap = max(map(len, needles))
    searched, found = 0, []
    for path in folder.rglob("*"):
        if path.is_file():
            tail = b""
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    window = tail + chunk
                    found += [needle for needle in needles if needle in window]
                    tail = window[-overlap:]
                    searched += len(chunk)
    return searched, found
