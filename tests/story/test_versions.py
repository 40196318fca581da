"""A source that is added or upserted makes a whole version; what changed is read through an agreement."""

import csv
import io
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.conftest import packaged
from tests.story.test_life_of_keys import carry_out, two_people

if TYPE_CHECKING:
    from tests.conftest import Agreed, Home, Served, ServedApart, ServedHere

STEWARD = "priya.shah@department-for-work-pensions"
CLAIMANTS = "department-for-work-pensions/claimants"
HEADER = "nino,name,date_of_birth,postcode,council,award"
YSOLDE = "QQ271828B,Ysolde X Flintcanary,1961-07-05,SW2 8XJ,E09000022,61.37"
XANTHE = "QQ161803C,Xanthe J Onyxcanary,1961-07-05,SE15 9QX,E09000028,61.37"
NEW = "QQ123456D,Wilfred Opalcanary,1970-01-02,SW2 1AA,E09000022,12.50"
NEWER = "QQ123457A,Winifred Pearlcanary,1970-01-02,SW2 1AB,E09000022,12.50"


def send(served: "Served", *rows: str, **form: Any) -> httpx.Response:
    document = {"access": "closed", "marking": "OFFICIAL-SENSITIVE", **form}
    source = "\n".join((HEADER, *rows, "")).encode()
    return served.publish(CLAIMANTS, source, "claimants.odcs.yaml", by=STEWARD, **document)


def sent(served: "Served", *rows: str, **form: Any) -> dict[str, Any]:
    answer = send(served, *rows, **form)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ask(
    served: "Served", agreed: "Agreed", start: int, end: int = 0, *, form: str = "csv", fields: str = ""
) -> httpx.Response:
    query = {"from": start, "to": end, "format": form, "fields": fields}
    return served.send("GET", f"/api/v1/agreements/{agreed.id}/changes", agreed.reader, params=query)


def changes(served: "Served", agreed: "Agreed", start: int, end: int = 0, fields: str = "") -> list[dict[str, str]]:
    answer = ask(served, agreed, start, end, fields=fields)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def kinds(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(row["_change_type"], row["postcode"]) for row in rows]


