"""A file that is not clean, at the command line and at the API: held back with how it reads, until that is accepted."""

import csv
import io
import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.conftest import Said

if TYPE_CHECKING:
    from tests.conftest import Home, ServedHere

DATA = files("commonweal.cli.story") / "data"
MESSY = DATA / "lambeth-payments-2012-06.csv"
CONTRACT = DATA / "spending.odcs.yaml"
LENIENT = """
kind: DataContract
apiVersion: v3.1.0
id: lenient
version: "1"
status: active
schema:
  - name: stock
    properties:
      - {name: item, logicalType: string}
      - {name: stock, logicalType: number}
      - {name: used, logicalType: number}
"""
HEADER = b"trust,as_at,item,stock,daily_use\n"
ITEMS = (b"gloves", b"masks", b"gowns", b"aprons")
ROWS = tuple(b"R0A,2020-04-01,%s,40,12\n" % item for item in ITEMS)
HELD = (422, "publish.reading-unconfirmed", "contract")

Command = Callable[..., Said]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, new_home: "Callable[[Path], Home]") -> Path:
    """A node's folder that this process can open."""
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "a secret that only these tests know")
    return new_home(tmp_path / "home").folder


def publish(command: Command, home: Path, *more: str) -> Said:
    where = ("cabinet-office/payments", "--contract", CONTRACT, "--access", "open", "--confirm", "--home", home)
    return command("publish", MESSY, *where, *more)


def test_an_untidy_file_is_held_back_in_words_then_accepted_by_name(command: Command, home: Path) -> None:
    held = publish(command, home)
    assert held.code == 4
    assert "header is row 10" in held.err
    assert "635 rows (the first are rows 19, 20, 21, 22 and 26)" in held.err
    assert "[publish.reading-unconfirmed]" in held.err
    accepted = re.findall(r"--accept (rd-[0-9a-f]{16})", held.err)
    assert not [path for path in (home / "blobs").rglob("*") if path.is_file()]
    done = publish(command, home, "--accept", accepted[0], "--json")
    assert done.document()["rows"] == 3155
    assert done.document()["reading"]["rows"] == {"read": 3161, "kept": 3155, "mended": 639, "set_aside": 6}


def test_a_reading_of_another_file_is_not_accepted(command: Command, home: Path) -> None:
    said = publish(command, home, "--accept", "rd-0123456789abcdef")
    assert (said.code, "[publish.reading-unconfirmed]" in said.err) == (4, True)
    assert not [path for path in (home / "blobs").rglob("*") if path.is_file()]


def test_inspect_says_the_same_without_a_node(command: Command, home: Path) -> None:
    told = command("inspect", MESSY, "--json").document()
    assert told["rows"] == {"read": 3161, "kept": 3155, "mended": 639, "set_aside": 6}
    assert (told["encoding"], told["delimiter"], told["line_end"], told["header_row"]) == ("utf-8", ",", "LF", 10)
    assert [each["type"] for each in told["fields"]] == ["string"] * 3 + ["date", "number", "string"]
    assert {"name", "type", "classification", "evidence"} <= set(told["fields"][0])
    assert [each["row"] for each in told["set_aside"]] == [3166, 3167, 3168, 3169, 3170, 3171]
    assert any("agrees" in each for each in told["notes"])
    assert told["marks"] == {}
    assert publish(command, home, "--accept", told["reading"]).code == 0


def test_inspect_tells_people_in_words(command: Command) -> None:
    said = command("inspect", MESSY)
    assert said.code == 0
    for words in ("The header is row 10", "Mended:", "Set aside:", "Notes:", "--accept rd-"):
        assert words in said.out


