"""Which node a command speaks to: one that serves, one by URL, or this home's, started for the command's length."""

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter

from commonweal.core import UnreadableFileError

if TYPE_CHECKING:
    from commonweal.adapters.wire import NodeClient

DEFAULT_HOME = Path("commonweal-home")
APPLICATION = "commonweal.web:create_app"
WHERE = Group("Where, and how it answers", sort_key=9)
"""The heading in every command's help of what most commands have in common."""


@Parameter(name="*", group=WHERE)
@dataclass(frozen=True)
class Folder:
    """Which home folder a command works on, and how it answers."""

    home: Path | None = None
    "the node's folder (default: $COMMONWEAL_HOME, else ./commonweal-home)."

    json: bool = False
    "answer in JSON on standard output."

    def folder(self) -> Path:
        """Return the node's folder."""
        return (self.home or Path(os.environ.get("COMMONWEAL_HOME") or DEFAULT_HOME)).absolute()  # noqa: TID251


@Parameter(name="*", group=WHERE)
@dataclass(frozen=True)
class Target(Folder):
    """Where a command acts, for whom, and how it answers."""

    node: str = ""
    "the address of a running node, instead of a folder."

    token: Path | None = None
    "a file with the token for --node."

    acting_as: Annotated[str, Parameter(name="--as")] = ""
    "the person who acts, such as jo.bloggs@lambeth."


@contextmanager
def connect(target: Target, *, serving: bool = False) -> Iterator["NodeClient"]:
    """Give a client of the node that `target` names; a folder's is started for the block, unless it must be `serving`.

    Raises:
        NotFoundError: there is no node in that folder.
        UnreachableError: the node does not answer.
    """
    from commonweal.adapters.wire import NodeClient

    if target.node:
        place: AbstractContextManager[tuple[str, str]] = nullcontext((target.node, _read_token(target.token)))
    else:
        place = _of_home(target.folder(), serving=serving)
    with place as (url, token), closing(NodeClient(url, token, acting_as=target.acting_as)) as client:
        yield client


def _read_token(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise UnreadableFileError(
            f"{path} cannot be read as a token.", advice="Give the path of a token's file."
        ) from None


@contextmanager
def _of_home(home: Path, *, serving: bool) -> Iterator[tuple[str, str]]:
    from commonweal.adapters.folder import is_locked
    from commonweal.adapters.wire import UnreachableError
    from commonweal.node import read_settings

    settings = read_settings(home)
    if is_locked(home):
        yield read_serving(home, settings.node)
        return
    if serving:
        raise UnreachableError(f"No node serves {home}.", advice="Start it with `commonweal serve`.")
    from commonweal.adapters.http_server import background
    from commonweal.node import Front, open_home

    with open_home(home) as node, background(APPLICATION, node, Front()) as address:
        yield address.url, node.bodies.lend_operator_token()


def read_serving(home: Path, node: str) -> tuple[str, str]:
    """Return the address and the operator token of the node that serves this home.

    Raises:
        UnreachableError: another process holds the folder, but it does not serve, or not for this user.
    """
    from commonweal.adapters.wire import UnreachableError
    from commonweal.node import operator_token_file

    try:
        url = str(json.loads((home / "serve.json").read_bytes())["url"])
        return url, operator_token_file(node).read_text().strip()
    except (OSError, ValueError, KeyError):
        raise UnreachableError(
            f"Another process is using {home}, and this user cannot speak to it.",
            advice="Wait for it to end, or run the command as the user who serves the node.",
        ) from None
