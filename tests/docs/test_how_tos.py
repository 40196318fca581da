"""Every worked change of the how-to guides applies to this tree as it is, and its commands show what the guide says."""

import re
import subprocess
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser
from tests.docs.conftest import ROOT, Newcomer
from tests.docs.test_fences import LANGUAGES, WORKED_CHANGES

CHANGED = re.compile(r"^\+\+\+ b/(\S+\.py)$", re.MULTILINE)


def _apply(example: Example) -> None:
    """Apply a diff to the contributor's copy, every hunk of it or none."""
    newcomer: Newcomer = example.namespace["newcomer"]
    done = subprocess.run(
        ["git", "apply", "--whitespace=error-all", "-"],
        cwd=newcomer.folder,
        env={**newcomer.environment, "GIT_CEILING_DIRECTORIES": str(newcomer.folder.parent)},
        input=example.parsed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"this change no longer applies to the tree:\n{done.stderr}\n{example.parsed}"


SYBIL = Sybil([CodeBlockParser(language, evaluate) for language, evaluate in {**LANGUAGES, "diff": _apply}.items()])


@pytest.fixture
def contributor(newcomer: Newcomer) -> Newcomer:
    """A newcomer with a copy of the source tree, which their `commonweal` runs."""
    for name in ("src", "tests"):
        copytree(ROOT / name, newcomer.folder / name, ignore=ignore_patterns("__pycache__"))
    copy2(ROOT / "pyproject.toml", newcomer.folder)
    newcomer.environment["PYTHONPATH"] = str(newcomer.folder / "src")
    return newcomer


def test_there_is_a_worked_change_of_each_kind() -> None:
    assert {path.stem for path in WORKED_CHANGES} >= {
        "add-a-custodian",
        "add-a-door",
        "add-a-legal-gateway",
        "add-a-quality-check",
        "add-an-engine",
    }


@pytest.mark.parametrize("path", WORKED_CHANGES, ids=lambda path: path.stem)
def test_a_worked_change_applies_and_does_what_its_guide_says(path: Path, contributor: Newcomer) -> None:
    document = SYBIL.parse(path)
    document.namespace["newcomer"] = contributor
    examples = list(document.examples())
    assert len(examples) == len(re.findall(r"^```\S", document.text, re.MULTILINE)), "a fence is in no known language"
    for example in examples:
        example.evaluate()
    changed = CHANGED.findall(document.text)
    contributor.run(f"ruff check {' '.join(changed)} && ruff format --check {' '.join(changed)}")
