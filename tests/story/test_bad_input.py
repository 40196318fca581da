"""Bad input, through the command line and over HTTP: a sentence that helps, the right code, and nothing half-stored."""

import json
import shutil
import socket
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from time import monotonic, process_time, sleep
from typing import TYPE_CHECKING, Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

if TYPE_CHECKING:
    from tests.conftest import Home, ServedApart, ServedHere
    from tests.story.conftest import Said

Verify = Callable[[httpx.Response, int], None]

STOCK = files("commonweal.cli.story") / "data" / "ppe-stock.odcs.yaml"
HEADER = b"trust,as_at,item,stock,daily_use\n"
CANARY = "QUARTZCANARY"
LONGEST = 1.5
"""Seconds of computing: what a small file may take, and half as much again."""


def bomb() -> bytes:
    """Return an archive of 200 KiB that unpacks to 200 MiB."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stock.csv", bytes(200 << 20))
    return packed.getvalue()


def repeated() -> bytes:
    """Return Parquet of a few thousand bytes that becomes 400 MB of text."""
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 400_000, pa.int32()), pa.array([CANARY * 85]))
    packed = BytesIO()
    parquet.write_table(pa.table({"trust": values}), packed)
    return packed.getvalue()


SOURCES: Mapping[str, tuple[Callable[[], bytes], int, str]] = {
    "empty": (lambda: b"", 1, "The source is empty."),
    "blank": (lambda: b"\n \r\n\n", 1, "The source is empty."),
    "binary": (lambda: bytes(range(256)) * 20, 1, "NUL byte"),
    "latin-1": (lambda: HEADER + f"R0A,2020-04-01,{CANARY}é,1,1\n".encode("latin-1"), 4, "no byte tells Windows-1252"),
    "utf-16": (lambda: (HEADER.decode() + f"R0A,{CANARY}").encode("utf-16"), 1, "UTF-16"),
    "ragged": (lambda: HEADER + f"R0A,2020-04-01,{CANARY},1\n".encode(), 1, "Row 1 of the CSV has 4 fields"),
    "open quote": (lambda: HEADER + f'R0A,2020-04-01,"{CANARY},1,1\n'.encode(), 1, "quotation mark"),
    "endless line": (lambda: HEADER + CANARY.encode() * 300_000, 1, "longer than"),
    "archive": (bomb, 1, "zip archive"),
    "packed": (lambda: b"\x1f\x8b\x08" + bytes(50), 1, "packed with gzip"),
    "half a Parquet file.parquet": (lambda: b"PAR1" + CANARY.encode() * 9, 1, "not a Parquet file, or is cut short"),
    "repeated.parquet": (repeated, 1, "more than 1,000 times its size"),
    "100,000 columns": (
        lambda: b",".join(b"c%d" % number for number in range(100_000)) + b"\n" + b"1," * 99_999 + b"1\n",
        1,
        "4,096",
    ),
    "other columns": (f"a,b\n{CANARY},1\n".encode, 4, "breaks its data contract"),
    "bad values": (lambda: HEADER + f"{CANARY},2020-13-45,x,-3,1\n".encode(), 4, "stock is below 0"),
    "header only": (lambda: HEADER, 4, "breaks its data contract"),
}

DOCUMENTS: Mapping[str, tuple[bytes, str]] = {
    "aliases": (
        b"kind: DataContract\na: &a [x]\n"
        + b"".join(b"a%d: &a%d [%b]\n" % (n, n, b",".join([b"*a%d" % (n - 1) if n else b"*a"] * 9)) for n in range(30)),
        "anchor or alias",
    ),
    "deep": (b"kind: DataContract\na: " + b"[" * 100_000 + b"]" * 100_000, "nested more than 32 levels"),
    "deep lines": (b"kind: DataContract\n" + b"".join(b" " * n + b"a:\n" for n in range(1000)), "nested more than 32"),
}

NAMES = {
    "cabinet-office/../../etc/passwd": 2,
    "cabinet-office/..": 2,
    "cabinet-office/.": 2,
    "cabinet-office/-": 2,
    "cabinet-office/a b": 2,
    "cabinet-office/%2e%2e": 2,
    "cabinet-office/UPPER": 2,
    "cabinet-office/" + "a" * 65: 2,
    "cabinet-office/a\\b": 2,
    "cabinet-office/é": 2,
    "cabinet-office": 2,
    "cabinet-office/": 2,
    "/etc/passwd": 2,
    "../../x": 5,
    "no-such-body/x": 5,
    "durham/x": 5,
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, new_home: "Callable[[Path], Home]") -> "Home":
    return new_home(tmp_path_factory.mktemp("bad") / "home")


def stored(home: Path) -> list[str]:
    """Return every payload under a home, finished or not."""
    return sorted(path.name for path in (home / "blobs").rglob("*") if path.is_file())


@pytest.mark.parametrize("name", SOURCES)
def test_a_bad_source_is_refused_in_words_and_leaves_nothing(
    node: "Home", command: "Callable[..., Said]", tmp_path: Path, name: str
) -> None:
    make, code, words = SOURCES[name]
    source = tmp_path / name
    source.write_bytes(make())
    before = stored(node.folder)
    said = command("publish", source, "cabinet-office/bad", "--contract", STOCK, "--home", node.folder)
    said.verify_refused(code, words)
    assert stored(node.folder) == before
    assert command("search", "--json", "--home", node.folder).out.count('"total": 0') == 1


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_bad_contract_is_refused_in_words_and_soon(
    node: "Home", command: "Callable[..., Said]", tmp_path: Path, name: str
) -> None:
    document, words = DOCUMENTS[name]
    contract, source, before = tmp_path / "bad.odcs.yaml", tmp_path / "stock.csv", stored(node.folder)
    contract.write_bytes(document)
    source.write_bytes(HEADER + f"R0A,2020-04-01,{CANARY},1,1\n".encode())
    started = process_time()
    command("contract", "check", source, "--contract", contract).verify_refused(2, words)
    assert process_time() - started < LONGEST
    said = command("publish", source, "cabinet-office/bad", "--contract", contract, "--home", node.folder)
    said.verify_refused(2, words)
    assert "publish.contract-malformed" in said.err
    assert stored(node.folder) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_dataset_name_is_refused(node: "Home", command: "Callable[..., Said]", tmp_path: Path, name: str) -> None:
    source = tmp_path / "stock.csv"
    source.write_bytes(HEADER + b"R0A,2020-04-01,gloves,1,1\n")
    said = command("publish", source, name, "--contract", STOCK, "--home", node.folder)
    said.verify_refused(NAMES[name])
    assert stored(node.folder) == []


def test_an_ambiguous_body_lists_the_choices(node: "Home", command: "Callable[..., Said]") -> None:
    said = command("join", "durham", "--home", node.folder)
    said.verify_refused(5, "\n  - county-durham: ", "\n  - durham-police: ")


def test_what_nobody_knows_is_not_found(node: "Home", command: "Callable[..., Said]") -> None:
    ask = ("--for", "lambeth", "--purpose", "ppe-supply", "--home", node.folder)
    command("explain", "dwp/nothing", *ask).verify_refused(5, "no dataset")
    command("explain", "dwp", *ask).verify_refused(5, "BODY/NAME")
    command("explain", "dwp/x", "--for", "nobody-known", *ask[2:]).verify_refused(5, "No public body")
    command("profile", "agr-none", "--home", node.folder).verify_refused(5, "no agreement")
    command("search", "--home", node.folder / "nowhere").verify_refused(5, "There is no node")


@pytest.mark.parametrize("content", [b"", b"not JSON", b"[]", b"{}", b'{"endpoint": 5}', bytes(range(256))])
def test_a_bad_profile_is_refused(command: "Callable[..., Said]", tmp_path: Path, content: bytes) -> None:
    profile = tmp_path / "x.share"
    profile.write_bytes(content)
    command("read", profile).verify_refused(1, "is not a Delta Sharing profile")
    command("read", tmp_path / "none.share").verify_refused(1, "There is no profile")


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def change_settings(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


DAMAGE: Mapping[str, tuple[Callable[[Path], object], int, int]] = {
    "keystore of another form": (lambda home: (home / "keystore.json").write_text("{}"), 1, 0),
    "keystore cut": (lambda home: cut(home / "keystore.json", 900), 1, 0),
    "keystore empty": (lambda home: cut(home / "keystore.json", 0), 1, 0),
    "keystore binary": (lambda home: (home / "keystore.json").write_bytes(bytes(range(256))), 1, 0),
    "keystore gone": (lambda home: (home / "keystore.json").unlink(), 1, 0),
    "settings not JSON": (lambda home: (home / "node.json").write_text("{"), 1, 1),
    "settings a list": (lambda home: (home / "node.json").write_text("[1]"), 1, 1),
    "settings with more": (lambda home: change_settings(home / "node.json", surprise=1), 1, 1),
    "public key no hex": (lambda home: change_settings(home / "node.json", public_key="zz"), 1, 1),
    "public key short": (lambda home: change_settings(home / "node.json", public_key="00"), 1, 1),
    "body a number": (lambda home: change_settings(home / "node.json", body=7), 1, 1),
    "port a word": (lambda home: change_settings(home / "node.json", port="x"), 1, 1),
    "hosts a number": (lambda home: change_settings(home / "node.json", hosts=5), 1, 1),
    "database noise": (lambda home: (home / "node.db").write_bytes(bytes(range(256)) * 64), 1, 6),
    "database cut": (lambda home: cut(home / "node.db", 20_000), 1, 6),
    "database gone": (lambda home: (home / "node.db").unlink(), 6, 1),
    "checkpoint noise": (lambda home: (home / "log" / "checkpoint").write_text("noise"), 6, 6),
    "checkpoint flipped": (lambda home: flip(home / "log" / "checkpoint", 60), 6, 6),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_home_is_named_in_words(
    a_home: "Home", command: "Callable[..., Said]", tmp_path: Path, kind: str
) -> None:
    damage, opened, verified = DAMAGE[kind]
    twin = shutil.copytree(a_home.folder, tmp_path / "twin")
    for home in (a_home.folder, twin):
        damage(home)
    command("search", "--home", a_home.folder).verify_refused(opened)
    if verified:
        command("audit", "verify", "--home", twin).verify_refused(verified)
    examined = command("doctor", "--home", twin)
    assert (examined.code, "FAIL" in examined.out, "Traceback" in examined.err) == (1, True, False)


def test_a_wrong_or_missing_secret_is_named_in_words(
    a_home: "Home", command: "Callable[..., Said]", monkeypatch: pytest.MonkeyPatch
) -> None:
    for secret in ("another secret than this node's", "short"):
        monkeypatch.setenv("COMMONWEAL_UNLOCK", secret)
        said = command("search", "--home", a_home.folder)
        said.verify_refused(1, "does not open the keystore")
        assert secret not in said.err
    monkeypatch.delenv("COMMONWEAL_UNLOCK")
    command("search", "--home", a_home.folder).verify_refused(1, "not on this machine", "COMMONWEAL_UNLOCK")
    command("audit", "verify", "--home", a_home.folder)


def test_init_takes_no_folder_that_holds_something(command: "Callable[..., Said]", tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "letter.txt").write_text("Dear Sir or Madam")
    command("init", "lambeth", "--home", taken).verify_refused(2, "not an empty folder")
    command("init", "lambeth", "--home", taken / "letter.txt").verify_refused(2, "not an empty folder")
    command("init", "no-such-body", "--home", tmp_path / "new").verify_refused(5, "No public body")
    assert [path.name for path in tmp_path.rglob("*")] == ["taken", "letter.txt"]


@pytest.fixture(scope="module")
def serving_node(
    tmp_path_factory: pytest.TempPathFactory,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
) -> "Iterator[ServedHere]":
    with serving(new_home(tmp_path_factory.mktemp("bad-http") / "home")) as served:
        served.publish_claimants()
        yield served


def test_bad_sources_over_http_leave_nothing(serving_node: "ServedHere", verify_problem: Verify) -> None:
    before = stored(serving_node.home.folder)
    for make, code, _ in SOURCES.values():
        answer = serving_node.publish(
            "dwp/bad", make(), "ppe-stock.odcs.yaml", by="priya.shah@department-for-work-pensions"
        )
        verify_problem(answer, 422)
        assert answer.json()["outcome"] == {1: "unreadable", 4: "contract"}[code]
        assert CANARY not in answer.text
    assert stored(serving_node.home.folder) == before
    assert "department-for-work-pensions/bad" not in serving_node.search()


def test_a_source_whose_sender_goes_away_half_way_leaves_nothing(serving_node: "ServedHere") -> None:
    before, url = stored(serving_node.home.folder), httpx.URL(serving_node.url)
    steward = serving_node.person("priya.shah@department-for-work-pensions")
    head = {"Host": url.netloc.decode(), "Content-Length": "1000000", **steward}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    with socket.create_connection((url.host, url.port or 80)) as sender:
        sender.sendall(f"POST /api/v1/uploads HTTP/1.1\r\n{lines}\r\n".encode() + HEADER + CANARY.encode() * 9000)
        wait_until(lambda: stored(serving_node.home.folder) != before)
    wait_until(lambda: stored(serving_node.home.folder) == before)


def wait_until(holds: Callable[[], bool]) -> None:
    end = monotonic() + 20
    while not holds():
        assert monotonic() < end
        sleep(0.02)


def test_a_serving_process_writes_no_data_and_no_traceback(
    a_home: "Home", serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]", verify_problem: Verify
) -> None:
    with serving_apart(a_home) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        for make, _, _ in SOURCES.values():
            served.publish("dwp/bad", make(), "claimants.odcs.yaml", by="priya.shah@department-for-work-pensions")
        served.send("POST", f"{agreed.table_path}/query", agreed.reader, content=b"[" * 100_000)
        served.send("GET", agreed.data_path("csv"), agreed.reader, params={"fields": CANARY})
        served.send("GET", agreed.data_path("csv"), agreed.reader)
        for blob in (a_home.folder / "blobs").rglob("sf-*"):
            cut(blob, -1)
        verify_problem(served.send("GET", agreed.data_path("csv"), agreed.reader), 409)
    said = served.said.read_text()
    tokens = (served.token, agreed.token)
    assert not [each for each in ("Traceback", CANARY, "QQ314159A", "Quartzcanary", *tokens) if each in said], said


@pytest.mark.parametrize("size", [-1, -70_000])
def test_a_truncated_sealed_file_is_a_failed_proof_never_rows(
    served: "ServedHere", size: int, verify_problem: Verify
) -> None:
    agreed = served.agree_on_stock()
    (blob,) = (path for path in (served.home.folder / "blobs").rglob("sf-*"))
    blob.write_bytes(blob.read_bytes()[: max(size, 10 - blob.stat().st_size)])
    for form in ("csv", "parquet", "ndjson"):
        verify_problem(served.send("GET", agreed.data_path(form), agreed.reader), 409)
    verify_problem(served.send("POST", f"{agreed.table_path}/query", agreed.reader, json={}), 409)
