"""Charts and the map: images with a name, true of what they show, for nothing, one and many."""

import re
from dataclasses import replace
from math import inf
from xml.etree import ElementTree as ET

import pytest

from commonweal.web.figures.charts import Bars, Chart, Hexagon, bar_chart, hex_map
from commonweal.web.figures.ppe import Band, band_of, board_map, count_bands, region_chart, trust_chart
from commonweal.web.figures.scorecard import sharing_chart
from commonweal.web.rendering import ASSETS
from commonweal.web.views import AreaLine

from .views import PPE, SCORECARD, board, region

SVG = "{http://www.w3.org/2000/svg}"


def drawn(chart: Chart) -> ET.Element:
    svg = ET.fromstring(chart.svg)  # noqa: S314  our own
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == chart.title
    assert len(chart.title.split()) <= 10
    assert svg.findtext(f"{SVG}desc")
    assert not [each for each in svg.iter() if each.get("style")]
    return svg


def test_a_chart_is_an_image_with_a_name_and_escaped_words() -> None:
    svg = drawn(bar_chart("c", "T & t", "D <d>", [Bars("<b>", ((2.0, "2 & 3"),)), Bars("none", ((0.0, "0"),))]))
    assert svg.get("aria-labelledby") == "c-title c-desc"
    assert svg.findtext(f"{SVG}desc") == "D <d>"
    assert [each.text for each in svg.iter(f"{SVG}text")] == ["<b>", "2 & 3", "none", "0"]
    assert [each.get("width") for each in svg.iter(f"{SVG}rect")] == ["62.00%", "0.00%"]


@pytest.mark.parametrize("bars", [[], [Bars("a", ((0.0, "0"),))], [Bars("a", ((-1.0, "-1"),))]])
def test_a_chart_of_nothing_is_still_a_chart(bars: list[Bars]) -> None:
    assert all(each.get("width") == "0.00%" for each in drawn(bar_chart("c", "T", "D", bars)).iter(f"{SVG}rect"))


def test_hexagons_stand_north_of_each_other_and_odd_rows_half_to_the_east() -> None:
    places = ((1, 1), (2, 1), (1, 2), (1, 3))
    svg = drawn(hex_map("m", "T", "D", [Hexagon(c, r, f"{c}{r}", "1", "<w>", 1) for c, r in places]))
    at = {
        each.text: (float(each.get("x", "")), float(each.get("y", "")))
        for each in svg.iter(f"{SVG}text")
        if each.get("class") == "app-hex__name"
    }
    assert at["21"][0] - at["11"][0] == 64
    assert at["11"][0] - at["12"][0] == 32
    assert at["13"][0] == at["11"][0]
    assert at["13"][1] < at["12"][1] < at["11"][1] == at["21"][1]
    _, _, width, height = map(float, svg.get("viewBox", "").split())
    for polygon in svg.iter(f"{SVG}polygon"):
        for corner in polygon.get("points", "").split():
            across, down = map(float, corner.split(","))
            assert 0 <= across <= width
            assert 0 <= down <= height


def test_a_map_of_nothing_is_still_an_image() -> None:
    assert drawn(hex_map("m", "T", "D", [])).get("viewBox")


def test_regions_without_a_return_are_left_out_of_the_chart() -> None:
    chart = region_chart(PPE)
    assert chart.title == "London has the least cover, 3.2 days"
    assert [each.text for each in drawn(chart).iter(f"{SVG}text")][::2] == [
        "London",
        "North East and Yorkshire",
        "Midlands",
    ]


@pytest.mark.parametrize(
    ("regions", "title"),
    [
        ((), "No region has a return"),
        ((region("London", 0.0, 0, 3),), "No region has a return"),
        ((region("London", 3.0, 1, 3), region("Midlands", 0.0, 0, 3)), "London has 3.0 days of cover"),
        ((region("London", inf, 1, 3),), "No region has reported any use"),
        (
            (region("North East and Yorkshire", 3.0, 1, 3), region("Midlands", inf, 1, 3)),
            "North East and Yorkshire has the least cover, 3.0 days",
        ),
    ],
)
def test_the_title_of_the_regions_says_what_the_bars_show(regions: tuple[AreaLine, ...], title: str) -> None:
    chart = region_chart(replace(PPE, regions=regions))
    assert chart.title == title
    drawn(chart)


