"""Signatures on a real node: offered, signed by the other side, read; wrong people refused; an edited row not read."""

import shlex
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commonweal.cli.app import run

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

LEAD = "margaret.okafor@department-for-work-pensions"
ASKER = "tom.reid@lambeth"
SIGNER = "ola.ade@lambeth"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_home: "Callable[[Path], Home]") -> "Home":
    return new_home(tmp_path_factory.mktemp("signing") / "home")


@pytest.fixture(scope="module")
def world(
    home: "Home", serving: "Callable[[Home], AbstractContextManager[ServedHere]]"
) -> "Iterator[tuple[ServedHere, str]]":
    with serving(home) as served:
        served.publish_claimants()
        served.join("DWP", "Margaret Okafor", "information-governance")
        served.join("lambeth", "Ola Ade", "asset-owner")
        served.join("lambeth", "Tom Reid", "analyst")
        served.join("croydon", "Sid Stranger", "asset-owner")
        yield served, ask(served)


def ask(served: "ServedHere") -> str:
    form = {
        "dataset": "dwp/claimants",
        "recipient": "lambeth",
        "purpose": "council-tax-reduction",
        "gateway": "wra12-s130-131",
    }
    return str(served.do("/api/v1/requests", form, by=ASKER)["request"])


def offer(served: "ServedHere", request: str) -> Any:
    """Have DWP permit a request, demand both signatures, and sign first."""
    ruling = {"permit": True, "fields": ["council"], "countersign": True}
    served.do(f"/api/v1/requests/{request}/ruling", ruling, by=LEAD)
    return served.do(f"/api/v1/requests/{request}/agreement", by=LEAD)


def put(served: "ServedHere", path: str, by: str) -> Any:
    return served.send("POST", path, served.person(by), json={})


def test_nothing_is_read_until_the_other_side_has_signed(world: "tuple[ServedHere, str]") -> None:
    served, request = world
    offered = offer(served, request)
    agreement, path = offered["agreement"], f"/api/v1/agreements/{offered['agreement']}"
    assert (offered["state"], offered["awaits"]) == ("offered", "lambeth")
    reader = {"Authorization": f"Bearer {served.profile(agreement, by=SIGNER)['bearerToken']}"}
    assert served.send("GET", f"{path}/data.csv", reader).status_code == 403
    document = served.send("GET", f"{path}/documents/dsa.json", served.person(LEAD)).json()
    assert document["warning"].startswith("Not in force")
    for person, status, said in (
        (LEAD, 403, "signed agreement"),
        (ASKER, 403, "may not agree for lambeth"),
        ("sid.stranger@croydon", 404, "has no agreement"),
        ("", 403, "may not agree for lambeth"),
    ):
        refused = put(served, f"{path}/signature", person)
        assert (refused.status_code, said in refused.json()["detail"]) == (status, True), refused.text
    assert not served.events(name="agreement.countersigned")
    signed = served.do(f"{path}/signature", by=SIGNER)
    assert (signed["state"], signed["awaits"]) == ("active", "")
    assert [each["signatory"] for each in signed["signatures"]] == [False, True, True]
    assert served.send("GET", f"{path}/data.csv", reader).text.startswith('"council"')
    for name in ("agreement.signed", "agreement.countersigned"):
        facts = served.events(name=name, subject=agreement)[0]["facts"]
        assert (facts["digest"], facts["proved_by"]) == (signed["terms_sha256"], "token")
    assert put(served, f"{path}/signature", SIGNER).json()["code"] == "agree.not-offered"


def test_a_signature_on_a_page_wants_a_fresh_sign_in(world: "tuple[ServedHere, str]") -> None:
    served, _ = world
    agreement = str(offer(served, ask(served))["agreement"])
    person, path = SIGNER, f"/agreements/{agreement}/signature"

    def cookie() -> dict[str, str]:
        link = served.do("/api/v1/sign-in-links", by=person)["link"].removeprefix(served.url)
        answer = served.send("GET", link)
        served.client.cookies.clear()
        return {"Cookie": answer.headers["set-cookie"].partition(";")[0], "Origin": served.url}

    old = cookie()
    served.home.clock.advance(timedelta(minutes=11))
    assert "Sign for London Borough of Lambeth" in served.send("GET", path, old).text
    stale = served.send("POST", path, old)
    assert (stale.status_code, f'href="{path}"' in stale.text) == (403, True)
    assert served.send("POST", path, cookie()).status_code == 303
    page = unescape(served.send("GET", f"/agreements/{agreement}", old).text)
    assert "Signed it for the other side, as asset owner, signed in by a one-time link" in page
    assert "Asked for it, not as a signatory" in page


def test_a_row_that_was_edited_on_disk_is_not_read(
    world: "tuple[ServedHere, str]", tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    served, _ = world
    request = ask(served)
    agreement = str(offer(served, request)["agreement"])
    (tmp_path / "token").write_text(served.token)
    events = len(served.events(name="agreement.viewed"))
    for change in (
        "document = replace(document, '\"council\"', '\"nino\"')",
        "document = replace(document, '\"offered\"', '\"signed\"')",
        "document = CAST(substr(document, 1, 9) || x'ff' || substr(document, 11) AS TEXT)",
        "seal = NULL",
    ):
        before = edit(served, "SELECT document, seal FROM agreement WHERE id = ?", agreement)
        edit(served, f"UPDATE agreement SET {change} WHERE id = ?", agreement)  # noqa: S608  our own words
        answer = served.send("GET", f"/api/v1/agreements/{agreement}", served.person(LEAD))
        assert (answer.status_code, answer.json()["code"]) == (500, "store.altered"), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        line = f"sign {agreement} --node {served.url} --token {tmp_path / 'token'} --as {SIGNER}"
        assert (run(shlex.split(line)), "altered outside the node" in capfd.readouterr().err) == (6, True)
        edit(served, "UPDATE agreement SET document = ?, seal = ? WHERE id = ?", *before, agreement)
    assert len(served.events(name="agreement.viewed")) == events
    assert not served.events(name="agreement.countersigned", subject=agreement)
    edit(served, "UPDATE agreement SET recipient = 'croydon' WHERE id = ?", agreement)
    assert (
        served.send("GET", f"/api/v1/agreements/{agreement}", served.person("sid.stranger@croydon")).status_code == 500
    )
    edit(served, "UPDATE agreement SET recipient = 'lambeth' WHERE id = ?", agreement)
    edit(served, "UPDATE access_request SET seal = NULL WHERE id = ?", request)
    assert served.send("GET", f"/api/v1/requests/{request}", served.person(LEAD)).json()["code"] == "store.altered"


def edit(served: "ServedHere", statement: str, *values: Any) -> Any:
    """Change the node's database behind its back, and return the first row of what is selected."""
    with closing(sqlite3.connect(served.home.folder / "node.db", isolation_level=None)) as database:
        return next(iter(database.execute(statement, values).fetchall()), ())
