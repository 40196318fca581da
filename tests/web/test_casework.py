"""The pages for people who are signed in, on a real node: who sees what, what each form does, what the record says."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from commonweal.identity import Role
from commonweal.keys import X25519Identity
from commonweal.node import Caller
from commonweal.web.casework.names import Names
from commonweal.web.casework.trail import SENTENCES, tell

if TYPE_CHECKING:
    from tests.conftest import Agreed, Home, ServedHere

LEAD = "margaret.okafor@department-for-work-pensions"
OWNER = "oona.owner@department-for-work-pensions"
AUDITOR = "ada.auditor@department-for-work-pensions"
ANALYST = "ann.analyst@lambeth"
SIGNER = "tom.reid@lambeth"
STRANGER = "sid.stranger@croydon"
OPERATOR = ""
EVERYBODY = (LEAD, OWNER, AUDITOR, ANALYST, SIGNER, STRANGER, OPERATOR)
CANARY = "quartz canary"
KEK = "kek-department-for-work-pensions"

PAGES = (
    "/requests",
    "/requests/{request}",
    "/requests/{request}/permission",
    "/requests/{request}/refusal",
    "/agreements",
    "/agreements/{agreement}",
    "/agreements/{agreement}/odrl",
    "/agreements/{agreement}/revocation",
    "/ask?dataset=dwp/claimants",
    "/audit",
    "/audit/0",
    "/keys",
    "/keys.csv",
    "/keys/show?key=kek-department-for-work-pensions",
    "/keys/exposure?key=kek-department-for-work-pensions",
    "/agreements/{agreement}/security-case",
    "/agreements/{agreement}/documents/dsa",
    "/agreements/{agreement}/documents/dsa.pdf",
)
FORMS = (
    "/requests/{request}/permission",
    "/requests/{request}/refusal",
    "/requests/{request}/signature",
    "/agreements/{agreement}/revocation",
    "/ask",
)


@dataclass(frozen=True)
class World:
    """A node with an agreement between DWP and Lambeth, another between a trust and DHSC, and people of every role."""

    served: "ServedHere"
    agreed: "Agreed"
    stock: "Agreed"
    request: str
    sessions: dict[str, str]

    def send(self, method: str, path: str, person: str | None, form: Any = None, **more: str) -> httpx.Response:
        """Send what a browser of a person would; None is nobody."""
        headers = {"Accept": "text/html", "Origin": self.served.url, **more}
        if person is not None:
            headers["Cookie"] = f"commonweal-session={self._session(person)}"
        self.served.client.cookies.clear()
        filled = path.format(request=self.request, agreement=self.agreed.id)
        return self.served.send(method, filled, headers, data=form or ({} if method == "POST" else None))

    def see(self, path: str, person: str = OPERATOR, status: int = 200) -> str:
        """Return a page's text, its marks left out, as a person sees it."""
        return words_of(self.send("GET", path, person), status)

    def post(self, path: str, person: str, form: Any = None) -> str:
        """Send a form that succeeds and return where it leads."""
        answer = self.send("POST", path, person, form)
        assert answer.status_code == 303, words_of(answer, answer.status_code)
        return answer.headers["location"]

    def waiting(self) -> str:
        """Return the address of a fresh request that waits for DWP's named person."""
        return f"/requests/{self.served.ask_for_claimants()}"

    def _session(self, person: str) -> str:
        if person not in self.sessions:
            link = self.served.do("/api/v1/sign-in-links", by=person)["link"].removeprefix(self.served.url)
            cookie = self.served.send("GET", link).headers["set-cookie"]
            self.sessions[person] = cookie.partition(";")[0].partition("=")[2]
        return self.sessions[person]


def words_of(page: httpx.Response, status: int) -> str:
    assert page.status_code == status, page.text[:500]
    assert page.text.count("<h1") == 1
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def faults_of(page: httpx.Response) -> dict[str, str]:
    """Return the error summary: for each field that it leads to, what it says; every link leads somewhere."""
    summary = page.text.partition("govuk-error-summary__list")[2].partition("</ul>")[0]
    found = dict(re.findall(r'<a href="#([\w-]+)">([^<]+)</a>', summary))
    assert not [each for each in found if f'id="{each}"' not in page.text]
    assert "<title>Error: " in page.text
    return {field: unescape(sentence) for field, sentence in found.items()}


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> Iterator[World]:
    with serving(new_home(tmp_path_factory.mktemp("casework") / "home")) as served:
        served.publish_claimants()
        agreed, stock = served.agree_on_claimants(), served.agree_on_stock()
        served.join("DWP", "Oona Owner", "asset-owner")
        served.join("DWP", "Ada Auditor", "auditor")
        served.join("lambeth", "Ann Analyst", "analyst")
        served.join("croydon", "Sid Stranger", *Role)
        yield World(served, agreed, stock, served.ask_for_claimants(), {})


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_people_who_are_signed_in(world: World, path: str) -> None:
    page = world.send("GET", path, None)
    assert "commonweal serve link" in words_of(page, 401)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_is_for_people_who_are_signed_in_and_sent_from_the_nodes_own_page(world: World, path: str) -> None:
    assert world.send("POST", path, None).status_code == 401
    other = world.send("POST", path, LEAD, Origin="https://elsewhere.example")
    assert "of another site" in words_of(other, 403)


