"""What a node does first: it sweeps up after a crash, signs what is pending, and takes its folder for itself."""

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonweal.core import CommonwealError

if TYPE_CHECKING:
    from tests.conftest import Home, ServedApart, ServedHere

Serving = Callable[["Home"], AbstractContextManager["ServedHere"]]


def payloads(home: "Home") -> set[str]:
    return {path.name for path in (home.folder / "blobs").rglob("*") if path.is_file()}


def test_what_a_crash_left_is_swept_and_nothing_else(a_home: "Home", serving: Serving) -> None:
    with serving(a_home) as served:
        agreed = served.agree_on_stock()
        served.file_url(agreed)
        kept = payloads(a_home)
    for stray in ("blobs/aa/stage-0000000000000aa", "blobs/bb/sf-00000000000000bb", "blobs/unfinished/sf-1.abcd"):
        place = a_home.folder / stray
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"left behind")
    with serving(a_home) as served:
        assert payloads(a_home) == kept
        assert served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 200
    assert a_home.verify().sealed_files == len(kept) == 2


def test_a_killed_node_has_lost_nothing_that_it_acknowledged(
    a_home: "Home", serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]"
) -> None:
    with serving_apart(a_home) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        link = served.file_url(agreed)
        names = [each["name"] for each in served.events()]
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait(30)
    (a_home.folder / "serve.json").unlink()
    with serving_apart(a_home) as served:
        assert [each["name"] for each in served.events()][: len(names)] == names
        assert served.send("GET", link).status_code == 200
        assert served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 200
    a_home.verify()


def test_one_process_at_a_time_opens_a_home(a_home: "Home", serving: Serving) -> None:
    with serving(a_home), pytest.raises(CommonwealError) as refused, a_home.open():
        raise AssertionError("a second writer was let in")
    assert refused.value.code == "store.in-use"
    a_home.verify()


def test_two_homes_are_served_side_by_side(
    a_home: "Home", new_home: "Callable[[Path], Home]", serving: Serving, tmp_path: Path
) -> None:
    with serving(a_home), serving(new_home(tmp_path / "other")) as other:
        assert other.send("GET", "/health").json()["status"] == "ok"
