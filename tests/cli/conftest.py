"""The command line as a person meets it: what a command says, where it says it, and the code it ends with."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commonweal.cli.app import run

if TYPE_CHECKING:
    from tests.conftest import Agreed, Home, ServedHere


@dataclass(frozen=True)
class Said:
    """How a command ended: its exit code, its standard output and its standard error."""

    code: int
    out: str
    err: str

    def document(self) -> Any:
        """Return the one JSON document that is all of the standard output."""
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run one command of the command line."""

    def said(*tokens: object) -> Said:
        capsys.readouterr()
        code = run([str(token) for token in tokens])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Said(code, captured.out, captured.err)

    return said


@dataclass(frozen=True)
class World:
    """A node in the middle of its work: agreements in force, expired and revoked, and a request that waits."""

    served: "ServedHere"
    folder: Path
    waiting: str
    agreed: "Agreed"
    expired: "Agreed"
    revoked: "Agreed"

    def expand(self, text: str) -> str:
        """Put what only this node knows in place of words in capitals."""
        known = {
            "NODE": self.served.url,
            "TOKEN": self.folder / "token",
            "FOLDER": self.folder,
            "WAITING": self.waiting,
            "AGREED": self.agreed.id,
            "REVOKED": self.revoked.id,
        }
        for name, value in known.items():
            text = text.replace(name, str(value))
        return text

    def profile(self, name: str, token: str) -> None:
        """Write a profile with a token."""
        values = {"endpoint": f"{self.served.url}/delta-sharing/", "bearerToken": token}
        (self.folder / f"{name}.share").write_text(json.dumps(values))


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> Iterator[World]:
    """A node with something of everything, its files beside it."""
    folder = tmp_path_factory.mktemp("world")
    home, _ = new_home(folder / "home"), new_home(folder / "stopped")
    with serving(home) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        expired = served.agree_on_stock(until=home.clock.now() + timedelta(minutes=1))
        revoked = served.agree_on_stock()
        served.do(f"/api/v1/agreements/{revoked.id}/revocation", {"reason": "a trial"})
        home.clock.advance(timedelta(minutes=2))
        world = World(served, folder, served.ask_for_claimants(), agreed, expired, revoked)
        for name in ("agreed", "expired", "revoked"):
            world.profile(name, getattr(world, name).token)
        world.profile("unknown", f"cw_{'A' * 43}")
        world.profile("malformed", "not a token")
        (folder / "token").write_text(served.token)
        (folder / "empty").write_bytes(b"")
        (folder / "negative.csv").write_text("trust,as_at,item,stock,daily_use\nR0A,2020-04-01,gloves,-40,12\n")
        (folder / "stock.csv").write_text("trust,as_at,item,stock,daily_use\nR0A,2020-04-01,gloves,40,12\n")
        (folder / "broken.yaml").write_text("schema: [")
        yield world
