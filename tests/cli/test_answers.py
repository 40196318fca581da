"""What commands answer when they succeed: words for a person, one JSON document for a program, nothing else."""

import json
import shlex
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Command, World

CONTRACT = files("commonweal.cli.story") / "data" / "ppe-stock.odcs.yaml"
AT = "--node NODE --token TOKEN"
LAMBETH = f"--for lambeth --as tom.reid@lambeth {AT}"
LEAD = f"--as margaret.okafor@dwp {AT}"
ASK = f"dwp/claimants --purpose council-tax-reduction --gateway wra12-s130-131 {LAMBETH}"

ANSWERS = (
    ("search claimants --node NODE", {"total", "facets", "datasets"}),
    (f"explain {ASK}", {"outcome", "reasons", "decides", "to_judge", "citations", "would_change"}),
    (f"request {ASK} --until 2099-03-31", {"request", "status", "outcome", "agreement"}),
    (f"decide WAITING --permit --fields nino,award --tokenise nino {LEAD}", {"request", "permitted", "decided_by"}),
    (f"agree WAITING --as tom.reid@lambeth {AT}", {"agreement", "state", "fields", "tokenised", "ends"}),
    (f"profile AGREED -o FOLDER/fresh.share {AT}", {"profile", "endpoint", "expires"}),
    ("read FOLDER/agreed.share -o FOLDER/data.parquet --format parquet", {"file", "bytes", "agreement"}),
    (f"join R0B {AT}", {"body", "name", "register", "sector"}),
    (f"people add 'Ada Obi' --body R0B --roles steward,auditor {AT}", {"person", "body", "roles"}),
    (f"people list {AT}", {"bodies"}),
    (f"keys list {AT}", {"keys"}),
    (f"keys show kek-department-for-work-pensions {AT}", {"versions", "opens_versions", "agreements"}),
    (f"keys exposure kek-department-for-work-pensions {AT}", {"lost", "people", "needs", "steps"}),
    (f"keys case AGREED {AT}", {"keys", "beyond_recall", "deliveries", "evidence"}),
    (f"serve link {AT}", {"link"}),
    (
        f"publish FOLDER/stock.csv r0a/second --contract {CONTRACT} --confirm --as sam.steward@R0A {AT}",
        {"dataset", "version", "rows", "access", "again", "findings"},
    ),
    (f"withdraw r0a/second --reason 'a trial' --as sam.steward@R0A {AT}", {"dataset", "status"}),
    ("init lambeth --country GB --home FOLDER/made", {"home", "node", "operator"}),
    ("audit verify --home FOLDER/made", {"verified", "size", "pending", "root", "sealed_files", "key"}),
)


def test_with_json_every_answer_is_one_document(world: "World", command: "Command") -> None:
    for line, members in ANSWERS:
        said = command(*shlex.split(world.expand(line)), "--json")
        assert (said.code, said.err) == (0, ""), line
        assert members <= set(said.document()), line


def test_search_answers_a_table_that_other_tools_can_read(world: "World", command: "Command") -> None:
    said = command("search", "claimants", "--node", world.served.url)
    header, row = (line.split("\t") for line in said.out.splitlines())
    assert header == ["dataset", "title", "access", "version", "rows", "quality"]
    assert row[:5] == ["department-for-work-pensions/claimants", "Claimants", "closed", "1", "3"]


def test_a_search_that_finds_nothing_says_so_beside_the_table(world: "World", command: "Command") -> None:
    said = command("search", "unicorns", "--node", world.served.url)
    assert (said.code, said.err) == (0, "No dataset matches.\n")


EXPLANATIONS = (
    ("permit", "r0a/ppe-stock --for DHSC --purpose ppe-supply"),
    ("person", "dwp/claimants --for lambeth --purpose council-tax-reduction --gateway wra12-s130-131"),
    ("refuse", "dwp/claimants --for lambeth --purpose research --fields nino,shoe_size"),
)


