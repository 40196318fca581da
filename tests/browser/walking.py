"""A walk through a page by the Tab key, as somebody without a mouse takes it."""

from dataclasses import dataclass

from playwright.sync_api import Page

# The walk starts at the top, wherever a page put the focus. A group of radio buttons is one stop. Looks are compared
# with and without focus; a transparent outline is no outline.
_PREPARE = """() => {
    const stops = [...document.querySelectorAll(
        "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]"
    )].filter(each => each.tabIndex >= 0 && !each.disabled && each.checkVisibility({visibilityProperty: true})
        && !(each.type === "radio" && each !== stopOf(each)));
    function stopOf(radio) {
        const group = [...document.getElementsByName(radio.name)];
        return group.find(each => each.checked) || group[0];
    }
    const lookOf = (element, part) => {
        const style = getComputedStyle(element, part);
        const outlined = style.outlineStyle !== "none" && !/rgba\\(.*, 0\\)|transparent/.test(style.outlineColor);
        return [outlined && style.outlineWidth, style.boxShadow, style.backgroundColor, style.borderColor].join();
    };
    const look = element => [
        lookOf(element), ...[...(element.labels || [])].map(each => lookOf(each, "::before")),
    ].join(";");
    const before = stops.map(look);
    document.addEventListener("focusin", event => {
        const place = stops.indexOf(event.target);
        window.walked.push([place, place < 0 || look(event.target) !== before[place], event.target.outerHTML]);
    });
    const start = document.createElement("span");
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
    window.walked = [];
    return stops.map(each => each.outerHTML.slice(0, 120));
}"""


@dataclass(frozen=True)
class Walk:
    """Where focus went: `stops` in the page's order, `reached` in the Tab key's, `unseen` those without a mark."""

    stops: tuple[str, ...]
    reached: tuple[str, ...]
    unseen: tuple[str, ...]
    trapped: bool


def walk(page: Page) -> Walk:
    """Press Tab once for each stop, and once more to leave."""
    stops = page.evaluate(_PREPARE)
    for _ in stops:
        page.keyboard.press("Tab")
    walked = page.evaluate("() => window.walked")
    page.keyboard.press("Tab")
    trapped = page.evaluate("count => window.walked.length > count && window.walked.at(-1)[0] !== 0", len(stops))
    return Walk(
        stops=tuple(stops),
        reached=tuple(each[2][:120] for each in walked),
        unseen=tuple(each[2][:120] for each in walked if not each[1]),
        trapped=bool(trapped),
    )


def go_to(page: Page, selector: str, *, limit: int = 200) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by the Tab key")
