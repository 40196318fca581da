"""An act that is committed first wins: what was right when it was asked is judged again where it is recorded."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event as Signal
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.story.sealed import agree_on_stock as agree_sealed
from tests.story.sealed import publish_stock
from tests.story.test_versions import CLAIMANTS, NEW, send

from commonweal.adapters.sql import Transaction
from commonweal.core import RefusedError

if TYPE_CHECKING:
    from tests.conftest import Agreed, Headers, ServedHere

    Door = tuple[str, str, Headers]

ACT = {"reason": "A test."}
LEAD, ANALYST = "margaret.okafor@department-for-work-pensions", "tom.reid@lambeth"


class Held:
    """Requests that wait behind one another for the writer, in the order in which they were sent."""

    def __init__(self, served: "ServedHere", pool: ThreadPoolExecutor) -> None:
        self._served = served
        self._pool = pool
        self._sent = 0

    def send(self, method: str, path: str, headers: "Headers", **content: Any) -> "Future[httpx.Response]":
        """Send a request, and return once it waits for the writer."""
        answer = self._pool.submit(self._served.send, method, path, headers, **content)
        self._sent += 1
        limit = time.monotonic() + 30
        while self._served.node.parts.writer._queue.qsize() < self._sent:
            assert time.monotonic() < limit, "the request must reach the writer"
            assert not answer.done(), answer.result().text
            time.sleep(0.005)
        return answer


@contextmanager
def writer_held(served: "ServedHere") -> Iterator[Held]:
    """Hold the writer for the length of the block, so that what is sent meets the state before all of it."""
    holding, gate = Signal(), Signal()

    def hold(_: Transaction) -> None:
        holding.set()
        gate.wait(60)
        raise RefusedError("This unit only waits.")

    with ThreadPoolExecutor(8) as pool:
        pool.submit(served.node.parts.writer.submit, hold)
        assert holding.wait(30)
        try:
            yield Held(served, pool)
        finally:
            gate.set()


def doors(agreed: "Agreed") -> "Iterator[tuple[Door, str]]":
    """Yield every door of an agreement that is not sealed, with the event that it must not leave in the log."""
    for form in ("csv", "parquet", "ndjson"):
        yield ("GET", agreed.data_path(form), agreed.reader), "delivery.authorised"
    yield ("GET", f"/api/v1/agreements/{agreed.id}/changes?from=1", agreed.reader), "delivery.authorised"
    yield ("POST", f"{agreed.table_path}/query", agreed.reader), "delivery.authorised"
    yield ("GET", f"{agreed.table_path}/metadata", agreed.reader), "agreement.viewed"


def sealed_doors(agreed: Any) -> "Iterator[tuple[Door, str]]":
    yield ("GET", agreed.data_path("age"), agreed.reader), "delivery.authorised"
    yield ("GET", agreed.manifest_path, agreed.reader), "manifest.signed"


def knock(served: "ServedHere", door: "Door") -> httpx.Response:
    method, path, headers = door
    return served.send(method, path, headers, json={} if method == "POST" else None)


def overtake(served: "ServedHere", act: str, doors: "list[tuple[Door, str]]", by: str = "") -> list[httpx.Response]:
    """Do an act while readers who were let in before it stand at every door; return what they were answered."""
    for door, _ in doors:
        assert knock(served, door).is_success, door
    before = {name: len(served.node.parts.log.find_events(name=name, limit=1000)) for _, name in doors}
    assert all(before.values()), before
    with writer_held(served) as held:
        done = held.send("POST", act, served.person(by), json=ACT)
        answers = [
            held.send(method, path, headers, json={} if method == "POST" else None)
            for (method, path, headers), _ in doors
        ]
    assert done.result().is_success, done.result().text
    for name, count in before.items():
        assert len(served.node.parts.log.find_events(name=name, limit=1000)) == count, name
    return [answer.result() for answer in answers]


def agree_with_changes(served: "ServedHere") -> "Agreed":
    served.publish_claimants()
    agreed = served.agree_on_claimants()
    assert send(served, *served.claimants_source().decode().splitlines()[1:], NEW).status_code == 201
    return agreed


@pytest.mark.parametrize(
    ("act", "reason"),
    [("revocation", "its status is revoked"), ("suspension", "is suspended: it opens nothing")],
)
def test_a_reader_who_was_let_in_before_an_end_is_given_nothing_after_it(
    served: "ServedHere", act: str, reason: str
) -> None:
    agreed = agree_with_changes(served)
    for answer in overtake(served, f"/api/v1/agreements/{agreed.id}/{act}", list(doors(agreed)), by=LEAD):
        assert answer.status_code == 403, answer.text
        assert reason in answer.json()["reasons"][0], answer.text
    refused = served.events(name="delivery.refused", subject=agreed.id)
    assert len(refused) == len(list(doors(agreed)))


def test_a_withdrawal_too_is_before_the_readers_that_it_overtook(served: "ServedHere") -> None:
    agreed = agree_with_changes(served)
    for answer in overtake(served, f"/api/v1/datasets/{CLAIMANTS}/withdrawal", list(doors(agreed))):
        assert answer.status_code == 403, answer.text
        assert "its status is withdrawn" in answer.json()["reasons"][0], answer.text


def test_the_doors_of_a_sealed_agreement_ask_again_too(served: "ServedHere") -> None:
    publish_stock(served)
    agreed = agree_sealed(served, "own")
    for answer in overtake(served, f"/api/v1/agreements/{agreed.id}/revocation", list(sealed_doors(agreed))):
        assert answer.status_code == 403, answer.text
        assert "its status is revoked" in answer.json()["reasons"][0], answer.text


def test_nobody_is_given_the_wider_terms_once_an_agreement_is_narrowed(served: "ServedHere") -> None:
    agreed = agree_with_changes(served)
    read = ("GET", agreed.data_path("csv"), agreed.reader)
    assert knock(served, read).is_success
    narrowing = {**ACT, "rows": ["postcode=SW2 8XJ"]}
    with writer_held(served) as held:
        path = f"/api/v1/agreements/{agreed.id}/narrowing"
        narrowed = held.send("POST", path, served.person(LEAD), json=narrowing)
        answer = held.send(*read)
    assert narrowed.result().is_success, narrowed.result().text
    assert answer.result().status_code == 403
    assert "changed while this was being prepared" in answer.result().json()["reasons"][0]
    assert len(knock(served, read).text.splitlines()) == 1 + 1


def test_open_data_is_given_to_nobody_after_its_withdrawal(served: "ServedHere") -> None:
    dataset = served.publish_open()
    overtaken: list[tuple[Door, str]] = [(("GET", f"/open/{dataset}.csv", {}), "dataset.downloaded")]
    (answer,) = overtake(served, f"/api/v1/datasets/{dataset}/withdrawal", overtaken)
    assert answer.status_code == 404


def asked_by_default(served: "ServedHere") -> "tuple[str, dict[str, str], str, str]":
    agreed = served.agree_on_stock()
    form = {"dataset": agreed.dataset, "recipient": "DHSC", "purpose": "ppe-supply"}
    return "/api/v1/requests", form, "aisha.khan@department-of-health-and-social-care", agreed.dataset


def ruled(served: "ServedHere") -> "tuple[str, dict[str, str], str, str]":
    served.publish_claimants()
    request = served.ask_for_claimants()
    served.rule_on_claimants(request)
    return f"/api/v1/requests/{request}/agreement", {}, ANALYST, CLAIMANTS


@pytest.mark.parametrize("prepared", [asked_by_default, ruled])
def test_nothing_is_agreed_on_a_dataset_after_its_withdrawal(
    served: "ServedHere", prepared: "Callable[[ServedHere], tuple[str, dict[str, str], str, str]]"
) -> None:
    path, form, person, dataset = prepared(served)
    before = len(served.events(name="agreement.signed"))
    with writer_held(served) as held:
        withdrawn = held.send("POST", f"/api/v1/datasets/{dataset}/withdrawal", served.person(), json=ACT)
        answer = held.send("POST", path, served.person(person), json=form)
    assert withdrawn.result().is_success
    assert answer.result().status_code == 403, answer.result().text
    assert "its status is withdrawn" in answer.result().json()["reasons"][0]
    assert len(served.events(name="agreement.signed")) == before