@pytest.mark.parametrize(("path", "status"), [(path, 404) for path in (*PAGES[1:4], *PAGES[5:8])])
def test_what_is_between_other_bodies_is_not_found(world: World, path: str, status: int) -> None:
    page = world.send("GET", path, STRANGER)
    assert page.status_code == status
    assert "Lambeth" not in page.text
    assert "claimants" not in page.text.lower()


@pytest.mark.parametrize("path", FORMS[:4])
def test_nobody_acts_on_what_is_between_other_bodies(world: World, path: str) -> None:
    before = world.served.send("GET", "/api/v1/requests", world.served.person(LEAD)).json()
    form = {"fields": "nino", "reason": "law", "text": "No.", "would_change": "Nothing."}
    assert world.send("POST", path, STRANGER, form).status_code == 404
    assert world.served.send("GET", "/api/v1/requests", world.served.person(LEAD)).json() == before


def test_lists_show_what_the_body_is_a_party_to(world: World) -> None:
    for path in ("/requests", "/agreements"):
        assert "Claimants" in world.see(path, ANALYST)
        assert "Claimants" in world.see(path, AUDITOR)
        assert "protective equipment" not in world.see(path, LEAD)
        assert "Claimants" not in world.see(path, STRANGER)
        assert "protective equipment" in world.see(path, OPERATOR)


@pytest.mark.parametrize(
    ("person", "may"), [(LEAD, True), (OWNER, True), (AUDITOR, False), (ANALYST, False), (SIGNER, False), ("", False)]
)
def test_a_request_offers_its_decision_to_those_whose_role_decides(world: World, person: str, may: bool) -> None:
    page = world.send("GET", "/requests/{request}", person)
    assert ('id="decide"' in page.text) is may
    assert ('id="who-decides"' in page.text) is not may
    told = "an information-governance lead or an asset owner of theirs may decide"
    assert (told in words_of(page, 200)) is not may
    assert ("Waiting for you" in world.see("/requests", person)) is may
    for form in ("permission", "refusal"):
        page = world.send("GET", f"/requests/{world.request}/{form}", person)
        assert ('<form method="post" action="/requests/' in page.text) is may
        if not may:
            assert world.send("POST", f"/requests/{world.request}/{form}", person, RULING).status_code == 403


RULING = {
    "fields": ["nino", "award"],
    "tokenise": "nino",
    "reason": "quality",
    "text": "The addresses are old.",
    "would_change": "Ask again in spring.",
}


def test_a_request_shows_every_reason_and_by_which_rules(world: World) -> None:
    shown = world.see("/requests/{request}", LEAD)
    told = world.served.send("GET", f"/api/v1/requests/{world.request}", world.served.person(LEAD)).json()
    assert told["reasons"]
    for reason in told["reasons"]:
        assert all(part in shown for part in reason.values())
    assert told["pack"] in shown
    assert told["policies"] in shown
    assert "it is not legal advice" in shown


