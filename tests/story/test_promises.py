"""The promises that only a whole node can keep: the log before the answer, fail closed, revocation, no plaintext."""

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import httpx
import pytest
from pyarrow import parquet
from tests.story.canaries import found_under, needles_of

if TYPE_CHECKING:
    from tests.conftest import Agreed, Claimant, Headers, Home, Served, ServedApart, ServedHere

    Door = tuple[str, str, Headers]

ACT = {"reason": "A test."}


def reading_doors(agreed: "Agreed") -> "Iterator[Door]":
    """Yield every door at which a recipient's token reads."""
    share = f"/delta-sharing/shares/{agreed.id}"
    yield "GET", "/delta-sharing/shares", agreed.reader
    yield "GET", share, agreed.reader
    yield "GET", f"{share}/schemas", agreed.reader
    yield "GET", f"{share}/schemas/{agreed.schema}/tables", agreed.reader
    yield "GET", f"{share}/all-tables", agreed.reader
    yield "HEAD", agreed.table_path, agreed.reader
    yield "GET", f"{agreed.table_path}/version", agreed.reader
    yield "GET", f"{agreed.table_path}/metadata", agreed.reader
    yield "POST", f"{agreed.table_path}/query", agreed.reader
    for form in ("parquet", "csv", "ndjson"):
        yield "GET", agreed.data_path(form), agreed.reader
        yield "HEAD", agreed.data_path(form), agreed.reader


def accesses(served: "Served", agreed: "Agreed") -> "Iterator[tuple[Door, str]]":
    """Yield every door whose answer is an access, with the event that must come before it."""
    for door in reading_doors(agreed):
        delivers = "data." in door[1] or door[1].endswith("/query")
        yield door, "delivery.authorised" if delivers else "agreement.viewed"
    operator = served.person()
    request = served.send("GET", f"/api/v1/agreements/{agreed.id}", operator).json()["request"]
    yield ("GET", f"/api/v1/agreements/{agreed.id}", operator), "agreement.viewed"
    yield ("GET", f"/api/v1/agreements/{agreed.id}/odrl", operator), "agreement.viewed"
    yield ("POST", f"/api/v1/agreements/{agreed.id}/profile", operator), "credential.issued"
    yield ("GET", "/api/v1/agreements", operator), "agreements.listed"
    yield ("GET", "/api/v1/requests", operator), "requests.listed"
    yield ("GET", f"/api/v1/requests/{request}", operator), "request.viewed"
    yield ("GET", "/api/v1/events", operator), "events.viewed"
    yield ("GET", "/api/v1/events/0/proof", operator), "events.viewed"
    yield ("GET", "/api/v1/keys", operator), "keys.listed"
    yield ("GET", "/api/v1/keys/show?key=kek-r0a", operator), "key.viewed"
    yield ("GET", "/api/v1/keys/exposure?key=kek-r0a", operator), "exposure.viewed"
    yield ("GET", f"/api/v1/agreements/{agreed.id}/documents", operator), "agreement.viewed"
    for form in ("html", "json", "pdf"):
        yield ("GET", f"/api/v1/agreements/{agreed.id}/documents/dsa.{form}", operator), "document.viewed"
    yield ("GET", f"/api/v1/agreements/{agreed.id}/security-case", operator), "security-case.viewed"
    yield ("GET", "/api/v1/bodies", operator), "people.listed"
    yield ("GET", "/api/v1/bodies/own/recipient", operator), "recipient.shown"
    yield ("POST", "/api/v1/sign-in-links", operator), "link.issued"
    yield ("POST", "/api/v1/explanations", operator), "decision.explained"
    yield ("GET", "/open/lambeth/payments.csv", {}), "dataset.downloaded"


def knock(served: "Served", door: "Door") -> httpx.Response:
    method, path, headers = door
    return served.send(method, path, headers, json=form_of(door))


def form_of(door: "Door") -> dict[str, str] | None:
    if door[1].endswith("/explanations"):
        return {"dataset": "r0a/ppe-stock", "recipient": "DHSC", "purpose": "ppe-supply"}
    return {} if door[0] == "POST" else None


