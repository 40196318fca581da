"""`make screens`: takes a picture of every page, at two widths, and of the two that the README shows."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, FloatRect, Page

from .chromium import DESKTOP, WIDTHS, open_browser
from .nodes import serve_empty, serve_story
from .pages import STORY, Visit, empty_visits
from .seeing import Windows

_IMAGES = Path(__file__).parents[2] / "docs" / "images"
_SHOWN = {"ppe": ("#boards", "#trusts"), "request-agreed": ("#law-and-policy", "#agreement")}
"""The pages that the README shows a part of: from the top of one element to the top of another."""
_MARGIN = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Take the pictures and print where they are."""
    parser = ArgumentParser(prog="make screens", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("screens"))
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place, open_browser() as browser:
        os.environ["XDG_CONFIG_HOME"] = str(Path(place) / "configuration")
        for path in _take_all(browser, Path(place), folder):
            sys.stdout.write(f"{path}\n")


def _take_all(browser: Browser, place: Path, folder: Path) -> Iterator[Path]:
    with serve_empty(place / "empty") as (node, _):
        yield from _take(Windows(browser, node), tuple(empty_visits()), folder)
    with serve_story(place / "story") as node:
        windows = Windows(browser, node)
        yield from _take(windows, STORY, folder)
        yield from _take_shown(windows)


def _take(windows: Windows, visits: Sequence[Visit], folder: Path) -> Iterator[Path]:
    for visit in visits:
        for width in WIDTHS:
            path = folder / f"{visit.title}-{width}.png"
            with windows.open(visit, width) as page:
                page.screenshot(path=path, full_page=True)
            yield path


def _take_shown(windows: Windows) -> Iterator[Path]:
    """Take what the README shows, in the width of the page."""
    _IMAGES.mkdir(parents=True, exist_ok=True)
    for name, (first, last) in _SHOWN.items():
        visit = next(each for each in STORY if each.name == name)
        path = _IMAGES / f"{name}.png"
        with windows.open(visit, DESKTOP) as page:
            top, bottom = (_top_of(page, each) for each in (first, last))
            part: FloatRect = {"x": 0, "y": top - _MARGIN, "width": DESKTOP, "height": bottom - top}
            page.screenshot(path=path, clip=part, full_page=True)
        yield path


def _top_of(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"]


if __name__ == "__main__":
    main()