def test_a_permission_narrows_and_a_signature_puts_it_in_force(world: World) -> None:
    path = world.waiting()
    form = {
        "fields": ["nino", "council"],
        "tokenise": "nino",
        "rows": "council=E09000022\r\n\r\naward>=20\r\n",
        "until-day": "31",
        "until-month": "12",
        "until-year": "2099",
        "readers": "role:analyst\r\n",
        "doors": ["csv"],
        "onward": "barred",
        "rows_per_day": "10,000",
    }
    assert world.post(f"{path}/permission", LEAD, form) == path
    shown = world.see(path, SIGNER)
    assert "Margaret Okafor, Department for Work and Pensions" in shown
    assert "council is E09000022 award is at least 20 Last day 31 December 2099" in shown
    assert "Done Your answer is in the log" in world.see(path, LEAD)
    assert "Your answer is in the log" not in shown
    assert 'id="sign"' not in world.send("GET", path, ANALYST).text
    assert "an information-governance lead or an asset owner of Department" in world.see(path, ANALYST)
    assert world.send("POST", f"{path}/signature", ANALYST).status_code == 403
    agreement = world.post(f"{path}/signature", SIGNER)
    held = world.served.send("GET", f"/api/v1{agreement}", world.served.person()).json()
    assert (held["fields"], held["tokenised"]) == (["nino", "council"], ["nino"])
    assert held["ends"] == "2100-01-01T00:00:00Z"
    assert (held["conditions"]["readers"], held["conditions"]["bars_onward"]) == (["role:analyst"], True)
    assert (held["conditions"]["doors"], held["conditions"]["rows_per_day"]) == (["csv"], 10_000)
    assert "In force" in world.see(agreement, ANALYST)
    assert "Rows in 24 hours 10,000 at most" in world.see(agreement, ANALYST)
    assert agreement in world.send("GET", path, ANALYST).text


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"fields": []}, {"fields": "Tick at least one field, or refuse the request."}),
        ({"fields": "salary", "tokenise": []}, {"fields": "Not asked for: salary."}),
        ({"tokenise": "postcode"}, {"fields": "To be tokenised but not among the fields: postcode."}),
        ({"rows": "award>=plenty"}, {"rows": "A value of the row condition on award"}),
        ({"rows": "nobody=1"}, {"rows": "Row condition 1 names a field the dataset does not have."}),
        ({"until-day": "31", "until-month": "2", "until-year": "2099"}, {"until-day": "The last day must be a real"}),
        ({"until-day": "1", "until-month": "x", "until-year": "2099"}, {"until-day": "The last day must be a real"}),
        ({"until-day": "1", "until-month": "1", "until-year": "2020"}, {"until-day": "The end must come after"}),
        ({"readers": "nobody@lambeth"}, {"readers": "Nobody of lambeth is called nobody@lambeth."}),
        ({"rows_per_day": "many"}, {"rows_per_day": "The rows in 24 hours must be a whole number"}),
        ({"review-day": "31", "review-month": "2", "review-year": "2099"}, {"review-day": "The review must be a real"}),
        ({"fields": [], "until-day": "9"}, {"fields": "Tick at least", "until-day": "The last day must be"}),
    ],
)
def test_a_permission_that_cannot_be_is_explained_at_its_field(
    world: World, change: dict[str, Any], faults: dict[str, str]
) -> None:
    page = world.send("POST", "/requests/{request}/permission", LEAD, {**RULING, **change})
    found = faults_of(page)
    assert page.status_code == 400
    assert list(found) == list(faults)
    assert all(found[field].startswith(sentence) for field, sentence in faults.items())
    assert "Waits for a decision" in world.see("/requests/{request}", LEAD)


def test_what_was_typed_stands_again_after_a_mistake(world: World) -> None:
    form = {"fields": "postcode", "rows": "award>=<b>", "until-day": "31"}
    page = world.send("POST", "/requests/{request}/permission", LEAD, form)
    assert ">award&gt;=&lt;b&gt;</textarea>" in page.text
    assert 'value="postcode" checked' in page.text
    assert 'value="award" checked' not in page.text
    assert 'value="31"' in page.text


def test_a_refusal_needs_code_sentence_and_way_out(world: World) -> None:
    path = world.waiting()
    page = world.send("POST", f"{path}/refusal", LEAD, {"text": "x" * 2001})
    assert list(faults_of(page)) == ["reason", "text", "would_change"]
    page = world.send("POST", f"{path}/refusal", LEAD, {**RULING, "reason": "mood"})
    assert "needs one of the codes" in faults_of(page)["reason"]
    assert world.post(f"{path}/refusal", LEAD, RULING) == path
    shown = world.see(path, ANALYST)
    assert "Kind of reason Quality Reason The addresses are old." in shown
    assert "What would change the answer Ask again in spring." in shown
    assert "has had its answer" in world.see(f"{path}/permission", LEAD)
    assert "already refused" in words_of(world.send("POST", f"{path}/permission", LEAD, RULING), 403)


def ask_form(**change: Any) -> dict[str, Any]:
    return {
        "dataset": "dwp/claimants",
        "recipient": "lambeth",
        "purpose": "council-tax-reduction",
        "gateway": "wra12-s130-131",
        "fields": ["postcode", "award"],
        "act": "send",
        **change,
    }