def test_every_access_is_in_the_log_before_its_answer(served: "ServedHere") -> None:
    agreed = served.agree_on_stock()
    served.publish_open()
    for door, event in accesses(served, agreed):
        before = newest_event(served)
        method, path, headers = door
        with served.client.stream(method, path, headers=headers, json=form_of(door)) as answer:
            found = served.node.parts.log.find_events(name=event, after=before)
            answer.read()
        assert answer.is_success, (door, answer.text)
        assert len(found) == 1, (door[:2], event)
        assert headers.get("Authorization", "none").removeprefix("Bearer ") not in str(found[0].event.as_json())


def newest_event(served: "ServedHere") -> int:
    return max((each.index for each in served.node.parts.log.find_events(limit=100_000)), default=-1)


@contextmanager
def unwritable_files(served: "ServedApart") -> Iterator[None]:
    """Let every write of the serving process fail, as on a disk that has gone."""
    soft, hard = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


def test_the_node_fails_closed_while_its_log_cannot_be_written(
    a_home: "Home", serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]"
) -> None:
    with serving_apart(a_home) as served:
        agreed = served.agree_on_stock()
        served.publish_open()
        link = served.file_url(agreed)
        doors = [door for door, _ in accesses(served, agreed)]
        with unwritable_files(served):
            for door in (*doors, ("GET", link, {})):
                refuse_for_now(knock(served, door), door)
            health = served.send("GET", "/health")
            assert (health.status_code, health.json()["status"]) == (200, "stopped")
            assert "cannot be written" in health.json()["why"]
            assert served.send("GET", "/log/checkpoint").status_code == 200
            assert served.send("GET", "/catalogue.jsonld").status_code == 200
            assert served.send("GET", "/").status_code == 200
        wait_until_healed(served)
        for door in (*doors, ("GET", link, {})):
            assert knock(served, door).is_success, door
    a_home.verify()
    assert "Traceback" not in served.said.read_text()


