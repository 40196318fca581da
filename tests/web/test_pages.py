"""Each page rendered from a literal view, and the session that some of them need."""

from datetime import date

import httpx
import pytest

from commonweal.web.views import SearchAsk

from .conftest import Serve
from .views import LiteralNode


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/",
            ["Data that public bodies share", "12,345", "Council tax support claimants &lt;live&gt;", "/holdings.csv"],
        ),
        (
            "/search?q=payments",
            ["42 datasets", "payments &amp; “more”", "Police &lt;force&gt;", 'rel="next"', "Showing 21 to 22", "✕"],
        ),
        (
            "/search?q=payments",
            ['<input type="hidden" name="sector" value="local">', "Sorted by <strong>most relevant"],
        ),
        ("/search?q=nothing", ["0 datasets", "Nothing that this node holds fits.", "runs this node"]),
        (
            "/datasets/lambeth-council/payments-2011-01",
            ["Payments over £500", "payment_date", "2,523 rows", "pandas.read_parquet(&#34;http", "sole traders"],
        ),
        (
            "/datasets/lambeth-council/payments-2011-01",
            [
                "amount is empty in 3 rows.",
                "number, may be empty",
                "Not yet",
                "checks of version 1 found",
                "&lt;short&gt;",
            ],
        ),
        ("/ppe", ["3 April 2020", "London has the least cover, 3.2 days", "no return", "Royal Devon", "(late)"]),
        ("/ppe", ["2 of 135 trusts have reported", "Project Nightingale", "Under 7 days (1 board)", "Stock is synth"]),
        ("/ppe", ['<option value="2020-04-03" selected>', "/ppe/boards.csv?day=2020-04-03", "hexmaps, MIT licence"]),
        ("/scorecard", ["57 bodies", "4,400 civil servants", "With local government", "31%", "/scorecard.csv"]),
        ("/scorecard", ["Sharing here beats the survey in 1 of 5 sectors", "CGI and Dods Research"]),
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
        (
            "/search?q=a%20b&body=dwp&keyword=x%26y&quality=clean&sort=newest&offset=20",
            (SearchAsk("a b", {"body": "dwp", "keyword": "x&y", "quality": "clean"}, "newest", 20),),
        ),
        ("/search", (SearchAsk(),)),
        ("/ppe?day=2020-04-03", (date(2020, 4, 3),)),
        ("/ppe/trusts.csv?day=2020-04-03", (date(2020, 4, 3),)),
    ],
)
def test_a_query_reaches_the_node(serve: Serve, path: str, asked: tuple[object, ...]) -> None:
    node = LiteralNode()
    with serve(node) as client:
        client.get(path)
    assert node.asked == asked


def test_a_figure_says_where_it_comes_from(client: httpx.Client) -> None:
    for path in ("/ppe", "/scorecard"):
        page = client.get(path).text
        assert "As at 3 April 2020, 10:05:07 UTC. Source: 57 returns" in page
        assert "Quality: all checks passed; synthesised stock." in page


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
    "path",
    ["/ppe?day=yesterday", "/search?offset=-1", "/search?offset=x", "/search?sort=worst", "/search?q=" + "x" * 201],
)
def test_a_malformed_query_is_explained(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert "query." in answer.text


def test_a_missing_page_helps_on(client: httpx.Client) -> None:
    page = client.get("/datasets/nobody/nothing", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert 'action="/search"' in page.text
    assert "There is no dataset nobody/nothing here." in page.text


def test_connect_text_names_the_address_by_which_the_reader_came(serve: Serve) -> None:
    node = LiteralNode(hosts=["data.lambeth.example"])
    with serve(node) as client:
        client.get("/datasets/lambeth-council/payments-2011-01", headers={"Host": "data.lambeth.example"})
    assert node.asked == ("http://data.lambeth.example",)
