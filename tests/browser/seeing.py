"""Windows onto the nodes, and what is noticed in them: faults, requests, overflow, the page's frame."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Response

from .accessibility import find_faults
from .chromium import HEIGHT, open_context
from .nodes import NOBODY, Node
from .pages import Visit

_FRAME = """() => ({
    language: document.documentElement.lang,
    title: document.title,
    headings: [...document.querySelectorAll("h1")].map(each => each.innerText),
    overflow: document.documentElement.scrollWidth - window.innerWidth,
})"""
_SETTLED = """() => new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(window.innerWidth))))"""
_OPEN_DETAILS = "() => document.querySelectorAll('details').forEach(each => { each.open = true; })"


@dataclass(frozen=True)
class Sight:
    """What was noticed of a page at one width; `words` are those of its content, details opened."""

    status: int
    address: str
    document: str
    language: str
    title: str
    headings: tuple[str, ...]
    overflow: int
    said: tuple[str, ...]
    strangers: tuple[str, ...]
    faults: tuple[str, ...]
    words: tuple[str, ...]


class Windows:
    """Browser windows onto one node: each person has one for each width, signed in once, to go from page to page."""

    def __init__(self, browser: Browser, node: Node) -> None:
        self.node = node
        self._browser = browser
        self._pages: dict[tuple[int, str, bool], Page] = {}

    @contextmanager
    def open(self, visit: Visit, width: int) -> Iterator[Page]:
        """Go to a page."""
        with self._window(visit.person, width) as page:
            self._go(page, visit)
            yield page

    @contextmanager
    def replay(self, sight: Sight, width: int, *, scripts: bool = True) -> Iterator[Page]:
        """Show a document once more to somebody else, since a living page would have changed meanwhile."""
        with self._window(NOBODY, width, scripts=scripts) as page:
            page.route(sight.address, lambda route: route.fulfill(body=sight.document, content_type="text/html"))
            page.goto(sight.address)
            page.unroute(sight.address)
            yield page

    def see(self, visit: Visit, width: int) -> Sight:
        """Go to a page, open all that can be opened in it, and return what there is to notice."""
        with self._window(visit.person, width) as page, _overhear(page) as heard:
            answer = self._go(page, visit)
            frame = page.evaluate(_FRAME)
            words = words_of(page)
            opened = page.evaluate(_FRAME)
            return Sight(
                status=answer.status,
                address=answer.url,
                document=answer.text(),
                language=frame["language"],
                title=frame["title"],
                headings=tuple(frame["headings"]),
                overflow=max(frame["overflow"], opened["overflow"]),
                said=tuple(each for each in heard.said if not _is_own_status(each, visit)),
                strangers=tuple(each for each in heard.asked if not each.startswith(f"{self.node.url}/")),
                faults=find_faults(page),
                words=words,
            )

    def close(self) -> None:
        """Close every window."""
        for each in self._pages.values():
            each.context.close()

    def _go(self, page: Page, visit: Visit) -> Response:
        answer = page.goto(self.node.url + visit.address(self.node))
        if visit.press:
            with page.expect_navigation() as pressed:
                page.locator(visit.press).first.click()
            answer = pressed.value
        assert answer is not None
        return answer

    @contextmanager
    def _window(self, person: str, width: int, *, scripts: bool = True) -> Iterator[Page]:
        key = (width, person, scripts)
        if key not in self._pages:
            self._pages[key] = open_context(self._browser, width, scripts=scripts).new_page()
            if person:
                self._pages[key].goto(self.node.url + self.node.make_link(person))
        page = self._pages[key]
        try:
            yield page
        finally:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.emulate_media(media="screen", forced_colors="none")


@dataclass
class _Heard:
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def _overhear(page: Page) -> Iterator[_Heard]:
    """Gather what the console says and what the page asks for, until the block ends."""
    heard = _Heard()

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            heard.said.append(message.text)

    def fail(error: Error) -> None:
        heard.said.append(str(error))

    def ask(request: Request) -> None:
        heard.asked.append(request.url)

    page.on("console", hear)
    page.on("pageerror", fail)
    page.on("request", ask)
    try:
        yield heard
    finally:
        page.remove_listener("console", hear)
        page.remove_listener("pageerror", fail)
        page.remove_listener("request", ask)


def _is_own_status(text: str, visit: Visit) -> bool:
    """Say whether Chromium only repeats that the page itself is an error page."""
    repeated = f"Failed to load resource: the server responded with a status of {visit.status}"
    return visit.status >= 400 and text.startswith(repeated)


def words_of(page: Page) -> tuple[str, ...]:
    """Open all details and return the words of the content."""
    page.evaluate(_OPEN_DETAILS)
    return tuple(page.inner_text("main").split())


def resize(page: Page, width: int, height: int) -> None:
    """Change the window's size and wait until the page has been laid out anew."""
    page.set_viewport_size({"width": width, "height": height})
    assert page.evaluate(_SETTLED) == width
