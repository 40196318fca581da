"""What remains without scripts, without room, without colours and on paper: everything."""

import pytest

from .chromium import DESKTOP, PHONE
from .conftest import See
from .pages import STORY, Visit, some_each_day
from .seeing import Windows, resize, words_of

NARROW = (320, 256)
"""Pixels of a window of 1,280 by 1,024 at 400 % (WCAG 2.2, 1.4.10)."""
ZOOMED = (640, 512)
"""Pixels of the same window at 200 % (WCAG 2.2, 1.4.4)."""
CHARTS = tuple(each for each in STORY if each.name in {"ppe", "scorecard"})

_OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"
_CUT = """() => [...document.querySelectorAll("main *:not(svg *), main svg text")].filter(each =>
    !each.closest(".app-wide, pre, .govuk-visually-hidden") && each.checkVisibility()
    && (each.getBoundingClientRect().right > window.innerWidth + 1 || each.getBoundingClientRect().left < -1)
).map(each => each.outerHTML.slice(0, 120))"""
_CHART = """() => [...document.querySelectorAll("main svg[role=img]")].map(chart => {
    const paper = getComputedStyle(document.body).backgroundColor;
    const fill = element => element ? getComputedStyle(element).fill : paper;
    const behind = text => fill(text.closest("g")?.querySelector("polygon"));
    return {
        width: chart.getBoundingClientRect().width,
        words: [...chart.querySelectorAll("text")].filter(each => each.checkVisibility()).map(each => ({
            ...each.getBoundingClientRect().toJSON(), unseen: fill(each) === behind(each),
        })),
        unseen: [...chart.querySelectorAll("rect, polygon")].filter(
            each => fill(each) === paper && getComputedStyle(each).stroke === "none"
        ).length,
        shapes: chart.querySelectorAll("rect, polygon").length,
    };
})"""


def title_of(value: object) -> str:
    return value.title if isinstance(value, Visit) else str(value)


@pytest.mark.parametrize("visit", some_each_day(STORY), ids=title_of)
def test_a_page_says_no_less_without_scripts(story: Windows, see_story: See, visit: Visit) -> None:
    sight = see_story(visit, DESKTOP)
    with story.replay(sight, DESKTOP, scripts=False) as page:
        assert {*sight.words} - {*words_of(page)} == set()


def test_the_menu_and_details_work_without_scripts(story: Windows, see_story: See) -> None:
    board = next(each for each in CHARTS if each.name == "ppe")
    with story.replay(see_story(board, PHONE), PHONE, scripts=False) as page:
        page.locator("summary").first.click()
        assert page.locator("details .govuk-details__text").first.is_visible()
        page.locator("#navigation a[href='/search']").click()
        page.wait_for_url("**/search")


@pytest.mark.parametrize("visit", some_each_day(STORY), ids=title_of)
def test_a_page_flows_again_when_it_is_enlarged(story: Windows, see_story: See, visit: Visit) -> None:
    with story.replay(see_story(visit, DESKTOP), DESKTOP) as page:
        said = {*words_of(page)}
        for width, height in (ZOOMED, NARROW):
            resize(page, width, height)
            assert said - {*words_of(page)} == set()
            assert page.evaluate(_OVERFLOW) <= 0
            assert page.evaluate(_CUT) == []


@pytest.mark.parametrize("visit", CHARTS, ids=title_of)
@pytest.mark.parametrize("medium", ["forced colours", "print"])
def test_a_chart_stays_in_sight(story: Windows, see_story: See, visit: Visit, medium: str) -> None:
    with story.replay(see_story(visit, DESKTOP), DESKTOP) as page:
        if medium == "print":
            page.emulate_media(media="print")
        else:
            page.emulate_media(forced_colors="active")
        charts = page.evaluate(_CHART)
    assert charts
    for each in charts:
        assert each["width"] > 100
        assert each["words"]
        assert [word for word in each["words"] if word["unseen"] or not word["width"] or not word["height"]] == []
        assert each["shapes"]
        assert each["unseen"] == 0