@pytest.fixture(scope="module")
def node(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> "Iterator[ServedHere]":
    with serving(new_home(tmp_path_factory.mktemp("versions") / "home")) as served:
        served.publish_claimants()
        yield served


@pytest.fixture(scope="module")
def agreed(node: "ServedHere") -> "Agreed":
    """Lambeth may read nino (as a token), postcode, council and award of its own rows; name and birth are hidden."""
    return node.agree_on_claimants()


@pytest.fixture(scope="module")
def made(node: "ServedHere", agreed: "Agreed") -> list[dict[str, Any]]:
    """Versions 2 to 4: one row added, rows upserted, and a change of which the agreement shows nothing."""
    return [
        sent(node, NEW, mode="append"),
        sent(node, YSOLDE.replace("8XJ", "8XX"), NEWER, XANTHE, mode="upsert", key=["nino"]),
        sent(node, NEWER.replace("Winifred", "Wilhelmina"), XANTHE.replace("9QX", "9QY"), mode="upsert", key=["nino"]),
    ]


def test_each_is_a_whole_version_that_says_what_it_was_made_from(made: list[dict[str, Any]]) -> None:
    told = [(each["version"], each["rows"], dict(each["origin"])) for each in made]
    assert [origin.pop("sentence") for _, _, origin in told] == [
        "1 row added to the 3 of version 1.",
        "1 row added to version 2, 1 changed and 3 kept, found by nino.",
        "0 rows added to version 3, 2 changed and 3 kept, found by nino.",
    ]
    upsert = {"mode": "upsert", "key": ["nino"]}
    assert told == [
        (2, 4, {"mode": "append", "base": 1, "key": [], "added": 1, "changed": 0, "kept": 3}),
        (3, 5, {**upsert, "base": 2, "added": 1, "changed": 1, "kept": 3}),
        (4, 5, {**upsert, "base": 3, "added": 0, "changed": 2, "kept": 3}),
    ]


def test_changes_show_what_the_agreement_opens_and_nothing_else(
    node: "ServedHere", agreed: "Agreed", made: list[dict[str, Any]]
) -> None:
    assert kinds(changes(node, agreed, 1, 2)) == [("insert", "SW2 1AA")]
    assert sorted(kinds(changes(node, agreed, 2, 3))) == [
        ("insert", "SW2 1AB"),
        ("update_postimage", "SW2 8XX"),
        ("update_preimage", "SW2 8XJ"),
    ]
    hidden = changes(node, agreed, 3)
    assert hidden == [], "a hidden field and another council's row changed, and neither may show"
    told = changes(node, agreed, 1)
    assert {row["_commit_version"] for row in told} == {"4"}
    assert not any("QQ" in row["nino"] for row in told)
    without_key = changes(node, agreed, 2, 3, fields="postcode")
    assert sorted(kinds(without_key)) == [("delete", "SW2 8XJ"), ("insert", "SW2 1AB"), ("insert", "SW2 8XX")]


def test_changes_lead_from_one_version_to_the_other(
    node: "ServedHere", agreed: "Agreed", made: list[dict[str, Any]]
) -> None:
    parquet = ask(node, agreed, 1, 3, form="parquet")
    assert parquet.content[:4] == b"PAR1"
    assert len(ask(node, agreed, 1, 3, form="ndjson").text.splitlines()) == len(changes(node, agreed, 1, 3))
    now = list(csv.DictReader(io.StringIO(node.send("GET", agreed.data_path("csv"), agreed.reader).text)))
    came = {
        row["postcode"] for row in changes(node, agreed, 1) if row["_change_type"] in {"insert", "update_postimage"}
    }
    assert came <= {row["postcode"] for row in now}
    events = node.events(name="delivery.authorised", subject=agreed.id)
    assert {each["facts"].get("changes_from") for each in events} >= {1}
    written = [each["facts"] for each in node.events(name="release.written", subject=agreed.id)]
    contents = [(each["version"], tuple(each["fields"]), each.get("changes_from", 0)) for each in written]
    assert len(contents) == len(set(contents)), "a comparison is made once"


@pytest.mark.parametrize(("start", "end"), [(9, 0), (1, 9), (3, 2), (0, 1)])
@pytest.mark.usefixtures("made")
def test_versions_that_never_were_are_a_mistake_of_the_asker(
    node: "ServedHere", agreed: "Agreed", start: int, end: int
) -> None:
    assert ask(node, agreed, start, end).status_code in {400, 422}


def test_the_same_source_again_is_the_version_it_made(node: "ServedHere", made: list[dict[str, Any]]) -> None:
    first = sent(node, NEW.replace("QQ123456D", "QQ123458B"), mode="append")
    second = sent(node, NEW.replace("QQ123456D", "QQ123459C"), mode="append")
    again = sent(node, NEW.replace("QQ123456D", "QQ123458B"), mode="append")
    assert (again["again"], again["version"], second["version"]) == (True, first["version"], first["version"] + 1)


def test_what_cannot_be_merged_is_refused_in_words(node: "ServedHere", made: list[dict[str, Any]]) -> None:
    twice = send(node, NEW, NEW, mode="upsert", key=["nino"])
    assert (twice.status_code, twice.json()["code"]) == (422, "publish.gate-stopped")
    assert "The key (nino) repeats that of an earlier row" in twice.text
    unknown = send(node, NEW, mode="upsert", key=["shoe_size"])
    assert "shoe_size is not a field" in unknown.text
    assert send(node, NEW, mode="merge").status_code == send(node, NEW, mode="append", key=["nino"]).status_code == 400
    source = "\n".join((HEADER.replace("award", "sum"), NEW, "")).encode()
    body, _, name = CLAIMANTS.partition("/")
    document = {
        "body": body,
        "name": name,
        "mode": "append",
        "contract": contract_with_a_field_renamed(),
        "upload": node.upload(source, by=STEWARD).json()["upload"],
        "access": "closed",
        "marking": "OFFICIAL-SENSITIVE",
        "confirm": True,
        "new_contract_version": True,
    }
    answer = node.send("POST", "/api/v1/datasets", node.person(STEWARD), json=document)
    assert (answer.status_code, answer.json()["code"]) == (403, "publish.merge-refused"), answer.text
    assert "--mode replace" in answer.json()["advice"]


def contract_with_a_field_renamed() -> str:
    return packaged("claimants.odcs.yaml").decode().replace("name: award", "name: sum")


def test_appends_at_once_are_all_there(node: "ServedHere", made: list[dict[str, Any]]) -> None:
    before = sent(node, XANTHE, mode="upsert", key=["nino"])["rows"]
    rows = [NEW.replace("QQ123456D", f"QQ2000{number:02}A") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda row: sent(node, row, mode="append"), rows))
    assert sorted(each["rows"] for each in answers) == [before + number for number in range(1, 5)]
    bases = sorted((each["origin"]["base"], each["version"]) for each in answers)
    assert all(version == base + 1 for base, version in bases)


