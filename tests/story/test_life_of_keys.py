"""The life of a key: two people, rotation while reading goes on, shredding with a certificate."""

import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event as Signal
from typing import TYPE_CHECKING, Any

import pytest
from tests.node.backups import back_up, manifest_of
from tests.ports.devices import PIN

from commonweal.adapters.duckdb import Releaser
from commonweal.adapters.sql.datasets import add_sealed_file
from commonweal.core import Actor, CommonwealError, Event, StoreError, from_rfc3339
from commonweal.keys import KekContext
from commonweal.node import create_home, restore_home

if TYPE_CHECKING:
    from tests.conftest import Agreed, Claimant, Home, Served, ServedApart, ServedHere

Serving = Callable[["Home"], AbstractContextManager["ServedHere"]]
ServingApart = Callable[["Home"], AbstractContextManager["ServedApart"]]

KEK = "kek-department-for-work-pensions"
CLAIMANTS = "department-for-work-pensions/claimants"
OWNER, LEAD = ("Olive Owner", "asset-owner"), ("Ian Lead", "information-governance")


def two_people(served: "Served") -> tuple[str, str]:
    """Add two people of DWP who may manage its keys."""
    owner = served.join("DWP", *OWNER)
    return owner, served.join("DWP", *LEAD)


def propose(served: "Served", act: str, subject: str, *, by: str) -> Any:
    """Propose an act and return the refusal that says who could confirm it."""
    form = {"act": act, "subject": subject, "reason": "The tests ask for it."}
    return served.send("POST", "/api/v1/keys/acts", served.person(by), json=form)


def waiting(served: "Served", *, by: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.send("GET", "/api/v1/keys/acts", served.person(by)).json()["waiting"]
    return found


def carry_out(served: "Served", act: str, subject: str, people: Sequence[str]) -> dict[str, Any]:
    """Have one person propose an act and the other confirm it."""
    refused = propose(served, act, subject, by=people[0])
    assert refused.status_code == 403, refused.text
    [proposal] = [each["proposal"] for each in waiting(served, by=people[1])]
    done: dict[str, Any] = served.do(f"/api/v1/keys/acts/{proposal}/confirmation", by=people[1])
    return done


def header_rows(home: "Home") -> list[tuple[str, str, int, bytes]]:
    with closing(sqlite3.connect(f"file:{home.folder / 'node.db'}?mode=ro", uri=True)) as database:
        return database.execute("SELECT sealed_file, holder, version, header FROM header_row ORDER BY 1, 2").fetchall()


def digests(served: "ServedHere") -> dict[str, str]:
    blobs = served.node.parts.blobs
    return {name: blobs.digest(name) for name in blobs.find_blobs()}


def add_sealed_files(served: "ServedHere", count: int) -> None:
    """Give DWP many sealed files at once: what a rotation has to pass on."""
    node = served.node
    made = []
    for number in range(count):
        with node.files.seal(f"sf-many-{number:05}") as sealing:
            sealing.writer.write(b"content %d" % number)
        made.append(node.files.wrap(sealing, KekContext("department-for-work-pensions", CLAIMANTS, "1"), KEK))

    def work(transaction: Any) -> None:
        for description, rows in made:
            add_sealed_file(transaction.connection, description, rows)
        now = node.parts.clock.now()
        transaction.record(Event("test.prepared", now, "cabinet-office", "many", Actor("test", "cabinet-office")))

    node.parts.writer.submit(work)


def wait_until_passed_on(served: "Served", *, within: float = 60) -> None:
    limit = time.monotonic() + within
    while any(each["left"] for each in rotations(served)):
        assert time.monotonic() < limit, rotations(served)
        time.sleep(0.02)


def rotations(served: "Served") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.send("GET", "/api/v1/keys/rotations", served.person()).json()["rotations"]
    return found


def test_one_person_alone_is_told_who_could_confirm(served: "ServedHere") -> None:
    owner, lead = two_people(served)
    refused = propose(served, "rotate", KEK, by=owner)
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["outcome"]) == (403, "keys.second-person", "refused")
    assert problem["reasons"] == [f"Ian Lead ({lead}) could confirm it."]
    [proposal] = waiting(served, by=lead)
    assert (proposal["act"], proposal["subject"], proposal["could_confirm"]) == ("rotate", KEK, [lead])
    again = served.send("POST", f"/api/v1/keys/acts/{proposal['proposal']}/confirmation", served.person(owner))
    assert (again.status_code, again.json()["code"]) == (403, "keys.second-person")
    assert served.node.parts.custodian.current_kek(KEK).version == 1
    done = served.do(f"/api/v1/keys/acts/{proposal['proposal']}/confirmation", by=lead)
    assert (done["status"], done["confirmed_by"]) == ("done", lead)
    assert served.node.parts.custodian.current_kek(KEK).version == 2
    assert waiting(served, by=lead) == []
    names = [each["name"] for each in served.events(subject=proposal["proposal"])]
    assert names == ["keys.act-proposed", "keys.act-confirmed", "keys.act-done"]