def test_asking_begins_with_the_purpose_and_offers_what_fits_first(world: World) -> None:
    dataset = world.send("GET", "/datasets/department-for-work-pensions/claimants", ANALYST).text
    address = unescape(re.findall(r'href="(/ask[^"]*)"', dataset)[0])
    first = world.send("GET", address, ANALYST)
    purposes = first.text.partition('<select class="govuk-select" id="purpose"')[2]
    assert purposes.count("<option") == len(world.served.node.parts.pack.purposes) + 1
    assert "Which public body asks" not in first.text
    second = world.send("GET", f"{address}&purpose=council-tax-reduction", ANALYST)
    choices = re.findall(r'name="gateway" type="radio" value="([^"]*)"', second.text)
    assert choices[0] == "wra12-s130-131"
    assert choices[-1] == ""
    assert "Welfare Reform Act 2012" in words_of(second, 200)
    assert world.send("GET", "/ask", ANALYST).headers["location"] == "/search"


@pytest.mark.parametrize(
    ("query", "field"),
    [("purpose=magic", "purpose"), ("recipient=atlantis", "recipient"), ("recipient=x&purpose=magic", "recipient")],
)
def test_a_purpose_or_body_that_nobody_knows_is_explained(world: World, query: str, field: str) -> None:
    page = world.send("GET", f"/ask?dataset=dwp/claimants&{query}", OPERATOR)
    assert page.status_code in {400, 404}
    assert field in faults_of(page)


@pytest.mark.parametrize("person", [LEAD, AUDITOR, OWNER])
def test_who_may_not_ask_sees_whose_role_may(world: World, person: str) -> None:
    page = world.send("GET", "/ask?dataset=dwp/claimants&purpose=council-tax-reduction", person)
    assert 'id="who-asks"' in page.text
    assert '<form method="post" action="/ask' not in page.text
    assert world.send("POST", "/ask", person, ask_form(recipient="")).status_code == 403


def test_an_answer_is_explained_before_anything_is_sent(world: World) -> None:
    before = len(world.served.events(name="request.asked"))
    page = world.send("POST", "/ask", ANALYST, ask_form(act="explain", rows="council=E09000022"))
    shown = words_of(page, 200)
    assert "What the answer would be A person must decide" in shown
    assert "Welfare Reform Act 2012" in shown
    assert 'value="postcode" checked' in page.text
    assert ">council=E09000022</textarea>" in page.text
    assert len(world.served.events(name="request.asked")) == before
    assert world.served.events(name="decision.explained")[-1]["actor"]["person"] == ANALYST


def test_a_request_is_sent_and_a_refused_one_is_kept_with_its_reasons(world: World) -> None:
    path = world.post("/ask", ANALYST, ask_form())
    assert "Waits for a decision" in world.see(path, LEAD)
    refused = world.post("/ask", ANALYST, ask_form(purpose="research", gateway=""))
    shown = world.see(refused, ANALYST)
    assert "Refused" in shown
    assert "What would change this:" in shown
    assert 'id="decide"' not in world.send("GET", refused, LEAD).text


def test_a_page_says_who_decides_and_what_they_judge(world: World) -> None:
    for person in (SIGNER, LEAD, OPERATOR):
        page = world.see(world.waiting(), person)
        assert "To judge, yes or no: Is every one of these fields necessary for" in page
        assert f"Margaret Okafor ({LEAD})" in page
        assert "Ada Auditor" not in page


def test_what_is_not_personal_is_agreed_at_once(world: World) -> None:
    form = ask_form(dataset="r0a/ppe-stock", recipient="DHSC", purpose="ppe-supply", gateway="", fields=["item"])
    shown = world.see(world.post("/ask", OPERATOR, form))
    assert "Not needed" in shown
    assert "Agreed" in shown


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"gateway": [], "fields": [], "until-day": "x"}, ["gateway", "fields", "until-day"]),
        ({"rows": "award=lots"}, ["rows"]),
        ({"until-day": "1", "until-month": "1", "until-year": "2020"}, ["until-day"]),
        ({"gateway": "magna-carta"}, ["gateway"]),
    ],
)
def test_a_request_that_cannot_be_is_explained_at_its_fields(
    world: World, change: dict[str, Any], faults: list[str]
) -> None:
    page = world.send("POST", "/ask", ANALYST, ask_form(**change))
    assert page.status_code in {400, 404}
    assert list(faults_of(page)) == faults


def test_an_analyst_asks_for_their_own_body_only(world: World) -> None:
    assert world.send("POST", "/ask", ANALYST, ask_form(recipient="croydon")).status_code == 403


