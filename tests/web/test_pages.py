"""Each page rendered from a literal view, and the session that some of them need."""

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import httpx
import pytest

from commonweal.web.charts import Bars, bar_chart
from commonweal.web.pages import ppe_chart, scorecard_chart

from .conftest import Serve
from .views import DECISION, PPE, SCORECARD, LiteralNode

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", ["Data that public bodies share", "12,345", "Council tax support claimants &lt;live&gt;"]),
        ("/search?q=payments", ["42 datasets", "payments &amp; “more”", "Local government", 'rel="next"']),
        ("/search?q=nothing", ["0 datasets", "Nothing fits."]),
        (
            "/datasets/lambeth-council/payments-2011-01",
            ["Payments over £500", "payment_date", "2,523 rows read", "pandas.read_csv(&#34;http", "sole traders"],
        ),
        ("/ppe", ["3 April 2020", "London has the least cover", "no return", "Royal Devon", "1 April 2020 (late)"]),
        ("/ppe?day=2020-04-03", ["3 April 2020"]),
        ("/scorecard", ["57 bodies", "4,400 civil servants", "with local government", "31%"]),
    ],
)
def test_a_page_shows_its_view(client: httpx.Client, path: str, words: list[str]) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.text.startswith("<!DOCTYPE html>")
    assert page.text.count("<h1") == 1
    for each in words:
        assert each in page.text


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/search?q=a%20b&body=dwp&sector=local&access=open&offset=20", ("a b", "dwp", "local", "open", 20)),
        ("/ppe?day=2020-04-03", (date(2020, 4, 3),)),
        ("/requests/req-1", ("req-1", "per-1")),
    ],
)
def test_a_query_reaches_the_node(serve: Serve, path: str, asked: tuple[object, ...]) -> None:
    node = LiteralNode()
    with serve(node) as client:
        client.get("/sign-in?link=good-link")
        client.get(path)
    assert node.asked == asked


def test_a_figure_says_where_it_comes_from(client: httpx.Client) -> None:
    for path in ("/ppe", "/scorecard"):
        page = client.get(path).text
        assert "As at 3 April 2020, 10:05:07 UTC. Source: 57 returns" in page
        assert "Quality: all checks passed; synthesised stock." in page


def test_a_decision_is_for_people_who_are_signed_in(client: httpx.Client) -> None:
    assert client.get("/requests/req-1").status_code == 401
    assert client.get("/sign-in?link=good-link").status_code == 303
    page = client.get("/requests/req-1").text
    for reason in DECISION.reasons:
        assert reason.sentence in page
        assert reason.citation in page
    assert "An information-governance lead of the discloser decides." in page
    assert "it waits for a named person" in page
    assert "signed in as Ada Example" in page


@pytest.mark.parametrize(
    ("outcome", "words"), [("permit", "Agreed"), ("conditions", "Agreed with conditions"), ("refuse", "Refused")]
)
def test_each_outcome_has_its_words(serve: Serve, monkeypatch: pytest.MonkeyPatch, outcome: str, words: str) -> None:
    node = LiteralNode()
    monkeypatch.setattr(node, "decision", lambda _request, _person: replace(DECISION, outcome=outcome))
    with serve(node) as client:
        client.get("/sign-in?link=good-link")
        assert f">{words}</strong>" in client.get("/requests/req-1").text


def test_a_sign_in_link_works_once_and_a_session_ends(client: httpx.Client) -> None:
    answer = client.get("/sign-in?link=good-link")
    cookie = answer.headers["set-cookie"].lower()
    assert answer.headers["location"] == "/"
    assert cookie.startswith("commonweal-session=session-token; httponly; max-age=3600; path=/; samesite=strict")
    assert client.get("/sign-in?link=good-link").status_code == 401
    assert "Sign out" in client.get("/").text
    origin = {"Origin": str(client.base_url).rstrip("/")}
    assert client.post("/sign-out", headers=origin).status_code == 303
    assert "Sign out" not in client.get("/").text


def test_under_tls_the_cookie_is_held_to_its_host(serve: Serve) -> None:
    with serve(LiteralNode(is_secure=True)) as client:
        answer = client.get("/sign-in?link=good-link")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("__host-commonweal-session=")
    assert "; secure" in cookie
    assert "; domain" not in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "path", ["/ppe?day=yesterday", "/search?offset=-1", "/search?offset=x", "/search?q=" + "x" * 201]
)
def test_a_malformed_query_is_explained(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert "query." in answer.text


def test_a_chart_is_an_image_with_a_name_and_escaped_words() -> None:
    svg = ET.fromstring(bar_chart("c", "T & t", "D <d>", [Bars("<b>", ((2.0, "2 & 3"),)), Bars("none", ((0.0, "0"),))]))  # noqa: S314  our own
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "c-title c-desc"
    assert svg.findtext(f"{SVG}title") == "T & t"
    assert svg.findtext(f"{SVG}desc") == "D <d>"
    assert [each.text for each in svg.iter(f"{SVG}text")] == ["<b>", "2 & 3", "none", "0"]
    assert [each.get("width") for each in svg.iter(f"{SVG}rect")] == ["76.00%", "0.00%"]


@pytest.mark.parametrize("bars", [[], [Bars("a", ((0.0, "0"),))], [Bars("a", ((-1.0, "-1"),))]])
def test_a_chart_of_nothing_is_still_a_chart(bars: list[Bars]) -> None:
    svg = ET.fromstring(bar_chart("c", "T", "D", bars))  # noqa: S314  our own
    assert all(each.get("width") == "0.00%" for each in svg.iter(f"{SVG}rect"))


def test_the_ppe_chart_leaves_out_regions_without_a_return() -> None:
    assert "South West" not in ppe_chart(PPE)
    assert "3.2 days" in ppe_chart(PPE)


def test_the_scorecard_chart_sets_each_sector_beside_the_survey() -> None:
    svg = ET.fromstring(scorecard_chart(SCORECARD))  # noqa: S314  our own
    bars = list(svg.iter(f"{SVG}rect"))
    assert [each.get("class") for each in bars] == ["app-chart__bar--1", "app-chart__bar--2"] * 5
    assert [each.text for each in svg.iter(f"{SVG}text")][1:3] == ["96%", "71%"]
