"""A dataset with keys of its own: what they open dies with them, and nothing else does."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from tests.conftest import CLAIMANTS, DWP, STOCK, STOCK_SOURCE, claimants_source, packaged
from tests.ports.devices import PIN

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.datasets import get_sealed_file
from commonweal.core import Actor, Event
from commonweal.keys import HeaderRow, SealedFileError
from commonweal.node import create_home
from commonweal.publish import DatasetVersion

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.conftest import Agreed, Home, ServedHere

    Serving = Callable[[Home], AbstractContextManager[ServedHere]]

STEWARD = f"priya.shah@{DWP}"
DATASET = f"{DWP}/claimants"
KEK = f"kek-{DATASET}"
SPECIAL, PERSONAL, PLAIN = (f"{KEK}/{each}" for each in ("special-category", "personal", "not-personal"))
CLASSES = {"award": "special-category", "council": "not-personal"}
"""Of the claimants' fields; all others are personal."""

MESSY = b"Exported by hand\n" + claimants_source() + b"Total,,,,,184.11\n"


def contract(file: str = "claimants.odcs.yaml", /, **classes: str) -> str:
    """Return one of the story's data contracts, with some fields classified otherwise."""
    document = yaml.safe_load(packaged(file))
    for each in document["schema"][0]["properties"]:
        for custom in each["customProperties"]:
            custom["value"] = classes.get(each["name"], custom["value"])
    return json.dumps(document)


@dataclass(frozen=True)
class Shelf:
    """A served node on which DWP publishes, and what is kept of what it published."""

    served: "ServedHere"

    def publish(self, content: bytes = claimants_source(), **form: Any) -> httpx.Response:
        """Have DWP publish claimants under the classes above."""
        return self.publish_as("dwp/claimants", content, contract(**CLASSES), by=STEWARD, **form)

    def publish_as(self, dataset: str, content: bytes, agreed: str, *, by: str, **form: Any) -> httpx.Response:
        body, _, name = dataset.partition("/")
        upload = self.served.upload(content, by=by).json()["upload"]
        wanted = {"body": body, "name": name, "contract": agreed, "upload": upload, "access": "shared", "confirm": True}
        return self.served.send("POST", "/api/v1/datasets", self.served.person(by), json={**wanted, **form})

    def version(self, number: int = 1, dataset: str = CLAIMANTS) -> DatasetVersion:
        datasets = self.served.node.datasets
        return next(each for each in datasets.versions(datasets.get(dataset)) if each.number == number)

    def row(self, sealed_file: str) -> HeaderRow:
        """Return the one header row of a sealed file."""
        with self.served.node.parts.read() as connection:
            (found,) = connection.exec_driver_sql(
                "SELECT sealed_file, holder, kind, header, version FROM header_row WHERE sealed_file = ?",
                (sealed_file,),
            ).all()
        return HeaderRow(*found)

    def holder(self, sealed_file: str) -> str:
        return self.row(sealed_file).holder

    def released(self, agreement: str) -> dict[tuple[str, ...], str]:
        """Return for the fields of each release of an agreement the key that it lies under."""
        written = self.served.events(subject=agreement, name="release.written")
        return {tuple(e["facts"]["fields"]): self.holder(e["facts"]["sealed_file"]) for e in written}

    def told(self) -> list[int]:
        """Return the events about the dataset, those aside by which somebody looked at them."""
        return [e["index"] for e in self.served.events(subject=DATASET) if e["name"] != "events.viewed"]

    def blobs(self) -> set[str]:
        return set(self.served.node.parts.blobs.find_blobs())

    def read(self, agreed: "Agreed", *fields: str) -> httpx.Response:
        return self.served.send("GET", agreed.data_path("csv"), agreed.reader, params={"fields": ",".join(fields)})

    def destroy(self, key: str) -> None:
        self.served.node.parts.custodian.destroy(key)


