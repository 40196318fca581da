"""A newcomer who does what a document says, in a folder that looks like a fresh clone."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND_SECONDS = 60
START_SECONDS = 60

_SHOWN_PORT = "8400"
_SERVE = "commonweal serve"
_DRY_MAKE = f"make --dry-run --no-print-directory --directory={shlex.quote(str(ROOT))}"
_LEARNT = (
    r"act-[0-9a-z]{16}",
    r"def-[0-9a-z]{16}",
    r"agr-[0-9a-z]{16}",
    r"node-[0-9a-z]{16}",
    r"req-[0-9a-z]{16}",
    r"cw_[\w-]{43}",  # tokens
    r"[0-9a-f]{32}",  # tokenised values
    r"\d{4}-\d\d-\d\dT[\d:.]+Z",  # moments
)
_DURATION = r"\d+(?:\.\d+)? s\b"
_VARYING = re.compile("|".join((*_LEARNT, _DURATION, "…")))


@dataclass
class Newcomer:
    """Runs the fences of one document in order.

    What differs on every run (identifiers, tokens, moments) is learnt where the document first shows it, and put in its
    place in the commands that follow. The node listens on a free port wherever the document says 8400.
    `commonweal serve` is left running. `make` is only asked what it would do, since it runs these very tests; what a
    document shows of its output is compared in the nightly test.
    """

    folder: Path
    port: int
    environment: dict[str, str]
    learnt: dict[str, str] = field(default_factory=dict)
    servers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    output: str | None = None
    is_dry: bool = False

    def run(self, source: str) -> None:
        """Run a shell fence; every command must succeed."""
        script = self._as_run_here(source)
        if script.startswith(_SERVE):
            self._serve(script)
        else:
            self._wait_for(["bash", "-euo", "pipefail", "-c", script])
        self.is_dry = script.startswith(_DRY_MAKE)

    def run_python(self, source: str) -> None:
        """Run a Python fence as a program of its own."""
        self._wait_for([sys.executable, "-W", "error", "-c", self._as_run_here(source)])

    def compare(self, expected: str) -> None:
        """Compare what was printed last with what the document shows; `…` stands for anything."""
        if self.is_dry:
            return
        assert self.output is not None, "this output follows no command"
        shown = expected.replace(_SHOWN_PORT, str(self.port))
        pattern, names = self._pattern_of(shown.strip())
        found = re.fullmatch(pattern, self.output.strip())
        assert found, f"the document shows\n{shown}\nbut the command printed\n{self.output}"
        self.learnt |= {name: found[group] for group, name in names.items()}
        self.output = None

    def leave(self) -> None:
        """Stop what was left serving."""
        for server in self.servers:
            server.send_signal(signal.SIGTERM)
            server.wait(START_SECONDS)

    def _as_run_here(self, source: str) -> str:
        for shown, actual in self.learnt.items():
            source = source.replace(shown, actual)
        source = source.replace(_SHOWN_PORT, str(self.port))
        source = re.sub(r"^make\b", _DRY_MAKE, source, flags=re.MULTILINE)
        return re.sub(r"^(commonweal init .*)$", rf"\1 --port {self.port}", source, flags=re.MULTILINE)

    def _wait_for(self, command: list[str]) -> None:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        self.output = done.stdout.decode()
        assert done.returncode == 0, f"{command[-1]}\nended with {done.returncode}:\n{self.output}"

    def _serve(self, script: str) -> None:
        log = self.folder / "serve.log"
        with log.open("wb") as file:
            server = subprocess.Popen(
                shlex.split(script), cwd=self.folder, env=self.environment, stdout=file, stderr=subprocess.STDOUT
            )
        self.servers.append(server)
        limit = time.monotonic() + START_SECONDS
        while "Sign in:" not in log.read_text():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < limit, log.read_text()
            time.sleep(0.1)
        self.output = log.read_text()

    def _pattern_of(self, shown: str) -> tuple[str, dict[str, str]]:
        """Return a pattern for output like `shown`, and for each of its groups the text it stands for."""
        pattern, names, end = "", dict[str, str](), 0
        for varying in _VARYING.finditer(shown):
            pattern += re.escape(shown[end : varying.start()])
            pattern += self._pattern_of_varying(varying[0], names)
            end = varying.end()
        return pattern + re.escape(shown[end:]), names

    def _pattern_of_varying(self, text: str, names: dict[str, str]) -> str:
        if text in self.learnt:
            return re.escape(self.learnt[text])
        kind = next((each for each in _LEARNT if re.fullmatch(each, text)), None)
        if kind is None:
            return r"(?s:.*)" if text == "…" else _DURATION
        for group, name in names.items():
            if name == text:
                return f"(?P={group})"
        group = f"varying_{len(names)}"
        names[group] = text
        return f"(?P<{group}>{kind})"


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    """A newcomer in a folder that looks like a clone whose `.venv` is made."""
    folder = tmp_path / "commonweal"
    folder.mkdir()
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "examples").symlink_to(ROOT / "examples")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    someone = Newcomer(folder, port, environment)
    yield someone
    someone.leave()
