"""axe-core, run in a page."""

from functools import lru_cache

from playwright.sync_api import Page
from tests.npm import fetch_packages

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
    """Return axe-core's script."""
    return (fetch_packages() / "axe-core" / "axe.min.js").read_text()


def find_faults(page: Page) -> tuple[str, ...]:
    """Return a line for each element that breaks a rule of axe, or that axe cannot judge."""
    page.evaluate(axe_source())
    return tuple(page.evaluate(_RUN))