@contextmanager
def shelf_on(serving: "Serving", home: "Home") -> Iterator[Shelf]:
    with serving(home) as served:
        served.join("DWP", "Priya Shah", "steward")
        yield Shelf(served)


@pytest.fixture(params=["file", "device"])
def shelf(
    request: pytest.FixtureRequest,
    a_home: "Home",
    tmp_path: Path,
    serving: "Serving",
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shelf]:
    """A node with its keys in a keystore file, and one with its keys in a device."""
    home = a_home
    if request.param == "device":
        monkeypatch.setenv("COMMONWEAL_UNLOCK", PIN.decode())
        home = replace(a_home, folder=tmp_path / "in-a-device", unlock=PIN.decode())
        url = request.getfixturevalue("token_url")
        create_home(home.folder, body="cabinet-office", operator="Olu Adeyemi", port=8400, custodian=url)
    with shelf_on(serving, home) as found:
        yield found
    home.verify()


@pytest.fixture
def kept_in_a_file(a_home: "Home", serving: "Serving") -> Iterator[Shelf]:
    with shelf_on(serving, a_home) as found:
        yield found


def test_all_of_a_dataset_with_a_key_of_its_own_dies_with_that_key(shelf: Shelf) -> None:
    served = shelf.served
    reading = re.findall(r"rd-[0-9a-f]{16}", shelf.publish(MESSY, key_class="device").json()["advice"])[0]
    published = shelf.publish(MESSY, key_class="device", accept=reading)
    assert published.status_code == 201, published.text
    at_once = served.node.parts.custodian.destroys_at_once
    assert published.json()["key_class"] == "device"
    assert ("destroyed at once in the device" in published.json()["key"]) is at_once
    assert ("lives on in backups until they expire, here after 35 days" in published.json()["key"]) is not at_once
    agreed = served.agree_on_claimants()
    assert shelf.read(agreed).status_code == 200
    version = shelf.version()
    assert {shelf.holder(each) for each in version.files()} == {KEK}
    assert len(version.files()) == 2
    assert set(shelf.released(agreed.id).values()) == {KEK}
    assert [each["subject"] for each in served.events(name="key.made")] == [KEK]

    other = served.publish("dwp/other", claimants_source(), "claimants.odcs.yaml", by=STEWARD)
    assert other.status_code == 201, other.text
    link = served.file_url(agreed)
    assert served.send("GET", link).content.startswith(b"PAR1")
    shelf.destroy(KEK)
    assert served.send("GET", link).json()["code"] == "keys.destroyed"
    refused = shelf.read(agreed)
    assert (refused.status_code, refused.json()["code"]) == (403, "deliver.refused")
    assert f"The key {KEK} was destroyed" in refused.json()["reasons"][0]
    assert shelf.read(agreed, "award").status_code == 403
    aside = served.send("GET", f"/api/v1/datasets/{DATASET}/versions/1/set-aside.csv", served.person(STEWARD))
    assert (aside.status_code, aside.json()["code"]) == (403, "keys.destroyed")
    reasons = [each["facts"]["reasons"] for each in served.events(name="delivery.refused")]
    assert len(reasons) == 2
    assert all(KEK in each for (each,) in reasons)
    assert shelf.holder(shelf.version(1, "dwp/other").sealed_file) == f"kek-{DWP}"
    with (
        served.node.parts.read() as connection,
        served.node.files.open(connection, shelf.version(1, "dwp/other").sealed_file) as content,
    ):
        assert content.read(4) == b"PAR1"


