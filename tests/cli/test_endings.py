"""How commands end when they fail: the house's exit codes, and words that help on standard error."""

import shlex
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command, World

CONTRACT = files("commonweal.cli.story") / "data" / "ppe-stock.odcs.yaml"
AT = "--node NODE --token TOKEN"
LAMBETH = f"--for lambeth --as tom.reid@lambeth {AT}"
STEWARD = f"--contract {CONTRACT} --as sam.steward@r0a {AT}"

ENDINGS = (
    # 2: the command cannot be understood
    ("search --nope", 2, "Unknown option"),
    ("frobnicate", 2, "frobnicate"),
    ("request dwp/claimants", 2, "--for"),
    ("explain", 2, "DATASET"),
    ("init lambeth --port 70000", 2, "65535"),
    (f"request dwp/claimants --purpose research --until yesterday {LAMBETH}", 2, "neither a day nor a moment"),
    (f"request dwp/claimants --purpose research --until 2027-02-30 {LAMBETH}", 2, "Write 2027-03-31"),
    (f"request dwp/claimants --purpose research --until 2020-01-01 {LAMBETH}", 2, "before it began"),
    (f"request dwp/claimants --purpose research --rows shoe=9 {LAMBETH}", 2, "does not have"),
    (f"explain dwp/claimants --purpose research --rows award {LAMBETH}", 2, "Row condition 1"),
    (f"decide WAITING {AT}", 2, "--permit or --refuse"),
    (f"revoke AGREED {AT}", 2, "--reason"),
    ("search --node nonsense", 2, "http://HOST:PORT"),
    ("serve --home FOLDER/home --host 0.0.0.0", 2, "--behind-proxy"),
    ("serve --home FOLDER/home --tls-cert FOLDER/empty", 2, "--tls-key"),
    ("read FOLDER/agreed.share --format xml", 2, "parquet"),
    # 3: refused, or not known
    (f"request dwp/claimants --purpose research {LAMBETH}", 3, "No legal gateway is named"),
    (f"decide WAITING --permit --as tom.reid@lambeth {AT}", 3, "information-governance"),
    (f"agree WAITING --as tom.reid@lambeth {AT}", 3, "commonweal decide"),
    (f"withdraw dwp/claimants --reason x --as tom.reid@lambeth {AT}", 3, "steward"),
    (f"revoke REVOKED --reason again {AT}", 3, "already revoked"),
    (f"publish FOLDER/negative.csv r0a/ppe-stock --marking SECRET {STEWARD}", 3, "OFFICIAL only"),
    ("keys list --node NODE", 3, "--token FILE"),
    ("keys list --node NODE --token FOLDER/empty", 3, "bearer token"),
    ("read FOLDER/expired.share", 3, "ended"),
    ("read FOLDER/revoked.share", 3, "revoked"),
    ("read FOLDER/unknown.share", 3, "not known here"),
    ("read FOLDER/malformed.share", 3, "not one that a Commonweal node issues"),
    ("read FOLDER/agreed.share --purpose research", 3, "does not allow the purpose"),
    ("read FOLDER/agreed.share --fields nino,shoe_size", 3, "no such field: shoe_size"),
    # 4: the data does not keep its contract
    (f"publish FOLDER/negative.csv r0a/ppe-stock {STEWARD}", 4, "stock is below 0 in 1 row"),
    # 5: nothing, or more than one thing, has that name
    ("init atlantis --home FOLDER/new", 5, "No public body"),
    ("search --home FOLDER/nowhere", 5, "commonweal init"),
    (f"search --body atlantis {AT}", 5, "No public body"),
    (f"explain dwp/claimants --for durham --purpose research {AT}", 5, "durham-police"),
    (f"explain dwp/nothing --purpose research {LAMBETH}", 5, "no dataset called"),
    (f"explain dwp/claimants --purpose holidays {LAMBETH}", 5, "council-tax-reduction"),
    (f"explain dwp/claimants --purpose research --gateway none {LAMBETH}", 5, "no such legal gateway"),
    (f"profile agr-none {AT}", 5, "no agreement agr-none"),
    (f"agree req-none {AT}", 5, "no access request req-none"),
    (f"people list --as nobody@lambeth {AT}", 5, "commonweal people list"),
    # 7: nobody answers
    ("search --node http://127.0.0.1:1", 7, "does not answer"),
    ("serve link --home FOLDER/stopped", 7, "commonweal serve"),
    # 1: the rest
    (f"publish FOLDER/none.csv r0a/ppe-stock {STEWARD}", 1, "No such file"),
    (f"publish FOLDER r0a/ppe-stock {STEWARD}", 1, "Is a directory"),
    (f"publish FOLDER/negative.csv r0a/ppe-stock --contract FOLDER/none.yaml {AT}", 1, "cannot be read"),
    ("keys list --node NODE --token FOLDER/none", 1, "cannot be read as a token"),
    ("read FOLDER/none.share", 1, "There is no profile"),
    ("read FOLDER/negative.csv", 1, "not a Delta Sharing profile"),
    ("read FOLDER/agreed.share -o FOLDER/none/data.csv", 1, "No such file"),
)


@pytest.mark.parametrize(("line", "code", "words"), ENDINGS, ids=[line for line, _, _ in ENDINGS])
def test_a_failure_ends_with_its_code_and_helpful_words(
    line: str, code: int, words: str, world: "World", command: "Command"
) -> None:
    said = command(*shlex.split(world.expand(line)))
    assert (said.code, said.out) == (code, "")
    assert words in said.err


@pytest.mark.parametrize(("line", "code", "words"), ENDINGS, ids=[line for line, _, _ in ENDINGS])
def test_with_json_a_failure_is_one_document(
    line: str, code: int, words: str, world: "World", command: "Command"
) -> None:
    said = command(*shlex.split(world.expand(line)), "--json")
    assert said.code == code
    document = said.document()
    assert set(document) == {"error", "detail", "reasons", "advice"}
    assert document["error"] in said.err
    assert document["detail"] in said.err


def test_a_contract_that_is_not_yaml_is_said_by_its_line(world: "World", command: "Command") -> None:
    line = f"publish FOLDER/negative.csv r0a/ppe-stock --contract FOLDER/broken.yaml --as sam.steward@r0a {AT}"
    said = command(*shlex.split(world.expand(line)))
    assert said.code in {1, 2, 4}
    assert "not well-formed YAML: line" in said.err


def test_what_nobody_foresaw_is_a_sentence_with_an_incident(
    command: "Command", monkeypatch: pytest.MonkeyPatch, tmp_path: "object"
) -> None:
    class Broken:
        def write(self, _: str) -> int:
            raise RuntimeError("a value that must not be shown")

    monkeypatch.setattr("sys.stdout", Broken())
    said = command("doctor", "--home", tmp_path)
    assert said.code == 1
    assert "RuntimeError at test_endings.py:" in said.err
    assert "incident inc-" in said.err
    assert "must not be shown" not in said.err
    assert len(said.err.splitlines()) == 2
