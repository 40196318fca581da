"""Step 4: every wrong question and every closed agreement is refused at every door, with reasons, and logged."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import httpx

from commonweal.adapters.wire import RemoteError

from .council_tax import DATASET, GATEWAY, PURPOSE, Slice
from .ppe import NAME
from .ppe import PURPOSE as PPE_PURPOSE
from .stage import Stage, verify

WRONG_PURPOSE = "research"
UNKNOWN_FIELD = "shoe_size"
LARGE = "lambeth/readings"
LARGE_ROWS = 300_000
LEAST_BYTES = 64 << 20
_FORMS = ("parquet", "csv", "ndjson")


def tell_refusals(stage: Stage, held: Slice, trust: str) -> dict[str, Any]:
    """Knock at every door that must stay shut; return how often each refused."""
    stock = f"{trust.lower()}/{NAME}"
    expiring = _agree(stage, stock, ends=datetime.now(UTC) + timedelta(seconds=2))  # noqa: TID251
    expired_doors = list(_doors(stage, *expiring))
    token = json.loads(held.profile.read_bytes())["bearerToken"]
    refused = {
        "questions": _refuse_questions(stage),
        "terms": _refuse_terms(stage, held, token),
    }
    revoked = _agree(stage, stock)
    revoked_doors = list(_doors(stage, *revoked))
    _revoke(stage, revoked[0])
    refused["revoked"] = _knock(stage, revoked[0], revoked[1], revoked_doors)
    refused["another body's token"] = _knock(stage, held.agreement, revoked[1], _paths(held.agreement, held.table))
    cut = _cut_a_slow_reader(stage)
    _wait_until_over(stage, expiring[0])
    refused["expired"] = _knock(stage, expiring[0], expiring[1], expired_doors)
    return {"refused": refused, **cut}


def _agree(stage: Stage, dataset: str, ends: datetime | None = None) -> tuple[str, str]:
    """Return an agreement by default of DHSC's on one dataset, and a token for it."""
    form: dict[str, Any] = {"dataset": dataset, "recipient": "DHSC", "purpose": PPE_PURPOSE}
    if ends is not None:
        form["until"] = ends.isoformat()
    with stage.client("dhsc_analyst") as node:
        agreement = str(node.post("/api/v1/requests", form)["agreement"])
    return agreement, str(stage.profile("dhsc_analyst", agreement)["bearerToken"])


def _paths(agreement: str, table: str) -> Iterator[tuple[str, str]]:
    share, schema, name = table.split(".")
    base = f"/delta-sharing/shares/{share}"
    within = f"{base}/schemas/{schema}/tables"
    yield "GET", base
    yield "GET", f"{base}/schemas"
    yield "GET", within
    yield "GET", f"{base}/all-tables"
    yield "GET", f"{within}/{name}/version"
    yield "GET", f"{within}/{name}/metadata"
    yield "POST", f"{within}/{name}/query"
    for form in _FORMS:
        yield "GET", f"/api/v1/agreements/{agreement}/data.{form}"


