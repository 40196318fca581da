"""The whole journey in a browser: sign in, ask, decide, agree, revoke, see it in the log and verify its proof."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

from .chromium import DESKTOP, open_context

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

REASON = "The council tax year is over."


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> "Iterator[ServedHere]":
    with serving(new_home(tmp_path_factory.mktemp("journey") / "home")) as found:
        found.publish_claimants()
        found.join("DWP", "Margaret Okafor", "information-governance")
        found.join("lambeth", "Tom Reid", "analyst", "asset-owner")
        yield found


def sign_in(browser: Browser, served: "ServedHere", person: str, *, scripts: bool) -> Page:
    page = open_context(browser, DESKTOP, scripts=scripts).new_page()
    page.goto(served.do("/api/v1/sign-in-links", by=person)["link"])
    return page


def heading(page: Page) -> str:
    return page.inner_text("h1")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_journey_from_asking_to_proof(browser: Browser, served: "ServedHere", scripts: bool) -> None:
    council = sign_in(browser, served, "tom.reid@lambeth", scripts=scripts)
    department = sign_in(browser, served, "margaret.okafor@department-for-work-pensions", scripts=scripts)
    request = ask(council, served)
    decide(department, request)
    agreement = agree(council, request)
    revoke(department, agreement)
    prove(department, agreement, served)
    for page in (council, department):
        page.click("text=Sign out")
        assert page.goto(agreement).status == 401  # type: ignore[union-attr]  # it answers
        page.context.close()


def ask(page: Page, served: "ServedHere") -> str:
    page.goto(f"{served.url}/datasets/department-for-work-pensions/claimants")
    page.click("text=Ask for this dataset")
    page.select_option("#purpose", "council-tax-reduction")
    page.click("text=Continue")
    page.click("text=Send the request")
    assert page.title().startswith("Error: ")
    assert page.locator(".govuk-error-summary a").all_inner_texts() == [
        "Choose a legal gateway, or say that you name none.",
        "Tick the fields that the purpose needs.",
    ]
    page.click(".govuk-error-summary a >> nth=0")
    assert page.locator("#gateway").is_visible()
    page.check("#gateway")
    for field in ("nino", "postcode", "council", "award"):
        page.check(f"input[name=fields][value={field}]")
    page.click("text=Explain")
    assert "A person must decide" in page.inner_text("#answer")
    page.click("text=Send the request")
    assert "It waits for a named person" in page.inner_text("#who-decides")
    return page.url


def decide(page: Page, request: str) -> None:
    page.click("text=Requests")
    page.click("#waiting + ul a >> nth=0")
    assert page.url == request
    page.click("text=Permit, in whole or in part")
    page.fill("#rows", "coucil=E09000022")
    page.click("main button")
    assert "names a field the dataset does not have" in page.inner_text(".govuk-error-summary")
    page.fill("#rows", "council=E09000022")
    page.check("input[name=tokenise][value=nino]")
    page.click("main button")
    assert page.url == request
    assert "council is E09000022" in page.inner_text("main")


def agree(page: Page, request: str) -> str:
    page.goto(request)
    page.click("text=Sign the agreement")
    assert heading(page) == "London Borough of Lambeth reads Claimants"
    assert "In force" in page.inner_text("main")
    return page.url


def revoke(page: Page, agreement: str) -> None:
    page.goto(agreement)
    page.click("text=Revoke the agreement")
    page.click("main button")
    assert "Say why the agreement ends" in page.inner_text(".govuk-error-summary")
    page.fill("#reason", REASON)
    page.click("main button")
    assert page.url == agreement
    assert REASON in page.inner_text("#revoked")


def prove(page: Page, agreement: str, served: "ServedHere") -> None:
    identifier = agreement.rpartition("/")[2]
    page.click("text=Audit")
    page.fill("#subject", identifier)
    page.select_option("#name", "agreement.revoked")
    page.click("text=Show >> nth=-1")
    page.click("text=Proof of event >> nth=0")
    assert heading(page) == (
        f"Margaret Okafor revoked the agreement on Claimants with London Borough of Lambeth: {REASON}"
    )
    assert page.inner_text("#verified") == "Proved"
    index = page.url.rpartition("/")[2]
    proof = served.send("GET", f"/api/v1/events/{index}/proof", served.person()).json()
    shown = page.inner_text("main")
    assert proof["entry"] in shown
    assert proof["salt"] in shown
    assert all(each in shown for each in proof["proof"][:1])