def test_each_board_says_its_class_without_colour() -> None:
    svg = drawn(board_map(PPE))
    assert [each.get("class") for each in svg.iter(f"{SVG}g")] == [f"app-hex app-hex--{kind}" for kind in (2, 1, 3, 4)]
    figures = [each.text for each in svg.iter(f"{SVG}text") if each.get("class") == "app-hex__figure"]
    assert figures == ["7.0", "6.9", "14.0", "–"]
    assert [group.findtext(f"{SVG}title") for group in svg.iter(f"{SVG}g")][3:] == [
        "NHS QT6 & area: no return, 0 of 9 trusts reported"
    ]


def test_a_figure_is_in_the_class_that_its_rounding_shows() -> None:
    assert {days: band_of(board("Q", days, 1)) for days in (6.94, 6.96, 13.94, 13.96, inf)} == {
        6.94: Band.SHORT,
        6.96: Band.MIDDLE,
        13.94: Band.MIDDLE,
        13.96: Band.LONG,
        inf: Band.LONG,
    }
    assert count_bands(PPE.boards) == {Band.SHORT: 1, Band.MIDDLE: 1, Band.LONG: 1, Band.NONE: 1}
    assert len({band.label for band in Band}) == 4


@pytest.mark.parametrize(
    ("days", "title"),
    [
        ((), "No board has a return"),
        ((0,), "No board has a return"),
        ((3,), "The one board reporting has under a week's cover"),
        ((9, 8), "No board reporting has under a week's cover"),
        ((3, 9, 0), "1 of 2 boards reporting has under a week's cover"),
        ((3, 4, 9), "2 of 3 boards reporting have under a week's cover"),
        ((inf,), "No board reporting has under a week's cover"),
    ],
)
def test_the_title_of_the_map_counts_its_hexagons(days: tuple[float, ...], title: str) -> None:
    boards = tuple(board(f"Q{place}", each, 1 if each else 0, place) for place, each in enumerate(days))
    chart = board_map(replace(PPE, boards=boards))
    assert chart.title == title
    drawn(chart)


@pytest.mark.parametrize(
    ("days", "title", "bars"),
    [
        ((), "No trust has a return", 0),
        ((3.0,), "1 of 1 trust runs short within a week", 1),
        ((3.0, 8.0), "1 of 2 trusts runs short within a week", 2),
        (tuple(float(each) for each in range(1, 13)), "6 of 12 trusts run short within a week", 10),
        ((8.0, inf), "No trust reporting runs short within a week", 1),
    ],
)
def test_the_chart_of_trusts_shows_the_ten_that_run_short_first(days: tuple[float, ...], title: str, bars: int) -> None:
    trusts = tuple(replace(PPE.trusts[0], days=each, scarcest="gowns" if each < inf else "") for each in days)
    chart = trust_chart(replace(PPE, trusts=trusts))
    assert chart.title == title
    assert len(list(drawn(chart).iter(f"{SVG}rect"))) == bars


def test_the_scorecard_sets_each_sector_beside_the_survey() -> None:
    chart = sharing_chart(SCORECARD)
    svg = drawn(chart)
    assert chart.title == "Sharing here beats the survey in 1 of 5 sectors"
    assert [each.get("class") for each in svg.iter(f"{SVG}rect")] == ["app-chart__bar--1", "app-chart__bar--2"] * 5
    assert [each.text for each in svg.iter(f"{SVG}text")][1:3] == ["96%", "71%"]
    assert sharing_chart(replace(SCORECARD, bodies=0)).title == "No body publishes here yet"


def test_the_palette_is_of_the_government_analysis_function_and_contrasts_with_paper() -> None:
    styles = (ASSETS / "commonweal.css").read_text()
    rules = dict(re.findall(r"\.app-hex--(\d) polygon,\.app-hex--\d rect\{fill:(#?\w+)", styles))
    assert {rules[each] for each in "123"} == {"#801650", "#f46a25", "#12436d"}
    assert all(contrast(rules[each]) >= 3 for each in "123")


def contrast(colour: str) -> float:
    """Return the contrast of a colour with white (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
