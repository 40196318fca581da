"""A disk that is full or fails is told in a sentence, keeps nothing by halves, and is forgotten once it works."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from commonweal.core import StoreFullError

if TYPE_CHECKING:
    from tests.adapters.sql.conftest import Store

ROOT = Path(__file__).parents[3]


@contextmanager
def small_disk(size: int, place: Path) -> Iterator[Path]:
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def can_mount() -> bool:
    try:
        with TemporaryDirectory() as place, small_disk(65_536, Path(place)):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def fill_store(store: "Store") -> None:
    for number in range(10_000):
        store.make(f"thing-{number}", note="x" * 2000)


def fill_rest(file: Path) -> None:
    with suppress(OSError), file.open("wb", buffering=0) as rest:
        while True:
            rest.write(bytes(4096))


@pytest.mark.parametrize("size", [1 << 20, 2 << 20, 5 << 20] if can_mount() else [])
def test_a_full_disk_keeps_nothing_by_halves_and_works_again(
    opened: "Callable[[Path], Store]", tmp_path: Path, size: int
) -> None:
    with small_disk(size, tmp_path):
        store = opened(tmp_path)
        store.log.sign_pending()
        ballast, rest = tmp_path / "ballast", tmp_path / "rest"
        ballast.write_bytes(bytes(size // 2))
        with pytest.raises(StoreFullError) as caught:
            fill_store(store)
        assert "Free space" in caught.value.advice()
        assert "full" in str(store.writer.stopped)
        kept = store.things()
        assert kept == store.subjects() != []
        fill_rest(rest)
        with pytest.raises(StoreFullError):
            store.log.sign_pending()
        assert not (tmp_path / "log" / "unfinished").exists()
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
