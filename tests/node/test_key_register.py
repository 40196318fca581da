"""The key register lacks no key: whatever a device, a keystore, the database and the secrets' folder hold is in it."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
import httpx
import pkcs11
import pytest
from moto import mock_aws
from tests.ports.devices import PIN, TOKEN

from commonweal.core import Actor, CommonwealError
from commonweal.keys import HybridIdentity, KeyClass, KeyPurpose
from commonweal.node import Node, Serving, create_home, open_home
from commonweal.node.keys.holdings import KeyHoldings

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

Versions = set[tuple[str, int]]
LEAD = "margaret.okafor@department-for-work-pensions"
ANALYST = "tom.reid@lambeth"
KEK = "kek-department-for-work-pensions"


def in_keystore(home: Path) -> Versions:
    keys = json.loads((home / "keystore.json").read_bytes())["keys"]
    return {(each["id"], each["version"]) for each in keys if each["sealed"]}


def in_ledger(home: Path) -> Versions:
    keys = json.loads((home / "keys.json").read_bytes())["keys"]
    return {(each["id"], each["version"]) for each in keys if each["sealed"]}


def in_token(url: str, node: str) -> Versions:
    module = url.partition("module-path=")[2]
    token = pkcs11.lib(module).get_token(token_label="commonweal")
    with closing(token.open()) as session:  # the node of this process has logged in for every session
        labels = {str(each[pkcs11.Attribute.LABEL]) for each in session.get_objects({})}
    return {_version_of(each, node) for each in labels if each.startswith(f"{node}/")}


def in_vault(url: str, node: str) -> Versions:
    address = url.removeprefix("openbao:http://")
    host, _, mount = address.partition("/")
    answer = httpx.request("LIST", f"http://{host}/v1/{mount}/keys", headers={"X-Vault-Token": TOKEN.decode()})
    names = answer.raise_for_status().json()["data"]["keys"]
    labels = {re.sub(r"-([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), each) for each in names}
    return {_version_of(each, node) for each in labels if each.startswith(f"{node}/")}


def _version_of(label: str, node: str) -> tuple[str, int]:
    name = label.removeprefix(f"{node}/")
    key, marked, number = name.rpartition("/v")
    return (key, int(number)) if marked else (name, 1)


def in_database(home: Path) -> Versions:
    """Return what the header rows and the credentials of a home name, as the register calls it."""
    with closing(sqlite3.connect(f"file:{home / 'node.db'}?mode=ro", uri=True)) as database:
        rows = set(database.execute("SELECT holder, version FROM header_row"))
        digests = [digest for (digest,) in database.execute("SELECT digest FROM credential")]
    recipients = {f"recipient-{_short(holder.encode())}" for holder, _ in rows if holder.startswith("age1")}
    keks = {(holder, version) for holder, version in rows if not holder.startswith("age1")}
    return keks | {(each, 1) for each in recipients | {f"bearer-{_short(digest)}" for digest in digests}}


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def in_keystore_of_kms(home: Path, url: str, node: str) -> Versions:
    assert (home / "unlock.kms").exists()
    return in_keystore(home)


CUSTODIANS: dict[str, Callable[[Path, str, str], Versions]] = {
    "awskms": in_keystore_of_kms,
    "file": lambda home, url, node: in_keystore(home),  # noqa: ARG005  one shape for all
    "pkcs11": lambda home, url, node: in_ledger(home) | in_token(url, node),
    "openbao": lambda home, url, node: in_ledger(home) | in_vault(url, node),
}
"""For each custodian what finds the versions of keys where they really lie."""


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        made = boto3.client("kms", region_name="eu-west-2").create_key()
        yield f"awskms:{made['KeyMetadata']['KeyId']}?region=eu-west-2"


@pytest.fixture(params=[*CUSTODIANS])
def custodian(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, str]:
    fixtures = {
        "pkcs11": ("token_url", PIN.decode()),
        "openbao": ("vault", TOKEN.decode()),
        "awskms": ("kms", "nothing: KMS seals it"),
    }
    fixture, secret = fixtures.get(request.param, ("", "a secret that only these tests know"))
    monkeypatch.setenv("COMMONWEAL_UNLOCK", secret)
    return request.param, request.getfixturevalue(fixture) if fixture else "file:", secret


@dataclass(frozen=True)
class HomeOfKms:
    """A home whose unlock secret KMS gives at each start."""

    folder: Path
    clock: Any

    def open(self) -> AbstractContextManager[Node]:
        return open_home(self.folder, clock=self.clock)


@pytest.fixture
def lived_in(
    custodian: tuple[str, str, str],
    tmp_path: Path,
    a_home: "Home",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> "Iterator[ServedHere]":
    """A node with every kind of key, in each state that a key can be in."""
    kind, url, secret = custodian
    folder = tmp_path / "lived-in"
    create_home(folder, body="cabinet-office", operator="Olu Adeyemi", port=8400, custodian=url, country="GB")
    home = HomeOfKms(folder, a_home.clock) if kind == "awskms" else replace(a_home, folder=folder, unlock=secret)
    with serving(cast("Home", home)) as served:
        served.publish_claimants()
        _publish_split(served)
        agreed, doomed = served.agree_on_claimants(), served.agree_on_claimants()
        assert served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 200
        served.do(f"/api/v1/agreements/{doomed.id}/revocation", {"reason": "A test."}, by=LEAD)
        _agree_sealed(served, str(HybridIdentity.generate().recipient))
        _agree_sealed(served, "own")
        served.node.rotating.rotate(KEK, "department-for-work-pensions", Actor(LEAD, "dwp"))
        served.node.rotating.finish(KEK)
        served.node.rotating.rotate("link", "cabinet-office", Actor("olu", "cabinet-office"))
        yield served


def _publish_split(served: "ServedHere") -> None:
    published = served.publish(
        "dwp/split",
        served.claimants_source(),
        "claimants.odcs.yaml",
        by="priya.shah@department-for-work-pensions",
        access="closed",
        key_class=KeyClass.DEVICE.value,
        split=True,
    )
    assert published.status_code == 201, published.text


def _agree_sealed(served: "ServedHere", seal_to: str) -> str:
    form = {
        "dataset": "dwp/claimants",
        "recipient": "lambeth",
        "purpose": "council-tax-reduction",
        "gateway": "wra12-s130-131",
        "seal_to": seal_to,
    }
    request = str(served.do("/api/v1/requests", form, by=ANALYST)["request"])
    served.do(f"/api/v1/requests/{request}/ruling", {"permit": True, "fields": ["council"]}, by=LEAD)
    agreement = str(served.do(f"/api/v1/requests/{request}/agreement", by=ANALYST)["agreement"])
    token = served.profile(agreement, by=ANALYST)["bearerToken"]
    read = served.send("GET", f"/api/v1/agreements/{agreement}/data.age", {"Authorization": f"Bearer {token}"})
    assert read.status_code == 200, read.text
    return agreement


def lines(served: "ServedHere", by: str = "") -> list[dict[str, Any]]:
    answer = served.send("GET", "/api/v1/keys", served.person(by))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["keys"]
    return found


def line(served: "ServedHere", key: str, version: int = 1) -> dict[str, Any]:
    return next(each for each in lines(served) if (each["key"], each["version"]) == (key, version))


def own_recipient(served: "ServedHere", body: str) -> str:
    seed = served.node.parts.custodian.get_secret(f"receiving-{body}", KeyPurpose.RECEIVING)
    return f"recipient-{_short(str(HybridIdentity(seed).recipient).encode())}"


def test_the_register_lacks_no_key_and_invents_none(lived_in: "ServedHere", custodian: tuple[str, str, str]) -> None:
    kind, url, _ = custodian
    parts = lived_in.node.parts
    listed = {(each["key"], each["version"]) for each in lines(lived_in) if each["state"] != "destroyed"}
    held = CUSTODIANS[kind](parts.home, url, parts.settings.node)
    named = in_database(parts.home) - {(own_recipient(lived_in, "lambeth"), 1)}  # which lies in the custodian
    assert len(held) > 10
    assert {each.partition("-")[0] for each, _ in named} == {"kek", "recipient", "bearer"}
    assert listed == held | named | {("unlock-secret", 1)}


def test_the_register_says_of_each_key_what_is_true_of_it(
    lived_in: "ServedHere", custodian: tuple[str, str, str]
) -> None:
    kind, url, secret = custodian
    old, new = line(lived_in, KEK), line(lived_in, KEK, 2)
    assert (old["state"], old["opens"], old["rotated"]) == ("retired", 0, new["created"])
    assert (new["state"], new["opens"] >= 2, new["agreements"], new["country"]) == ("active", True, 1, "GB")
    assert old["last_used_by"] == "release.written"  # of the sealed agreement, which opens the version
    assert new["last_used_by"] == "wraps.passed-on"
    split = [each for each in lines(lived_in) if each["key"].startswith(f"{KEK}/split/")]
    assert {each["key"].rpartition("/")[2] for each in split} >= {"personal"}
    assert all((each["opens"], each["body"]) == (1, "department-for-work-pensions") for each in split)
    states = [each["state"] for each in lines(lived_in) if each["key"].startswith("token-")]
    assert sorted(states) == ["active", "destroyed"]
    sealed = [each for each in lines(lived_in) if each["key"].startswith("recipient-")]
    assert [(each["state"], each["opens"], each["agreements"], each["body"]) for each in sealed] == [
        ("outside", 1, 1, "lambeth")
    ]
    assert (line(lived_in, "receiving-lambeth")["opens"], line(lived_in, "receiving-lambeth")["agreements"]) == (1, 1)
    link = line(lived_in, "link", 2)
    assert link["place"] == (f"file:{lived_in.node.parts.home}/{LEDGERS[kind]}")
    assert new["place"] == (f"file:{lived_in.node.parts.home}/keystore.json" if kind in {"file", "awskms"} else url)
    unlock = line(lived_in, "unlock-secret")
    assert unlock["place"] == (url if kind == "awskms" else "outside the node; given at each start")
    assert unlock["algorithm"] == UNLOCKED_BY[kind]
    assert secret not in json.dumps(lines(lived_in))


UNLOCKED_BY = {
    "awskms": "passphrase (Argon2id), sealed by AWS KMS",
    "file": "passphrase (Argon2id)",
    "pkcs11": "user PIN",
    "openbao": "bearer token",
}
LEDGERS = {"awskms": "keystore.json", "file": "keystore.json", "pkcs11": "keys.json", "openbao": "keys.json"}


def test_one_key_and_its_exposure(lived_in: "ServedHere") -> None:
    shown = lived_in.send("GET", "/api/v1/keys/show", lived_in.person(LEAD), params={"key": KEK}).json()
    assert [each["version"] for each in shown["versions"]] == [1, 2]
    assert [each["dataset"] for each in shown["opens_versions"]] == ["department-for-work-pensions/claimants"]
    assert [each["recipient"] for each in shown["opens_releases"]] == ["lambeth"]
    told = lived_in.send("GET", "/api/v1/keys/exposure", lived_in.person(LEAD), params={"key": KEK}).json()
    assert told["people"] == 3
    assert told["datasets"][0]["marking"] == "OFFICIAL-SENSITIVE"
    assert [each["kind"] for each in told["steps"]] == ["rotate", "re-wrap", "notify", "notify"]
    for name in ("key.viewed", "exposure.viewed"):
        (viewed,) = lived_in.events(subject=KEK, name=name)
        assert viewed["actor"]["person"] == LEAD


def test_a_leak_is_contained_in_the_order_of_its_checklist(lived_in: "ServedHere") -> None:
    second = lived_in.join("DWP", "Oona Owner", "asset-owner")
    for key, wanted in ((KEK, {"rotate", "re-wrap", "notify"}), (_token_key(lived_in), {"revoke", "notify"})):
        told = lived_in.send("GET", "/api/v1/keys/exposure", lived_in.person(LEAD), params={"key": key}).json()
        form = {"act": "contain", "subject": key, "reason": "It leaked."}
        lived_in.send("POST", "/api/v1/keys/acts", lived_in.person(LEAD), json=form)
        waiting = lived_in.send("GET", "/api/v1/keys/acts", lived_in.person(second)).json()["waiting"][-1]
        lived_in.do(f"/api/v1/keys/acts/{waiting['proposal']}/confirmation", by=second)
        taken = [each for each in lived_in.events(name="exposure.step-taken") if each["facts"]["done"]]
        mine = [each for each in taken if each["facts"]["proposal"] == waiting["proposal"]]
        assert [each["facts"]["step"] for each in mine] == [each["sentence"] for each in told["steps"]]
        assert {each["facts"]["kind"] for each in mine} == wanted
    assert line(lived_in, KEK, 3)["state"] == "active"
    assert line(lived_in, KEK, 2)["opens"] == 0
    after = lived_in.send("GET", "/api/v1/keys/show", lived_in.person(LEAD), params={"key": key}).json()
    assert [each["state"] for each in after["versions"]] == ["destroyed"]


def _token_key(served: "ServedHere") -> str:
    return next(str(e["key"]) for e in lines(served) if e["key"].startswith("token-") and e["state"] == "active")


def test_who_answers_for_a_key(lived_in: "ServedHere") -> None:
    owners = {each["key"]: lived_in.node.keys.owner_of(each["key"]) for each in lines(lived_in)}
    dwp = "department-for-work-pensions"
    assert {owner for key, owner in owners.items() if key.startswith(("recipient-", "bearer-", "token-"))} == {dwp}
    assert (owners[KEK], owners["unlock-secret"], owners["kek-lambeth"]) == (dwp, "cabinet-office", "lambeth")
    with pytest.raises(CommonwealError) as unknown:
        lived_in.node.keys.owner_of("kek-nobody")
    assert unknown.value.code == "keys.unknown-key"


def test_a_body_sees_its_own_keys_and_those_it_seals_to(lived_in: "ServedHere") -> None:
    seen = {each["key"].partition("-")[0]: each for each in lines(lived_in, LEAD)}
    assert set(seen) == {"kek", "receiving", "token", "recipient", "bearer"}
    bodies = {each["body"] for each in lines(lived_in, LEAD)}
    assert bodies == {"department-for-work-pensions", "lambeth"}
    assert {each["state"] for each in lines(lived_in, LEAD) if each["body"] == "lambeth"} == {"outside"}
    for path in ("show", "exposure"):
        for key in ("kek-lambeth", "unlock-secret", "kek-nobody"):
            answer = lived_in.send("GET", f"/api/v1/keys/{path}", lived_in.person(LEAD), params={"key": key})
            assert (answer.status_code, answer.json()["code"]) == (404, "keys.unknown-key")


def test_a_security_case_is_for_the_parties(lived_in: "ServedHere") -> None:
    agreements = lived_in.send("GET", "/api/v1/agreements", lived_in.person(ANALYST)).json()["agreements"]
    for each in agreements:
        path = f"/api/v1/agreements/{each['agreement']}/security-case"
        told = lived_in.send("GET", path, lived_in.person(ANALYST))
        assert told.status_code == 200, told.text
        case = told.json()
        if each["state"] == "active":
            assert bool(case["sealed_to"]) is ("ciphertext" in " ".join(case["on_the_way"]))
        assert case["deliveries"]["authorised"] == sum(
            e["name"] == "delivery.authorised" for e in lived_in.events(subject=each["agreement"])
        )
        assert all(key["breach"] and key["place"] for key in case["keys"])
    stranger = lived_in.join("croydon", "Sid Stranger", "auditor")
    for each in agreements:
        path = f"/api/v1/agreements/{each['agreement']}/security-case"
        assert lived_in.send("GET", path, lived_in.person(stranger)).status_code == 404


def test_keys_of_the_running_process_are_listed_while_they_exist(a_home: "Home") -> None:
    with a_home.open() as node:
        serving = Serving(node)
        serving.announce("https://node.example")
        held = {each.key: each for each in KeyHoldings(node.parts).gather().keys}
        assert held["operator-token"].place.startswith("file:")
        assert "tls-key" in held
        token = Path(held["operator-token"].place.removeprefix("file:")).read_text()
        assert token not in repr(held)
        serving.close()
        assert not {"operator-token", "tls-key"} & {each.key for each in KeyHoldings(node.parts).gather().keys}


@pytest.mark.parametrize("country", ["gb", "GBR", "G", "ÄÖ", "1A"])
def test_a_country_is_two_capital_letters(country: str, tmp_path: Path) -> None:
    with pytest.raises(CommonwealError) as refused:
        create_home(tmp_path / "node", body="lambeth", operator="Jo", port=8400, country=country)
    assert refused.value.outcome.exit_code == 2
    assert not (tmp_path / "node").exists()
