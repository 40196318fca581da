"""The documents build without a warning into a site whose every page is found and that fetches nothing."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from tests.docs.conftest import ROOT

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}
CODE = {"pre", "code", "script", "style"}
OF_THE_SITE = {"genindex.html", "search.html", "index.html"}


class _Page(HTMLParser):
    """What one page links to, loads and can be entered at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.anchors: set[str] = set()
        self.prose: list[str] = []
        self._is_code = 0
        self.feed(text)

    def handle_data(self, data: str) -> None:
        if not self._is_code:
            self.prose.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._is_code -= tag in CODE

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._is_code += tag in CODE
        given = {name: value for name, value in attributes if value}
        self.anchors |= {given["id"]} if "id" in given else set()
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag in LOADED and LOADED[tag] in given:
            self.loads.add(given[LOADED[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", "-b", "html"]
    places = ["-d", str(folder / "read"), str(ROOT / "docs"), str(folder / "html")]
    done = subprocess.run([*command, *places], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Page]:
    return {each: _Page(each.read_text(encoding="utf-8")) for each in site.rglob("*.html")}


def test_every_document_is_a_page_that_is_reached_from_the_first(site: Path, pages: dict[Path, _Page]) -> None:
    reached, waiting = set[Path](), [site / "index.html"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [each for link in pages[page].links if (each := _place(page, link)) in pages]
    named = {str(each.relative_to(site)) for each in pages}
    documents = {str(each.relative_to(ROOT / "docs").with_suffix(".html")) for each in _documents()}
    assert named == documents | OF_THE_SITE
    assert documents <= {str(each.relative_to(site)) for each in reached}


def _documents() -> list[Path]:
    return [each for each in (ROOT / "docs").rglob("*.md") if "_build" not in each.parts]


def test_no_link_within_the_site_is_dead(site: Path, pages: dict[Path, _Page]) -> None:
    dead = []
    for page, told in pages.items():
        for link in told.links | told.loads:
            place, anchor = _place(page, link), urlsplit(link).fragment
            if place is not None and (
                not place.exists() or (place in pages and anchor and anchor not in _ways(pages[place]))
            ):
                dead.append(f"{page.relative_to(site)}: {link}")
    assert not dead


def _ways(page: _Page) -> set[str]:
    return page.anchors | {"top"}


def _place(page: Path, link: str) -> Path | None:
    """Return the file of the site that a link leads to, or None when it leads elsewhere."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    return (page.parent / unquote(parts.path)).resolve() if parts.path else page


def test_no_page_loads_anything_from_elsewhere(pages: dict[Path, _Page]) -> None:
    loaded = {each for page in pages.values() for each in page.loads}
    assert loaded
    assert not [each for each in loaded if urlsplit(each).scheme or urlsplit(each).netloc]


def test_the_root_s_documents_are_pages(site: Path, pages: dict[Path, _Page]) -> None:
    for each in ROOT.glob("*.md"):
        page = site / "project" / f"{each.stem.lower()}.html"
        title = each.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        assert f"<h1>{title}" in page.read_text(encoding="utf-8")


def test_no_mark_up_is_left_over_in_a_page(site: Path, pages: dict[Path, _Page]) -> None:
    marks = re.compile(r"\{(?:download|doc|ref)\}`|:::|\]\([\w./]")
    left = {
        str(each.relative_to(site)): found[0]
        for each, page in pages.items()
        if (found := marks.search("".join(page.prose)))
    }
    assert not left
    assert not [each for each in pages if "{download}" in each.read_text(encoding="utf-8")]
