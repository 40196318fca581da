"""`commonweal serve` and the commands of the same user, each a process of its own."""

import json
import shutil
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Home, ServedApart

UNLOCK = "a secret that only these tests know"


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration folder of the user who serves and commands."""
    folder = tmp_path / "configuration"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.setenv("COMMONWEAL_UNLOCK", UNLOCK)
    return folder / "commonweal"


def test_a_home_that_is_served_is_spoken_to_and_left_as_it_was(
    a_home: "Home",
    serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]",
    secrets: Path,
    command: "Command",
) -> None:
    home = ("--home", a_home.folder)
    settings = json.loads((a_home.folder / "node.json").read_bytes())
    (a_home.folder / "node.json").write_text(json.dumps(settings | {"hosts": ["data.lambeth.example"]}))
    with serving_apart(a_home) as served:
        for host, status in (("data.lambeth.example", 200), ("data.southwark.example", 400)):
            assert served.client.get("/health", headers={"Host": host}).status_code == status
        (token,) = secrets.rglob("operator-token")
        assert token.stat().st_mode & 0o777 == 0o600
        assert json.loads((a_home.folder / "serve.json").read_bytes()) == {"url": served.url}
        # a command for the home speaks to the process that serves it, and a second writer is refused
        assert command("join", "R0A", *home, "--json").document()["body"] == "r0a"
        bodies = served.client.get("/api/v1/bodies", headers=served.person()).json()["bodies"]
        assert "r0a" in {each["body"] for each in bodies}
        refused = command("serve", *home)
        assert refused.code == 1
        assert "Another process" in refused.err
        # each sign-in link opens one session, once
        printed = served.said.read_text()
        assert f"{served.url}\n" in printed
        first = printed.partition("Sign in: ")[2].split()[0]
        second = command("serve", "link", *home).out.removeprefix("Sign in: ").strip()
        assert first != second
        for link in (first, second):
            assert served.client.get(link, headers={"Accept": "text/html"}).status_code == 303
            assert served.client.get(link, headers={"Accept": "text/html"}).status_code in {401, 403}
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(30) == 0
    assert not (a_home.folder / "serve.json").exists()
    assert not list(secrets.rglob("operator-token"))
    gone = command("serve", "link", *home)
    assert gone.code == 7
    assert a_home.verify().log.size > 3


def test_what_a_crash_leaves_behind_does_not_lock_anybody_out(
    a_home: "Home",
    serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]",
    secrets: Path,
    command: "Command",
) -> None:
    with serving_apart(a_home) as served:
        served.process.kill()
        served.process.wait(30)
    assert (a_home.folder / "serve.json").exists()
    assert command("people", "list", "--home", a_home.folder).code == 0
    assert list(secrets.rglob("operator-token"))
    shutil.rmtree(secrets)
