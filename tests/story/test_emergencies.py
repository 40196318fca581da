"""Emergency mode over a node: standby opens nothing, an officer switches it on, it ends by itself, and is reviewed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.conftest import CLAIMANTS, DWP, Agreed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Home, ServedHere

OFFICER = "tom.reid@lambeth"
LEAD, OWNER = f"margaret.okafor@{DWP}", f"zoe.adams@{DWP}"
REASON = {"reason": "The river rises."}
HOURS = 4


@dataclass(frozen=True)
class OnStandby:
    """An agreement on standby between two bodies of a served node."""

    served: "ServedHere"
    agreed: Agreed

    def post(self, act: str, by: str, **form: Any) -> httpx.Response:
        path = f"/api/v1/agreements/{self.agreed.id}/{act}"
        return self.served.send("POST", path, self.served.person(by), json=form)

    def read(self) -> tuple[int, int]:
        """Return how the doors of CSV and of Delta Sharing answer."""
        reader = self.agreed.reader
        csv = self.served.send("GET", self.agreed.data_path("csv"), reader)
        delta = self.served.send("POST", f"{self.agreed.table_path}/query", reader, json={})
        return csv.status_code, delta.status_code

    def wait(self, **how_long: float) -> None:
        self.served.home.clock.advance(timedelta(**how_long))


def rule(served: "ServedHere", request: str, **more: Any) -> httpx.Response:
    ruling = {"permit": True, "fields": ["postcode", "award"], "officers": [OFFICER, OWNER], "standby_hours": HOURS}
    return served.send("POST", f"/api/v1/requests/{request}/ruling", served.person(LEAD), json={**ruling, **more})


@pytest.fixture(scope="module")
def standby(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> Iterator[OnStandby]:
    with serving(new_home(tmp_path_factory.mktemp("emergency") / "home")) as served:
        served.publish_claimants()
        request = served.ask_for_claimants()
        served.join("lambeth", "Ann Analyst", "analyst")
        served.join("DWP", "Margaret Okafor", "information-governance")
        served.join("DWP", "Zoe Adams", "asset-owner")
        wrongs: tuple[dict[str, Any], ...] = (
            {"officers": []},
            {"officers": ["ann.analyst@lambeth"]},
            {"standby_hours": 721},
        )
        for wrong in wrongs:
            refused = rule(served, request, **wrong)
            assert (refused.status_code, refused.json()["code"]) == (400, "agree.standby")
        assert rule(served, request).status_code == 201
        answer = served.do(f"/api/v1/requests/{request}/agreement", by=OFFICER)
        assert (answer["state"], answer["standby"]) == ("standby", {"officers": [OFFICER, OWNER], "hours": HOURS})
        token = str(served.profile(answer["agreement"], by=OFFICER)["bearerToken"])
        yield OnStandby(served, Agreed(answer["agreement"], token, CLAIMANTS, DWP.replace("-", "_")))


def test_the_life_of_an_agreement_for_an_emergency(standby: OnStandby) -> None:
    served = standby.served
    assert standby.read() == (403, 403)
    for by, act, form, code in (
        (LEAD, "activation", REASON, "agree.not-officer"),
        ("ann.analyst@lambeth", "activation", REASON, "agree.not-officer"),
        (OFFICER, "activation", {**REASON, "hours": HOURS + 1}, "agree.activation"),
        (OFFICER, "deactivation", REASON, "agree.not-on-standby"),
        (LEAD, "emergency-review", {"finding": "Nothing."}, "agree.not-on-standby"),
    ):
        assert standby.post(act, by, **form).json()["code"] == code
    assert standby.read() == (403, 403)

    on = standby.post("activation", OFFICER, **REASON, hours=2)
    assert (on.status_code, on.json()["state"]) == (201, "active")
    assert standby.post("activation", OFFICER, **REASON).json()["code"] == "agree.not-on-standby"
    assert standby.read() == (200, 200)
    standby.wait(minutes=90)
    link = served.file_url(standby.agreed)
    assert served.send("GET", link).status_code == 200
    standby.wait(minutes=29)
    assert standby.read() == (200, 200)

    standby.wait(minutes=2)
    assert standby.read() == (403, 403)
    assert served.send("GET", link).status_code == 403
    shown = served.send("GET", f"/api/v1/agreements/{standby.agreed.id}", served.person(LEAD)).json()
    assert (shown["state"], len(shown["activations"])) == ("standby", 1)

    assert standby.post("emergency-review", OFFICER, finding="My own.").status_code == 403
    standby.wait(days=20)
    assert standby.post("activation", OFFICER, **REASON).json()["code"] == "agree.unreviewed"
    reviewed = standby.post("emergency-review", LEAD, finding="It was needed.")
    assert (reviewed.status_code, reviewed.json()["activations"][0]["reviewed_by"]) == (201, LEAD)

    assert standby.post("activation", OWNER, **REASON).status_code == 201
    link = served.file_url(standby.agreed)
    assert standby.post("deactivation", LEAD, reason="The river falls.").json()["state"] == "standby"
    assert standby.read() == (403, 403)
    assert standby.post("emergency-review", OWNER, finding="My own.").json()["code"] == "agree.own-review"
    assert standby.post("activation", OFFICER, **REASON).status_code == 201
    assert standby.read() == (200, 200)
    assert served.send("GET", link).status_code == 403, "a link of an earlier time came to life again"
    told = [each["name"] for each in served.events(subject=standby.agreed.id) if each["name"].startswith("agreement.")]
    assert told.count("agreement.activated") == 3
    assert told.count("agreement.deactivated") == told.count("agreement.reviewed") == 1


def test_a_page_says_how_it_stands_and_lets_an_officer_switch_it_off(standby: OnStandby) -> None:
    browser = Page(standby.served, OFFICER, standby.agreed.id)
    assert "is switched on" in browser.see().text
    assert "Say why" in browser.post("off").text
    assert "is switched on" not in browser.post("off", reason="It is over.").text
    page = Page(standby.served, LEAD, standby.agreed.id)
    assert "My finding." in page.post("review", finding="My finding.").text


def test_threads_switch_it_on_once_and_a_withdrawn_dataset_not_at_all(standby: OnStandby) -> None:
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(standby.post("activation", OFFICER, **REASON).status_code))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 403, 403, 403]
    assert standby.post("deactivation", OFFICER, **REASON).status_code == 201
    standby.served.do(f"/api/v1/datasets/{CLAIMANTS}/withdrawal", {"reason": "The story."})
    assert standby.post("activation", OFFICER, **REASON).json()["code"] == "agree.activation-refused"


class Page:
    """The emergency page of an agreement, as a person who is signed in meets it."""

    def __init__(self, served: "ServedHere", person: str, agreement: str) -> None:
        link = served.do("/api/v1/sign-in-links", by=person)["link"].removeprefix(served.url)
        cookie = served.send("GET", link).headers["set-cookie"].partition(";")[0]
        served.client.cookies.clear()
        self._headers = {"Cookie": cookie, "Accept": "text/html", "Origin": served.url}
        self._served, self._path = served, f"/agreements/{agreement}/emergency"

    def see(self) -> httpx.Response:
        return self._served.send("GET", self._path, self._headers)

    def post(self, act: str, **form: Any) -> httpx.Response:
        answer = self._served.send("POST", self._path, self._headers, data={"act": act, **form})
        return self.see() if answer.status_code == 303 else answer
