"""Commands run in this process, and what every refusal must look like."""

import re
from collections.abc import Callable

import httpx
import pytest

from commonweal.cli.app import run

CANARY = "QUARTZCANARY"


@pytest.fixture(autouse=True)
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands of this process open the homes of tests."""
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "a secret that only these tests know")


class Said:
    """What a command wrote and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def verify_refused(self, code: int, *words: str) -> None:
        """The exit code is right, the words help, and neither a traceback nor a data value is shown."""
        assert self.code == code, self.err
        assert "Traceback" not in self.err + self.out
        assert CANARY not in self.err + self.out
        assert re.search(r"\[[a-z-]+\.[a-z-]+\]\n$", self.err), self.err
        assert not [word for word in words if word not in self.err], self.err


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run one command line in this process."""

    def running(*tokens: object) -> Said:
        capfd.readouterr()
        code = run([str(token) for token in tokens])
        return Said(code, *capfd.readouterr())

    return running


def _verify_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert answer.json()["advice"]


@pytest.fixture(scope="session")
def verify_problem() -> Callable[[httpx.Response, int], None]:
    """Give the check that an answer is a problem document with this status."""
    return _verify_problem