@pytest.mark.parametrize(
    ("act", "subject", "status", "code"),
    [
        ("melt", KEK, 400, "input"),
        ("rotate", "kek-nobody", 404, "keys.unknown-key"),
        ("rotate", "node-signing", 400, "keys.unrotatable"),
        ("shred-version", f"{CLAIMANTS}@1", 404, ""),
        ("shred-version", "nonsense", 404, ""),
        ("shred-agreement", "agr-none", 404, ""),
        ("shred-body", "nowhere at all", 404, "identity.unknown-body"),
    ],
)
def test_what_cannot_be_done_is_not_proposed(
    served: "ServedHere", act: str, subject: str, status: int, code: str
) -> None:
    owner, _ = two_people(served)
    refused = propose(served, act, subject, by=owner)
    assert refused.status_code == status, refused.text
    assert refused.json()["code"].startswith(code)
    assert waiting(served, by=owner) == []


def test_people_of_another_body_and_other_roles_may_not(served: "ServedHere") -> None:
    two_people(served)
    stranger, steward = served.join("lambeth", *OWNER), served.join("DWP", "Stella Steward", "steward")
    for person in (stranger, steward, ""):
        refused = propose(served, "rotate", KEK, by=person)
        assert (refused.status_code, refused.json()["code"]) == (403, "identity.role")


def test_rotation_rewrites_header_rows_only_and_reading_goes_on(served: "ServedHere") -> None:
    people = two_people(served)
    served.publish_claimants()
    agreed = served.agree_on_claimants()
    add_sealed_files(served, 250)
    rows, payloads = header_rows(served.home), digests(served)
    stop = Signal()

    def read() -> int:
        count = 0
        while not stop.is_set():
            answer = served.send("GET", agreed.data_path("csv"), agreed.reader)
            assert answer.status_code == 200, answer.text
            count += 1
        return count

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            carry_out(served, "rotate", KEK, people)
            wait_until_passed_on(served)
        finally:
            stop.set()
        assert all(each.result() for each in readers)
    after = header_rows(served.home)
    held = [each[:2] for each in after]
    assert {each[:2] for each in rows} <= set(held)
    assert {version for _, holder, version, _ in after if holder == KEK} == {2}
    assert {each[3] for each in rows if each[1] == KEK}.isdisjoint(each[3] for each in after)
    assert {name: digest for name, digest in digests(served).items() if name in payloads} == payloads
    passed = served.events(name="wraps.passed-on")
    assert sum(each["facts"]["wraps"] for each in passed) >= 251
    assert passed[-1]["facts"]["left"] == 0
    with served.node.parts.read() as connection, served.node.files.open(connection, "sf-many-00123") as content:
        assert content.read() == b"content 123"


