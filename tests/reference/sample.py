"""A real node, made once in a temporary folder: what it writes there, and how it describes its API."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from commonweal.node import Front, Serving, create_home, open_home
from commonweal.web import create_app

FOLDER = "XDG_CONFIG_HOME"


@dataclass(frozen=True)
class Sample:
    """What a node showed of itself: its OpenAPI document, and the names in its home and in its folder of secrets."""

    openapi: dict[str, Any]
    home: frozenset[str]
    secrets: frozenset[str]


@cache
def sample() -> Sample:
    """Make a node, serve it as far as its announcement, close it, and return what it showed."""
    with TemporaryDirectory() as folder, _own_configuration(folder):
        home = Path(folder) / "home"
        settings = create_home(home, body="DWP", operator="Jo Bloggs", port=8400)
        secrets = Path(folder) / "commonweal" / settings.node
        with open_home(home) as node:
            serving = Serving(node)
            serving.announce(settings.url)
            document = create_app(node, Front()).openapi()
            seen, hidden = _names(home), _names(secrets)
            serving.close()
        return Sample(document, seen | _names(home), hidden | _names(secrets))


def _names(folder: Path) -> frozenset[str]:
    return frozenset(each.name for each in folder.iterdir())


@contextmanager
def _own_configuration(folder: str) -> Iterator[None]:
    """Keep the node's secrets out of the user's own folder for as long as it lives."""
    names = (FOLDER, "COMMONWEAL_UNLOCK", "CREDENTIALS_DIRECTORY")
    former = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ[FOLDER] = folder
    try:
        yield
    finally:
        del os.environ[FOLDER]
        os.environ.update(former)
