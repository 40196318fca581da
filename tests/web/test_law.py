"""The law by REST and on its pages: anybody may look, and is told the same as by the command line."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import pytest

from commonweal.node import common_pack

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

WAYS = {"from": "HMRC", "to": "kind:charity", "purpose": "homelessness", "data": "tax"}
PAGE = {"Accept": "text/html"}


@pytest.fixture
def served(a_home: "Home", serving: "Callable[[Home], AbstractContextManager[ServedHere]]") -> "Iterator[ServedHere]":
    with serving(a_home) as node:
        yield node


def test_anybody_finds_the_law(served: "ServedHere") -> None:
    answer = served.send("GET", "/api/v1/law/ways", params=WAYS).json()
    assert (answer["outcome"], answer["pack"]["digest"]) == ("refuse", common_pack().digest)
    assert [each["id"] for each in answer["restrictions"]] == ["crca05-s17-18"]
    assert (
        served.send("GET", "/api/v1/law/ways", params=WAYS | {"to": "kind:zebra"}).json()["code"] == "law.unknown-kind"
    )
    assert served.send("GET", "/api/v1/law/ways", params={"from": "HMRC"}).status_code == 400
    assert served.send("GET", "/api/v1/law/entries/nothing").json()["code"] == "law.unknown-gateway"
    listed = served.send("GET", "/api/v1/law/entries", params={"topic": "marking"}).json()["entries"]
    assert {each["topic"] for each in listed} == {"marking"}
    for entry in served.send("GET", "/api/v1/law/entries").json()["entries"]:
        page = served.send("GET", f"/law/entries/{entry['id']}", PAGE)
        assert (page.status_code, entry["id"] in page.text) == (200, True)
    page = served.send("GET", "/law/find", PAGE, params=WAYS)
    assert "Refused" in page.text
    assert "crca05-s17-18" in page.text
    faulty = served.send(
        "GET", "/law/find", PAGE, params=WAYS | {"to": "zeppelin", "nation": "France", "data": ",", "from": ""}
    )
    assert faulty.status_code == 400
    for sentence in ("Name the body that holds the data.", "“zeppelin”", "no such nation", "1 to 30 words"):
        assert sentence in faulty.text
