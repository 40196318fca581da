"""Everything can be reached and done by keyboard alone, and it is always seen where one is."""

import pytest

from .chromium import DESKTOP, PHONE
from .conftest import See
from .nodes import NOBODY, OPERATOR
from .pages import STORY, Visit, some_each_day
from .seeing import Windows
from .walking import go_to, walk

HOME = Visit("/", "home", person=NOBODY)


@pytest.mark.parametrize(
    ("visit", "width"),
    [*some_each_day([(each, DESKTOP) for each in STORY]), (HOME, PHONE)],
    ids=lambda value: value.title if isinstance(value, Visit) else str(value),
)
def test_tab_reaches_everything_in_order(story: Windows, see_story: See, visit: Visit, width: int) -> None:
    with story.replay(see_story(visit, width), width) as page:
        walked = walk(page)
    assert walked.reached == walked.stops
    assert walked.unseen == ()
    assert not walked.trapped


def test_the_skip_link_comes_first_and_goes_to_the_content(story: Windows) -> None:
    with story.open(Visit("/search", "search", person=NOBODY), DESKTOP) as page:
        page.keyboard.press("Tab")
        link = page.locator(":focus")
        assert link.inner_text() == "Skip to main content"
        box = link.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["height"] > 20
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.querySelector('main').contains(document.activeElement)")


def test_the_menu_of_a_phone_opens_by_keyboard(story: Windows) -> None:
    with story.open(HOME, PHONE) as page:
        assert not page.locator("#navigation").is_visible()
        go_to(page, "button[aria-controls=navigation]")
        page.keyboard.press("Enter")
        assert page.locator("#navigation").is_visible()
        go_to(page, "#navigation a[href='/ppe']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/ppe")


def test_somebody_searches_by_keyboard(story: Windows) -> None:
    with story.open(HOME, DESKTOP) as page:
        go_to(page, "#q")
        page.keyboard.type("payments")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=payments")
        go_to(page, "a[href^='/datasets/']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/datasets/**")


def test_somebody_signs_out_by_keyboard(empty: Windows) -> None:
    with empty.open(Visit("/", "home", person=OPERATOR), PHONE - 1) as page:
        assert "signed in as" in page.inner_text("body")
        go_to(page, "form[action='/sign-out'] button")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert "signed in as" not in page.inner_text("body")


def test_somebody_asks_what_the_answer_would_be_by_keyboard(story: Windows) -> None:
    with story.open(next(each for each in STORY if each.name == "ask"), DESKTOP) as page:
        for field in ("#gateway", "input[name=fields]"):
            go_to(page, field)
            page.keyboard.press("Space")
        go_to(page, "button[value=explain]")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert "A person must decide" in page.inner_text("#answer")
