"""`keygen`, `seal` and `open`: what a person who knows `age` expects."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command

PLAIN = b"code,stock\nR1A,250\n" * 5000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stock.csv").write_bytes(PLAIN)
    return tmp_path


def recipient_of(identity: Path) -> str:
    return identity.read_text().splitlines()[0].removeprefix("# public key: ")


@pytest.mark.parametrize(("option", "prefix"), [((), "age1pq1"), (("--classical",), "age1")])
@pytest.mark.parametrize("armor", [(), ("--armor",)])
def test_what_is_sealed_to_a_new_identity_is_opened_by_it(
    command: "Command", folder: Path, option: tuple[str, ...], prefix: str, armor: tuple[str, ...]
) -> None:
    assert command("keygen", "-o", "me.txt", *option).code == 0
    assert (folder / "me.txt").stat().st_mode & 0o777 == 0o600
    recipient = recipient_of(folder / "me.txt")
    assert recipient.startswith(prefix)
    assert command("seal", "stock.csv", "--to", recipient, *armor).code == 0
    sealed = (folder / "stock.csv.age").read_bytes()
    assert sealed.startswith(b"-----BEGIN AGE" if armor else b"age-encryption.org/v1\n")
    assert command("open", "stock.csv.age", "-i", "me.txt", "-o", "again.csv").code == 0
    assert (folder / "again.csv").read_bytes() == PLAIN
    assert (folder / "again.csv").stat().st_mode & 0o777 == 0o600


def test_several_recipients_from_words_and_a_list(command: "Command", folder: Path) -> None:
    for name in ("a", "b", "c"):
        command("keygen", "-o", f"{name}.txt")
    (folder / "list.txt").write_text(
        f"# two of us\n\n{recipient_of(folder / 'b.txt')}\n{recipient_of(folder / 'c.txt')}\n"
    )
    assert command("seal", "stock.csv", "--to", recipient_of(folder / "a.txt"), "-R", "list.txt", "-o", "x").code == 0
    for name in ("a", "b", "c"):
        assert command("open", "x", "-i", f"{name}.txt", "-o", f"{name}.csv").code == 0
        assert (folder / f"{name}.csv").read_bytes() == PLAIN


def test_a_passphrase_from_a_file(command: "Command", folder: Path) -> None:
    (folder / "words").write_text("correct horse battery staple\n")
    (folder / "wrong").write_text("another\n")
    assert command("seal", "stock.csv", "--passphrase", "words", "-o", "x").code == 0
    assert command("open", "x", "--passphrase", "words", "-o", "y").code == 0
    assert (folder / "y").read_bytes() == PLAIN
    refused = command("open", "x", "--passphrase", "wrong", "-o", "z")
    assert (refused.code, (folder / "z").exists()) == (6, False)
    assert "another" not in refused.err


def test_a_pipe_through_both(folder: Path, command: "Command") -> None:
    command("keygen", "-o", "me.txt")
    program = [sys.executable, "-m", "commonweal.cli"]
    sealing = [*program, "seal", "-", "--to", recipient_of(folder / "me.txt")]
    sealed = subprocess.run(sealing, input=PLAIN, capture_output=True, check=True).stdout
    opening = [*program, "open", "-", "-i", "me.txt", "-o", "-"]
    assert subprocess.run(opening, input=sealed, capture_output=True, check=True).stdout == PLAIN


def test_nothing_is_kept_of_a_file_that_does_not_prove_itself(command: "Command", folder: Path) -> None:
    command("keygen", "-o", "me.txt")
    command("seal", "stock.csv", "--to", recipient_of(folder / "me.txt"))
    sealed = bytearray((folder / "stock.csv.age").read_bytes())
    sealed[-1] ^= 1
    (folder / "stock.csv.age").write_bytes(sealed)
    (folder / "out.csv").write_text("as it was")
    refused = command("open", "stock.csv.age", "-i", "me.txt", "-o", "out.csv")
    assert refused.code == 6
    assert (folder / "out.csv").read_text() == "as it was"
    assert {each.name for each in folder.iterdir()} == {"me.txt", "stock.csv", "stock.csv.age", "out.csv"}


@pytest.mark.parametrize(
    ("tokens", "code", "told"),
    [
        (("seal", "stock.csv"), 2, "Nobody is named"),
        (("open", "stock.csv"), 2, "No identity"),
        (("seal", "stock.csv", "--to", "age1nonsense"), 2, "not an age key string"),
        (("seal", "no-such-file", "--passphrase", "stock.csv"), 1, "No such file"),
        (("seal", "stock.csv", "--passphrase", "empty"), 2, "passphrase is empty"),
        (("open", "stock.csv", "-i", "no-such-file"), 1, "cannot be read"),
        (("open", "stock.csv", "-i", "stock.csv"), 2, "not an age key string"),
        (("open", "stock.csv", "--passphrase", "stock.csv"), 6, "not a sealed file"),
        (("keygen", "-o", "stock.csv"), 2, "exists already"),
    ],
)
def test_a_mistake_is_explained(
    command: "Command", folder: Path, tokens: tuple[str, ...], code: int, told: str
) -> None:
    (folder / "empty").touch()
    said = command(*tokens)
    assert (said.code, said.out) == (code, "")
    assert told in said.err
    assert (folder / "stock.csv").read_bytes() == PLAIN


def test_an_identity_can_go_to_standard_output(command: "Command", folder: Path) -> None:
    said = command("keygen")
    assert said.out.startswith("# public key: age1pq1")
    assert "AGE-SECRET-KEY-PQ-1" in said.out
