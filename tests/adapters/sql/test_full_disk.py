"""A disk that is full or fails is told in a sentence, keeps nothing by halves, and is forgotten once it works."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING

import pytest

from commonweal.core import StoreFullError

if TYPE_CHECKING:
    from tests.adapters.sql.conftest import Store

ROOT = Path(__file__).parents[3]


def fill_store(store: "Store") -> None:
    for number in range(10_000):
        store.make(f"thing-{number}", note="x" * 2000)


def fill_rest(file: Path) -> None:
    with suppress(OSError), file.open("wb", buffering=0) as rest:
        while True:
            rest.write(bytes(4096))


@pytest.mark.parametrize("disk", [1 << 20, 2 << 20, 5 << 20], indirect=True)
def test_a_full_disk_keeps_nothing_by_halves_and_works_again(opened: "Callable[[Path], Store]", disk: Path) -> None:
    store = opened(disk)
    store.log.sign_pending()
    ballast, rest = disk / "ballast", disk / "rest"
    ballast.write_bytes(bytes(disk_usage(disk).total // 2))
    with pytest.raises(StoreFullError) as caught:
        fill_store(store)
    assert "Free space" in caught.value.advice()
    assert "full" in str(store.writer.stopped)
    kept = store.things()
    assert kept == store.subjects() != []
    fill_rest(rest)
    with pytest.raises(StoreFullError):
        store.log.sign_pending()
    assert not (disk / "log" / "unfinished").exists()
    assert store.verify().pending == len(kept)
    rest.unlink()
    ballast.unlink()
    assert store.make("after") == len(kept)
    assert store.writer.stopped is None
    store.log.sign_pending()
    assert store.verify().size == len(kept) + 1
    store.close()


def test_a_failing_disk_stops_the_log_and_works_again(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.adapters.sql.child_limit", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": "src"}
    said = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=60)
    answer = json.loads(said.stdout)
    assert answer["error"] == "audit.stopped"
    assert "failed to read or write" in answer["stopped"]
    assert answer["healed"]
    assert answer["things"]
    assert answer["size"] == answer["kept"] + 1