def test_an_agreement_shows_its_terms_and_how_to_read_it(world: World) -> None:
    shown = world.see("/agreements/{agreement}", ANALYST)
    held = world.served.send("GET", f"/api/v1/agreements/{world.agreed.id}", world.served.person()).json()
    assert held["citation"] in shown
    assert "Fields nino postcode council award Only as tokens nino Rows council is E09000022" in shown
    assert "Decided by Margaret Okafor" in shown
    assert f"commonweal profile {world.agreed.id}" in shown
    assert f"{world.agreed.id}.{world.agreed.schema}.claimants" in shown
    odrl = world.send("GET", "/agreements/{agreement}/odrl", ANALYST)
    assert odrl.json()["uid"].endswith(world.agreed.id)
    assert odrl.headers["content-type"] == "application/ld+json"


def test_reviews_certificates_and_consents_have_their_forms(world: World) -> None:
    request = world.waiting()
    until = {"until-day": "31", "until-month": "12", "until-year": "2098"}
    review = {"review-day": "1", "review-month": "6", "review-year": "2098"}
    permission = {"fields": ["nino", "award"], "onward": "barred", "keep_days": "5", **until, **review}
    world.post(f"{request}/permission", LEAD, permission)
    agreed = world.post(f"{request}/signature", SIGNER)
    assert "is due by 1 June 2098" in world.see(agreed, SIGNER)
    assert "Your role does not do this" in world.see(f"{agreed}/review", ANALYST)
    assert "may still be kept" in world.see(f"{agreed}/deletion", SIGNER)
    faulty = world.send("POST", f"{agreed}/review", SIGNER, {"next-day": "31", "next-month": "2", "next-year": "2098"})
    assert list(faults_of(faulty)) == ["next-day", "finding"]
    late = {"finding": "Still needed.", "next-day": "1", "next-month": "6", "next-year": "2190"}
    assert list(faults_of(world.send("POST", f"{agreed}/review", LEAD, late))) == ["next-day"]
    assert world.post(f"{agreed}/review", SIGNER, {**late, "next-year": "2098"}) == agreed
    assert "Tom Reid of London Borough of Lambeth reviewed it" in world.see(agreed, LEAD)
    assert list(faults_of(world.send("POST", f"{agreed}/onward-consents", LEAD, {"reason": "So be it."}))) == [
        "recipient"
    ]
    unknown = world.send("POST", f"{agreed}/onward-consents", LEAD, {"recipient": "zeppelin", "reason": "So be it."})
    assert list(faults_of(unknown)) == ["recipient"]
    world.post(f"{agreed}/onward-consents", LEAD, {"recipient": "croydon", "reason": "The scheme is shared."})
    world.post(f"{agreed}/revocation", LEAD, {"reason": "The scheme ends."})
    assert "Certificate of deletion: London Borough" in world.see("/agreements", SIGNER)
    assert "Only an agreement that is signed and not over" in world.see(f"{agreed}/review", SIGNER)
    assert list(faults_of(world.send("POST", f"{agreed}/deletion", SIGNER))) == ["how"]
    world.post(f"{agreed}/deletion", SIGNER, {"how": "Deleted from the revenues system."})
    assert "Deleted from the revenues system." in world.see(agreed, LEAD)
    assert "Certificate of deletion: London Borough" not in world.see("/agreements", SIGNER)


def test_a_history_leads_to_its_proofs_for_those_who_may_read_the_record(world: World) -> None:
    world.served.send("GET", world.agreed.data_path("csv"), world.agreed.reader)
    signed = world.served.events(subject=world.agreed.id, name="agreement.signed")[0]["index"]
    for person, reads in ((LEAD, True), (AUDITOR, True), (OPERATOR, True), (ANALYST, False), (SIGNER, False)):
        page = world.send("GET", "/agreements/{agreement}", person).text
        assert (f'href="/audit/{signed}"' in page) is reads
        assert ("Who has looked at it" in page) is reads
        assert "was let read 2 rows of Claimants by CSV URL" in page
    assert "Authorised 0" not in world.see("/agreements/{agreement}", ANALYST)


def test_a_revocation_says_what_it_does_takes_a_reason_and_holds(world: World) -> None:
    agreed = world.served.agree_on_claimants()
    path = f"/agreements/{agreed.id}"
    assert "What it cannot take back" in world.see(f"{path}/revocation", LEAD)
    assert list(faults_of(world.send("POST", f"{path}/revocation", LEAD, {"reason": " "}))) == ["reason"]
    assert list(faults_of(world.send("POST", f"{path}/revocation", LEAD, {"reason": "x" * 2001}))) == ["reason"]
    assert world.post(f"{path}/revocation", LEAD, {"reason": "It ended <early>."}) == path
    assert "Margaret Okafor revoked it" in world.see(path, ANALYST)
    assert "It ended <early>." in world.see(path, ANALYST)
    assert world.served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 403
    assert "It is revoked already" in world.see(f"{path}/revocation", LEAD)
    assert agreed.id in world.see("/agreements?state=revoked", LEAD)
    assert agreed.id not in world.see("/agreements?state=active", LEAD)
    assert "No agreement stands so." in world.see("/agreements?state=mislaid", LEAD)
    assert "already revoked" in words_of(world.send("POST", f"{path}/revocation", LEAD, {"reason": "Again."}), 403)


