"""Bad input, through the command line and over HTTP: a sentence that helps, the right code, and nothing half-stored."""

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from commonweal.cli.app import run

if TYPE_CHECKING:
    from tests.conftest import Home, ServedApart, ServedHere

STOCK = files("commonweal.cli.story") / "data" / "ppe-stock.odcs.yaml"
HEADER = b"trust,as_at,item,stock,daily_use\n"
CANARY = "QUARTZCANARY"


def bomb() -> bytes:
    """Return an archive of 200 KiB that unpacks to 200 MiB."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stock.csv", bytes(200 << 20))
    return packed.getvalue()


SOURCES: Mapping[str, tuple[Callable[[], bytes], int, str]] = {
    "empty": (lambda: b"", 1, "The source is empty."),
    "blank": (lambda: b"\n \r\n\n", 1, "The source is empty."),
    "binary": (lambda: bytes(range(256)) * 20, 1, "NUL byte"),
    "latin-1": (lambda: HEADER + f"R0A,2020-04-01,{CANARY}é,1,1\n".encode("latin-1"), 1, "not UTF-8 text: line 2"),
    "utf-16": (lambda: (HEADER.decode() + f"R0A,{CANARY}").encode("utf-16"), 1, "UTF-16"),
    "ragged": (lambda: HEADER + f"R0A,2020-04-01,{CANARY},1\n".encode(), 1, "Row 1 of the CSV has 4 fields"),
    "open quote": (lambda: HEADER + f'R0A,2020-04-01,"{CANARY},1,1\n'.encode(), 1, "quotation mark"),
    "endless line": (lambda: HEADER + CANARY.encode() * 300_000, 1, "longer than"),
    "archive": (bomb, 1, "zip archive"),
    "packed": (lambda: b"\x1f\x8b\x08" + bytes(50), 1, "packed with gzip"),
    "half a Parquet file.parquet": (lambda: b"PAR1" + CANARY.encode() * 9, 1, "not a Parquet file, or is cut short"),
    "other columns": (f"a,b\n{CANARY},1\n".encode, 4, "breaks its data contract"),
    "bad values": (lambda: HEADER + f"{CANARY},2020-13-45,x,-3,1\n".encode(), 4, "stock is below 0"),
    "header only": (lambda: HEADER, 4, "breaks its data contract"),
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


@pytest.fixture(autouse=True)
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "a secret that only these tests know")


class Said:
    """What a command wrote and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def verify_refused(self, code: int, *words: str) -> None:
        """The exit code is right, the words help, and neither a traceback nor a data value is shown."""
        assert self.code == code, self.err
        assert "Traceback" not in self.err + self.out
        assert CANARY not in self.err + self.out
        assert re.search(r"\[[a-z-]+\.[a-z-]+\]\n$", self.err), self.err
        assert not [word for word in words if word not in self.err], self.err


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run one command line in this process."""

    def running(*tokens: object) -> Said:
        capfd.readouterr()
        code = run([str(token) for token in tokens])
        return Said(code, *capfd.readouterr())

    return running


def stored(home: Path) -> list[str]:
    """Return every payload under a home, finished or not."""
    return sorted(path.name for path in (home / "blobs").rglob("*") if path.is_file())


@pytest.mark.parametrize("name", SOURCES)
def test_a_bad_source_is_refused_in_words_and_leaves_nothing(
    node: "Home", command: Callable[..., Said], tmp_path: Path, name: str
) -> None:
    make, code, words = SOURCES[name]
    source = tmp_path / name
    source.write_bytes(make())
    before = stored(node.folder)
    said = command("publish", source, "cabinet-office/bad", "--contract", STOCK, "--home", node.folder)
    said.verify_refused(code, words)
    assert stored(node.folder) == before
    assert command("search", "--json", "--home", node.folder).out.count('"total": 0') == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_dataset_name_is_refused(node: "Home", command: Callable[..., Said], tmp_path: Path, name: str) -> None:
    source = tmp_path / "stock.csv"
    source.write_bytes(HEADER + b"R0A,2020-04-01,gloves,1,1\n")
    said = command("publish", source, name, "--contract", STOCK, "--home", node.folder)
    said.verify_refused(NAMES[name])
    assert stored(node.folder) == []


def test_an_ambiguous_body_lists_the_choices(node: "Home", command: Callable[..., Said]) -> None:
    said = command("join", "durham", "--home", node.folder)
    said.verify_refused(5, "\n  - county-durham: ", "\n  - durham-police: ")


def test_what_nobody_knows_is_not_found(node: "Home", command: Callable[..., Said]) -> None:
    ask = ("--for", "lambeth", "--purpose", "ppe-supply", "--home", node.folder)
    command("explain", "dwp/nothing", *ask).verify_refused(5, "no dataset")
    command("explain", "dwp", *ask).verify_refused(5, "BODY/NAME")
    command("explain", "dwp/x", "--for", "nobody-known", *ask[2:]).verify_refused(5, "No public body")
    command("profile", "agr-none", "--home", node.folder).verify_refused(5, "no agreement")
    command("search", "--home", node.folder / "nowhere").verify_refused(5, "There is no node")


@pytest.mark.parametrize("content", [b"", b"not JSON", b"[]", b"{}", b'{"endpoint": 5}', bytes(range(256))])
def test_a_bad_profile_is_refused(command: Callable[..., Said], tmp_path: Path, content: bytes) -> None:
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
    a_home: "Home", command: Callable[..., Said], tmp_path: Path, kind: str
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
    a_home: "Home", command: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    for secret in ("another secret than this node's", "short"):
        monkeypatch.setenv("COMMONWEAL_UNLOCK", secret)
        said = command("search", "--home", a_home.folder)
        said.verify_refused(1, "does not open the keystore")
        assert secret not in said.err
    monkeypatch.delenv("COMMONWEAL_UNLOCK")
    command("search", "--home", a_home.folder).verify_refused(1, "not on this machine", "COMMONWEAL_UNLOCK")
    command("audit", "verify", "--home", a_home.folder)


def test_init_takes_no_folder_that_holds_something(command: Callable[..., Said], tmp_path: Path) -> None:
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


def verify_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert answer.json()["advice"]


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
    serving_node: "ServedHere", table: tuple[str, dict[str, str]], body: bytes
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
def test_a_malformed_address(serving_node: "ServedHere", address: str) -> None:
    answer = serving_node.send("GET", address, serving_node.person())
    if ADDRESSES[address] == 200:
        assert answer.status_code == 200
    else:
        verify_problem(answer, ADDRESSES[address])


TOKENS = [b"nonsense", b"cw_short", b"cw_" + b"x" * 44, b"cw_" + b"!" * 43, b"\xe9\xff", b"a" * 50_000]


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: f"{token[:8]!r} ({len(token)})")
def test_a_malformed_token_is_refused_and_never_shown(serving_node: "ServedHere", token: bytes) -> None:
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
def test_a_malformed_question(serving_node: "ServedHere", number: int) -> None:
    body, status = FORMS[number]
    headers = {**serving_node.person(), "Content-Type": "application/json"}
    for path in ("/api/v1/explanations", "/api/v1/requests"):
        verify_problem(serving_node.send("POST", path, headers, content=body), status)


def test_bad_sources_over_http_leave_nothing(serving_node: "ServedHere") -> None:
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


def test_a_serving_process_writes_no_data_and_no_traceback(
    a_home: "Home", serving_apart: "Callable[[Home], AbstractContextManager[ServedApart]]"
) -> None:
    with serving_apart(a_home) as served:
        served.publish_claimants()
        agreed = served.agree_on_claimants()
        for make, _, _ in SOURCES.values():
            served.publish("dwp/bad", make(), "claimants.odcs.yaml", by="priya.shah@department-for-work-pensions")
        served.send("POST", f"{agreed.table_path}/query", agreed.reader, content=DEEP)
        served.send("GET", agreed.data_path("csv"), agreed.reader, params={"fields": CANARY})
        served.send("GET", agreed.data_path("csv"), agreed.reader)
        for blob in (a_home.folder / "blobs").rglob("sf-*"):
            cut(blob, -1)
        verify_problem(served.send("GET", agreed.data_path("csv"), agreed.reader), 409)
    said = served.said.read_text()
    tokens = (served.token, agreed.token)
    assert not [each for each in ("Traceback", CANARY, "QQ314159A", "Quartzcanary", *tokens) if each in said], said


@pytest.mark.parametrize("size", [-1, -70_000])
def test_a_truncated_sealed_file_is_a_failed_proof_never_rows(served: "ServedHere", size: int) -> None:
    agreed = served.agree_on_stock()
    (blob,) = (path for path in (served.home.folder / "blobs").rglob("sf-*"))
    blob.write_bytes(blob.read_bytes()[: max(size, 10 - blob.stat().st_size)])
    for form in ("csv", "parquet", "ndjson"):
        verify_problem(served.send("GET", agreed.data_path(form), agreed.reader), 409)
    verify_problem(served.send("POST", f"{agreed.table_path}/query", agreed.reader, json={}), 409)


@contextmanager
def small_disk(size: int, place: Path) -> Iterator[Path]:
    options = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    subprocess.run(options, check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def can_mount() -> bool:
    try:
        with TemporaryDirectory() as place, small_disk(65_536, Path(place)):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as rest:
        while True:
            rest.write(bytes(4096))
    return ballast


@pytest.mark.parametrize("size", [4 << 20] if can_mount() else [])
def test_a_full_disk_refuses_the_publication_and_keeps_nothing_of_it(
    tmp_path: Path,
    new_home: "Callable[[Path], Home]",
    serving: "Callable[[Home], AbstractContextManager[ServedHere]]",
    command: Callable[..., Said],
    size: int,
) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    with small_disk(size, place):
        home = new_home(place / "home")
        with serving(home) as served:
            served.publish_claimants()
            agreed = served.agree_on_claimants()
            kept = stored(home.folder)
            large = served.claimants_source() + b"# " * (size // 2)
            verify_problem(served.upload(large, by="priya.shah@department-for-work-pensions"), 507)
            assert stored(home.folder) == kept
            ballast = fill(place)
            refusals = {publish_again(served) for _ in range(3)}
            assert refusals <= {503, 507}
            verify_problem(served.send("GET", agreed.data_path("csv"), agreed.reader), 503)
            assert served.send("POST", "/api/v1/bodies", served.person(), json={"body": "brent"}).status_code in {
                503,
                507,
            }
            assert served.send("GET", "/health").status_code == 200
            assert stored(home.folder) == kept
            assert served.search() == {"department-for-work-pensions/claimants"}
            ballast.unlink()
            wait_until_written(served)
            served.join("brent", "Bea Brent", "steward")
            assert publish_again(served) == 201
        home.verify()
        ballast = fill(place)
        source = tmp_path / "stock.csv"
        source.write_bytes(HEADER + b"R0A,2020-04-01,gloves,1,1\n")
        said = command("publish", source, "cabinet-office/stock", "--contract", STOCK, "--home", home.folder)
        said.verify_refused(1, "full", "Free space")


def publish_again(served: "ServedHere") -> int:
    steward = "priya.shah@department-for-work-pensions"
    upload = served.upload(served.claimants_source(), by=steward)
    if upload.status_code != 201:
        return upload.status_code
    contract = (files("commonweal.cli.story") / "data" / "claimants.odcs.yaml").read_text()
    form = {"body": "DWP", "name": "again", "contract": contract, "upload": upload.json()["upload"], "access": "closed"}
    return served.send("POST", "/api/v1/datasets", served.person(steward), json=form).status_code


def wait_until_written(served: "ServedHere") -> None:
    for _ in range(100):
        if served.send("GET", "/api/v1/bodies", served.person()).is_success:
            return
    raise AssertionError("the node must write again by itself")
