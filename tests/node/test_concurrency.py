"""Two people press the same button at once: one of them is first, and the other is told."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.conftest import ServedHere

LEAD = "margaret.okafor@department-for-work-pensions"
ANALYST = "tom.reid@lambeth"
AT_ONCE = 8


def at_once(served: "ServedHere", path: str, *, by: str = "", form: Any = None) -> Counter[int]:
    """Post the same form eight times at once and count the statuses."""

    def post(_: int) -> httpx.Response:
        return served.send("POST", path, served.person(by), json=form or {})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(answer.status_code for answer in pool.map(post, range(AT_ONCE)))


def test_a_request_is_ruled_on_once_and_signed_once(served: "ServedHere") -> None:
    served.publish_claimants()
    request = served.ask_for_claimants()
    served.join("DWP", "Margaret Okafor", "information-governance", "asset-owner")
    path = f"/api/v1/requests/{request}"
    assert at_once(served, f"{path}/ruling", by=LEAD, form={"permit": True}) == {201: 1, 403: AT_ONCE - 1}
    assert at_once(served, f"{path}/agreement", by=ANALYST) == {201: 1, 403: AT_ONCE - 1}
    assert len(served.events(name="request.decided")) == len(served.events(name="agreement.signed")) == 1


def test_an_agreement_is_revoked_once(served: "ServedHere") -> None:
    agreed = served.agree_on_stock()
    path = f"/api/v1/agreements/{agreed.id}/revocation"
    assert at_once(served, path, form={"reason": "A test."}) == {201: 1, 403: AT_ONCE - 1}
    assert len(served.events(name="agreement.revoked")) == 1


def test_a_body_joins_and_a_person_is_added_once(served: "ServedHere") -> None:
    assert at_once(served, "/api/v1/bodies", form={"body": "brent"}) == {200: AT_ONCE}
    person = {"body": "brent", "name": "Bea Brent", "roles": ["steward"]}
    assert at_once(served, "/api/v1/people", form=person) == {200: AT_ONCE}
    assert len(served.events(name="body.joined", subject="brent")) == 1
    assert len(served.events(name="person.added", subject="bea.brent@brent")) == 1


def test_a_sign_in_link_opens_one_session(served: "ServedHere") -> None:
    link = served.do("/api/v1/sign-in-links")["link"]

    def follow(_: int) -> int:
        return httpx.get(link, trust_env=False, verify=False).status_code  # noqa: S501  loopback

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert Counter(pool.map(follow, range(AT_ONCE))) == {303: 1, 401: AT_ONCE - 1}


def test_many_first_readers_share_one_release(served: "ServedHere") -> None:
    agreed = served.agree_on_stock()

    def read(_: int) -> bytes:
        return served.send("GET", agreed.data_path("parquet"), agreed.reader).content

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert len(set(pool.map(read, range(AT_ONCE)))) == 1
    assert len(served.events(name="release.written")) == 1
    assert len(served.events(name="delivery.authorised")) == AT_ONCE


def test_a_body_joins_after_an_attempt_that_could_not_be_recorded(served: "ServedHere") -> None:
    served.node.parts.custodian.create_kek("kek-brent")
    assert served.join("brent", "Bea Brent", "steward") == "bea.brent@brent"