@pytest.mark.parametrize(
    ("person", "may"),
    [(LEAD, True), (OWNER, True), (OPERATOR, True), (AUDITOR, False), (ANALYST, False), (SIGNER, False)],
)
def test_an_agreement_is_ended_by_those_whose_role_may(world: World, person: str, may: bool) -> None:
    page = world.send("GET", "/agreements/{agreement}", person)
    assert ("Revoke the agreement" in page.text) is may
    assert ('id="who-revokes"' in page.text) is not may
    form = world.send("GET", "/agreements/{agreement}/revocation", person)
    assert ('name="reason"' in form.text) is may
    if not may:
        assert world.send("POST", "/agreements/{agreement}/revocation", person, {"reason": "No."}).status_code == 403


@pytest.mark.parametrize("path", ["/audit", "/audit/0", "/keys", "/keys.csv"])
@pytest.mark.parametrize("person", EVERYBODY)
def test_the_record_is_for_those_whose_role_reads_it(world: World, path: str, person: str) -> None:
    page = world.send("GET", path, person)
    if person in {ANALYST, SIGNER, OWNER}:
        assert page.status_code == 403
        assert "an information-governance lead" in page.text or "information-governance" in page.text
    else:
        assert page.status_code == (409 if path == "/audit/0" and person != OPERATOR else 200)


def test_a_body_reads_its_own_record_only(world: World) -> None:
    assert "The record of Department for Work and Pensions" in world.see("/audit", AUDITOR)
    foreign = world.served.events(subject=world.stock.id)[0]["index"]
    assert f"/audit/{foreign}" not in world.send("GET", f"/audit?subject={world.stock.id}", AUDITOR).text
    assert "No event fits." in world.see(f"/audit?subject={world.stock.id}", AUDITOR)
    assert world.stock.id not in world.see(f"/audit/{foreign}", AUDITOR, 409)
    assert "The record of every body" in world.see("/audit", OPERATOR)


def test_the_log_is_paged_newest_first_and_looks_at_it_are_left_out_unless_asked_for(world: World) -> None:
    seen: list[int] = []
    address = "/audit"
    while address:
        page = world.send("GET", address, OPERATOR).text
        seen += [int(each) for each in re.findall(r'href="/audit/(\d+)"', page)]
        older = re.findall(r'href="([^"]+)" rel="next"', page)
        address = unescape(older[0]) if older else ""
    wanted = [each["index"] for each in world.served.events() if each["name"] != "events.viewed"]
    assert seen == sorted(seen, reverse=True)
    assert set(seen) <= set(wanted)
    assert set(wanted) - set(seen) <= {each for each in wanted if each > seen[0]}
    assert "looked at the log" in world.see("/audit?views=yes")
    assert "looked at the log" in world.see("/audit?name=events.viewed")


def test_the_log_is_filtered_by_kind_and_by_subject(world: World) -> None:
    shown = world.see(f"/audit?subject={world.agreed.id}&name=agreement.signed")
    assert shown.count("Proof of event") == 1
    assert "No event fits." in world.see("/audit?name=nothing.happened")
    for query in ("before=-1", "before=x", f"subject={'x' * 301}"):
        assert world.send("GET", f"/audit?{query}", OPERATOR).status_code == 400


def test_every_event_of_the_story_has_its_sentence(world: World) -> None:
    node = world.served.node
    operator = Caller(node.bodies.get_person(node.parts.settings.operator), is_operator=True)
    names = Names(node)
    told = {each.event.name: tell(each.event, names) for each in node.auditing.newest(operator, limit=100_000)}
    assert len(told) > 15
    assert set(told) <= set(SENTENCES)
    assert not {name: sentence for name, sentence in told.items() if "…" in sentence or "{" in sentence}


def test_an_event_is_shown_with_its_proof_checked_here(world: World) -> None:
    index = world.served.events(subject=world.agreed.id, name="agreement.signed")[0]["index"]
    shown = world.see(f"/audit/{index}", LEAD)
    proof = world.served.send("GET", f"/api/v1/events/{index}/proof", world.served.person()).json()
    assert "Proved This entry is in the log of" in shown
    assert shown.count("It holds.") == 3
    assert all(each in shown for each in (proof["salt"], proof["entry"], world.served.node.parts.log.key.vkey))
    assert proof["proof"][0] in shown
    assert "commonweal audit verify" in shown


