"""A contract that refers to another dataset, published through a node: what stops, what is kept, what is refused."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx
    from tests.conftest import ServedHere

WARDS = {"name": "code", "logicalType": "string", "unique": True}
WARD = {"name": "ward", "logicalType": "string", "relationships": [{"to": "R0A.wards.code"}]}


def contract(*fields: dict[str, Any], **more: Any) -> str:
    table = {"name": "t", "properties": list(fields), "quality": more.get("quality", [])}
    tree = {"kind": "DataContract", "apiVersion": "v3.1.0", "id": "x", "version": "1", "name": "x", "schema": [table]}
    return json.dumps(tree)


def publish(
    served: "ServedHere", by: str, dataset: str, content: bytes, document: str, **form: Any
) -> "httpx.Response":
    body, name = dataset.split("/")
    upload = served.upload(content, by=by).json()["upload"]
    told = {"body": body, "name": name, "contract": document, "upload": upload, "confirm": True, **form}
    return served.send("POST", "/api/v1/datasets", served.person(by), json=told)


def test_a_reference_is_held_and_its_version_kept(served: "ServedHere") -> None:
    steward = served.join("R0A", "Sam Steward", "steward")
    assert publish(served, steward, "r0a/wards", b"code\nW1\nW2\n", contract(WARDS)).status_code == 201
    drift = {"type": "custom", "engine": "commonweal", "implementation": {"volume": {"within": 20}}}
    document = contract(WARD, quality=[drift])
    stopped = publish(served, steward, "r0a/cases", b"ward\nW1\nW9\n", document)
    assert (stopped.status_code, stopped.json()["code"]) == (422, "publish.gate-stopped")
    assert "ward does not stand in R0A/wards in 1 row (row 2)." in stopped.text
    done = publish(served, steward, "r0a/cases", b"ward\nW1\nW2\n", document)
    assert done.status_code == 201, done.text
    assert not done.json()["findings"]
    again = publish(served, steward, "r0a/cases", b"ward\nW1\n", document)
    assert any("50% fewer than the version before with 2" in each for each in again.json()["findings"])
    events = [each["facts"] for each in served.events(type="dataset.published")]
    held = [list(each["references"].values()) for each in events if "references" in each]
    assert held == [[1], [1]]


def test_a_closed_dataset_of_another_body_is_as_if_it_were_not_there(served: "ServedHere") -> None:
    steward, other = served.join("R0A", "Sam Steward", "steward"), served.join("RJ1", "Ola Other", "steward")
    assert publish(served, steward, "r0a/wards", b"code\nW1\n", contract(WARDS)).status_code == 201
    refusals = [
        publish(served, other, "rj1/cases", b"ward\nW1\n", contract({**WARD, "relationships": [{"to": target}]}))
        for target in ("R0A.wards.code", "R0A.nothing.code")
    ]
    assert [each.status_code for each in refusals] == [400, 400]
    told = [each.json()["reasons"][0] for each in refusals]
    assert told[0].startswith("R0A/wards is neither another live dataset of the same body nor an open one")
    assert told[0].replace("wards", "nothing") == told[1]