def test_a_rotation_that_was_killed_goes_on_at_the_next_start(
    a_home: "Home", serving: Serving, serving_apart: ServingApart
) -> None:
    with serving(a_home) as served:
        people = two_people(served)
        served.publish_claimants()
        add_sealed_files(served, 4000)
    with serving_apart(a_home) as apart:
        carry_out(apart, "rotate", KEK, people)
        left = next(each["left"] for each in rotations(apart))
        os.kill(apart.process.pid, signal.SIGKILL)
        apart.process.wait(30)
    (a_home.folder / "serve.json").unlink()
    behind = [each for each in header_rows(a_home) if each[1] == KEK and each[2] == 1]
    assert 0 < len(behind) <= left
    with serving(a_home) as served:
        wait_until_passed_on(served)
        assert {version for _, holder, version, _ in header_rows(a_home) if holder == KEK} == {2}
        with served.node.parts.read() as connection:
            for number in (0, 1999, 3999):
                with served.node.files.open(connection, f"sf-many-{number:05}") as content:
                    assert content.read() == b"content %d" % number
    assert a_home.verify().sealed_files == 4001


def publish_again(served: "Served", people: "Sequence[Claimant]") -> None:
    rows = (f"{each.nino},{each.name},1961-07-05,{each.postcode},{each.council},99.01" for each in people)
    source = "\n".join(("nino,name,date_of_birth,postcode,council,award", *rows, "")).encode()
    steward = "priya.shah@department-for-work-pensions"
    answer = served.publish(
        "dwp/claimants", source, "claimants.odcs.yaml", by=steward, access="closed", marking="OFFICIAL-SENSITIVE"
    )
    assert answer.status_code == 201, answer.text


def found_in(home: "Home", wanted: bytes) -> list[str]:
    """Return the files of a home that hold these bytes."""
    return [each.name for each in home.folder.rglob("*") if each.is_file() and wanted in each.read_bytes()]


def test_a_shredded_version_is_gone_from_the_database_its_journal_and_the_disk(
    served: "ServedHere", claimants: "Sequence[Claimant]"
) -> None:
    people = two_people(served)
    served.publish_claimants()
    agreed = served.agree_on_claimants()
    assert served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 200
    old = header_rows(served.home)
    publish_again(served, claimants)
    assert b"99.01" in served.send("GET", agreed.data_path("csv"), agreed.reader).content
    done = carry_out(served, "shred-version", f"{CLAIMANTS}@1", people)
    certificate = done["certificate"]
    assert (certificate["files"], certificate["wraps"], certificate["keys"]) == (2, 2, [])
    assert certificate["people"] == list(people)
    assert certificate["openings"] == {"lambeth": 1}
    assert "never made a backup" in " ".join(done["sentences"])
    for sealed_file, _, _, header in old:
        assert not found_in(served.home, header[-80:-44])  # the wrapped file key
        assert not found_in(served.home, header[:200])
        assert sealed_file not in digests(served)
    assert b"99.01" in served.send("GET", agreed.data_path("csv"), agreed.reader).content
    assert propose(served, "shred-version", f"{CLAIMANTS}@1", by=people[0]).status_code == 404


def test_the_number_of_a_shredded_version_is_not_given_again(
    served: "ServedHere", claimants: "Sequence[Claimant]"
) -> None:
    people = two_people(served)
    served.publish_claimants()
    agreed = served.agree_on_claimants()
    assert CLAIMANTS in served.search("claimants")
    carry_out(served, "shred-version", f"{CLAIMANTS}@1", people)
    assert CLAIMANTS not in served.search("claimants")
    gone = served.send("GET", agreed.data_path("csv"), agreed.reader)
    assert gone.status_code == 404, gone.text
    publish_again(served, claimants)
    [published] = [each for each in served.events(name="dataset.published") if each["facts"]["number"] == 2]
    assert published["subject"] == CLAIMANTS
    assert b"99.01" in served.send("GET", agreed.data_path("csv"), agreed.reader).content


def test_a_release_of_a_version_that_is_shredded_meanwhile_is_refused(
    served: "ServedHere", monkeypatch: pytest.MonkeyPatch
) -> None:
    people = two_people(served)
    served.publish_claimants()
    agreed = served.agree_on_claimants()
    write = Releaser.release

    def write_slowly(releaser: Releaser, *plan: Any, **more: Any) -> int:
        rows = write(releaser, *plan, **more)
        carry_out(served, "shred-version", f"{CLAIMANTS}@1", people)
        return rows

    monkeypatch.setattr(Releaser, "release", write_slowly)
    refused = served.send("GET", agreed.data_path("csv"), agreed.reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "deliver.refused")
    assert header_rows(served.home) == []
    assert digests(served) == {}