def test_an_event_that_is_not_signed_yet_is_signed_first(world: World) -> None:
    world.send("GET", "/requests", LEAD)
    newest = world.served.events()[-1]["index"]
    assert "Proved" in world.see(f"/audit/{newest}")
    assert world.send("GET", f"/audit/{newest + 100_000}", OPERATOR).status_code == 409


def test_the_key_register_is_shown_and_given_as_csv(world: World) -> None:
    entries = world.served.send("GET", "/api/v1/keys", world.served.person()).json()["keys"]
    shown = world.see("/keys")
    rows = list(csv.DictReader(io.StringIO(world.send("GET", "/keys.csv", OPERATOR).text)))
    assert {each["key"] for each in rows} >= {each["key"] for each in entries}
    assert all(f"{each['key']}, version {each['version']}" in shown for each in rows)
    assert list(rows[0]) == list(entries[0])
    held = next(each for each in rows if each["key"] == KEK)
    assert int(held["opens"]) >= 1
    assert "Cabinet Office, which operates" in held["holders"]
    assert "Priya Shah, Department for Work and Pensions: through the node" in held["holders"]
    own = world.see("/keys", AUDITOR)
    assert "kek-department-for-work-pensions" in own
    assert "kek-lambeth" not in own


def test_one_key_is_shown_whole_with_what_its_leak_would_expose(world: World) -> None:
    shown = world.see(f"/keys/show?key={KEK}", AUDITOR)
    for words in ("Opens the sealed files of Department for Work and Pensions.", "Margaret Okafor", "not stated"):
        assert words in shown
    assert world.agreed.id in shown
    exposed = world.see(f"/keys/exposure?key={KEK}", AUDITOR)
    assert "Up to 3 people: the rows of version 1 of department-for-work-pensions/claimants." in exposed
    assert exposed.index("Rotate Make the next version") < exposed.index("Notify Tell Department for Work and Pensions")
    everything = world.see("/keys/exposure?key=unlock-secret")
    assert "By hand" in everything
    assert KEK in everything


@pytest.mark.parametrize("page", ["show", "exposure"])
@pytest.mark.parametrize("key", ["kek-lambeth", "unlock-secret", "kek-nobody", "", "x" * 200])
def test_the_key_of_another_body_is_not_found(world: World, page: str, key: str) -> None:
    told = world.see(f"/keys/{page}?key={key}", AUDITOR, 404)
    assert "Lambeth" not in told


def test_an_exposure_is_for_those_who_read_the_log_or_manage_keys(world: World) -> None:
    path = f"/keys/exposure?key={KEK}"
    for person, status in ((OWNER, 200), (AUDITOR, 200), (LEAD, 200), (ANALYST, 403), (SIGNER, 404), (STRANGER, 404)):
        assert world.send("GET", path, person).status_code == status, person
    assert world.send("GET", f"/keys/show?key={KEK}", OWNER).status_code == 403


def test_a_security_case_is_shown_to_the_parties(world: World) -> None:
    path = "/agreements/{agreement}/security-case"
    assert "/security-case" in world.send("GET", "/agreements/{agreement}", ANALYST).text
    for person in (LEAD, AUDITOR, ANALYST, OPERATOR):
        shown = world.see(path, person)
        assert "What guards Claimants for London Borough of Lambeth" in shown
        assert f"{KEK}, version 1" in shown
        assert f"token-{world.agreed.id}, version 1" in shown
    assert world.send("GET", path, STRANGER).status_code == 404


def test_looking_is_recorded_as_it_is_by_the_api(world: World) -> None:
    for path, name in (
        ("/requests", "requests.listed"),
        ("/requests/{request}", "request.viewed"),
        ("/agreements", "agreements.listed"),
        ("/agreements/{agreement}", "agreement.viewed"),
        ("/agreements/{agreement}/odrl", "agreement.viewed"),
        ("/audit", "events.viewed"),
        ("/keys", "keys.listed"),
        (f"/keys/show?key={KEK}", "key.viewed"),
        (f"/keys/exposure?key={KEK}", "exposure.viewed"),
        ("/agreements/{agreement}/security-case", "security-case.viewed"),
        ("/agreements/{agreement}/documents/dsa", "document.viewed"),
        ("/agreements/{agreement}/documents/dsa.pdf", "document.viewed"),
    ):
        before = len(world.served.events(name=name))
        world.send("GET", path, LEAD)
        found = world.served.events(name=name)
        mine = [each for each in found[before:] if each["actor"]["person"] == LEAD]
        assert len(mine) == 1, path


