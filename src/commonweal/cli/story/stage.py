"""The stage of the story: a node that serves in a process of its own, and clients of its API."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from commonweal.adapters.folder import FolderLock
from commonweal.adapters.wire import NodeClient, UnreachableError
from commonweal.cli.session import read_serving
from commonweal.core import CommonwealError, InputError
from commonweal.node import create_home, read_settings

_START_SECONDS = 60
_STOP_SECONDS = 30
OPERATOR_BODY = "cabinet-office"
OPERATOR = "Demo Operator"


class StepError(CommonwealError):
    """A step of the story read something back that it must not have."""

    code = "demo.step-failed"
    default_advice = "Keep the folder and report what the last line says."


def verify(expected: bool, sentence: str) -> None:  # noqa: FBT001  reads as a sentence at every call
    """Fail the step unless what was read back is as it must be.

    Raises:
        StepError: it is not; `sentence` says what must hold.
    """
    if not expected:
        raise StepError(f"The story failed: {sentence}")


@dataclass
class Stage:
    """Where the story plays: the node's home, a folder outside it, and the address the node answers at."""

    home: Path
    outside: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    people: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Return the node's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve the home in a process of its own and wait until it answers."""
        with (self.outside / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "commonweal.cli", "serve", "--home", str(self.home)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        limit = time.monotonic() + _START_SECONDS
        while time.monotonic() < limit and self.process.poll() is None:
            with suppress(CommonwealError), self.client() as node:
                node.get("/health")
                return
            time.sleep(0.1)
        raise StepError(f"The node did not start; see {self.outside / 'serve.log'}.")

    def stop(self) -> None:
        """Stop the node cleanly, so that what is pending is signed."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(_STOP_SECONDS)
        self.process = None

    @contextmanager
    def client(self, person: str = "") -> Iterator[NodeClient]:
        """Give a client for a person of the story (the operator when none is named)."""
        url, token = read_serving(self.home, read_settings(self.home).node)
        client = NodeClient(url, token, acting_as=self.people.get(person, person))
        try:
            yield client
        finally:
            client.close()

    @contextmanager
    def reader(self, token: str = "") -> Iterator[NodeClient]:
        """Give a client with a recipient's token, or with none."""
        client = NodeClient(self.url, token)
        try:
            yield client
        finally:
            client.close()

    def join(self, body: str, **people: str) -> None:
        """Give a body a tenancy and its people their roles; people are known by their keyword from then on."""
        with self.client() as node:
            node.post("/api/v1/bodies", {"body": body})
            for nickname, words in people.items():
                name, _, roles = words.partition(":")
                form = {"body": body, "name": name, "roles": roles.split(",")}
                self.people[nickname] = node.post("/api/v1/people", form)["person"]

    def publish(self, person: str, source: Path, dataset: str, contract: str, **form: Any) -> dict[str, Any]:
        """Publish a file under one of the story's data contracts, or an `upload` of it that is there already."""
        body, name = dataset.split("/")
        with self.client(person) as node:
            answer: dict[str, Any] = node.post(
                "/api/v1/datasets",
                {
                    "body": body,
                    "name": name,
                    "contract": read_packaged(contract).decode(),
                    "upload": form.pop("upload", "") or node.upload(source),
                    "format": "parquet" if source.suffix == ".parquet" else "csv",
                    "confirm": True,
                    **form,
                },
            )
        return answer

    def profile(self, person: str, agreement: str) -> dict[str, Any]:
        """Return a fresh profile of an agreement."""
        with self.client(person) as node:
            answer: dict[str, Any] = node.post(f"/api/v1/agreements/{agreement}/profile")
        return answer


def read_packaged(name: str) -> bytes:
    """Return one of the files that ship with the story."""
    return (files("commonweal.cli.story") / "data" / name).read_bytes()


def set_stage(home: Path, port: int) -> Stage:
    """Make the home and the folder outside it; a former demonstration's are replaced.

    Raises:
        InputError: the folder holds something that is not a demonstration.
        FolderInUseError: a former demonstration still serves it.
    """
    outside = home.with_name(f"{home.name}-outside")
    if home.exists() and any(home.iterdir()):
        if not _is_demo(home):
            raise InputError(f"{home} holds something else.", advice="Choose another folder with HOME_DIR or --home.")
        FolderLock(home).close()
        shutil.rmtree(home)
        shutil.rmtree(outside, ignore_errors=True)
    outside.mkdir(parents=True, exist_ok=True, mode=0o700)
    stage = Stage(home, outside, _free_port(port))
    create_home(home, body=OPERATOR_BODY, operator=OPERATOR, port=stage.port, demo=True)
    return stage


def _is_demo(home: Path) -> bool:
    try:
        return read_settings(home).demo
    except CommonwealError:
        return False


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)) as listener:
            return int(listener.getsockname()[1])
    raise UnreachableError("No port is free on 127.0.0.1.")


def rows_of(ndjson: bytes) -> list[dict[str, Any]]:
    """Return the rows of an NDJSON answer."""
    return [json.loads(line) for line in ndjson.splitlines() if line]
