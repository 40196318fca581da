"""Bad input over HTTP: every malformed query, address, token and form is a problem document, never a fault of ours."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

Verify = Callable[[httpx.Response, int], None]


@pytest.fixture(scope="module")
def serving_node(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> "Iterator[ServedHere]":
    with serving(new_home(tmp_path_factory.mktemp("bad-http") / "home")) as served:
        served.publish_claimants()
        yield served


DEEP = b"[" * 100_000 + b"]" * 100_000
QUERIES = {
    b"not JSON": 400,
    b"[]": 400,
    b"7": 400,
    b"null": 400,
    b"\xff\xfe": 400,
    DEEP: 400,
    b'{"a":' * 50_000: 400,
    b'{"version": "1"}': 400,
    b'{"version": 1.5}': 400,
    b'{"version": true}': 400,
    b'{"version": 99999999999999999999}': 400,
    b'{"limitHint": ' + b"9" * 5000 + b"}": 400,
    b'{"predicateHints": "x"}': 400,
    b'{"jsonPredicateHints": {}}': 400,
    b'{"timestamp": 5}': 400,
    b'{"startingVersion": 0}': 400,
    b" " * (2 << 20): 413,
    b"": 200,
    b'{"predicateHints": ["x = 1"], "limitHint": 1, "unknown": {}}': 200,
}


@pytest.fixture(scope="module")
def table(serving_node: "ServedHere") -> tuple[str, dict[str, str]]:
    agreed = serving_node.agree_on_claimants()
    return agreed.table_path, agreed.reader


@pytest.mark.parametrize("body", QUERIES, ids=lambda body: body[:24].decode("latin-1").strip() or f"{len(body)} bytes")
def test_a_malformed_query_of_delta_sharing(
    serving_node: "ServedHere", table: tuple[str, dict[str, str]], body: bytes, verify_problem: Verify
) -> None:
    answer = serving_node.send("POST", f"{table[0]}/query", table[1], content=body)
    if QUERIES[body] == 200:
        assert answer.status_code == 200
    else:
        verify_problem(answer, QUERIES[body])


ADDRESSES = {
    "/api/v1/datasets/no-such-body/x": 404,
    "/api/v1/datasets/dwp/..%2F..%2Fnode.db": 404,
    "/api/v1/datasets?body=no-such-body": 404,
    "/api/v1/datasets?body=durham": 409,
    "/api/v1/datasets?limit=99999": 400,
    "/api/v1/datasets?offset=-1": 400,
    "/api/v1/datasets?q=%22%20NEAR(%00*": 200,
    "/api/v1/datasets?q=%ED%A0%80": 200,
    "/api/v1/events?after=99999999999999999999999": 400,
    "/api/v1/events/99999999999999999999999/proof": 400,
    "/api/v1/events/-1/proof": 400,
    "/api/v1/events/x/proof": 400,
    "/api/v1/agreements/%00": 404,
    "/api/v1/insight/ppe?day=yesterday": 400,
    "/api/v1/insight/ppe?day=1066-01-01": 200,
    "/open/dwp/..%2F..%2Fnode.db.csv": 404,
    "/open/dwp/claimants.csv": 404,
    "/open/dwp/claimants.exe": 400,
    "/log/tile/%2e%2e/%2e%2e/node.db": 404,
    "/log/tile/0/000.p/999999999999": 404,
    "/static/..%2F..%2Fnode%2Fhome.py": 404,
    "/delta-sharing/files/agr-x/dlv-x/rel-x.parquet?X-Amz-Expires=x": 400,
    "/delta-sharing/files/agr-x/dlv-x/rel-x.parquet?X-Amz-Expires=" + "9" * 400: 403,
    "/nothing-here": 404,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_malformed_address(serving_node: "ServedHere", address: str, verify_problem: Verify) -> None:
    answer = serving_node.send("GET", address, serving_node.person())
    if ADDRESSES[address] == 200:
        assert answer.status_code == 200
    else:
        verify_problem(answer, ADDRESSES[address])


TOKENS = [b"nonsense", b"cw_short", b"cw_" + b"x" * 44, b"cw_" + b"!" * 43, b"\xe9\xff", b"a" * 50_000]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: f"{token[:8]!r} ({len(token)})")
def test_a_malformed_token_is_refused_and_never_shown(
    serving_node: "ServedHere", token: bytes, verify_problem: Verify
) -> None:
    for path in ("/delta-sharing/shares", "/api/v1/agreements", "/api/v1/agreements/agr-x/data.csv"):
        answer = serving_node.client.get(path, headers={b"Authorization": b"Bearer " + token})
        verify_problem(answer, 401)
        assert token not in answer.content


ASK = {"dataset": "dwp/claimants", "recipient": "lambeth", "purpose": "council-tax-reduction"}
FORMS: Sequence[tuple[bytes, int]] = [
    (b"", 400),
    (b"not JSON", 400),
    (b"[]", 400),
    (DEEP, 400),
    (json.dumps({**ASK, "surprise": 1}).encode(), 400),
    (json.dumps({**ASK, "purpose": "no-such-purpose"}).encode(), 404),
    (json.dumps({**ASK, "gateway": "no-such-gateway"}).encode(), 404),
    (json.dumps({**ASK, "recipient": "no-such-body"}).encode(), 404),
    (json.dumps({**ASK, "recipient": "durham"}).encode(), 409),
    (json.dumps({**ASK, "dataset": "dwp/../x"}).encode(), 404),
    (json.dumps({**ASK, "purpose": "\ud800"}).encode(), 400),
    (json.dumps({**ASK, "fields": ["\ud800"]}).encode(), 400),
    (json.dumps({**ASK, "until": "soon"}).encode(), 400),
    (json.dumps({**ASK, "until": "2027-01-01T00:00:00"}).encode(), 400),
    (json.dumps({**ASK, "until": "9999-12-31T23:59:59-12:00"}).encode(), 400),
    (b'{"dataset": "' + b"a" * (2 << 20) + b'"}', 413),
]


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_a_malformed_question(serving_node: "ServedHere", number: int, verify_problem: Verify) -> None:
    body, status = FORMS[number]
    headers = {**serving_node.person(), "Content-Type": "application/json"}
    for path in ("/api/v1/explanations", "/api/v1/requests"):
        verify_problem(serving_node.send("POST", path, headers, content=body), status)


@pytest.mark.parametrize("name", ["", "-", "Ann\x1b[2J", "Ann\nBell", "Ann\u202eBell", "a" * 81], ids=ascii)
def test_a_person_whose_name_cannot_be_shown(serving_node: "ServedHere", verify_problem: Verify, name: str) -> None:
    form = {"body": "dwp", "name": name, "roles": ["steward"]}
    answer = serving_node.send("POST", "/api/v1/people", serving_node.person(), json=form)
    verify_problem(answer, 400)
