"""Every fence of the documents runs, and prints what the document says it prints."""

import json
import re
from pathlib import Path

import pytest
import yaml
from sybil import Document, Example, Sybil
from sybil.parsers.markdown import CodeBlockParser
from tests.docs.conftest import ROOT, Newcomer

FOLDERS = ("*.md", "docs/**/*.md", "examples/**/*.md")
EVERY = sorted(each for folder in FOLDERS for each in ROOT.glob(folder) if "_build" not in each.parts)
WORKED_CHANGES = [each for each in EVERY if "```diff" in each.read_text()]  # run by test_how_tos.py
DOCUMENTS = [each for each in EVERY if each not in WORKED_CHANGES]


def _newcomer(example: Example) -> Newcomer:
    found: Newcomer = example.namespace["newcomer"]
    return found


def _parse_json(example: Example) -> None:
    json.loads(example.parsed)


def _parse_yaml(example: Example) -> None:
    yaml.safe_load(example.parsed)


LANGUAGES = {
    "json": _parse_json,
    "python": lambda example: _newcomer(example).run_python(example.parsed),
    "sh": lambda example: _newcomer(example).run(example.parsed),
    "text": lambda example: _newcomer(example).compare(example.parsed),
    "yaml": _parse_yaml,
}
SYBIL = Sybil([CodeBlockParser(language, evaluate) for language, evaluate in LANGUAGES.items()])


def _read(path: Path, newcomer: Newcomer) -> Document:
    document = SYBIL.parse(path)
    document.namespace["newcomer"] = newcomer
    return document


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_fence_of_a_document_runs(path: Path, newcomer: Newcomer) -> None:
    document = _read(path, newcomer)
    examples = list(document.examples())
    assert len(examples) == len(re.findall(r"^```[^\s{]", document.text, re.MULTILINE)), "a fence in no known language"
    for example in examples:
        example.evaluate()


@pytest.mark.nightly
def test_the_demonstration_is_what_the_readme_says(newcomer: Newcomer, tmp_path: Path) -> None:
    document = _read(ROOT / "README.md", newcomer)
    shown = next(example.parsed for example in document.examples() if example.parsed.startswith("1. "))
    newcomer.run(f"commonweal demo --once --home {tmp_path / 'demo'} --port 8400")
    told = json.loads((newcomer.output or "").splitlines()[-1])
    newcomer.compare(shown)
    figures = {step["name"]: step["figures"] for step in told["steps"]}
    opened, ppe, refused = figures["open-data"], figures["ppe"], figures["refusals"]["refused"]
    words = " ".join(document.text.split())
    for claim in (
        f"in {opened['mended']:,} of its {opened['read']:,} rows",
        f"{opened['kept']:,} rows are kept, {opened['set_aside']:,} are set aside",
        f"£{opened['pounds']:,.2f}",
        f"{ppe['reported']} of the {ppe['trusts_open']} English NHS trusts",
        f"DWP holds {figures['council-tax-support']['claimants']:,} made-up people",
        f"narrows it to {told['rows']:,} rows",
        f"{sum(refused.values())} requests",
        f"in any of {figures['proof']['forms_searched'] // len(told['people'])} forms",
    ):
        assert claim in words
