"""Commands that need no node, given an address: they read it with the rights of whoever runs them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.adapters.remote.web import Answer, serving
from tests.cli.conftest import Command

CSV = b"code,name\n007,Ann\n012,Bob\n"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    pages: dict[str, Answer] = {
        "/beds.csv": (200, {"Content-Length": str(len(CSV))}, CSV),
        "/half.csv": (200, {"Content-Length": "900"}, CSV),
    }
    with serving(lambda _, path, *__: pages.get(path.partition("?")[0], (404, {"Content-Length": "0"}, b""))) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def database(tmp_path: Path) -> str:
    with closing(sqlite3.connect(tmp_path / "beds.sqlite")) as made:
        made.execute("CREATE TABLE beds (code TEXT PRIMARY KEY, name TEXT)")
        made.executemany("INSERT INTO beds VALUES (?, ?)", [("007", "Ann"), ("012", "Bob")])
        made.commit()
    return f"sqlite:///{tmp_path}/beds.sqlite"


def test_what_lies_behind_an_address_is_inspected_as_a_file_is(
    command: Command, site: str, database: str, tmp_path: Path
) -> None:
    (tmp_path / "beds.csv").write_bytes(CSV)
    told = command("inspect", tmp_path / "beds.csv", "--json").document()
    assert told["rows"]["read"] == 2
    assert command("inspect", f"{site}/beds.csv", "--json").document() == told
    asked = command("inspect", database, "--query", "SELECT code, name FROM beds ORDER BY code", "--json").document()
    assert [each["name"] for each in asked["fields"]] == ["code", "name"]
    assert asked["rows"] == told["rows"]


def test_a_contract_is_drafted_from_an_address_and_another_checked(
    command: Command, site: str, database: str, tmp_path: Path
) -> None:
    contract = tmp_path / "beds.yaml"
    drafted = command("contract", "draft", database, "--table", "beds", "-o", contract)
    assert (drafted.code, drafted.err.split(" with ")[0]) == (0, "Drafted beds")
    asked = command("contract", "check", f"{site}/beds.csv?token=canary", "--contract", contract)
    assert (asked.code, "canary" in asked.out + asked.err) == (0, False)
    checked = command("contract", "check", f"{site}/beds.csv", "--contract", contract)
    assert (checked.code, checked.out.splitlines()[0]) == (0, f"{site}/beds.csv keeps beds 1.0.0: 2 rows.")


@pytest.mark.parametrize(
    "case",
    [
        (("{site}/half.csv",), "broke off"),
        (("{site}/none.csv",), "status 404"),
        (("{site}/beds.csv", "--table", "beds"), "from a database only"),
        (("{database}",), "either a table or a query"),
        (("{database}", "--query", "DELETE FROM beds"), "is not one SELECT"),
        (("{database}x", "--table", "beds"), "no such file"),
        (("{folder}/beds.csv", "--table", "beds"), "is a file, which has no table"),
        (("ftp://example.org/a.csv",), "No source is read from addresses of that kind"),
        (("https://ann:canary@example.org/a.csv",), "must not hold a password"),
    ],
)
def test_what_cannot_be_read_is_said_and_leaves_nothing(
    command: Command, site: str, database: str, tmp_path: Path, case: tuple[tuple[str, ...], str]
) -> None:
    before, (given, said) = sorted(tmp_path.iterdir()), case
    found = command("inspect", *(each.format(site=site, database=database, folder=tmp_path) for each in given))
    assert found.code != 0
    assert said in found.err
    assert "canary" not in found.out + found.err
    assert sorted(tmp_path.iterdir()) == before
