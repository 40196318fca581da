"""Nothing acknowledged is lost by kill -9, and nothing is there twice (promise 2)."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.adapters.sql.conftest import Store

ROOT = Path(__file__).parents[3]


def acknowledged_before_the_kill(home: Path, name: str, publishing: str) -> list[str]:
    command = [sys.executable, "-m", "tests.adapters.sql.child_writer", str(home), name, publishing]
    environment = {**os.environ, "PYTHONPATH": "src"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(secrets.randbelow(300) / 1000)
        child.kill()
        said = first + child.stdout.read()
    assert first
    return said.decode().splitlines()


@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.nightly)])
def test_every_acknowledged_event_survives_a_kill(
    opened: "Callable[[Path], Store]", tmp_path: Path, rounds: int
) -> None:
    acknowledged: set[str] = set()
    signed = 0
    for number in range(rounds):
        publishing = "publishing" if number % 2 else "writing"
        acknowledged.update(acknowledged_before_the_kill(tmp_path, f"round-{number}", publishing))
        store = opened(tmp_path)
        subjects = store.subjects()
        assert acknowledged <= set(subjects)
        assert len(subjects) == len(set(subjects))
        assert store.things() == subjects
        before = store.log.sign_pending()
        assert before.size == len(subjects) > signed
        assert store.verify().pending == 0
        signed = before.size
        store.close()
    assert len(acknowledged) > rounds
