"""One browser and two nodes for all tests of this folder, closed on leaving: a thread runs one Playwright at a time."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeAlias

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from .chromium import open_browser
from .nodes import Node, serve_empty, serve_story
from .pages import Visit
from .seeing import Sight, Windows

See: TypeAlias = Callable[[Visit, int], Sight]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; a machine without it fails."""
    with open_browser() as found:
        yield found


@pytest.fixture(scope="package")
def story_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with the story told in it."""
    with serve_story(tmp_path_factory.mktemp("story")) as node:
        yield node


@pytest.fixture(scope="package")
def empty_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, FastAPI]]:
    """A node with nothing in it, and its application."""
    with serve_empty(tmp_path_factory.mktemp("empty")) as served:
        yield served


@pytest.fixture(scope="package")
def application(empty_served: tuple[Node, FastAPI]) -> FastAPI:
    """The application that is served."""
    return empty_served[1]


@pytest.fixture(scope="package")
def story(browser: Browser, story_node: Node) -> Iterator[Windows]:
    """Windows onto the node with the story."""
    windows = Windows(browser, story_node)
    yield windows
    windows.close()


@pytest.fixture(scope="package")
def empty(browser: Browser, empty_served: tuple[Node, FastAPI]) -> Iterator[Windows]:
    """Windows onto the empty node."""
    windows = Windows(browser, empty_served[0])
    yield windows
    windows.close()


@pytest.fixture(scope="package")
def see_story(story: Windows) -> See:
    """Return what there is to notice of a page of the story; each is looked at once a width."""
    return cache(story.see)


@pytest.fixture(scope="package")
def see_empty(empty: Windows) -> See:
    """Return what there is to notice of a page of the empty node; each is looked at once a width."""
    return cache(empty.see)
