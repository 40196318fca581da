"""`commonweal law`: answers, exit codes and JSON, with no node anywhere."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonweal.adapters.packaged import load_common_pack_bytes

if TYPE_CHECKING:
    from tests.cli.conftest import Command

ASK = ("--from", "DWP", "--to", "lambeth", "--purpose", "council tax support", "--data", "benefits,address")
LOCAL = """
version: "2026.1"
scope: local
as_of: 2026-11-21
disclaimer: Our own.
gateways:
  - id: our-protocol
    title: Our protocol
    kind: implied-power
    source: {act: Localism Act 2011, provision: section 1}
    confidence: secondary
    in_force: "yes"
    as_of: 2026-11-21
    fit:
      - {from: [council], to: [charity], purposes: [homelessness]}
    preconditions: {checked_here: [], needs_a_person: []}
"""


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No home, no node."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMMONWEAL_HOME", raising=False)


def test_the_way_is_found_in_words_and_as_json(command: "Command") -> None:
    said = command("law", "find", *ASK)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("A named person must decide: Department for Work and Pensions to London Borough of Lam")
    assert "Welfare Reform Act 2012, sections 130 to 133" in said.out
    answer = command("law", "find", *ASK, "--json").document()
    assert answer["outcome"] == "person"
    best = answer["gateways"][0]
    assert {"id", "title", "citation", "confidence", "fits", "missing", "bars"} <= set(best)
    assert (best["id"], best["fits"], best["bars"]) == ("wra12-s130-131", True, [])
    assert [each["rung"] for each in answer["rungs"]] == ["check", "aggregate", "de-identified", "rows"]
    assert [each["id"] for each in answer["restrictions"]] == ["ssaa92-s122-123"]


@pytest.mark.parametrize(
    ("change", "code", "error"),
    [
        (("--from", "nobody-known"), 5, "identity.unknown-body"),
        (("--to", "kind:zebra"), 5, "law.unknown-kind"),
        (("--purpose", "marketing"), 5, "law.unknown-purpose"),
        (("--purpose", "fraud and research"), 5, "law.ambiguous-purpose"),
        (("--data", "a,,b"), 2, "law.data-words"),
        (("--nation", "France"), 2, "law.nation"),
        (("--frm", "x"), 2, "input.malformed"),
        (("--local", "absent.yaml"), 1, "input.unreadable-file"),
    ],
)
def test_what_cannot_be_asked_ends_with_its_own_code(
    command: "Command", change: tuple[str, str], code: int, error: str
) -> None:
    options = dict(zip(ASK[::2], ASK[1::2], strict=True)) | dict([change])
    said = command("law", "find", *(part for each in options.items() for part in each), "--json")
    assert (said.code, said.document()["error"]) == (code, error)


def test_a_refusal_is_an_answer_and_ends_with_0(command: "Command") -> None:
    ask = ("--from", "HMRC", "--to", "kind:charity", "--purpose", "homelessness", "--data", "tax")
    said = command("law", "find", *ask)
    assert said.code == 0
    assert said.out.startswith("No, as it stands")


def test_the_pack_is_listed_shown_proved_and_compared(command: "Command", tmp_path: Path) -> None:
    listed = command("law", "list", "retention", "--json").document()
    assert {each["topic"] for each in listed["entries"]} == {"retention"}
    assert "dea-s35" in command("law", "list").out
    shown = command("law", "show", "CA04-s16la").out
    assert "route: council, nhs-body" in shown
    assert command("law", "show", "sch1-18", "--json").document()["topic"] == "schedule-1"
    assert command("law", "show", "nothing").code == 5
    assert command("law", "list", "nothing").code == 5
    assert command("law", "verify", "--json").document()["verified"] is True
    older = tmp_path / "older.yaml"
    older.write_bytes(load_common_pack_bytes().replace(b"title: Between HMRC and DWP", b"title: HMRC and DWP"))
    differences = command("law", "diff", older, "--json").document()["differences"]
    assert [(each["id"], each["change"]) for each in differences] == [("wra12-s127", "changed")]
    assert "0 entries differ" in command("law", "diff", older, older).out
    assert "title: Between HMRC and DWP -> HMRC and DWP" in command("law", "diff", older).out


def test_a_pack_that_fails_its_proof_ends_with_6(command: "Command", tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    pack.write_bytes(load_common_pack_bytes().replace(b"confidence: recall", b"confidence: confirmed", 1))
    said = command("law", "verify", pack, "--json")
    assert (said.code, said.document()["error"]) == (6, "law.pack-not-adopted")
    digest = hashlib.sha256(pack.read_bytes()).hexdigest()
    assert command("law", "verify", pack, "--trust", digest).code == 0
    pack.write_text("gateways: [a")
    assert command("law", "diff", pack).code == 6


def test_a_local_pack_stands_beside_the_common_one_once_it_is_trusted(command: "Command", tmp_path: Path) -> None:
    pack = tmp_path / "local.yaml"
    pack.write_text(LOCAL)
    digest = hashlib.sha256(pack.read_bytes()).hexdigest()
    ask = ("--from", "lambeth", "--to", "kind:charity", "--purpose", "homelessness", "--data", "housing", "--json")
    assert command("law", "find", *ask).document()["outcome"] == "refuse"
    assert command("law", "find", *ask, "--local", pack).code == 6
    answer = command("law", "find", *ask, "--local", pack, "--trust", digest).document()
    assert (answer["outcome"], answer["gateways"][0]["id"]) == ("person", "our-protocol")


def test_a_local_pack_is_adopted_listed_and_withdrawn_on_a_node(command: "Command", tmp_path: Path) -> None:
    pack = tmp_path / "local.yaml"
    pack.write_text(LOCAL)
    digest = hashlib.sha256(pack.read_bytes()).hexdigest()
    assert command("init", "lambeth", "--home", "home").code == 0
    common = command("law", "packs", "--home", "home", "--json").document()
    assert [(each["scope"], each["body"]) for each in common["packs"]] == [("common", "lambeth")]
    adopted = command("law", "adopt", pack, "--home", "home")
    assert adopted.code == 0, adopted.err
    assert digest in adopted.out
    listed = command("law", "packs", "--home", "home", "--json").document()
    assert [each["digest"] for each in listed["packs"]][1:] == [digest]
    assert listed["digest"] not in {digest, common["digest"]}
    again = command("law", "adopt", pack, "--home", "home", "--json")
    assert (again.code, again.document()["error"]) == (3, "law.pack-not-newer")
    pack.write_text("gateways: [a")
    assert command("law", "adopt", pack, "--home", "home").code == 6
    assert command("law", "adopt", "absent.yaml", "--home", "home").code == 1
    assert command("law", "withdraw-pack", digest, "--home", "home").code == 0
    assert command("law", "withdraw-pack", digest, "--home", "home").code == 5
    assert command("law", "packs", "--home", "home", "--json").document()["digest"] == common["digest"]


def test_the_regime_is_taken_or_refused(command: "Command") -> None:
    ask = ("--from", "kent-police", "--to", "kent-council", "--purpose", "crime-and-disorder", "--data", "offences")
    assert "Part 3 applies" in command("law", "find", *ask).out
    answer = command("law", "find", *ask, "--regime", "uk-gdpr", "--json").document()
    assert answer["regime"]["code"] == "uk-gdpr"
    assert command("law", "find", *ask, "--regime", "martial").code == 2