def refuse_for_now(answer: httpx.Response, door: "Door") -> None:
    assert answer.status_code == 503, (door, answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    if door[0] != "HEAD":
        assert answer.json()["code"] == "audit.stopped"


def wait_until_healed(served: "Served") -> None:
    limit = time.monotonic() + 10
    while served.send("GET", "/health").json()["status"] != "ok":
        assert time.monotonic() < limit, "the node must answer again by itself"
        time.sleep(0.1)


def revoke(served: "ServedHere", agreed: "Agreed") -> None:
    served.do(f"/api/v1/agreements/{agreed.id}/revocation", ACT)


def expire(served: "ServedHere", agreed: "Agreed") -> None:
    served.home.clock.advance(timedelta(days=2))


def withdraw(served: "ServedHere", agreed: "Agreed") -> None:
    served.do(f"/api/v1/datasets/{agreed.dataset}/withdrawal", ACT)


@pytest.mark.parametrize("end", [revoke, expire, withdraw])
def test_an_end_holds_from_the_next_request_at_every_door(
    served: "ServedHere", end: "Callable[[ServedHere, Agreed], None]"
) -> None:
    served.publish_claimants()
    agreed = served.agree_on_claimants(datetime.now(UTC) + timedelta(days=1))
    other = served.agree_on_stock()
    doors: list[Door] = [*reading_doors(agreed), ("GET", served.file_url(agreed), {})]
    for door in doors:
        assert knock(served, door).status_code == 200, door
    end(served, agreed)
    before = len(served.events(name="delivery.refused", subject=agreed.id))
    for door in doors:
        answer = knock(served, door)
        assert answer.status_code == 403, (door, answer.text)
        assert door[0] == "HEAD" or answer.json()["reasons"], door
    assert len(served.events(name="delivery.refused", subject=agreed.id)) - before == len(doors)
    assert knock(served, ("GET", other.data_path("csv"), other.reader)).status_code == 200


def test_a_revocation_shreds_what_was_released(served: "ServedHere") -> None:
    served.publish_claimants()
    agreed = served.agree_on_claimants()
    kept = blobs_of(served.home)
    keys = {each.key_id for each in served.node.parts.custodian.list_keys() if each.state.value != "destroyed"}
    served.file_url(agreed)
    assert len(blobs_of(served.home) - kept) == 1
    revoke(served, agreed)
    assert blobs_of(served.home) == kept
    alive = {each.key_id for each in served.node.parts.custodian.list_keys() if each.state.value != "destroyed"}
    assert keys - alive == {f"token-{agreed.id}"}


def blobs_of(home: "Home") -> set[str]:
    return {path.name for path in (home.folder / "blobs").rglob("*") if path.is_file()}


def test_a_link_is_good_until_it_expires_also_after_a_restart(
    a_home: "Home", serving: "Callable[[Home], AbstractContextManager[ServedHere]]"
) -> None:
    with serving(a_home) as served:
        agreed = served.agree_on_stock()
        link = served.file_url(agreed)
        whole = served.send("GET", link).content
        assert parquet.read_table(BytesIO(whole)).num_rows == 2
    with serving(a_home) as served:
        for _ in range(2):
            assert served.send("GET", link).content == whole
        part = served.send("GET", link, {"Range": "bytes=4-11"})
        assert (part.status_code, part.content) == (206, whole[4:12])
        assert int(served.send("HEAD", link).headers["content-length"]) == len(whole)
        served.home.clock.advance(timedelta(days=1))
        gone = served.send("GET", link)
        assert (gone.status_code, gone.json()["code"]) == (403, "deliver.link")
    with serving(a_home) as served:
        revoke(served, agreed)
    with serving(a_home) as served:
        assert served.send("GET", link).status_code == 403


def test_a_link_opens_nothing_but_its_own_file(served: "ServedHere") -> None:
    served.publish_claimants()
    link, other = served.file_url(served.agree_on_claimants()), served.file_url(served.agree_on_stock())
    address, _, query = link.partition("?")
    expires, _, signature = query.partition("&")
    forged = [
        f"{other.partition('?')[0]}?{query}",
        f"{address}?{other.partition('?')[2]}",
        f"{address}?{expires}9&{signature}",
        f"{address}?{expires}&{signature[:-1]}",
        f"{address}?{expires}&X-Amz-Signature={'é' * 8}",
        f"{address}?X-Amz-Expires=-99999999999999&{signature}",
        address,
    ]
    for each in forged:
        answer = served.send("GET", each)
        assert (answer.status_code, answer.json()["code"]) == (403, "deliver.link"), each


def test_a_closed_dataset_is_nowhere_under_the_home_in_any_form(
    a_home: "Home",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
    claimants: "Sequence[Claimant]",
    tmp_path: Path,
) -> None:
    needles = needles_of(claimants)
    with serving(a_home) as served:
        served.publish_claimants()
        publish_as_parquet(served, tmp_path)
        stop_at_the_gate(served, claimants)
        agreed = served.agree_on_claimants()
        for door in reading_doors(agreed):
            assert knock(served, door).status_code == 200
        for capabilities in ("responseformat=parquet", "responseformat=delta"):
            headers = {**agreed.reader, "delta-sharing-capabilities": capabilities}
            assert served.send("POST", f"{agreed.table_path}/query", headers, json={}).status_code == 200
        assert served.send("GET", served.file_url(agreed)).status_code == 200
        assert not found_under(a_home.folder, needles)
        revoke(served, agreed)
        assert not found_under(a_home.folder, needles)
    assert not found_under(a_home.folder, needles)
    (a_home.folder / "left-behind").write_bytes(b"x" + claimants[0].postcode.encode("utf-16-le"))
    assert found_under(a_home.folder, needles)


def publish_as_parquet(served: "ServedHere", folder: Path) -> None:
    source, target = folder / "source.csv", folder / "source.parquet"
    source.write_bytes(served.claimants_source())
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (FROM read_csv(?, types={'date_of_birth': DATE})) TO ? (FORMAT parquet)", [str(source), str(target)]
        )
    steward = "priya.shah@department-for-work-pensions"
    answer = served.publish(
        "dwp/more", target.read_bytes(), "claimants.odcs.yaml", by=steward, access="closed", format="parquet"
    )
    assert answer.status_code == 201, answer.text


def stop_at_the_gate(served: "ServedHere", claimants: "Sequence[Claimant]") -> None:
    """Publish every claimant twice, which the contract forbids; the refusal must not quote them."""
    source = served.claimants_source()
    steward = "priya.shah@department-for-work-pensions"
    answer = served.publish(
        "dwp/twice", source + source.partition(b"\n")[2], "claimants.odcs.yaml", by=steward, access="closed"
    )
    assert answer.status_code == 422
    assert not [value for each in claimants for value in each.values() if value in answer.text]
