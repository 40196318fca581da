"""Sealed agreements: what is released opens with the recipient's key alone, and every open door is shut."""

import hashlib
import json
import shutil
import subprocess
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet
from tests.conftest import DWP
from tests.npm import run_module
from tests.story.sealed import (
    AISHA,
    TOM,
    SealedAgreement,
    agree_on_claimants,
    agree_on_stock,
    as_sealed,
    ask_for_claimants,
    fetch,
    holders_of_releases,
    plain_doors,
    publish_stock,
    recipient_of,
)

from commonweal.core import ProofError
from commonweal.keys import HybridIdentity, KeyPurpose, X25519Identity, parse_header, read_manifest, unwrap_header

if TYPE_CHECKING:
    from tests.conftest import ServedHere

DECRYPT = """
import { Decrypter } from "age-encryption";
import { readFileSync } from "node:fs";
const decrypter = new Decrypter();
decrypter.addIdentity(WORD);
process.stdout.write(await decrypter.decrypt(readFileSync(0)));
"""


def open_with_age(identity: X25519Identity, file: bytes, folder: Path) -> bytes:
    tool = shutil.which("age")
    assert tool, "Debian's age opens what we seal: apt-get install age"
    secret = folder / "identity.txt"
    secret.write_text(identity.reveal())
    return subprocess.run([tool, "-d", "-i", secret], input=file, capture_output=True, check=True).stdout


def rows_of(content: bytes) -> list[dict[str, object]]:
    found: list[dict[str, object]] = parquet.read_table(BytesIO(content)).to_pylist()
    return found


def test_the_age_tool_opens_what_is_sealed_to_a_classical_key(served: "ServedHere", tmp_path: Path) -> None:
    identity = X25519Identity.generate()
    publish_stock(served)
    agreed = agree_on_stock(served, f"  {identity.recipient} ")
    assert agreed.sealed_to == str(identity.recipient)
    rows = rows_of(open_with_age(identity, fetch(served, agreed).file, tmp_path))
    assert [(each["item"], each["stock"]) for each in rows] == [("gloves", 4321), ("masks", 87)]
    assert holders_of_releases(served, agreed) == [(str(identity.recipient), "X25519")]


def test_npm_opens_what_is_sealed_to_a_hybrid_key(served: "ServedHere") -> None:
    identity = HybridIdentity.generate()
    publish_stock(served)
    agreed = agree_on_stock(served, str(identity.recipient))
    assert agreed.sealed_to == str(identity.recipient)
    opened = run_module(f"const WORD = {json.dumps(identity.reveal())};\n{DECRYPT}", fetch(served, agreed).file)
    assert len(rows_of(opened)) == 2


def test_two_recipients_of_one_dataset_open_each_their_own_and_the_discloser_neither(
    served: "ServedHere", tmp_path: Path
) -> None:
    """One is a tenant, whose custodian holds its key; the other has no more than a classical age key."""
    served.publish_claimants()
    served.join("lambeth", "Tom Reid", "analyst", "asset-owner")
    served.join("DWP", "Margaret Okafor", "information-governance", "asset-owner")
    outsider = X25519Identity.generate()
    own = agree_on_claimants(served, ask_for_claimants(served, seal_to="own"))
    other = agree_on_claimants(served, ask_for_claimants(served, seal_to=str(outsider.recipient)))
    assert own.sealed_to == recipient_of(served, "lambeth")
    seed = served.node.parts.custodian.get_secret("receiving-lambeth", KeyPurpose.RECEIVING)
    for agreed, key, kind in ((own, HybridIdentity(seed), "mlkem768x25519"), (other, outsider, "X25519")):
        delivered = fetch(served, agreed)
        header = parse_header(delivered.header)
        unwrap_header(header, [key])
        assert [each.type for each in header.stanzas] == [kind]
        assert holders_of_releases(served, agreed) == [(agreed.sealed_to, kind)]
        assert b"SW2" not in delivered.file
    opened = rows_of(open_with_age(outsider, fetch(served, other).file, tmp_path))
    assert {each["council"] for each in opened} == {"E09000022", "E09000028"}
    with pytest.raises(subprocess.CalledProcessError):
        open_with_age(outsider, fetch(served, own).file, tmp_path)