def test_an_agreement_is_ended_before_it_is_shredded(served: "ServedHere") -> None:
    people = two_people(served)
    served.publish_claimants()
    agreed = served.agree_on_claimants()
    assert served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 200
    refused = propose(served, "shred-agreement", agreed.id, by=people[0])
    assert (refused.status_code, refused.json()["code"]) == (403, "keys.in-force")
    served.do(f"/api/v1/agreements/{agreed.id}/revocation", {"reason": "It is over."}, by=people[1])
    done = carry_out(served, "shred-agreement", agreed.id, people)
    assert done["certificate"]["openings"] == {"lambeth": 1}
    history = [each["name"] for each in served.events(subject=agreed.id)]
    assert history[-2:] == ["wraps.deleted", "shredding.certified"]


def test_nothing_of_a_shredded_body_is_left(served: "ServedHere") -> None:
    people = two_people(served)
    served.publish_claimants()
    agreed = served.agree_on_claimants()
    stock = served.agree_on_stock()
    assert served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 200
    done = carry_out(served, "shred-body", "DWP", people)
    assert set(done["certificate"]["keys"]) == {
        f"token-{agreed.id}",
        KEK,
        "receiving-department-for-work-pensions",
    }
    assert served.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 403
    assert served.send("GET", stock.data_path("csv"), stock.reader).status_code == 200
    with pytest.raises(CommonwealError):
        served.node.parts.custodian.current_kek(KEK)
    steward = "priya.shah@department-for-work-pensions"
    again = served.publish("dwp/again", served.claimants_source(), "claimants.odcs.yaml", by=steward, access="closed")
    assert (again.status_code, again.json()["code"]) == (404, "keys.unknown-key")


