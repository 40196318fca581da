"""Documents as PDF: tagged and named as PDF/UA asks, the same bytes again, and no text of anybody's is ever markup."""

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commonweal.adapters import typesetting
from commonweal.adapters.typesetting import TypesettingError, printable, typeset
from commonweal.adapters.typesetting.typesetting import run

MADE = datetime(2026, 11, 23, tzinfo=UTC)
HOSTILE = (
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0": *',
    "#{while true {}}",
    "= heading <label> @label",
    "*bold* _italics_ `raw` $x^2$ https://example.test",
    "- item\n+ item\n/ term: said",
    "\\#u{41} // comment /* comment */",
    '"} #panic() {"',
    "]#[",
    "a -- b --- c ... 'q' \"q\" ~ -?",
    "Gŵyl y Bêl, Ó Súilleabháin, Žižek",
    "😀 中文 \u202e backwards \x00",
    "x" * 300,
)


def document(text: str) -> dict[str, Any]:
    """Return a document in which `text` stands wherever anybody's text may."""
    blocks = [
        {"kind": "paragraph", "text": text},
        {"kind": "points", "items": [text, text]},
        {"kind": "entries", "rows": [{"name": text, "lines": [text, text]}]},
        {"kind": "table", "caption": text, "columns": [text, text], "rows": [[text, text], [text, text]]},
        {"kind": "gap", "what": text, "by": text, "why": text},
    ]
    return {
        "title": text,
        "agreement": text,
        "about": text,
        "warning": text,
        "disclaimer": text,
        "to_complete": 1,
        "sections": [{"heading": text, "blocks": blocks}],
    }


class Reading(HTMLParser):
    """What Typst made of a document: how many elements of each kind, and the text in its body."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.text = ""
        self.feed(page.decode().partition("<body>")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {name for name, _ in attrs} - {"style", "class"}, attrs
        if tag not in {"span", "br"}:  # of spaces and of lines
            self.elements[tag] += 1

    def handle_data(self, data: str) -> None:
        self.text += data


def as_read(text: str) -> str:
    return re.sub(r"[\s\u00a0\u200b]", "", text)


def read(text: str) -> Reading:
    return Reading(run(document(text), {"format": "html"}))


MARK = "QXQ"
MARKED = read(MARK)
"""What the template itself says and sets, with a mark wherever somebody's text may stand."""


def hostile(test: Any) -> Any:
    for each in HOSTILE:
        test = example(each)(test)
    return test


@hostile
@given(st.text(min_size=1, max_size=60).filter(lambda text: text.strip()))
@settings(max_examples=40)
def test_what_a_document_says_is_set_as_it_stands(text: str) -> None:
    """Typst's own HTML of the same template shows what it understood: each text whole, and no element more."""
    found = read(text)
    assert MARKED.text.count(MARK) == 22
    assert found.elements == MARKED.elements
    assert as_read(found.text) == as_read(MARKED.text).replace(MARK, as_read(printable(text)))


@hostile
@given(st.text(max_size=60))
@settings(max_examples=15)
def test_any_text_makes_a_pdf(text: str) -> None:
    assert typeset(document(text or "-"), made=MADE).startswith(b"%PDF-1.7")


def test_every_character_that_is_kept_is_in_the_fonts() -> None:
    kept = "".join(each for each in map(chr, range(0x20, 0x3000)) if printable(each) == each)
    assert len(kept) > 300
    assert {"ŵ", "£", "€", "’", "–"} <= set(kept)
    assert typeset(document(kept), made=MADE)


def test_what_the_fonts_lack_is_set_as_its_number() -> None:
    assert printable("a\t😀\n中\x00") == "a [U+1F600] [U+4E2D][U+0000]"


def test_the_same_document_gives_the_same_bytes() -> None:
    assert typeset(document("x"), made=MADE) == typeset(document("x"), made=MADE)
    assert typeset(document("x"), made=MADE) != typeset(document("y"), made=MADE)


def inflated(pdf: bytes) -> bytes:
    """Return a PDF with what its compressed streams hold beside it."""
    return pdf + b"".join(_streams(pdf))


def _streams(pdf: bytes) -> Iterator[bytes]:
    for each in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(each[1])
        except zlib.error:
            continue


def test_the_pdf_is_tagged_and_names_its_title_and_language() -> None:
    pdf = inflated(typeset(document("A title"), made=MADE))
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert b"/Lang(en-GB)" in pdf
    assert b"/MarkInfo<</Marked true" in pdf
    assert b"/DisplayDocTitle true" in pdf
    assert b"A title" in re.findall(rb"<dc:title>.*?</dc:title>", pdf, re.DOTALL)[0]
    kinds = Counter(re.findall(rb"/S\s*/(\w+)", pdf))
    for kind, count in ((b"H1", 1), (b"Table", 1), (b"TH", 2), (b"TD", 4), (b"LI", 3), (b"TR", 3)):
        assert kinds[kind] >= count, (kind, kinds)
    assert b"/FontFile" in pdf


def test_no_file_is_read_but_the_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typst's root is the folder of the template, and nothing else lies in it."""
    folder = Path(typesetting.__file__).parent / "templates"
    assert [each.name for each in folder.iterdir()] == ["document.typ"]
    reading = r"\b(read|include|import|plugin|image|eval|csv|yaml|toml|xml)\b *[(\"]"
    assert not re.search(reading, (folder / "document.typ").read_text())
    monkeypatch.chdir(tmp_path)
    typeset(document("x"), made=MADE)
    assert not list(tmp_path.iterdir())


def test_what_is_no_document_is_refused_without_quoting_it() -> None:
    with pytest.raises(TypesettingError) as refused:
        typeset({**document("x"), "sections": "a secret"}, made=MADE)
    assert "secret" not in str(refused.value)