def test_the_node_of_the_discloser_cannot_open_what_it_released(served: "ServedHere") -> None:
    publish_stock(served)
    agreed = agree_on_stock(served, "own")
    fetch(served, agreed)
    (opened,) = served.events(name="release.written", subject=agreed.id)
    with (
        served.node.parts.read() as connection,
        pytest.raises(ProofError, match=r"No key of this node opens sf-\w+: it is for its recipient's key"),
    ):
        served.node.files.open(connection, str(opened["facts"]["sealed_file"]))


def test_every_open_door_of_a_sealed_agreement_is_shut_and_says_where_the_sealed_one_is(served: "ServedHere") -> None:
    publish_stock(served)
    agreed = agree_on_stock(served, "own")
    doors = list(plain_doors(agreed))
    for method, path, headers in doors:
        answer = served.send(method, path, headers, json={} if method == "POST" else None)
        assert answer.status_code == 403, (method, path)
        if method != "HEAD":
            assert answer.json()["code"] == "deliver.refused"
            assert f"/api/v1/agreements/{agreed.id}/data.age" in answer.json()["reasons"][0]
            assert "commonweal read" in answer.json()["advice"]
    refused = served.events(name="delivery.refused", subject=agreed.id)
    assert len(refused) == len(doors)
    assert not served.events(name="release.written", subject=agreed.id)
    for path in ("/metadata", "/version"):
        assert served.send("GET", f"{agreed.table_path}{path}", agreed.reader).status_code == 200


def test_an_agreement_that_is_not_sealed_has_no_sealed_doors(served: "ServedHere") -> None:
    agreed = served.agree_on_stock()
    assert "commonweal" not in served.profile(agreed.id, by=AISHA)
    for path in (agreed.data_path("age"), f"/api/v1/agreements/{agreed.id}/manifest"):
        answer = served.send("GET", path, agreed.reader)
        assert (answer.status_code, answer.json()["code"]) == (403, "deliver.refused")
        assert "is not sealed" in answer.json()["reasons"][0]
        assert "--seal-to" in answer.json()["advice"]
    assert len(served.events(name="delivery.refused", subject=agreed.id)) == 2


def test_the_sealed_door_serves_ranges_counts_its_hits_and_is_recorded_first(served: "ServedHere") -> None:
    publish_stock(served)
    agreed = agree_on_stock(served, "own")
    path = agreed.data_path("age")
    whole = served.send("GET", path, agreed.reader)
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-disposition"] == f'attachment; filename="{agreed.id}.parquet.age"'
    size = len(whole.content)
    for first, last in ((0, 9), (2000, 2599), (size - 5, size - 1)):
        part = served.send("GET", path, {**agreed.reader, "Range": f"bytes={first}-{last}"})
        assert (part.status_code, part.content) == (206, whole.content[first : last + 1])
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
    head = served.send("HEAD", path, agreed.reader)
    assert (head.headers["content-length"], head.content) == (str(size), b"")
    assert served.send("GET", path, {**agreed.reader, "Range": f"bytes={size}-"}).status_code == 416
    served.node.tally._flush(everything=True)
    completed = served.events(name="delivery.completed", subject=agreed.id)
    assert sum(each["facts"]["bytes"] for each in completed) == size + 10 + 600 + 5
    (written,) = served.events(name="release.written", subject=agreed.id)
    authorised = served.events(name="delivery.authorised", subject=agreed.id)
    assert {each["facts"]["door"] for each in authorised} == {"age"}
    assert written["index"] < authorised[0]["index"]


def test_the_manifest_is_signed_for_this_delivery_and_says_whose_it_is(served: "ServedHere") -> None:
    publish_stock(served)
    agreed = agree_on_stock(served, "own")
    key = bytes.fromhex(agreed.profile["commonweal"]["nodeKey"])
    manifest = read_manifest(key, fetch(served, agreed).manifest)
    assert manifest["agreement"] == agreed.id == agreed.profile["commonweal"]["agreement"]
    assert manifest["sealed_to"] == [agreed.sealed_to]
    assert manifest["fields"] == ["trust", "as_at", "item", "stock", "daily_use"]
    assert (manifest["rows"], manifest["version"], manifest["purpose"]) == (2, 1, "ppe-supply")
    (signed,) = served.events(name="manifest.signed", subject=agreed.id)
    assert signed["facts"]["header_digest"] == manifest["header_digest"]
    assert signed["facts"]["digest"] == manifest["payload_digest"]
    assert served.send("GET", "/health").json()["log_key"] == hashlib.sha256(key).hexdigest()
    part = served.send("GET", agreed.manifest_path, agreed.reader, params={"fields": "item,stock"})
    assert read_manifest(key, part.content)["fields"] == ["item", "stock"]
    assert read_manifest(key, part.content)["header_digest"] != manifest["header_digest"]


