"""Every path and link within the project that a document names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("*.md", "docs/**/*.md", "examples/**/*.md")
DOCUMENTS = sorted(each for folder in FOLDERS for each in ROOT.glob(folder) if "_build" not in each.parts)
NAMED = re.compile(r"`((?:src|tests|docs|examples|\.ci)/[\w./-]*[\w-])/?`")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINKED = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(path: Path) -> None:
    text = path.read_text()
    prose = FENCE.sub("", text)
    named = [ROOT / each for each in NAMED.findall(text)]
    linked = [(path.parent / target if target else path, anchor) for target, anchor in LINKED.findall(prose)]
    missing = [str(each) for each in (*named, *(target for target, _ in linked)) if not each.exists()]
    assert not missing
    astray = [anchor for target, anchor in linked if anchor and anchor not in _anchors(target)]
    assert not astray
