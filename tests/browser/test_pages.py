"""Every page, filled and empty, signed in and out, at two widths: no fault that axe knows, nothing odd in its frame."""

from collections import Counter

import pytest
from fastapi import FastAPI

from .chromium import DESKTOP, WIDTHS
from .conftest import See
from .pages import STORY, Visit, empty_visits, page_routes
from .seeing import Sight

EMPTY = tuple(empty_visits())


def title_of(value: object) -> str:
    return value.title if isinstance(value, Visit) else str(value)


def verify_frame(sight: Sight, visit: Visit) -> None:
    assert sight.status == visit.status
    assert sight.said == (), "the console must be silent, and the content security policy kept"
    assert sight.strangers == (), "no page may ask anything of another host"
    assert sight.overflow <= 0, "a page must not scroll sideways"
    assert len(sight.headings) == 1
    assert sight.headings[0].strip()
    assert sight.language == "en-GB"


def test_every_page_is_visited(application: FastAPI) -> None:
    visited = {each.route for each in STORY if each.status == 200}
    assert page_routes(application) == visited, "tests/browser/pages.py must list each page, and no other"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("visit", STORY, ids=title_of)
def test_a_page_of_the_story_has_no_fault(see_story: See, visit: Visit, width: int) -> None:
    assert see_story(visit, width).faults == ()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("visit", EMPTY, ids=title_of)
def test_an_empty_page_has_no_fault(see_empty: See, visit: Visit, width: int) -> None:
    assert see_empty(visit, width).faults == ()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("visit", STORY, ids=title_of)
def test_a_page_of_the_story_keeps_to_its_frame(see_story: See, visit: Visit, width: int) -> None:
    verify_frame(see_story(visit, width), visit)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("visit", EMPTY, ids=title_of)
def test_an_empty_page_keeps_to_its_frame(see_empty: See, visit: Visit, width: int) -> None:
    verify_frame(see_empty(visit, width), visit)


def test_no_two_pages_have_one_title(see_story: See) -> None:
    filled = [each for each in STORY if each.status == 200]
    titles = Counter({(each.route, each.place): see_story(each, DESKTOP).title for each in filled}.values())
    assert [title for title, times in titles.items() if times > 1] == []