def test_inspect_ends_as_every_command_does(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert command("inspect", tmp_path / "empty").code == 1
    assert command("inspect", tmp_path / "none").code == 1
    assert command("inspect").code == 2


def test_a_long_file_is_estimated_unless_all_of_it_is_asked_for(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commonweal.cli.inspecting.WHOLE", 10_000)
    source = tmp_path / "long.csv"
    source.write_bytes(b"name,amount\n" + b"Ann,123\n" * 10_000)
    rows = command("inspect", source, "--json").document()["rows"]
    assert rows["estimated"] is True
    assert rows["read"] == rows["kept"] + rows["set_aside"]
    assert abs(rows["read"] - 10_000) < 100
    full = command("inspect", source, "--json", "--full").document()["rows"]
    assert (full["read"], "estimated" in full) == (10_000, False)


@pytest.fixture
def node(served: "ServedHere") -> "ServedHere":
    """A served node with stewards of three bodies."""
    served.join("lambeth", "Ngozi Bello", "steward")
    served.join("R0A", "Sam Steward", "steward")
    served.join("croydon", "Sid Stranger", "steward")
    return served


NGOZI, SAM, SID = "ngozi.bello@lambeth", "sam.steward@r0a", "sid.stranger@croydon"


def sealed(served: "ServedHere") -> list[str]:
    """Return the sealed files that are not uploads."""
    return sorted(path.name for path in (served.home.folder / "blobs").rglob("sf-*"))


def test_what_is_accepted_is_recorded_kept_and_given_to_its_steward_only(node: "ServedHere") -> None:
    content = MESSY.read_bytes()
    held = node.publish("lambeth/payments", content, "spending.odcs.yaml", by=NGOZI, access="open")
    assert (held.status_code, held.json()["code"], held.json()["outcome"]) == HELD
    upload = node.upload(content, by=NGOZI).json()["upload"]
    reading = node.do(f"/api/v1/uploads/{upload}/reading", by=NGOZI)["reading"]
    assert reading in held.json()["advice"]
    done = node.publish(
        "lambeth/payments", content, "spending.odcs.yaml", by=NGOZI, access="open", upload=upload, accept=reading
    )
    assert (done.status_code, done.json()["rows"]) == (201, 3155)
    events = node.events(subject="lambeth/payments")
    assert [each["name"] for each in events] == ["publication.held", "dataset.described", "dataset.published"]
    facts = events[-1]["facts"]["reading"]
    assert {name: facts[name] for name in ("identifier", "read", "kept", "mended", "set_aside", "accepted_by")} == {
        "identifier": reading,
        "read": 3161,
        "kept": 3155,
        "mended": 639,
        "set_aside": 6,
        "accepted_by": NGOZI,
    }
    (version,) = node.send("GET", "/api/v1/datasets/lambeth/payments").json()["versions"]
    assert version["reading"]["rows"]["set_aside"] == 6
    assert any("639 of them mended" in each for each in version["findings"])
    path = "/api/v1/datasets/lambeth/payments/versions/1/set-aside.csv"
    rows = list(csv.reader(io.StringIO(node.send("GET", path, node.person(NGOZI)).text)))
    assert [int(each[0]) for each in rows[1:]] == [*range(1, 10), *range(3166, 3172)]
    assert ["3167", "a total", "Total"] in [each[:3] for each in rows]
    assert "40292334.84" in rows[11]
    assert node.events(name="dataset.set-aside-read")[0]["subject"] == "lambeth/payments"
    for other in (SID, SAM):
        assert node.send("GET", path, node.person(other)).status_code == 403
    assert node.send("GET", path.replace("/1/", "/2/"), node.person(NGOZI)).status_code == 404
    assert node.send("GET", path).status_code == 401
    assert len(sealed(node)) == 2


def test_no_text_of_a_row_set_aside_leaves_with_the_public_record(node: "ServedHere") -> None:
    content = HEADER + b"".join(ROWS) + b"R0A,2020-04-01,visors,40,12,QUARTZCANARY\n"
    held = node.publish("r0a/stock", content, "ppe-stock.odcs.yaml", by=SAM)
    assert (held.status_code, held.json()["code"], held.json()["outcome"]) == HELD
    accept = re.findall(r"rd-[0-9a-f]{16}", held.json()["advice"])[0]
    done = node.publish("r0a/stock", content, "ppe-stock.odcs.yaml", by=SAM, accept=accept)
    assert done.json()["rows"] == 4
    public = node.send("GET", "/api/v1/datasets/r0a/stock").text + node.send("GET", "/datasets/r0a/stock").text
    assert "6 cells where the header has 5" in public
    for told in (public, held.text, done.text, json.dumps(node.events())):
        assert "QUARTZCANARY" not in told


def test_a_clean_file_asks_for_nothing_and_is_told_as_before(node: "ServedHere") -> None:
    done = node.publish("r0a/stock", HEADER + ROWS[0], "ppe-stock.odcs.yaml", by=SAM)
    assert (done.status_code, done.json()["reading"], done.json()["findings"]) == (201, None, [])
    assert len(sealed(node)) == 1
    upload = node.upload(HEADER + ROWS[0] + ROWS[1], by=SAM).json()["upload"]
    reading = node.do(f"/api/v1/uploads/{upload}/reading", by=SAM)
    assert reading["clean"]
    again = node.publish("r0a/stock", b"", "ppe-stock.odcs.yaml", by=SAM, upload=upload, accept=reading["reading"])
    assert (again.status_code, again.json()["reading"], again.json()["rows"]) == (201, None, 2)
    assert len(sealed(node)) == 2


def test_a_clean_file_with_dates_of_another_form_is_stopped_at_the_gate_unless_it_is_accepted(
    node: "ServedHere",
) -> None:
    content = HEADER + b"".join(ROWS[:3]).replace(b"2020-04-01", b"25/04/2020")
    stopped = node.publish("r0a/stock", content, "ppe-stock.odcs.yaml", by=SAM)
    assert (stopped.status_code, stopped.json()["code"]) == (422, "publish.gate-stopped")
    assert stopped.json()["reasons"][0].startswith("as_at is not a date written as YYYY-MM-DD in 3 rows (rows 1, 2")
    upload = node.upload(content, by=SAM).json()["upload"]
    accept = node.do(f"/api/v1/uploads/{upload}/reading", by=SAM)["reading"]
    done = node.publish("r0a/stock", content, "ppe-stock.odcs.yaml", by=SAM, upload=upload, accept=accept)
    assert (done.status_code, done.json()["rows"]) == (201, 3)


def test_a_total_at_the_end_is_seen_even_where_the_contract_would_let_it_pass(node: "ServedHere") -> None:
    form = {"body": "r0a", "name": "stock", "contract": LENIENT, "confirm": True}
    form["upload"] = node.upload(b"item,stock,used\ngloves,1,2\nmasks,3,4\n", by=SAM).json()["upload"]
    assert node.send("POST", "/api/v1/datasets", node.person(SAM), json=form).status_code == 201
    form["upload"] = node.upload(b"item,stock,used\ngloves,1,2\nmasks,3,4\nTotal,4,\n", by=SAM).json()["upload"]
    held = node.send("POST", "/api/v1/datasets", node.person(SAM), json=form)
    assert held.json()["code"] == "publish.reading-unconfirmed", held.text
    assert any("a total" in each for each in held.json()["reasons"])


def test_what_the_gate_finds_in_a_mended_file_is_numbered_as_in_the_file(node: "ServedHere") -> None:
    content = b"About this,,,,\n,,,,\n" + HEADER + ROWS[0] + b",,,,\n" + ROWS[1].replace(b"40", b"-4") + ROWS[2]
    held = node.publish("r0a/stock", content, "ppe-stock.odcs.yaml", by=SAM)
    accept = re.findall(r"rd-[0-9a-f]{16}", held.json()["advice"])[0]
    stopped = node.publish("r0a/stock", content, "ppe-stock.odcs.yaml", by=SAM, accept=accept)
    assert stopped.json()["code"] == "publish.gate-stopped"
    assert stopped.json()["reasons"] == ["stock is below 0 in 1 row (row 6)."]
    assert sealed(node) == []


def test_a_file_in_any_encoding_is_held_then_published_and_the_next_one_reads_by_the_same_recipe(
    node: "ServedHere",
) -> None:
    """A register that Windows wrote with an odd sign between cells and marks for withheld numbers, month by month."""
    lines = ["item¬stock¬used", "gloves¬1¬2", "masks £5¬z¬4"]
    form = {"body": "r0a", "name": "stock", "contract": LENIENT, "confirm": True}

    def send(more: list[str], **also: str) -> "tuple[int, dict[str, Any]]":
        content = "\r\n".join([*lines, *more, ""]).encode("cp1252")
        form["upload"] = node.upload(content, by=SAM).json()["upload"]
        answer = node.send("POST", "/api/v1/datasets", node.person(SAM), json={**form, **also})
        return answer.status_code, answer.json()

    status, held = send([])
    assert (status, held["code"]) == (422, "publish.reading-unconfirmed")
    assert send([], accept=re.findall(r"rd-[0-9a-f]{16}", held["advice"])[0])[0] == 201
    status, again = send(["gowns¬7¬z", "aprons¬z¬1"])
    assert (status, again["code"], "the mark “z” in used" in again["detail"]) == (422, held["code"], True)
    status, again = send(["aprons¬z¬1"])
    assert (status, again["version"], again["rows"]) == (201, 2, 3)
    assert again["reading"]["marks"] == {"stock": {"z": 2}}
    assert any("reads as version 1" in each for each in again["reading"]["notes"])
    assert send(["aprons¬z¬1", "blank¬¬", "¬¬"])[0] == 422