def test_a_revocation_ends_it_and_shreds_what_was_released(served: "ServedHere") -> None:
    publish_stock(served)
    agreed = agree_on_stock(served, "own")
    fetch(served, agreed)
    served.do(f"/api/v1/agreements/{agreed.id}/revocation", {"reason": "The story ends it."})
    assert holders_of_releases(served, agreed) == []
    for path in (agreed.data_path("age"), agreed.manifest_path):
        answer = served.send("GET", path, agreed.reader)
        assert answer.status_code == 403
        assert "revoked" in " ".join(answer.json()["reasons"])


def test_an_expired_agreement_gives_neither_file_nor_manifest(served: "ServedHere") -> None:
    publish_stock(served)
    until = (served.home.clock.now() + timedelta(days=1)).isoformat()
    agreed = agree_on_stock(served, "own", until=until)
    fetch(served, agreed)
    served.home.clock.advance(timedelta(days=2))
    for path in (agreed.data_path("age"), agreed.manifest_path):
        assert served.send("GET", path, agreed.reader).status_code == 403


def test_the_discloser_may_demand_sealing_and_the_tenants_own_key_is_used(served: "ServedHere") -> None:
    served.publish_claimants()
    served.join("lambeth", "Tom Reid", "analyst", "asset-owner")
    served.join("DWP", "Margaret Okafor", "information-governance", "asset-owner")
    agreed = agree_on_claimants(served, ask_for_claimants(served), sealed=True)
    assert agreed.sealed_to == recipient_of(served, "lambeth")
    shown = served.send("GET", f"/api/v1/agreements/{agreed.id}", served.person(TOM)).json()
    assert shown["sealed_to"] == agreed.sealed_to
    odrl = served.send("GET", f"/api/v1/agreements/{agreed.id}/odrl", served.person(TOM)).json()
    assert [each["cw:sealedTo"] for each in odrl["permission"][0]["duty"] if each["action"] == "cw:seal"] == [
        agreed.sealed_to
    ]
    (signed,) = served.events(name="agreement.signed", subject=agreed.id)
    assert signed["facts"]["sealed_to"] == agreed.sealed_to


def test_sealing_is_not_demanded_of_a_body_without_a_key_here(served: "ServedHere") -> None:
    served.publish_claimants()
    served.join("DWP", "Margaret Okafor", "information-governance", "asset-owner")
    form = {
        "dataset": "dwp/claimants",
        "recipient": "croydon",
        "purpose": "council-tax-reduction",
        "gateway": "wra12-s130-131",
    }
    request = served.do("/api/v1/requests", form)["request"]
    answer = served.send(
        "POST",
        f"/api/v1/requests/{request}/ruling",
        served.person(f"margaret.okafor@{DWP}"),
        json={"permit": True, "sealed": True},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "agree.no-recipient")
    assert "--seal-to" in answer.json()["advice"]
    own = served.send("POST", "/api/v1/requests", served.person(), json={**form, "seal_to": "own"})
    assert (own.status_code, own.json()["code"]) == (404, "keys.no-receiving-key")


@pytest.mark.parametrize("path", ["/api/v1/requests", "/api/v1/explanations"])
def test_a_secret_key_pasted_by_mistake_is_refused_and_not_repeated(served: "ServedHere", path: str) -> None:
    publish_stock(served)
    form = {"dataset": "r0a/ppe-stock", "recipient": "DHSC", "purpose": "ppe-supply"}
    for identity in (X25519Identity.generate(), HybridIdentity.generate()):
        for secret in (identity.reveal(), identity.reveal().lower(), f" {identity.reveal()}x"):
            answer = served.send("POST", path, served.person(AISHA), json={**form, "seal_to": secret})
            assert (answer.status_code, answer.json()["code"]) == (400, "request.seal-to")
            assert secret.strip()[16:].lower() not in answer.text.lower()
    for malformed in ("age1", "me", f"{HybridIdentity.generate().recipient}"[:-1], "x" * 3999):
        answer = served.send("POST", path, served.person(AISHA), json={**form, "seal_to": malformed})
        assert (answer.status_code, answer.json()["code"]) == (400, "request.seal-to")