def test_a_withdrawn_dataset_comes_back_and_its_agreements_read_again(
    node: "ServedHere", agreed: "Agreed", made: list[dict[str, Any]]
) -> None:
    path = f"/api/v1/datasets/{CLAIMANTS}"
    too_early = node.send("POST", f"{path}/reinstatement", node.person(STEWARD), json={"reason": "A test."})
    assert too_early.status_code == 400
    node.do(f"{path}/withdrawal", {"reason": "An error was found."}, by=STEWARD)
    assert (
        ask(node, agreed, 1).status_code == node.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 403
    )
    assert CLAIMANTS not in node.search()
    node.do(f"{path}/reinstatement", {"reason": "The error was in another dataset."}, by=STEWARD)
    assert CLAIMANTS in node.search()
    assert (
        ask(node, agreed, 1).status_code == node.send("GET", agreed.data_path("csv"), agreed.reader).status_code == 200
    )
    (event,) = node.events(name="dataset.reinstated")
    assert event["facts"]["reason"] == "The error was in another dataset."


def test_a_split_dataset_is_added_to_part_by_part(node: "ServedHere") -> None:
    whole = {"split": True, "key_class": "device", "name": "parted"}
    sent(node, YSOLDE, XANTHE, **whole)
    sent(node, NEW, mode="append", **whole)
    made = sent(node, NEW.replace("1AA", "1AC"), mode="upsert", key=["nino"], **whole)
    assert (made["rows"], made["origin"]["changed"], bool(made["parts"])) == (3, 1, True)


def test_changes_go_with_the_version_that_they_start_from(
    node: "ServedHere", agreed: "Agreed", made: list[dict[str, Any]]
) -> None:
    assert changes(node, agreed, 1, 2)
    held = set(node.node.parts.blobs.find_blobs())
    since = {
        each["facts"]["sealed_file"]
        for each in node.events(name="release.written", subject=agreed.id)
        if each["facts"].get("changes_from") == 1
    }
    carry_out(node, "shred-version", f"{CLAIMANTS}@1", two_people(node))
    gone = held - set(node.node.parts.blobs.find_blobs())
    assert since <= gone, "rows of a shredded version would be left in what changed since"
    answer = ask(node, agreed, 1, 2)
    assert (answer.status_code, "shredded" in answer.text) == (403, True), answer.text
    assert changes(node, agreed, 2, 3)


def test_changes_from_before_the_agreement_are_refused(served: "ServedHere") -> None:
    served.publish_claimants()
    sent(served, NEW, mode="append")
    served.home.clock.advance(timedelta(seconds=5))
    agreed = served.agree_on_claimants()
    sent(served, NEWER, mode="append")
    answer = ask(served, agreed, 1)
    assert (answer.status_code, "before agreement" in answer.text) == (403, True), answer.text
    assert kinds(changes(served, agreed, 2)) == [("insert", "SW2 1AB")]


@pytest.mark.parametrize("mode", [pytest.param("append", marks=pytest.mark.nightly), "upsert"])
def test_a_node_killed_while_it_adds_has_the_old_version_whole_and_nothing_else(
    a_home: "Home", serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]", mode: str
) -> None:
    source = (f"QQ{number:06}A,Name {number},1961-07-05,SW2 7ZQ,E09000022,61.37" for number in range(20_000))
    form = {"mode": mode, "key": ["nino"] if mode == "upsert" else []}
    rows = tuple(source)
    with serving_apart(a_home) as served:
        served.publish_claimants()
        kept = payloads(a_home)
        adding = Thread(target=lambda: suppressed(served, rows, form))
        adding.start()
        while not any(name.startswith("sf-") for name in payloads(a_home) - kept):
            sleep(0.001)
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait(30)
        adding.join()
    (a_home.folder / "serve.json").unlink()
    with serving_apart(a_home) as served:
        assert payloads(a_home) == kept
        assert [each["number"] for each in versions(served)] == [1]
        assert sent(served, *rows[:100], **form)["rows"] == 103
    a_home.verify()


def payloads(home: "Home") -> set[str]:
    return {path.name for path in (home.folder / "blobs").rglob("*") if path.is_file()}


def versions(served: "Served") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.send("GET", f"/api/v1/datasets/{CLAIMANTS}").json()["versions"]
    return found


def suppressed(served: "Served", rows: tuple[str, ...], form: dict[str, Any]) -> None:
    with suppress(httpx.HTTPError):
        send(served, *rows, **form)
