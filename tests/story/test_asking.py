"""Asking in full over a real node: the form, its draft on the web, the clock, a refusal, an appeal, and the count."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Home, ServedHere

ANALYST, LEAD, OWNER = "tom.reid@lambeth", "margaret.okafor", "zoe.adams"
DWP = "@department-for-work-pensions"
ASK = {
    "dataset": "dwp/claimants",
    "recipient": "lambeth",
    "purpose": "council-tax-reduction",
    "gateway": "wra12-s130-131",
}
NO = {"permit": False, "reason": "cost", "text": "The extract costs too much.", "would_change": "A smaller extract."}
ANSWERS = {"readers": "Two benefits officers", "benefits": ["fraud", "cost"], "abroad": False}


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> Iterator["ServedHere"]:
    with serving(new_home(tmp_path_factory.mktemp("asking") / "home")) as node:
        node.publish_claimants()
        node.join("lambeth", "Tom Reid", "analyst", "asset-owner")
        node.join("DWP", "Margaret Okafor", "information-governance")
        node.join("DWP", "Zoe Adams", "asset-owner")
        yield node


class Browser:
    """A person at the pages, signed in."""

    def __init__(self, served: "ServedHere", person: str) -> None:
        link = served.do("/api/v1/sign-in-links", by=person)["link"].removeprefix(served.url)
        cookie = served.send("GET", link).headers["set-cookie"].partition(";")[0]
        served.client.cookies.clear()
        self._headers = {"Cookie": cookie, "Accept": "text/html", "Origin": served.url}
        self._served = served

    def see(self, path: str) -> httpx.Response:
        return self._served.send("GET", path, self._headers)

    def post(self, path: str, **form: Any) -> httpx.Response:
        return self._served.send("POST", path, self._headers, data=form)


def get(served: "ServedHere", path: str, by: str = "") -> Any:
    answer = served.send("GET", path, served.person(by))
    assert answer.is_success, answer.text
    return answer.json()


def refused(served: "ServedHere") -> str:
    request = str(served.do("/api/v1/requests", ASK, by=ANALYST)["request"])
    served.do(f"/api/v1/requests/{request}/ruling", NO, by=LEAD + DWP)
    return request


def test_the_form_is_filled_in_answered_and_shown_to_who_decides(served: "ServedHere") -> None:
    form = served.do("/api/v1/request-forms", ASK, by=ANALYST)
    filled = [code for code, answer in form["answers"].items() if answer is not None]
    assert len(filled) * 2 >= len(form["answers"])
    assert form["answers"]["marking"] == "OFFICIAL-SENSITIVE"
    assert not get(served, "/api/v1/requests", ANALYST)["requests"]
    asked = served.do("/api/v1/requests", {**ASK, "answers": {**form["answers"], **ANSWERS}}, by=ANALYST)
    seen = get(served, f"/api/v1/requests/{asked['request']}", LEAD + DWP)
    assert seen["answers"]["benefits"] == ["fraud", "cost"]
    assert seen["answers"]["abroad"] == ["no"]
    open_ones = {each["question"]: each["why"] for each in seen["unanswered"]}
    assert "readers" not in open_ones
    assert "where-abroad" not in open_ones
    assert open_ones["accountable"].startswith("Somebody with a name")
    assert (seen["kind"], seen["days_left"], seen["clock"]) == ("personal", 20, "in-time")
    event = served.events(subject=asked["request"], name="request.asked")[0]
    assert "benefits officers" not in str(event)
    assert event["facts"]["due"] == seen["due"]


def test_answers_that_cannot_be_used_stop_the_request_and_nothing_is_kept(served: "ServedHere") -> None:
    before = len(get(served, "/api/v1/requests", ANALYST)["requests"])
    answers = {"marking": "SECRET", "nothing": "x", "aims": "a\u0000b"}
    answer = served.send("POST", "/api/v1/requests", served.person(ANALYST), json={**ASK, "answers": answers})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.answers")
    assert len(answer.json()["reasons"]) == 3
    assert "SECRET" not in answer.text
    assert len(get(served, "/api/v1/requests", ANALYST)["requests"]) == before


def test_an_emergency_is_due_within_a_working_day(served: "ServedHere") -> None:
    asked = served.do("/api/v1/requests", {**ASK, "answers": {"urgency": "emergency"}}, by=ANALYST)
    assert (asked["kind"], asked["days_left"]) == ("urgent", 1)


def test_a_draft_waits_on_the_node_section_by_section_until_it_is_sent(served: "ServedHere") -> None:
    tom = Browser(served, ANALYST)
    fields = {"gateway": ASK["gateway"], "fields": ["nino", "council"], "act": "draft"}
    begun = tom.post("/ask", dataset=ASK["dataset"], recipient="lambeth", purpose=ASK["purpose"], **fields)
    path = begun.headers["location"]
    assert path.startswith("/drafts/dra-")
    tasks = tom.see(path).text
    assert tasks.count("To do") == 5
    assert "Purpose" in tasks
    assert path in tom.see("/requests").text
    page = tom.see(f"{path}/check").text
    assert "Filled in from what is asked for; check it." in page
    bad = tom.post(
        f"{path}/purpose", **{"aims": "x" * 2001, "until-day": "31", "until-month": "13", "until-year": "27"}
    )
    assert bad.status_code == 400
    assert "There is a problem" in bad.text
    done = {"contact": "Tom Reid, 020 7946 0000", "accountable": "Ann Lee", "declared": "yes"}
    assert tom.post(f"{path}/check", **done).headers["location"] == path
    again = Browser(served, ANALYST)
    assert "020 7946 0000" in again.see(f"{path}/check").text
    assert again.see(path).text.count("To do") == 4
    assert "Ann Lee" in again.see(f"{path}/answers").text
    stranger = Browser(served, served.join("croydon", "Sid Stranger", "analyst"))
    assert stranger.see(path).status_code == 404
    assert stranger.post(f"{path}/sending").status_code == 404
    sent = tom.post(f"{path}/sending").headers["location"]
    assert re.fullmatch(r"/requests/req-\w+", sent)
    assert tom.see(path).status_code == 404
    assert tom.post(f"{path}/sending").status_code == 404
    shown = Browser(served, LEAD + DWP).see(sent).text
    assert "Ann Lee" in shown
    assert "Not answered:" in shown
    assert "Answer due" in shown
    ended = served.events(name="request.draft-ended")[-1]
    assert ended["facts"]["request"] == sent.rpartition("/")[2]


def test_a_draft_is_discarded(served: "ServedHere") -> None:
    tom = Browser(served, ANALYST)
    form = {"dataset": ASK["dataset"], "recipient": "lambeth", "purpose": ASK["purpose"], "gateway": "", "act": "draft"}
    path = tom.post("/ask", **form, fields="council").headers["location"]
    assert tom.post(f"{path}/discarding").headers["location"] == "/requests"
    assert tom.see(path).status_code == 404


def test_a_refusal_is_appealed_once_and_answered_by_another_person(served: "ServedHere") -> None:
    request = refused(served)
    path = f"/api/v1/requests/{request}"
    tom = Browser(served, ANALYST)
    assert f"/requests/{request}/appeal" in tom.see(f"/requests/{request}").text
    assert tom.post(f"/requests/{request}/appeal", reason="").status_code == 400
    assert tom.post(f"/requests/{request}/appeal", reason="Only two fields are needed.").status_code == 303
    assert get(served, path, ANALYST)["status"] == "appealed"
    again = served.send("POST", f"{path}/appeal", served.person(ANALYST), json={"reason": "Once more."})
    assert (again.status_code, again.json()["code"]) == (403, "request.not-appealable")
    same = served.send(
        "POST", f"{path}/ruling", served.person(LEAD + DWP), json={"permit": True, "fields": ["council"]}
    )
    assert (same.status_code, same.json()["code"]) == (403, "agree.same-person")
    assert "/permission" not in Browser(served, LEAD + DWP).see(f"/requests/{request}").text
    zoe = Browser(served, OWNER + DWP)
    assert "Only two fields are needed." in zoe.see(f"/requests/{request}").text
    served.do(f"{path}/ruling", {"permit": True, "fields": ["council"]}, by=OWNER + DWP)
    both = zoe.see(f"/requests/{request}").text
    assert "The extract costs too much." in both
    assert "Permitted" in both
    assert served.do(f"{path}/agreement", by=ANALYST)["fields"] == ["council"]
    names = [each["name"] for each in served.events(subject=request)]
    assert names.index("request.appealed") < len(names) - 1 - names[::-1].index("request.decided")


def test_only_a_person_s_refusal_is_appealed_and_only_by_who_asked(served: "ServedHere") -> None:
    request = refused(served)
    other = served.send("POST", f"/api/v1/requests/{request}/appeal", served.person(OWNER + DWP), json={"reason": "x"})
    assert other.status_code == 403
    served.send("POST", "/api/v1/requests", served.person(ANALYST), json={**ASK, "purpose": "research"})
    by_law = get(served, "/api/v1/requests", ANALYST)["requests"][-1]["request"]
    answer = served.send("POST", f"/api/v1/requests/{by_law}/appeal", served.person(ANALYST), json={"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "request.not-appealable")


def test_what_is_late_goes_to_a_senior_officer_and_is_counted_for_anybody(served: "ServedHere") -> None:
    request = str(served.do("/api/v1/requests", ASK, by=ANALYST)["request"])
    served.home.clock.advance(timedelta(days=60))
    served = replace(served, token=served.node.bodies.lend_operator_token())
    seen = get(served, f"/api/v1/requests/{request}", ANALYST)
    assert (seen["clock"], seen["with"]) == ("overdue", "Zoe Adams")
    assert seen["days_left"] < 0
    counted = served.send("GET", "/api/v1/insight/requests").json()["bodies"]
    assert [each["body"] for each in counted] == [DWP[1:]]
    assert counted[0]["overdue"] == counted[0]["waiting"] > 0
    public = served.send("GET", "/waiting", {"Accept": "text/html"}).text
    assert "Department for Work and Pensions" in public
    assert not [each for each in ("Zoe", "Tom", "Lambeth", "claimants", request) if each in public]
    assert "Overdue" in Browser(served, LEAD + DWP).see("/requests").text
    page = Browser(served, LEAD + DWP).see(f"/requests/{request}").text
    assert "It is now with Zoe Adams" in page
    assert served.node.reminding.remind() > 0
    (told,) = get(served, f"/api/v1/events?subject={request}&name=request.escalated")["events"]
    assert told["facts"]["to"] == ["zoe.adams@" + DWP[1:]]
    assert served.node.reminding.remind() == 0
    assert "The node handed the overdue request" in Browser(served, LEAD + DWP).see("/audit").text
