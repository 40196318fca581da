"""Commands on a home folder itself: the proof of a stopped copy, the examination, and what they load."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonweal.cli.app import COMMANDS, build_app
from commonweal.node import read_settings

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.conftest import Home

UNLOCK = "a secret that only these tests know"
ENGINES = {"alembic", "cedarpy", "duckdb", "fastapi", "fsspec", "jsonschema", "numpy", "open_data_contract_standard"}
ENGINES |= {"polars", "pyarrow", "pydantic", "sqlglot", "starlette", "uvicorn"}


@pytest.fixture
def read_only_copy(a_home: "Home", tmp_path: Path) -> Iterator[Path]:
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(a_home.folder, copy)
    folders = [copy, *(each for each in copy.rglob("*") if each.is_dir())]
    for each in [copy, *copy.rglob("*")]:
        each.chmod(0o500 if each.is_dir() else 0o400)
    yield copy
    for each in folders:
        each.chmod(0o700)


def test_a_stopped_copy_verifies_anywhere_without_the_secret(read_only_copy: Path, command: "Command") -> None:
    before = {each: each.stat().st_mode for each in read_only_copy.rglob("*")}
    said = command("audit", "verify", "--home", read_only_copy, "--json")
    assert (said.code, said.err) == (0, "")
    assert said.document()["size"] >= 3
    assert said.document()["pending"] == 0
    assert "Verified" in command("audit", "verify", "--home", read_only_copy).out
    assert {each: each.stat().st_mode for each in read_only_copy.rglob("*")} == before


def test_the_key_and_a_checkpoint_kept_from_before_bind_the_log(
    a_home: "Home", tmp_path: Path, command: "Command", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", UNLOCK)
    home, shorter = a_home.folder, shutil.copytree(a_home.folder, tmp_path / "shorter")
    assert command("join", "R0A", "--home", home).code == 0
    old, new = shorter / "log" / "checkpoint", home / "log" / "checkpoint"
    key = command("audit", "verify", "--home", home, "--json").document()["key"]
    assert command("audit", "verify", "--home", home, "--against", old, "--key", key).code == 0
    assert command("audit", "verify", "--home", shorter, "--against", new).code == 6
    assert command("audit", "verify", "--home", home, "--key", f"{key[:-2]}00").code == 6
    assert command("audit", "verify", "--home", home, "--against", tmp_path / "none").code == 1


def test_a_changed_byte_is_caught(a_home: "Home", command: "Command") -> None:
    with sqlite3.connect(a_home.folder / "node.db") as connection:
        connection.execute("UPDATE audit_event SET event = replace(event, 'cabinet', 'cabinit') WHERE idx = 0")
    connection.close()
    said = command("audit", "verify", "--home", a_home.folder, "--json")
    assert (said.code, said.document()["error"].split(".")[0]) == (6, "audit")
    assert "event 0" in said.err


def test_a_healthy_home_passes_its_examination(
    a_home: "Home", command: "Command", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", UNLOCK)
    said = command("doctor", "--home", a_home.folder, "--json")
    assert (said.code, said.err) == (0, "")
    assert {each["ok"] for each in said.document()} == {True}


def test_a_wrong_secret_is_found_and_opens_nothing(
    a_home: "Home", command: "Command", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONWEAL_UNLOCK", "another secret")
    said = command("doctor", "--home", a_home.folder)
    assert (said.code, said.err) == (1, "")
    assert "FAIL custodian: " in said.out
    assert command("keys", "list", "--home", a_home.folder).code == 1
    assert command("audit", "verify", "--home", a_home.folder).code == 0


def test_a_secret_under_the_home_is_found(a_home: "Home", command: "Command", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(a_home.folder / "configuration"))
    said = command("doctor", "--home", a_home.folder)
    assert said.code == 1
    assert "FAIL unlock secret: The unlock secret would lie under the node's home" in said.out
    made = command("init", "lambeth", "--home", a_home.folder / "configuration" / "..", "--json")
    assert made.code == 2
    assert (a_home.folder / "node.db").exists()


def test_the_environment_names_the_folder(a_home: "Home", command: "Command", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_HOME", str(a_home.folder))
    monkeypatch.setenv("COMMONWEAL_UNLOCK", UNLOCK)
    listed = command("people", "list", "--json").document()["bodies"]
    assert [each["body"] for each in listed] == [read_settings(a_home.folder).body]


def loaded(*tokens: object) -> set[str]:
    """Return which engines a command loads, in a process of its own."""
    program = (
        "import json, sys\nfrom commonweal.cli.app import run\nrun(sys.argv[1:])\n"
        "sys.stderr.write(json.dumps(sorted({each.partition('.')[0] for each in sys.modules})))"
    )
    command = [sys.executable, "-c", program, *(str(token) for token in tokens)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_help_and_slips_load_no_engine() -> None:
    assert not loaded("--help") & {*ENGINES, "sqlalchemy", "httpx", "cryptography"}
    assert not loaded("search", "--nope") & {*ENGINES, "sqlalchemy", "httpx", "cryptography"}


def test_a_long_file_is_inspected_without_an_engine(tmp_path: Path) -> None:
    source = tmp_path / "long.csv"
    with source.open("wb") as file:
        file.write(b"id,name\n" + b"1,a\n" * 20_000)
        file.truncate(65 << 20)
    unwanted = {*ENGINES, "certifi", "cryptography", "holidays", "httpx", "rich", "sqlalchemy", "typst"}
    assert not loaded("inspect", source, "--json") & unwanted


def test_every_command_is_found_in_the_module_that_is_named_for_it() -> None:
    commands = {name for name in build_app() if not name.startswith("-")}
    assert commands == {name for names in COMMANDS.values() for name in names}
    for name in commands:
        assert name in build_app(name)


def test_a_short_command_loads_no_other_commands() -> None:
    program = "import sys\nfrom commonweal.cli.app import run\nrun(sys.argv[1:])\nprint(*sys.modules, file=sys.stderr)"
    for tokens, expected in ((("--version",), set()), (("keygen", "--help"), {"commonweal.cli.sealing"})):
        done = subprocess.run([sys.executable, "-c", program, *tokens], capture_output=True, check=True, text=True)
        modules = {f"commonweal.cli.{each}" for names in COMMANDS.values() for each in names.values()}
        assert modules & set(done.stderr.split()) == expected


def test_a_proof_takes_the_store_alone(a_home: "Home") -> None:
    assert not loaded("audit", "verify", "--home", a_home.folder) & {*ENGINES, "httpx"}


def test_a_command_for_a_node_that_serves_takes_a_client_alone() -> None:
    assert not loaded("search", "--node", "http://127.0.0.1:1") & {*ENGINES, "sqlalchemy", "cryptography"}
