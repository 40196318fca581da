"""`commonweal backup` and `restore` as an operator meets them, and what a crash, a full disk or a dead node leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.node.backups import SECRET, Serving, seal_large

from commonweal.node import create_home, read_settings

if TYPE_CHECKING:
    from tests.cli.conftest import Command, Said
    from tests.conftest import Home, ServedApart, ServedHere

ServingApart = Callable[["Home"], AbstractContextManager["ServedApart"]]


@pytest.fixture(autouse=True)
def _secret_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", SECRET)


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def verify_failed(said: "Said", code: int, *words: str) -> None:
    assert said.code == code, said.err
    assert all(word in said.err for word in words), said.err


def test_a_stopped_node_is_backed_up_and_restored(command: "Command", a_home: "Home", tmp_path: Path) -> None:
    file, new = tmp_path / "backup.tar", tmp_path / "new"
    said = command("backup", file, "--home", a_home.folder)
    assert said.code == 0, said.err
    node = read_settings(a_home.folder).node
    for words in (f"Backed up node {node} of cabinet-office", "It can be restored until", "It holds no unlock secret."):
        assert words in said.out
    assert file.stat().st_mode & 0o777 == 0o600
    restored = command("restore", file, "--home", new)
    assert restored.code == 0, restored.err
    for words in ("all verified", "is here and fits", "Never again start", "tokens"):
        assert words in restored.out
    verified = command("audit", "verify", "--home", new, "--json").document()
    assert verified["key"] == command("audit", "verify", "--home", a_home.folder, "--json").document()["key"]
    assert command("people", "list", "--home", new).code == 0
    assert not (new / "restored.json").exists()


def test_both_answer_in_json(command: "Command", a_home: "Home", tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    made = command("backup", file, "--home", a_home.folder, "--keep-days", 3, "--json").document()
    assert made["file"] == str(file)
    assert made["format"] == "commonweal-backup/1"
    done = command("restore", file, "--home", tmp_path / "new", "--json").document()
    assert (done["backup"], done["verified"], done["secret"]) == (
        made["backup"],
        True,
        "given by the environment at start",
    )


def test_a_node_elsewhere_is_backed_up_over_the_network(
    command: "Command", served: "ServedHere", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMMONWEAL_UNLOCK")
    token = tmp_path / "token"
    token.write_text(served.token)
    there = ("--node", served.url, "--token", token)
    served.publish_claimants()
    said = command("backup", tmp_path / "backup.tar", *there)
    assert said.code == 0, said.err
    assert "operator keeps it" in said.out
    steward = "priya.shah@department-for-work-pensions"
    verify_failed(command("backup", tmp_path / "other.tar", *there, "--as", steward), 3, "identity.role")
    verify_failed(command("backup", tmp_path / "other.tar", "--node", served.url), 3, "identity.unauthenticated")
    assert names(tmp_path) == {"home", "token", "backup.tar"}
    restored = command("restore", tmp_path / "backup.tar", "--home", tmp_path / "new")
    assert restored.code == 0
    assert "Before `serve`: " in restored.out
    verify_failed(command("people", "list", "--home", tmp_path / "new"), 1, "node.secret-missing")
    monkeypatch.setenv("COMMONWEAL_UNLOCK", SECRET)
    assert "priya.shah" in command("people", "list", "--home", tmp_path / "new").out


def test_a_folder_keeps_what_has_not_expired(
    command: "Command", a_home: "Home", serving: Serving, tmp_path: Path
) -> None:
    folder, node = tmp_path / "kept", read_settings(a_home.folder).node
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    a_home.clock.advance(-timedelta(days=3))
    with serving(a_home) as served:
        token = tmp_path / "token"
        token.write_text(served.token)
        a_home.clock.advance(timedelta(seconds=1))
        old = command("backup", folder, "--node", served.url, "--token", token, "--keep-days", 1, "--json").document()
    assert not Path(old["file"]).exists(), "it had expired when it was made, for this machine's clock"
    said = command("backup", folder, "--home", a_home.folder)
    assert said.err == ""
    assert len(names(folder)) == 2
    assert all(each == "notes.txt" or each.startswith(f"commonweal-{node}-20") for each in names(folder))


def test_what_was_removed_is_named(command: "Command", a_home: "Home", serving: Serving, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    with serving(a_home) as served:
        token = tmp_path / "token"
        token.write_text(served.token)
        a_home.clock.advance(-timedelta(days=2))
        said = command("backup", folder, "--node", served.url, "--token", token, "--keep-days", 1)
    assert said.err.startswith(f"Removed {folder}/commonweal-node-")
    assert "it expired on" in said.err


@pytest.mark.parametrize("days", ["0", "3651", "soon"])
def test_days_are_bounded(command: "Command", a_home: "Home", tmp_path: Path, days: str) -> None:
    verify_failed(command("backup", tmp_path / "new.tar", "--home", a_home.folder, "--keep-days", days), 2)
    assert names(tmp_path) == {"home"}


def test_refusals_say_what_and_leave_nothing(
    command: "Command", a_home: "Home", serving: Serving, tmp_path: Path
) -> None:
    file, new = tmp_path / "backup.tar", tmp_path / "new"
    assert command("backup", file, "--home", a_home.folder).code == 0
    verify_failed(command("backup", tmp_path / "no" / "x.tar", "--home", a_home.folder), 1, "store.failed")
    verify_failed(command("backup", file, "--home", tmp_path / "nowhere"), 5, "input.not-found")
    verify_failed(command("restore", file, "--home", a_home.folder), 2, "is not an empty folder")
    verify_failed(command("restore", tmp_path / "none.tar", "--home", new), 1, "input.unreadable-file")
    verify_failed(command("restore", file, "--home", new, "--against", tmp_path / "none"), 1, "input.unreadable-file")
    verify_failed(command("restore", file, "--home", new, "--key", "00"), 6, "proof.failed")
    with serving(a_home) as served:
        served.join("brent", "Bea Brent", "steward")
        served.node.parts.log.sign_pending()
        (tmp_path / "newer").write_bytes(served.send("GET", "/log/checkpoint").content)
    verify_failed(command("restore", file, "--home", new, "--against", tmp_path / "newer"), 6, "audit.forked")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    verify_failed(command("restore", file, "--home", new), 6, "backup.damaged")
    assert not new.exists()


@pytest.fixture
def large(a_home: "Home") -> "Home":
    """A home whose backup takes a while: it holds a sealed file of 96 MiB."""
    with a_home.open() as node:
        seal_large(node, 96)
    return a_home


def begin(*tokens: object) -> "subprocess.Popen[bytes]":
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "commonweal.cli", *map(str, tokens)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for_some_of(part: Path, process: "subprocess.Popen[bytes]") -> None:
    limit = time.monotonic() + 30
    while not (part.exists() and part.stat().st_size):
        assert process.poll() is None, "the backup was over before it could be stopped"
        assert time.monotonic() < limit
        time.sleep(0.001)


def test_a_killed_command_leaves_no_file(large: "Home", serving_apart: ServingApart, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    with serving_apart(large) as served:
        token = tmp_path / "token"
        token.write_text(served.token)
        tokens = ("backup", folder / "new.tar", "--node", served.url, "--token", token)
        with begin(*tokens) as process:
            wait_for_some_of(folder / ".new.tar.part", process)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert names(folder) <= {".new.tar.part"}
        with begin(*tokens) as process:
            assert process.wait(60) == 0
        assert names(folder) == {"new.tar"}
    assert not list(large.folder.glob("backing-up*"))


def test_a_node_that_dies_leaves_no_file(large: "Home", serving_apart: ServingApart, tmp_path: Path) -> None:
    with serving_apart(large) as served:
        token = tmp_path / "token"
        token.write_text(served.token)
        with begin("backup", tmp_path / "new.tar", "--node", served.url, "--token", token) as process:
            wait_for_some_of(tmp_path / ".new.tar.part", process)
            served.process.kill()
            said = process.communicate(timeout=60)[1].decode()
        assert process.returncode == 7, said
        assert "backup.broken" in said
    assert not [each for each in names(tmp_path) if "new.tar" in each]


def test_a_killed_restore_leaves_no_node(command: "Command", large: "Home", tmp_path: Path) -> None:
    assert command("backup", tmp_path / "backup.tar", "--home", large.folder).code == 0
    new = tmp_path / "new"
    with begin("restore", tmp_path / "backup.tar", "--home", new) as process:
        wait_for_some_of(new / "restoring" / "node.db", process)
        process.kill()
    assert names(new) <= {"restoring"}
    verify_failed(command("people", "list", "--home", new), 5, "input.not-found")


@pytest.mark.parametrize("disk", [128 << 10], indirect=True)
def test_a_full_disk_keeps_nothing_of_a_backup(
    command: "Command", a_home: "Home", disk: Path, serving: Serving, tmp_path: Path
) -> None:
    with serving(a_home) as served:
        served.publish_claimants()
    verify_failed(command("backup", disk / "new.tar", "--home", a_home.folder), 1, "store.full")
    assert names(disk) == set()
    verify_failed(command("backup", disk, "--home", a_home.folder), 1, "store.full")
    assert names(disk) == set()
    assert command("backup", tmp_path / "new.tar", "--home", a_home.folder).code == 0
    verify_failed(command("restore", tmp_path / "new.tar", "--home", disk / "new"), 1, "store.full")
    assert names(disk) == set()
    verify_failed(command("restore", tmp_path / "new.tar", "--home", disk), 1, "store.full")
    assert names(disk) == set()


@pytest.mark.parametrize("disk", [800 << 10], indirect=True)
def test_a_node_without_room_for_a_copy_says_so(
    command: "Command", disk: Path, new_home: "Callable[[Path], Home]", tmp_path: Path
) -> None:
    home = new_home(disk / "home")
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(200 << 10))
    verify_failed(command("backup", tmp_path / "new.tar", "--home", home.folder), 1, "store.full")
    assert names(tmp_path) == {"disk"}
    assert not list(home.folder.glob("backing-up*"))
    ballast.unlink()
    assert command("backup", tmp_path / "new.tar", "--home", home.folder).code == 0


def test_a_home_with_the_secret_file_says_where_it_is(
    command: "Command", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMMONWEAL_UNLOCK")
    settings = create_home(tmp_path / "home", body="lambeth", operator="Jo", port=8400, environment={})
    said = command("backup", tmp_path / "backup.tar", "--home", tmp_path / "home")
    assert f"commonweal/{settings.node}" in said.out
    secret = Path(os.environ["XDG_CONFIG_HOME"]) / "commonweal" / settings.node / "unlock"
    assert secret.read_bytes() not in (tmp_path / "backup.tar").read_bytes()


def test_what_doctor_says_of_backups_fails_nothing(command: "Command", a_home: "Home", tmp_path: Path) -> None:
    said = command("doctor", "--home", a_home.folder)
    assert said.code == 0, said.out
    assert "warn backups: none was ever made" in said.out
    assert command("backup", tmp_path / "new.tar", "--home", a_home.folder).code == 0
    told = json.loads(command("doctor", "--home", a_home.folder, "--json").out)
    assert [each["warns"] for each in told if each["check"] == "backups"] == [False]