@pytest.mark.parametrize(("outcome", "question"), EXPLANATIONS)
def test_explain_says_why_and_what_would_change_it_and_ends_well_whatever_the_outcome(
    outcome: str, question: str, world: "World", command: "Command"
) -> None:
    said = command("explain", *shlex.split(question), *shlex.split(world.expand(AT)), "--json")
    answer = said.document()
    assert (said.code, answer["outcome"]) == (0, outcome)
    assert answer["reasons"] or outcome == "permit"
    assert all(each["sentence"].endswith(".") for each in answer["reasons"])
    assert set(answer["citations"]) == {each["citation"] for each in answer["reasons"] if each["citation"]}
    assert answer["would_change"] or outcome == "permit"
    words = command("explain", *shlex.split(question), *shlex.split(world.expand(AT)))
    assert words.code == 0
    assert all(each["sentence"] in words.out for each in answer["reasons"])
    assert all(f"To judge: {each['question']}" in words.out for each in answer["to_judge"])
    assert all(f"Still missing: {each['step']} ({each['citation']})" in words.out for each in answer["missing"])
    assert all(f"Passed: {each['sentence']}" in words.out for each in answer["passed"])
    assert bool(answer["to_judge"]) == bool(answer["decides"]) == (outcome == "person")
    assert bool(answer["passed"]) == (outcome == "permit")
    assert not answer["decides"] or answer["decides"]["sentence"] in words.out


def test_a_profile_is_for_its_owner_alone_and_reads(world: "World", command: "Command") -> None:
    target = world.folder / "own.share"
    said = command("profile", world.agreed.id, "--output", target, *shlex.split(world.expand(AT)))
    assert f"commonweal read {target}" in said.out
    assert target.stat().st_mode & 0o777 == 0o600
    values = json.loads(target.read_bytes())
    assert values["bearerToken"] not in said.out + said.err
    values["endpoint"] = f"{world.served.url}/delta-sharing/"
    target.write_text(json.dumps(values))
    for form in ("csv", "ndjson"):
        read = command("read", target, "--format", form, "--fields", "award,council")
        assert (read.code, read.err) == (0, "")
        assert read.out.count("E09000022") == 2
        assert "nino" not in read.out


def test_a_read_into_a_file_is_private_whole_and_silent(world: "World", command: "Command", tmp_path: Path) -> None:
    target = tmp_path / "slice.parquet"
    said = command("read", world.folder / "agreed.share", "--format", "parquet", "-o", target)
    assert (said.code, said.out, said.err) == (0, "", "")
    assert target.read_bytes()[:4] == b"PAR1"
    assert target.stat().st_mode & 0o777 == 0o600
    refused = command("read", world.folder / "revoked.share", "-o", tmp_path / "none.csv")
    assert refused.code == 3
    assert [each.name for each in tmp_path.iterdir()] == ["slice.parquet"]


def test_json_without_a_file_does_not_mix_with_the_data(world: "World", command: "Command") -> None:
    said = command("read", world.folder / "agreed.share", "--json")
    assert said.code == 2
    assert "--output" in said.document()["advice"]


def test_an_event_names_the_person_and_the_operator_who_lent_the_keyboard(world: "World", command: "Command") -> None:
    line = f"explain dwp/claimants --for lambeth --purpose official-statistics --as tom.reid@Lambeth {AT}"
    assert command(*shlex.split(world.expand(line))).code == 0
    actor = world.served.events(name="decision.explained")[-1]["actor"]
    assert (actor["person"], actor["operator"]) == ("tom.reid@lambeth", "olu.adeyemi@cabinet-office")


def test_help_lists_every_command_in_the_order_of_use(command: "Command") -> None:
    said = command("--help")
    assert (said.code, said.err) == (0, "")
    places = [said.out.index(f" {name} ") for name in ("demo", "init", "serve", "publish", "explain", "agree", "read")]
    assert places == sorted(places)
    assert "default: ]" not in command("explain", "--help").out