@pytest.mark.parametrize("form", [{"key_class": "device"}, {}, {"split": True}], ids=["device", "as before", "split"])
def test_nothing_is_published_under_a_key_that_was_destroyed(kept_in_a_file: Shelf, form: dict[str, Any]) -> None:
    shelf, is_split = kept_in_a_file, "split" in form
    assert shelf.publish(**(form or {"key_class": "device"})).status_code == 201
    shelf.destroy(SPECIAL if is_split else KEK)
    before, told = shelf.blobs(), shelf.told()
    for content in (claimants_source(), claimants_source().replace(b"61.37", b"61.38")):
        refused = shelf.publish(content, **form)
        assert (refused.status_code, refused.json()["code"]) == (403, "keys.spent")
        assert f"{SPECIAL if is_split else KEK} was destroyed" in refused.json()["detail"]
    assert shelf.blobs() == before
    assert shelf.version().number == 1
    assert shelf.told() == told
    done = shelf.publish(key_class="body")
    assert (done.status_code, done.json()["version"]) == (201, 2)
    assert shelf.holder(shelf.version(2).sealed_file) == f"kek-{DWP}"


def test_a_split_dataset_outlives_the_key_of_one_class(shelf: Shelf) -> None:
    served = shelf.served
    published = shelf.publish(split=True)
    assert published.status_code == 201, published.text
    parts = {each["classification"]: each["fields"] for each in published.json()["parts"]}
    assert parts == {
        "special-category": ["award"],
        "personal": ["nino", "name", "date_of_birth", "postcode"],
        "not-personal": ["council"],
    }
    assert published.json()["key_class"] == "device"
    version = shelf.version()
    assert [shelf.holder(each) for each in version.files()] == [SPECIAL, PERSONAL, PLAIN]
    agreed = served.agree_on_claimants()
    every = shelf.read(agreed)
    assert every.status_code == 200, every.text
    assert every.text.splitlines()[1].endswith('"SW2 7ZQ","E09000022",61.37')
    assert len(every.text.splitlines()) == 3
    assert set(shelf.released(agreed.id).values()) == {SPECIAL}

    shelf.destroy(SPECIAL)
    left = shelf.read(agreed, "nino", "postcode")
    assert left.status_code == 200, left.text
    assert [line.rsplit(",")[-1] for line in left.text.splitlines()] == ['"postcode"', '"SW2 7ZQ"', '"SW2 8XJ"']
    assert shelf.read(agreed, "council").status_code == 200
    for fields in (("award",), ("nino", "award"), ()):
        refused = shelf.read(agreed, *fields)
        assert (refused.status_code, refused.json()["code"]) == (403, "deliver.refused")
        assert refused.json()["reasons"] == [
            f"The key {SPECIAL} was destroyed, so nobody can read any more what lies under it."
        ]
    assert shelf.released(agreed.id)[("nino", "postcode")] == PERSONAL
    assert shelf.released(agreed.id)[("council",)] == PLAIN


def test_a_field_that_rows_are_chosen_by_counts_among_those_that_are_needed(kept_in_a_file: Shelf) -> None:
    shelf = kept_in_a_file
    by_council = {"award": "special-category", "council": "disclosive", "postcode": "not-personal"}
    agreed_on = contract(**by_council)
    assert shelf.publish_as("dwp/claimants", claimants_source(), agreed_on, by=STEWARD, split=True).is_success
    agreed = shelf.served.agree_on_claimants()  # rows where council=E09000022
    assert shelf.read(agreed, "postcode").status_code == 200
    assert shelf.released(agreed.id)[("postcode",)] == f"{KEK}/disclosive"
    shelf.destroy(f"{KEK}/disclosive")
    refused = shelf.read(agreed, "postcode")
    assert (refused.status_code, refused.json()["code"]) == (403, "deliver.refused")
    assert shelf.read(agreed, "award").json()["code"] == "deliver.refused"


