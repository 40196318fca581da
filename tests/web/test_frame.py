"""What every address shares: one shape for failures, headers, hosts, size, and who may send a form."""

import logging
import socket

import httpx
import pytest

from commonweal.web.problems import prefers_html

from .conftest import SECRET, Serve
from .views import LiteralNode

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/faults/refused", 403, "policy.refused"),
        ("/faults/malformed", 400, "input.malformed"),
        ("/faults/stopped", 503, "audit.stopped"),
        ("/faults/unknown", 500, "commonweal.failed"),
        ("/faults/number?number=" + SECRET, 400, "input.malformed"),
        ("/nowhere", 404, "input.not-found"),
        ("/faults/body", 405, "web.method-refused"),
        ("/sign-in?link=unknown", 401, "identity.unauthenticated"),
        ("/datasets/nobody/nothing", 404, "input.not-found"),
        ("/static/../app.py", 404, "input.not-found"),
    ],
)
def test_every_failure_is_a_problem_document(client: httpx.Client, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == code
    assert problem["type"] == f"urn:commonweal:error:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["advice"]
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text


def test_a_refusal_gives_every_reason(client: httpx.Client) -> None:
    problem = client.get("/faults/refused").json()
    assert problem["reasons"] == ["The purpose is another.", "A field is unknown."]


def test_a_person_with_a_browser_gets_a_page(client: httpx.Client) -> None:
    answer = client.get("/faults/refused", headers={"Accept": BROWSER})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "<li>A field is unknown.</li>" in answer.text


def test_401_names_the_scheme_and_405_the_methods(client: httpx.Client) -> None:
    assert client.get("/sign-in?link=unknown").headers["www-authenticate"].startswith("Bearer")
    assert client.get("/faults/body").headers["allow"] == "POST"


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_an_unforeseen_failure_is_logged_without_its_words(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, accept: str
) -> None:
    with caplog.at_level(logging.INFO):
        answer = client.get("/faults/unknown", headers={"Accept": accept})
    assert answer.status_code == 500
    [record] = [each for each in caplog.records if each.name == "commonweal.web.problems"]
    incident = record.getMessage().split()[1].rstrip(":")
    assert incident in answer.text
    assert "ValueError at web.conftest" in record.getMessage()
    assert SECRET not in caplog.text + answer.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("path", ["/", "/nowhere", "/faults/unknown", "/openapi.json", "/static/commonweal.css"])
def test_every_answer_carries_the_security_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-request-id"].startswith("req-")
    assert "server" not in headers
    assert "strict-transport-security" not in headers


def test_pages_hold_nothing_that_the_policy_forbids(client: httpx.Client) -> None:
    for path in ("/", "/search", "/datasets/lambeth-council/payments-2011-01", "/ppe", "/scorecard"):
        page = client.get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page
        assert "<script>" not in page


def test_assets_are_built_unbranded_and_kept_by_browsers(client: httpx.Client) -> None:
    answer = client.get("/static/commonweal.css?v=1")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "GDS Transport" not in answer.text
    assert "url(" not in answer.text
    assert "govuk" in client.get("/static/boot.js").text
    assert "MIT License" in client.get("/static/govuk-frontend-licence.txt").text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "a b", "127.0.0.2"])
def test_another_host_is_refused(client: httpx.Client, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    if host != "a b":
        assert answer.json()["code"] == "web.host-refused"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8400", "[::1]:8400", "Data.Lambeth.example"])
def test_a_host_of_the_node_is_served(serve: Serve, host: str) -> None:
    with serve(LiteralNode(hosts=["data.lambeth.example"])) as client:
        assert client.get("/", headers={"Host": host}).status_code == 200


def test_two_hosts_are_refused(client: httpx.Client) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 400 ")


def test_a_body_may_not_be_larger_than_the_limit(client: httpx.Client) -> None:
    whole = client.post("/faults/body", content=b"x" * 1024 * 1024)
    assert (whole.status_code, whole.json()) == (200, 1024 * 1024)
    declared = client.post("/faults/body", content=b"x" * (1024 * 1024 + 1))
    assert (declared.status_code, declared.json()["code"]) == (413, "web.body-too-large")


@pytest.mark.parametrize("path", ["/faults/body", "/faults/json"])
def test_a_body_without_a_declared_length_is_counted(client: httpx.Client, path: str) -> None:
    chunks = (b"x" * 65536 for _ in range(17))
    answer = client.post(path, content=chunks, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "web.body-too-large")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_another_site_cannot_act_with_the_cookie(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    cookie = {"Cookie": "commonweal-session=x", "Host": "localhost"}
    assert client.post("/faults/body", headers=cookie | headers).status_code == status


def test_a_client_without_a_cookie_is_no_browser(client: httpx.Client) -> None:
    assert client.post("/faults/body", content=b"x").status_code == 200


def test_the_open_api_document_is_3_1(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/ppe" not in document["paths"]


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html", True),
        (BROWSER, True),
        ("text/html;q=0.5, application/json", False),
        ("application/json;q=0.5, text/html;q=0.9", True),
        ("text/html;q=0", False),
        ("text/html;q=x", False),
        (";;,,;q", False),
    ],
)
def test_accept_chooses_page_or_document(accept: str, page: bool) -> None:
    assert prefers_html(accept) is page