def _doors(stage: Stage, agreement: str, token: str) -> Iterator[tuple[str, str]]:
    """Yield every door of an agreement that still opens, the signed file URL included."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stage.url, headers=headers, timeout=30, trust_env=False) as client:
        tables = client.get(f"/delta-sharing/shares/{agreement}/all-tables").json()["items"]
        table = f"{agreement}.{tables[0]['schema']}.{tables[0]['name']}"
        paths = list(_paths(agreement, table))
        query = next(path for method, path in paths if method == "POST")
        lines = [json.loads(line) for line in client.post(query, json={}).text.splitlines()]
        url = next(line["file"]["url"] for line in lines if "file" in line)
        verify(client.get(url).status_code == 200, "the file URL must open while the agreement holds.")
    yield from paths
    yield "GET", url.removeprefix(stage.url)


def _knock(stage: Stage, agreement: str, token: str, doors: Any) -> int:
    """Knock at each door and return how many refused with 403, JSON and reasons, each in the log."""
    before = _logged_refusals(stage, agreement)
    knocked = 0
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stage.url, headers=headers, timeout=30, trust_env=False) as client:
        for method, path in doors:
            answer = client.request(method, path, json={} if method == "POST" else None)
            verify(answer.status_code == 403, f"{method} {path.split('?')[0]} must refuse with 403.")
            verify(bool(answer.json()["reasons"]), f"{method} {path.split('?')[0]} must say why.")
            knocked += 1
    verify(_logged_refusals(stage, agreement) - before == knocked, "each refusal must be in the log.")
    return knocked


def _logged_refusals(stage: Stage, agreement: str) -> int:
    with stage.client() as node:
        return len(node.get("/api/v1/events", subject=agreement, name="delivery.refused", limit=1000)["events"])


def _refuse_questions(stage: Stage) -> int:
    """Ask for a wrong purpose, an unknown field and both, by `explain` and by `request`."""
    form = {"dataset": DATASET, "recipient": "lambeth", "purpose": PURPOSE, "gateway": GATEWAY}
    wrong: tuple[dict[str, Any], ...] = (
        {"purpose": WRONG_PURPOSE},
        {"fields": ["nino", UNKNOWN_FIELD]},
        {"purpose": WRONG_PURPOSE, "fields": ["nino", UNKNOWN_FIELD]},
    )
    with stage.client("lambeth_analyst") as node:
        for change in wrong:
            explained = node.post("/api/v1/explanations", {**form, **change})
            verify(explained["outcome"] == "refuse", "explain must refuse a wrong purpose and an unknown field.")
            verify(len(explained["reasons"]) >= len(change), "explain must list every reason.")
            try:
                node.post("/api/v1/requests", {**form, **change})
            except RemoteError as error:
                verify(error.status == 403, "request must refuse with 403.")
                verify(len(error.reasons) >= len(change), "request must list every reason.")
            else:
                verify(expected=False, sentence="request must refuse a wrong purpose and an unknown field.")
    return 2 * len(wrong)


def _refuse_terms(stage: Stage, held: Slice, token: str) -> int:
    """Read by plain URL for a purpose or with a field outside the agreement."""
    queries = (f"purpose={WRONG_PURPOSE}", f"fields=nino,{UNKNOWN_FIELD}", "fields=date_of_birth")
    doors = [
        ("GET", f"/api/v1/agreements/{held.agreement}/data.{form}?{query}") for form in _FORMS for query in queries
    ]
    return _knock(stage, held.agreement, token, doors)


def _revoke(stage: Stage, agreement: str) -> None:
    with stage.client() as node:
        node.post(f"/api/v1/agreements/{agreement}/revocation", {"reason": "The demonstration ends it."})


def _wait_until_over(stage: Stage, agreement: str) -> None:
    with stage.client() as node:
        while node.get(f"/api/v1/agreements/{agreement}")["state"] == "active":
            time.sleep(0.2)


def _cut_a_slow_reader(stage: Stage) -> dict[str, Any]:
    """Revoke an agreement over a large table while a slow reader reads it."""
    _publish_readings(stage)
    agreement, token = _agree(stage, LARGE)
    path = f"/api/v1/agreements/{agreement}/data.csv"
    with stage.reader(token) as dhsc, dhsc.stream(path) as pieces:
        size = sum(len(piece) for piece in pieces)
    verify(size >= LEAST_BYTES, "the table must be at least 64 MiB as CSV.")
    received, seconds = _read_slowly(stage, agreement, token, path)
    verify(seconds < 1, "the stream must be cut within a second.")
    verify(received < size, "the stream must be cut before its last byte.")
    answer = httpx.get(f"{stage.url}{path}", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    verify(answer.status_code == 403, "the next read must fail.")
    return {"stream_bytes": size, "cut_after_bytes": received, "cut_within_seconds": round(seconds, 3)}


def _publish_readings(stage: Stage) -> None:
    """Generate the large table and publish it."""
    source = stage.outside / "readings.parquet"
    connection = duckdb.connect()
    connection.execute(
        "COPY (SELECT range AS reading, 'site-' || (range % 977) AS site,"
        " DATE '2020-01-01' + (range % 366)::INTEGER AS taken, round((range * 7919 % 100003) / 97.0, 3) AS value,"
        " repeat(md5(range::VARCHAR), 6) AS note FROM range(?)) TO ? (FORMAT parquet)",
        [LARGE_ROWS, str(source)],
    )
    connection.close()
    stage.publish("lambeth_steward", source, LARGE, "large.odcs.yaml", access="shared")


def _read_slowly(stage: Stage, agreement: str, token: str, path: str) -> tuple[int, float]:
    """Read a little at a time, have the agreement revoked, and return the bytes and seconds until the cut."""
    received, revoked = 0, 0.0
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx.stream("GET", f"{stage.url}{path}", headers=headers, timeout=30, trust_env=False) as answer:
            verify(answer.status_code == 200, "the stream must open.")
            for piece in answer.iter_raw(64 << 10):
                received += len(piece)
                if not revoked and received >= 2 << 20:
                    _revoke(stage, agreement)
                    revoked = time.monotonic()
                time.sleep(0.02)
    except httpx.TransportError:
        return received, time.monotonic() - revoked
    return received, float("inf")