def test_a_shredding_that_failed_half_way_is_carried_out_again(
    served: "ServedHere", monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, lead = two_people(served)
    served.publish_claimants()
    assert propose(served, "shred-version", f"{CLAIMANTS}@1", by=owner).status_code == 403
    [proposal] = waiting(served, by=lead)
    path = f"/api/v1/keys/acts/{proposal['proposal']}/confirmation"
    with monkeypatch.context() as patch:
        patch.setattr(served.node.parts.writer, "empty_journal", _refuse)
        assert served.send("POST", path, served.person(lead)).status_code == 500
    [left] = waiting(served, by=lead)
    assert left["status"] == "confirmed"
    done = served.do(path, by=lead)
    assert (done["certificate"]["files"], done["certificate"]["wraps"]) == (1, 1)
    assert waiting(served, by=lead) == []


def _refuse() -> None:
    raise StoreError("the disk is away")


@pytest.fixture
def device_home(a_home: "Home", token_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Home":
    """A home whose keys lie in a SoftHSM token."""
    monkeypatch.setenv("COMMONWEAL_UNLOCK", PIN.decode())
    folder = tmp_path / "device"
    create_home(folder, body="cabinet-office", operator="Olu Adeyemi", port=8400, custodian=token_url)
    return replace(a_home, folder=folder, unlock=PIN.decode())


def publish_with_own_key(served: "Served", dataset: str = "dwp/claimants") -> None:
    steward = served.join("DWP", "Priya Shah", "steward")
    answer = served.publish(
        dataset,
        served.claimants_source(),
        "claimants.odcs.yaml",
        by=steward,
        access="closed",
        marking="OFFICIAL-SENSITIVE",
        key_class="device",
    )
    assert answer.status_code == 201, answer.text


def test_a_key_destroyed_in_a_device_makes_an_older_copy_of_the_database_worthless(
    device_home: "Home", tmp_path: Path, serving: Serving, claimants: "Sequence[Claimant]"
) -> None:
    copy = tmp_path / "copy"
    with serving(device_home) as served:
        people = two_people(served)
        publish_with_own_key(served)
        [version] = served.node.datasets.versions(served.node.datasets.get(CLAIMANTS))
    shutil.copytree(device_home.folder, copy)
    with serving(device_home) as served:
        publish_again(served, claimants)
        done = carry_out(served, "shred-version", f"{CLAIMANTS}@1", people)
        assert done["certificate"]["at_once"] is True
        assert done["certificate"]["keys"] == [f"kek-{CLAIMANTS} up to version 1"]
        assert "worth nothing" in " ".join(done["sentences"])
        newest = served.node.datasets.versions(served.node.datasets.get(CLAIMANTS))[0]
        with served.node.parts.read() as connection, served.node.files.open(connection, newest.sealed_file) as content:
            assert content.read(4) == b"PAR1"
    with (
        serving(replace(device_home, folder=copy)) as restored,
        restored.node.parts.read() as connection,
        pytest.raises(CommonwealError, match="does not hold"),
    ):
        restored.node.files.open(connection, version.sealed_file)


def test_a_certificate_names_the_day_from_which_no_backup_brings_the_version_back(
    a_home: "Home", tmp_path: Path, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", a_home.unlock)
    with serving(a_home) as served:
        people = two_people(served)
        served.publish_claimants()
        sealed_file = served.node.datasets.versions(served.node.datasets.get(CLAIMANTS))[0].sealed_file
        kept = back_up(served, tmp_path / "kept.tar", days=20)
        back_up(served, tmp_path / "shorter.tar", days=3)
        done = carry_out(served, "shred-version", f"{CLAIMANTS}@1", people)
    until = from_rfc3339(done["certificate"]["backups_until"])
    assert until == manifest_of(kept).expires
    assert f"the last one expires on {done['certificate']['backups_until']}" in " ".join(done["sentences"])
    a_home.clock.advance(until - a_home.clock.now() - timedelta(minutes=5))
    restore_home(kept, tmp_path / "restored", clock=a_home.clock)
    with (
        serving(replace(a_home, folder=tmp_path / "restored")) as restored,
        restored.node.parts.read() as connection,
        restored.node.files.open(connection, sealed_file) as content,
    ):
        assert content.read(4) == b"PAR1"
    a_home.clock.advance(timedelta(minutes=5))
    with pytest.raises(CommonwealError) as refused:
        restore_home(kept, tmp_path / "too-late", clock=a_home.clock)
    assert refused.value.code == "backup.expired"
    assert not (tmp_path / "too-late").exists()


def test_a_lone_node_may_allow_one_person_and_says_so_on_every_page(served: "ServedHere") -> None:
    alone = propose(served, "rotate", "kek-cabinet-office", by="")
    assert alone.status_code == 403
    assert "Nobody else of cabinet-office may manage its keys." in alone.json()["reasons"]
    assert "one-person" in alone.json()["advice"]
    [proposal] = waiting(served, by="")
    served.do(f"/api/v1/keys/acts/{proposal['proposal']}/withdrawal")
    assert "One person" not in served.send("GET", "/").text
    served.do("/api/v1/keys/one-person", {"allowed": True, "reason": "A node of one."})
    for page in ("/", "/search", "/scorecard", "/nowhere"):
        assert "This node lets one person alone" in served.send("GET", page, {"Accept": "text/html"}).text
    form = {"act": "rotate", "subject": "kek-cabinet-office", "reason": "It is due."}
    assert served.do("/api/v1/keys/acts", form)["status"] == "done"
    assert served.events(name="keys.act-by-one-person")
    served.join("cabinet-office", "Second Person", "asset-owner")
    assert propose(served, "rotate", "kek-cabinet-office", by="").status_code == 403
    refused = served.send(
        "POST", "/api/v1/keys/one-person", served.person(), json={"allowed": True, "reason": "Still."}
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "keys.second-person")
    served.do("/api/v1/keys/one-person", {"allowed": False, "reason": "There are two now."})
    assert "One person" not in served.send("GET", "/").text


def test_rotating_the_link_secret_kills_links_that_were_given_out(served: "ServedHere") -> None:
    served.join("cabinet-office", "Second Person", "asset-owner")
    agreed: Agreed = served.agree_on_stock()
    link = served.file_url(agreed)
    assert served.send("GET", link).status_code == 200
    operator = served.node.parts.settings.operator
    carry_out(served, "rotate", "link", (operator, "second.person@cabinet-office"))
    assert served.send("GET", link).status_code == 403
    assert served.send("GET", served.file_url(agreed)).status_code == 200