def test_a_header_moved_to_another_part_of_its_version_opens_nothing(kept_in_a_file: Shelf) -> None:
    shelf, node = kept_in_a_file, kept_in_a_file.served.node
    assert shelf.publish(split=True).is_success
    special, personal, _ = shelf.version().parts
    with node.parts.read() as connection:
        assert get_sealed_file(connection, special.sealed_file).agreement == "part/special-category"
    moved = shelf.row(special.sealed_file)
    event = Event("a.trial", node.parts.clock.now(), DWP, "trial", Actor(STEWARD, DWP))

    def move(transaction: Transaction) -> None:
        old = shelf.row(personal.sealed_file)
        transaction.connection.exec_driver_sql(
            "UPDATE header_row SET header = ?, holder = ? WHERE sealed_file = ?",
            (moved.header, moved.holder, old.sealed_file),
        )
        transaction.record(event)

    node.parts.writer.submit(move)
    with node.parts.read() as connection:
        with pytest.raises(SealedFileError) as refused:
            node.files.open(connection, personal.sealed_file)
        node.files.open(connection, special.sealed_file).close()
    assert "did not wrap this file key for this body, dataset, version and agreement" in str(refused.value)


def test_a_class_changed_with_a_later_version_holds_for_new_versions_only(kept_in_a_file: Shelf) -> None:
    shelf = kept_in_a_file
    forms: list[dict[str, Any]] = [{}, {"key_class": "device"}, {}, {"split": True}, {}, {"key_class": "body"}, {}]
    for number, form in enumerate(forms, start=1):
        done = shelf.publish(claimants_source().replace(b"61.37", b"%d" % number), **form)
        assert (done.status_code, done.json()["version"]) == (201, number), done.text
    body, parts = f"kek-{DWP}", [SPECIAL, PERSONAL, PLAIN]
    found = [[shelf.holder(file) for file in shelf.version(n).files()] for n in range(1, len(forms) + 1)]
    assert found == [[body], [KEK], [KEK], parts, parts, [body], [body]]
    described = shelf.served.events(subject=DATASET, name="dataset.described")
    told = [(each["facts"]["key_class"], each["facts"]["split"]) for each in described]
    expected = [("body", False), ("device", False), ("device", False), ("device", True), ("device", True)]
    assert sorted(told) == sorted([*expected, ("body", False), ("body", False)])


def test_the_same_bytes_under_another_class_are_a_new_version(kept_in_a_file: Shelf) -> None:
    shelf = kept_in_a_file
    answers = [shelf.publish(**form).json() for form in ({}, {}, {"key_class": "device"}, {}, {"split": True})]
    assert [(each["version"], each["again"]) for each in answers] == [
        (1, False), (1, True), (2, False), (2, True), (3, False),
    ]  # fmt: skip


@pytest.mark.parametrize("key_class", ["Device", "none", "b" * 16])
def test_a_key_class_that_is_none_is_refused(kept_in_a_file: Shelf, key_class: str) -> None:
    refused = kept_in_a_file.publish(key_class=key_class)
    assert refused.status_code == 400, refused.text
    assert kept_in_a_file.blobs() == set()


def test_open_data_and_stock_in_parts_are_read_like_any_other(kept_in_a_file: Shelf) -> None:
    shelf, served = kept_in_a_file, kept_in_a_file.served
    bello = served.join("lambeth", "Ngozi Bello", "steward")
    payments, source = packaged("payments.odcs.yaml").decode(), packaged("lambeth-payments-2011-01.csv")
    done = shelf.publish_as("lambeth/payments", source, payments, by=bello, access="open", split=True)
    assert [each["classification"] for each in done.json()["parts"]] == ["not-personal"]
    whole = served.send("GET", "/open/lambeth/payments.parquet")
    assert (whole.status_code, whole.content[:4]) == (200, b"PAR1")
    assert served.send("GET", "/open/lambeth/payments.csv").text.count("\n") == 1073
    steward = served.join("R0A", "Sam Steward", "steward")
    stock = contract("ppe-stock.odcs.yaml", stock="confidential", daily_use="third-party-licensed")
    done = shelf.publish_as(STOCK, STOCK_SOURCE, stock, by=steward, split=True)
    assert len(done.json()["parts"]) == 3
    (trust,) = [
        e for e in served.send("GET", "/api/v1/insight/ppe?day=2020-04-01").json()["trusts"] if e["code"] == "R0A"
    ]
    assert trust["scarcest"] == "masks"