def test_a_header_is_opened_for_its_own_body_by_a_person_who_may_read_and_that_is_recorded_first(
    served: "ServedHere",
) -> None:
    publish_stock(served)
    served.join("lambeth", "Tom Reid", "analyst")
    served.join("DHSC", "Ada Auditor", "auditor")
    agreed = agree_on_stock(served, "own")
    header = fetch(served, agreed).header.decode()
    form = {"header": header}
    opened = served.send("POST", "/api/v1/headers/opening", served.person(AISHA), json=form)
    assert (opened.status_code, set(opened.json())) == (200, {"file_key"})
    (event,) = served.events(name="header.opened")
    assert event["subject"] == "receiving-department-of-health-and-social-care"
    assert opened.json()["file_key"] not in json.dumps(event)
    auditor = served.send("POST", "/api/v1/headers/opening", served.person("ada.auditor@dhsc"), json=form)
    assert (auditor.status_code, auditor.json()["code"]) == (403, "identity.role")
    stranger = served.send("POST", "/api/v1/headers/opening", served.person(TOM), json=form)
    assert (stranger.status_code, stranger.json()["code"]) == (409, "keys.not-a-recipient")
    for forged in (header[:-3] + "x\n", f"{header}more", header.replace("mlkem", "MLKEM")):
        answer = served.send("POST", "/api/v1/headers/opening", served.person(AISHA), json={"header": forged})
        assert answer.status_code in {400, 409}
    assert len(served.events(name="header.opened")) == 1


def test_manifest_and_file_key_leave_only_once_that_is_in_the_log(served: "ServedHere") -> None:
    publish_stock(served)
    agreed = agree_on_stock(served, "own")
    header = {"header": fetch(served, agreed).header.decode()}
    doors = (
        ("GET", agreed.manifest_path, agreed.reader, None, "manifest.signed"),
        ("GET", agreed.data_path("age"), agreed.reader, None, "delivery.authorised"),
        ("POST", "/api/v1/headers/opening", served.person(AISHA), header, "header.opened"),
    )
    for method, path, headers, form, event in doors:
        before = len(served.node.parts.log.find_events(name=event))
        with served.client.stream(method, path, headers=headers, json=form) as answer:
            assert len(served.node.parts.log.find_events(name=event)) == before + 1, path
            answer.read()
        assert answer.status_code == 200


def test_what_was_sealed_to_a_key_opens_after_the_key_was_rotated(served: "ServedHere") -> None:
    publish_stock(served)
    agreed = agree_on_stock(served, "own")
    delivered = fetch(served, agreed)
    served.node.parts.custodian.rotate_secret("receiving-department-of-health-and-social-care", KeyPurpose.RECEIVING)
    later = agree_on_stock(served, "own")
    assert later.sealed_to != agreed.sealed_to
    for each in (delivered, fetch(served, agreed), fetch(served, later)):
        form = {"header": each.header.decode()}
        opened = served.send("POST", "/api/v1/headers/opening", served.person(AISHA), json=form)
        assert opened.status_code == 200, opened.text


def test_a_body_from_before_there_were_receiving_keys_gets_one_at_first_use(served: "ServedHere") -> None:
    custodian = served.node.parts.custodian
    served.join("lambeth", "Tom Reid", "analyst")
    before = [each.key_id for each in custodian.list_keys()]
    forgotten = "receiving-lambeth"
    assert forgotten in before
    first = recipient_of(served, "lambeth")
    assert first == recipient_of(served, "lambeth")
    assert first != recipient_of(served, "cabinet-office")
    assert len(served.events(name="recipient.shown", subject=forgotten)) == 2
    custodian.destroy(forgotten)
    gone = served.send("GET", "/api/v1/bodies/lambeth/recipient", served.person())
    assert (gone.status_code, gone.json()["code"]) == (404, "keys.unknown-key")


def test_a_new_version_is_released_anew_under_its_own_file_key(served: "ServedHere") -> None:
    publish_stock(served)
    agreed: SealedAgreement = agree_on_stock(served, "own")
    first = fetch(served, agreed)
    more = b"trust,as_at,item,stock,daily_use\nR0A,2020-04-02,gloves,1,1\n"
    published = served.publish("r0a/ppe-stock", more, "ppe-stock.odcs.yaml", by="sam.steward@r0a")
    assert published.is_success, published.text
    second = fetch(served, agreed)
    assert first.header != second.header
    assert json.loads(second.manifest)["manifest"]["version"] == 2
    assert as_sealed(served, agreed.id, AISHA, agreed.dataset, agreed.schema).sealed_to == agreed.sealed_to
