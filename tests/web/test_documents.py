"""The documents of an agreement on a real node: by the API, on the pages, on the command line; each is recorded."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commonweal.agree import terms_digest
from commonweal.cli.app import run
from commonweal.node import Caller

if TYPE_CHECKING:
    from tests.conftest import Agreed, Home, ServedHere

LEAD = "margaret.okafor@department-for-work-pensions"
ANALYST = "tom.reid@lambeth"
STRANGER = "sid.stranger@croydon"
DUE = ("dsa", "dpia", "ropa", "privacy-notice", "risk")


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> "Iterator[tuple[ServedHere, Agreed]]":
    with serving(new_home(tmp_path_factory.mktemp("documents") / "home")) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        served.join("croydon", "Sid Stranger", "analyst")
        yield served, agreed


def get(served: "ServedHere", path: str, person: str = LEAD) -> Any:
    return served.send("GET", path, served.person(person))


def test_the_api_lists_what_is_due_and_gives_each_in_each_form(world: "tuple[ServedHere, Agreed]") -> None:
    served, agreed = world
    listed = get(served, f"/api/v1/agreements/{agreed.id}/documents", ANALYST).json()
    assert tuple(each["document"] for each in listed["documents"] if each["due"]) == DUE
    assert listed["odrl"] == f"/api/v1/agreements/{agreed.id}/odrl"
    begins = {"html": b"<!DOCTYPE html>", "pdf": b"%PDF-1.7", "json": b"{"}
    for each in listed["documents"]:
        for form, path in each.get("forms", {}).items():
            answer = get(served, path, ANALYST)
            assert answer.status_code == 200, answer.text
            assert answer.content.startswith(begins[form])
            assert answer.headers["content-disposition"].endswith(f'{agreed.id}-{each["document"]}.{form}"')
    refused = get(served, f"/api/v1/agreements/{agreed.id}/documents/dea-register.pdf")
    assert (refused.status_code, refused.json()["code"]) == (404, "agree.document-not-due")
    assert get(served, f"/api/v1/agreements/{agreed.id}/documents/novel.pdf").status_code == 400
    assert get(served, f"/api/v1/agreements/{agreed.id}/documents/dsa.pdf", STRANGER).status_code == 404


def test_a_document_names_the_events_that_bear_its_signatures_out(world: "tuple[ServedHere, Agreed]") -> None:
    served, agreed = world
    told = get(served, f"/api/v1/agreements/{agreed.id}/documents/dsa.json").json()
    caller = served.node.bodies.identify(served.token)
    assert isinstance(caller, Caller)
    agreement = served.node.asking.get_agreement(caller, agreed.id)
    assert told["made_from"]["terms_sha256"] == terms_digest(agreement)
    signatures = json.dumps(next(each for each in told["sections"] if each["heading"] == "Signatures"))
    for subject, name in ((agreement.request, "request.asked"), (agreed.id, "agreement.signed")):
        event = served.events(subject=subject, name=name)[0]
        assert f"Event {event['index']} of the log" in signatures
        assert served.node.parts.log.event_at(event["index"]).entry.hex() in signatures
    assert "keystore.json" not in json.dumps(told)


def test_each_reading_is_recorded_with_what_and_how(world: "tuple[ServedHere, Agreed]") -> None:
    served, agreed = world
    get(served, f"/api/v1/agreements/{agreed.id}/documents/ropa.html", ANALYST)
    newest = served.events(name="document.viewed", subject=agreed.id)[-1]
    assert newest["facts"] == {"document": "ropa", "format": "html"}
    assert newest["actor"]["person"] == ANALYST
    before = len(served.events(name="document.viewed"))
    get(served, f"/api/v1/agreements/{agreed.id}/documents/ropa.html", STRANGER)
    assert len(served.events(name="document.viewed")) == before


def test_the_pages_lead_to_each_document_and_print_it(world: "tuple[ServedHere, Agreed]") -> None:
    served, agreed = world
    link = served.do("/api/v1/sign-in-links", by=LEAD)["link"].removeprefix(served.url)
    cookie = {"Cookie": served.send("GET", link).headers["set-cookie"].partition(";")[0]}
    page = served.send("GET", f"/agreements/{agreed.id}", cookie).text
    assert "Entry in the register of the Digital Economy Act 2017: not due." in unescape(page)
    for name in DUE:
        path = f"/agreements/{agreed.id}/documents/{name}"
        assert f'href="{path}"' in page
        shown = served.send("GET", path, cookie)
        assert shown.status_code == 200
        assert shown.text.count("<h1") == 1
        assert "To complete:" in shown.text
        assert served.send("GET", f"{path}.pdf", cookie).content.startswith(b"%PDF-1.7")
    assert served.send("GET", f"/agreements/{agreed.id}/documents/dea-register", cookie).status_code == 404
    history = unescape(served.send("GET", f"/agreements/{agreed.id}", cookie).text)
    assert "looked at a document of the agreement: privacy-notice" in history


def test_what_people_wrote_is_escaped_in_html(served: "ServedHere") -> None:
    served.publish_claimants()
    title = "<script>alert(1)</script> & #panic()"
    agreed = served.agree_on_claimants()
    reason = f"{title} ended."
    served.do(f"/api/v1/agreements/{agreed.id}/revocation", {"reason": reason}, by=LEAD)
    html = get(served, f"/api/v1/agreements/{agreed.id}/documents/dsa.html").text
    assert "<script" not in html
    assert reason in unescape(html)
    assert get(served, f"/api/v1/agreements/{agreed.id}/documents/dsa.pdf").status_code == 200


def test_the_command_line_lists_and_writes_them(
    world: "tuple[ServedHere, Agreed]",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    served, agreed = world
    monkeypatch.chdir(tmp_path)
    (tmp_path / "token").write_text(served.token)
    at = f"--node {served.url} --token token --as {LEAD}"

    def said(line: str) -> tuple[int, bytes]:
        code = run(shlex.split(f"documents {agreed.id} {line} {at}"))
        out, err = capfdbinary.readouterr()
        return code, out or err

    code, out = said("")
    assert (code, out.count(b"\n")) == (0, 7)
    assert b"dea-register: Entry in the register of the Digital Economy Act 2017. Not due." in out
    assert re.fullmatch(rb"Wrote agr-\w+-dsa\.pdf: [\d,]+ bytes\. .+\n", said("--document dsa")[1])
    assert (tmp_path / f"{agreed.id}-dsa.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert said("--document risk --format html --output risk.html")[0] == 0
    assert "Risk-sharing terms" in (tmp_path / "risk.html").read_text()
    printed = said("--document dpia --format json --output -")
    assert printed[0] == 0, printed
    document = json.loads(printed[1])
    assert document["document"] == "dpia"
    assert json.loads(said("--document dsa --json --output x.pdf")[1])["file"] == "x.pdf"
    assert len(json.loads(said("--json")[1])["documents"]) == 7
    assert said("--document dea-register")[0] == 5
    assert not list(tmp_path.glob("*dea-register*"))
    assert said("--document dsa --json --output -")[0] == 2
    assert said("--output x")[0] == 2
