"""A request that starts from a template over a real node: what is filled in, what a person overrules, the ruling."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.conftest import CLAIMANTS, DWP

from commonweal.cli.app import run
from commonweal.core import from_rfc3339

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

ANALYST, LEAD = "tom.reid@lambeth", f"margaret.okafor@{DWP}"
START = {"dataset": CLAIMANTS, "recipient": "lambeth", "template": "council-tax"}


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> Iterator["ServedHere"]:
    with serving(new_home(tmp_path_factory.mktemp("templates") / "home")) as node:
        node.publish_claimants()
        node.join("lambeth", "Tom Reid", "analyst", "asset-owner")
        node.join("DWP", "Margaret Okafor", "information-governance")
        yield node


def post(served: "ServedHere", path: str, by: str, **form: Any) -> httpx.Response:
    return served.send("POST", path, served.person(by), json=form)


def rule(served: "ServedHere", request: str, **more: Any) -> dict[str, Any]:
    path = f"/api/v1/requests/{request}/ruling"
    return dict(served.do(path, {"permit": True, **more}, by=LEAD))


def agreed(served: "ServedHere", request: str) -> dict[str, Any]:
    return dict(served.do(f"/api/v1/requests/{request}/agreement", by=ANALYST))


def test_a_template_fills_in_purpose_gateway_form_and_terms(served: "ServedHere") -> None:
    form = served.do("/api/v1/request-forms", START, by=ANALYST)
    assert (form["purpose"], form["gateway"]) == ("council-tax-reduction", "wra12-s130-131")
    assert (form["terms"]["days"], form["terms"]["tokenise"]) == (180, ["nino"])
    filled = [each for each in form["questions"] if each["filled in from"]]
    assert 2 * len(filled) >= len(form["questions"])
    assert "the template" in {each["filled in from"] for each in filled}
    asked = served.do("/api/v1/requests", START, by=ANALYST)
    assert (asked["gateway"], asked["template"]) == ("wra12-s130-131", "council-tax")
    ruled = rule(served, asked["request"])
    assert [each.partition(":")[0] for each in ruled["from_template"]][:2] == ["Ends", "Only as tokens"]
    agreement = agreed(served, asked["request"])
    assert agreement["tokenised"] == ["nino"]
    assert agreement["conditions"] | {"review": None} == {
        "readers": [],
        "doors": [],
        "bars_onward": True,
        "deliveries_per_day": 24,
        "rows_per_day": 0,
        "keep_days": 30,
        "review": None,
    }
    length = from_rfc3339(agreement["ends"]) - from_rfc3339(agreement["starts"])
    assert length == timedelta(days=180)


def test_the_person_may_overrule_all_of_it_and_who_decides_may_leave_it_out(served: "ServedHere") -> None:
    said = {"terms": {"keep_days": 7, "tokenise": []}, "answers": {"readers": "Two officers."}, "fields": ["award"]}
    asked = served.do("/api/v1/requests", {**START, **said, "until": "2099-01-01T00:00:00Z"}, by=ANALYST)
    assert asked["answers"]["readers"] == ["Two officers."]
    assert (asked["terms"]["keep_days"], asked["terms"]["bars_onward"]) == (7, True)
    ruled = rule(served, asked["request"], conditions={"deliveries_per_day": 2})
    assert not [each for each in ruled["from_template"] if each.startswith(("Ends", "Only", "Deliveries"))]
    conditions = agreed(served, asked["request"])["conditions"]
    assert (conditions["keep_days"], conditions["deliveries_per_day"]) == (7, 2)

    asked = served.do("/api/v1/requests", START, by=ANALYST)
    assert rule(served, asked["request"], as_asked=True)["from_template"] == []
    agreement = agreed(served, asked["request"])
    assert (agreement["tokenised"], agreement["conditions"]["bars_onward"]) == ([], False)


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"template": "zeppelins"}, 404, "request.unknown-template"),
        ({"terms": {"weather": 1}}, 400, "request.proposed-terms"),
        ({"terms": {"doors": ["window"]}}, 400, "request.proposed-terms"),
        ({"recipient": "hmrc"}, 403, "request.refused"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    served: "ServedHere", said: dict[str, Any], status: int, code: str
) -> None:
    answer = post(served, "/api/v1/requests", "", **{**START, **said})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_neither_a_purpose_nor_a_template_is_no_question(served: "ServedHere") -> None:
    answer = post(served, "/api/v1/requests", "", dataset=CLAIMANTS, recipient="lambeth")
    assert (answer.status_code, answer.json()["code"]) == (400, "input.malformed")


def test_the_pages_start_from_it_and_the_form_of_the_ruling_is_filled_in(served: "ServedHere") -> None:
    link = served.do("/api/v1/sign-in-links", by=ANALYST)["link"].removeprefix(served.url)
    cookie = served.send("GET", link).headers["set-cookie"].partition(";")[0]
    served.client.cookies.clear()
    headers = {"Cookie": cookie, "Accept": "text/html", "Origin": served.url}
    query = {"dataset": CLAIMANTS, "recipient": "lambeth"}
    assert "Start from a template" in served.send("GET", "/ask", headers, params=query).text
    page = served.send("GET", "/ask", headers, params={**query, "template": "council-tax"}).text
    assert re.search(r'value="wra12-s130-131" checked', page)
    chosen = {"purpose": "council-tax-reduction", "gateway": "wra12-s130-131", "fields": ["nino", "award"]}
    form = {**query, **chosen, "template": "council-tax", "act": "draft"}
    draft = served.send("POST", "/ask", headers, data=form).headers["location"]
    assert "the template" in served.send("GET", f"{draft}/purpose", headers).text
    request = served.send("POST", f"{draft}/sending", headers).headers["location"]
    served.client.cookies.clear()
    link = served.do("/api/v1/sign-in-links", by=LEAD)["link"].removeprefix(served.url)
    cookie = served.send("GET", link).headers["set-cookie"].partition(";")[0]
    served.client.cookies.clear()
    page = served.send("GET", f"{request}/permission", {**headers, "Cookie": cookie}).text
    assert "The request starts from the template" in page
    assert re.search(r'name="tokenise" type="checkbox" value="nino" checked', page)
    assert re.search(r'name="keep_days"[^>]* value="30"', page)


def test_the_command_line_writes_a_form_with_its_terms_and_takes_it_back(
    served: "ServedHere", tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text(served.token)
    target = ("--node", served.url, "--token", str(token), "--as", ANALYST)
    capfd.readouterr()
    assert run(["requests", "form", CLAIMANTS, "--for", "lambeth", "--template", "council-tax", *target]) == 0
    form = json.loads(capfd.readouterr().out)
    form["terms"]["days"] = 30
    file = tmp_path / "form.json"
    file.write_text(json.dumps(form))
    assert run(["request", CLAIMANTS, "--for", "lambeth", "--answers", str(file), *target, "--json"]) == 0
    asked = json.loads(capfd.readouterr().out)
    assert (asked["template"], asked["terms"]["days"]) == ("council-tax", 30)
    assert run(["request", CLAIMANTS, "--for", "lambeth", *target]) == 2
    assert "--template" in capfd.readouterr().err
    as_lead = (*target[:4], "--as", LEAD)
    assert run(["decide", asked["request"], "--permit", *as_lead]) == 0
    assert "From the template, as nothing else was said: Copies" in capfd.readouterr().out
