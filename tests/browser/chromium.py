"""Chromium, as the tests and `make screens` start it: Debian's own, at fixed widths, with nothing moving."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, sync_playwright

DESKTOP = 1200
PHONE = 375
WIDTHS = (DESKTOP, PHONE)
HEIGHT = 900
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


def find_chromium() -> str:
    """Return the path of the browser.

    Raises:
        RuntimeError: the machine has none.
    """
    found = shutil.which("chromium")
    if found is None:
        raise RuntimeError("The pages are tested in Chromium, which this machine lacks: apt-get install chromium.")
    return found


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the browser for the length of a `with` block."""
    executable = find_chromium()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def open_context(browser: Browser, width: int, *, scripts: bool = True) -> BrowserContext:
    """Return a fresh window of a width in pixels: British English, nothing moving, light."""
    return browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        java_script_enabled=scripts,
        reduced_motion="reduce",
        color_scheme="light",
        locale="en-GB",
        timezone_id="Europe/London",
    )