def test_the_board_goes_on_without_a_return_whose_key_was_destroyed(kept_in_a_file: Shelf) -> None:
    shelf, served = kept_in_a_file, kept_in_a_file.served
    steward = served.join("R0A", "Sam Steward", "steward")
    stock = packaged("ppe-stock.odcs.yaml").decode()
    assert shelf.publish_as(STOCK, STOCK_SOURCE, stock, by=steward, key_class="device").is_success
    shelf.destroy(f"kek-{STOCK}")
    board = served.send("GET", "/api/v1/insight/ppe?day=2020-04-01")
    assert board.status_code == 200
    assert "R0A" not in {each["code"] for each in board.json()["trusts"]}


def test_the_longest_names_of_bodies_and_datasets_make_keys(kept_in_a_file: Shelf) -> None:
    shelf, served = kept_in_a_file, kept_in_a_file.served
    body = max((each.slug for each in served.node.parts.register.bodies), key=len)
    steward = served.join(body, "Ann Long", "steward")
    name = f"{body}/{'n' * 64}"
    classes = dict.fromkeys(("name", "date_of_birth"), "third-party-licensed")
    done = shelf.publish_as(name, claimants_source(), contract(**classes), by=steward, split=True)
    assert done.status_code == 201, done.text


def test_a_publication_that_cannot_be_recorded_leaves_no_part_behind(kept_in_a_file: Shelf) -> None:
    shelf, parts = kept_in_a_file, kept_in_a_file.served.node.parts
    assert shelf.publish(split=True).is_success
    before = shelf.blobs()
    event = Event("a.trial", parts.clock.now(), DWP, "trial", Actor(STEWARD, DWP))

    def refuse_versions(transaction: Transaction) -> None:
        refusing = "BEFORE INSERT ON dataset_version BEGIN SELECT RAISE(ABORT, 'a trial'); END"
        transaction.connection.exec_driver_sql(f"CREATE TRIGGER trial {refusing}")
        transaction.record(event)

    parts.writer.submit(refuse_versions)
    assert shelf.publish(claimants_source().replace(b"61.37", b"9")).status_code == 500
    assert shelf.blobs() == before
    assert len(shelf.version().files()) == 3


def test_a_version_shredded_by_two_people_leaves_the_other_parts_of_the_dataset_readable(shelf: Shelf) -> None:
    served = shelf.served
    for award in (b"61.37", b"8.5"):
        assert shelf.publish(claimants_source().replace(b"61.37", award), split=True).status_code == 201
    agreed = served.agree_on_claimants()
    owner = served.join("DWP", "Olive Owner", "asset-owner")
    form = {"act": "shred-version", "subject": f"{DATASET}@1", "reason": "It was wrong."}
    served.send("POST", "/api/v1/keys/acts", served.person(owner), json=form)
    lead = f"margaret.okafor@{DWP}"
    (waiting,) = served.send("GET", "/api/v1/keys/acts", served.person(lead)).json()["waiting"]
    done = served.do(f"/api/v1/keys/acts/{waiting['proposal']}/confirmation", by=lead)
    renewed = {f"{each} up to version 1" for each in (SPECIAL, PERSONAL, PLAIN)}
    assert set(done["certificate"]["keys"]) == renewed
    assert done["certificate"]["files"] == 3
    assert [each.number for each in served.node.datasets.versions(served.node.datasets.get(DATASET))] == [2]
    assert {shelf.row(each).version for each in shelf.version(2).files()} == {2}
    read = shelf.read(agreed, "award")
    assert read.text.splitlines()[1:] == ["8.5", "8.5"]
    assert len(shelf.blobs()) == 4
