"""The pages of acts on keys: one person proposes, another confirms, and the certificate can be printed."""

import re
from html import unescape
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.conftest import ServedHere

OWNER, LEAD = "olive.owner@department-for-work-pensions", "ian.lead@department-for-work-pensions"
VERSION = "department-for-work-pensions/claimants@1"


class Desk:
    """A person's browser: their session, and what they see."""

    def __init__(self, served: "ServedHere", person: str) -> None:
        link = served.do("/api/v1/sign-in-links", by=person)["link"].removeprefix(served.url)
        cookie = served.send("GET", link).headers["set-cookie"].partition(";")[0]
        served.client.cookies.clear()
        self._served = served
        self._headers = {"Cookie": cookie, "Accept": "text/html", "Origin": served.url}

    def see(self, path: str, status: int = 200) -> str:
        return _words(self._served.send("GET", path, self._headers), status)

    def source(self, path: str) -> str:
        return self._served.send("GET", path, self._headers).text

    def post(self, path: str, **form: str) -> httpx.Response:
        return self._served.send("POST", path, self._headers, data=form)


def _words(page: httpx.Response, status: int) -> str:
    assert page.status_code == status, page.text[:500]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


@pytest.fixture
def desks(served: "ServedHere") -> tuple[Desk, Desk]:
    """Two people of DWP who may manage its keys, each at a desk; its claimants are published."""
    served.publish_claimants()
    served.join("DWP", "Olive Owner", "asset-owner")
    served.join("DWP", "Ian Lead", "information-governance")
    return Desk(served, OWNER), Desk(served, LEAD)


def _proposal(served: "ServedHere") -> str:
    waiting = served.send("GET", "/api/v1/keys/acts", served.person(LEAD)).json()["waiting"]
    return f"/keys/acts/{waiting[0]['proposal']}"


def test_a_version_is_shredded_by_two_people_at_their_desks(served: "ServedHere", desks: tuple[Desk, Desk]) -> None:
    owner, lead = desks
    proposed = owner.post("/keys/acts", act="shred-version", subject=VERSION, reason="Published by mistake.")
    assert (proposed.status_code, proposed.headers["Location"]) == (303, "/keys/acts")
    assert f"Shred a version of a dataset: {VERSION} Proposed by Olive Owner" in owner.see("/keys/acts")
    path = _proposal(served)
    mine = owner.see(path)
    assert "You proposed it, so somebody else confirms it: Ian Lead." in mine
    assert "Confirm and do it" not in mine
    seen = lead.see(path)
    assert (
        "Sealed files of version 1 of department-for-work-pensions/claimants that can never be opened again: 1." in seen
    )
    assert "Confirm and do it" in seen
    assert owner.post(f"{path}/confirmation").status_code == 403
    assert lead.post(f"{path}/confirmation").status_code == 303
    assert "State Done" in lead.see(path)
    listed = lead.see("/keys/acts")
    assert "Nothing waits." in listed
    assert "Version 1 of department-for-work-pensions/claimants," in listed
    index = served.events(name="shredding.certified")[0]["index"]
    certificate = lead.see(f"/keys/acts/certificates/{index}")
    assert "By Olive Owner Ian Lead" in certificate
    assert "never made a backup" in certificate
    assert "Nothing of it was ever delivered." in certificate
    another = served.events(name="dataset.published")[0]["index"]
    assert "is no certificate" in lead.see(f"/keys/acts/certificates/{another}", 404)


def test_a_rotation_says_what_it_will_do_and_can_be_withdrawn(served: "ServedHere", desks: tuple[Desk, Desk]) -> None:
    owner, lead = desks
    kek = "kek-department-for-work-pensions"
    assert owner.post("/keys/acts", act="rotate", subject=kek, reason="It is due.").status_code == 303
    path = _proposal(served)
    assert f"{kek} gets version 2. Wraps that pass to it: 1. No data is touched" in lead.see(path)
    assert lead.post(f"{path}/withdrawal").status_code == 303
    assert "State Withdrawn" in lead.see(path)
    assert lead.post(f"{path}/confirmation").status_code == 404


def test_what_is_wrong_with_a_proposal_is_said_on_the_page(desks: tuple[Desk, Desk]) -> None:
    owner, _ = desks
    unexplained = owner.post("/keys/acts", act="rotate", subject="kek-department-for-work-pensions", reason="")
    assert "Say why; the log keeps it." in _words(unexplained, 400)
    unknown = owner.post("/keys/acts", act="rotate", subject="kek-nobody", reason="It is due.")
    assert "The custodian holds no such key." in _words(unknown, 404)


def test_an_address_can_fill_the_form_in(desks: tuple[Desk, Desk], served: "ServedHere") -> None:
    answer = served.send("GET", "/keys/acts/propose?act=contain&subject=link", desks[0]._headers)
    assert 'value="link"' in answer.text
    assert '<option value="contain" selected>' in answer.text