def test_the_header_leads_to_what_a_person_may_open(world: World) -> None:
    page = world.send("GET", "/", LEAD).text
    for path in ("/publish", "/requests", "/agreements", "/audit", "/keys"):
        assert f'href="{path}"' in page
        assert f'href="{path}"' not in world.send("GET", "/ppe", None).text
    assert "Margaret Okafor, Department for Work and Pensions" in page


def test_a_session_ends_after_its_time(served: "ServedHere") -> None:
    link = served.do("/api/v1/sign-in-links")["link"].removeprefix(served.url)
    cookie = {"Cookie": served.send("GET", link).headers["set-cookie"].partition(";")[0]}
    assert served.send("GET", "/requests", cookie).status_code == 200
    served.home.clock.advance(timedelta(hours=9))
    assert served.send("GET", "/requests", cookie).status_code == 401


def test_a_sign_in_link_for_another_person_names_the_operator_who_asked_for_it(world: World) -> None:
    world.see("/requests", LEAD)
    issued = [each for each in world.served.events(name="link.issued") if each["actor"]["person"] == LEAD]
    assert issued[0]["actor"]["operator"] == "olu.adeyemi@cabinet-office"
    listed = [each for each in world.served.events(name="requests.listed") if each["actor"]["person"] == LEAD]
    assert listed
    assert {each["actor"]["operator"] for each in listed} == {"olu.adeyemi@cabinet-office"}


def test_a_field_that_is_too_long_is_refused_without_its_text(world: World) -> None:
    page = world.send("POST", "/requests/{request}/permission", LEAD, {"rows": CANARY * 2000})
    assert page.status_code == 400
    assert CANARY not in page.text


def test_what_is_asked_sealed_is_shown_and_agreed_sealed(world: World) -> None:
    shown = world.see("/ask?dataset=dwp/claimants&purpose=council-tax-reduction", ANALYST)
    assert "Seal it to a key of yours (optional)" in shown
    recipient = str(X25519Identity.generate().recipient)
    path = world.post("/ask", ANALYST, ask_form(seal_to=f" {recipient}\r\n"))
    assert f"To be sealed to {recipient}" in world.see(path, ANALYST)
    page = world.send("GET", f"{path}/permission", LEAD)
    assert f"asks for it sealed to {recipient}" in words_of(page, 200)
    assert 'type="checkbox" value="sealed"' not in page.text
    world.post(f"{path}/permission", LEAD, {"fields": ["postcode", "award"]})
    assert f"Sealed to {recipient}" in world.see(path, LEAD)
    agreement = world.post(f"{path}/signature", SIGNER)
    shown = world.see(agreement, ANALYST)
    assert f"Sealed to {recipient}" in shown
    assert "age --decrypt" in shown
    assert "load_as_pandas" not in shown


def test_the_named_person_may_demand_that_it_is_sealed_to_the_bodys_key_here(world: World) -> None:
    path = world.waiting()
    form = {"fields": ["council"], "sealed": "sealed"}
    assert world.post(f"{path}/permission", LEAD, form) == path
    assert "Sealed to age1pq1" in world.see(path, ANALYST)
    assert "Not sealed" in world.see("/agreements/{agreement}", ANALYST)


def test_sealing_without_a_key_to_seal_to_is_explained_at_its_field(world: World) -> None:
    form = ask_form(recipient="wandsworth")
    path = world.post("/ask", OPERATOR, form)
    page = world.send("POST", f"{path}/permission", LEAD, {"fields": "award", "sealed": "sealed"})
    assert page.status_code == 403
    assert list(faults_of(page)) == ["sealed"]
    assert 'value="sealed" checked' in page.text
    page = world.send("POST", "/ask", OPERATOR, {**form, "seal_to": "own"})
    assert list(faults_of(page)) == ["seal_to"]
    assert ">own</textarea>" in page.text


@pytest.mark.parametrize("change", [{}, {"fields": []}, {"act": "explain"}, {"gateway": "magna-carta"}])
def test_a_secret_key_pasted_into_the_form_is_not_shown_again(world: World, change: dict[str, Any]) -> None:
    secret = X25519Identity.generate().reveal()
    page = world.send("POST", "/ask", ANALYST, ask_form(seal_to=secret, **change))
    assert page.status_code in {400, 404}
    assert "That is a secret key" in faults_of(page)["seal_to"]
    assert secret[18:] not in page.text
