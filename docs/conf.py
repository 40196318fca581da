# ruff: noqa: INP001  Sphinx reads this file; it is in no package
"""How the documents become a site: Sphinx, MyST and furo, with nothing fetched from anywhere."""

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PROJECT = "project"  # the folder of pages that include a document from the root
LINK = re.compile(
    r"(?P<mark>!?)\[(?P<text>(?:[^\]\n]|\n(?!\n))*)\]\((?!\w+:|#|/)(?P<path>[^)#\s]+)(?P<anchor>#[^)]*)?\)"
)
FENCE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
TAG = re.compile(r"(?P<before><img\b[^>]*\bsrc=\")(?!\w+:)(?P<path>[^\"]+)")

project = "Commonweal"
html_title = "Commonweal"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
highlight_language = "text"
myst_enable_extensions = ["colon_fence", "html_image"]
myst_heading_anchors = 4
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False


def setup(app: Sphinx) -> dict[str, bool]:
    """Have links between documents hold in the site as they hold in the folder."""
    app.connect("source-read", _read_page)
    app.connect("include-read", _read_included)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _read_page(_: Sphinx, name: str, source: list[str]) -> None:
    source[0] = _led(source[0], (DOCS / name).parent)


def _read_included(_: Sphinx, path: Path, __: str, source: list[str]) -> None:
    source[0] = _led(source[0], (DOCS / path).resolve().parent)


def _led(text: str, folder: Path) -> str:
    """Return text whose links, written relative to `folder`, lead to the site's pages."""

    def link(found: re.Match[str]) -> str:
        target = _target(folder / found["path"])
        if not target:
            return found["text"]
        if target.startswith("/../"):
            return f"{{download}}`{found['text'].replace('`', '')} <{target}>`"
        return f"{found['mark']}[{found['text']}]({target}{found['anchor'] or ''})"

    def tag(found: re.Match[str]) -> str:
        return f"{found['before']}{_target(folder / found['path'])}"

    parts = FENCE.split(text)  # every other one is a fence, which stays as it is
    parts[::2] = [TAG.sub(tag, LINK.sub(link, each)) for each in parts[::2]]
    return "".join(parts)


def _target(path: Path) -> str:
    """Return what leads to a path: its page, a file beside the documents, or nothing for a folder without a page."""
    path = path.resolve()
    page = DOCS / PROJECT / path.name.lower()
    if path.parent == ROOT and page.is_file():
        path = page
    elif (path / "index.md").is_file():
        path /= "index.md"
    if path.is_dir():
        return ""
    return "/" + os.path.relpath(path, DOCS)
