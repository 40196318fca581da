"""`commonweal contract` at the command line: a draft, a check with the gate's own sentences, and a comparison."""

import json
import zipfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from tests.cli.conftest import Said

from commonweal.publish import Classification, read_contract

Command = Callable[..., Said]

MESSY = files("commonweal.cli.story") / "data" / "lambeth-payments-2012-06.csv"
ROWS = "ward code,status,beds\n" + "".join(f"E{n:08},{'open' if n % 2 else 'closed'},{n}\n" for n in range(1, 41))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small clean table."""
    path = tmp_path / "ward beds.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def contract(command: Command, source: Path) -> Path:
    """The contract that is drafted from it."""
    path = source.with_name("beds.odcs.yaml")
    assert command("contract", "draft", source, "-o", path).code == 0
    return path


def test_a_draft_goes_to_standard_output_and_its_reasons_beside_it(command: Command, source: Path) -> None:
    said = command("contract", "draft", source)
    found = read_contract(said.out.encode())
    assert (found.id, found.title, found.version, found.minimum_rows) == ("ward-beds", "ward beds", "1.0.0", 20)
    code, status, beds = found.fields
    assert (code.pattern, code.unique, status.allowed, beds.minimum) == ("[A-Z][0-9]{8}", True, ("closed", "open"), 0)
    assert "  # unique: 40 of 40 values differ\n" in said.out
    assert "Drafted ward-beds with 3 fields and at least 20 rows" in said.err


def test_a_draft_is_named_as_asked(command: Command, source: Path) -> None:
    found = read_contract(command("contract", "draft", source, "--id", "uk.beds", "--title", "Beds").out.encode())
    assert (found.id, found.title) == ("uk.beds", "Beds")


def test_a_file_that_exists_is_written_over_only_when_told_to(command: Command, source: Path, contract: Path) -> None:
    contract.write_text("edited by hand")
    said = command("contract", "draft", source, "-o", contract)
    assert (said.code, "exists already" in said.err, contract.read_text()) == (2, True, "edited by hand")
    assert command("contract", "draft", source, "-o", contract, "--force").code == 0
    assert read_contract(contract.read_bytes()).id == "ward-beds"


def test_a_check_says_what_the_gate_would(command: Command, source: Path, contract: Path) -> None:
    said = command("contract", "check", source, "--contract", contract)
    assert (said.code, said.out) == (0, f"{source} keeps ward-beds 1.0.0: 40 rows.\n")
    source.write_text(ROWS.replace(",open,7", ",shut,-7").replace("E00000009", "E00000008"))
    said = command("contract", "check", source, "--contract", contract)
    assert said.code == 4
    for sentence in (
        "status is not one of the values that the data contract lists in 1 row (row 7).",
        "beds is below 0 in 1 row (row 7).",
        "ward code repeats the value of an earlier row in 1 row (row 9).",
    ):
        assert f"  - {sentence}\n" in said.out
    told = command("contract", "check", source, "--contract", contract, "--json")
    assert (told.code, told.document()["passed"], told.document()["rows"]) == (4, False, 40)
    finding = next(each for each in told.document()["findings"] if each["check"] == "unique")
    assert finding.items() >= {"field": "ward code", "dimension": "uniqueness", "count": 1, "rows": [9]}.items()


def test_a_check_without_a_node_measures_age_and_says_what_it_takes_a_node_for(
    command: Command, tmp_path: Path
) -> None:
    contract, source = tmp_path / "c.yaml", tmp_path / "days.csv"
    source.write_text("day,ward\n2020-01-02,E05000001\n")
    contract.write_text(
        json.dumps(
            {
                "kind": "DataContract",
                "apiVersion": "v3.1.0",
                "id": "days",
                "version": "1.0.0",
                "schema": [
                    {
                        "name": "days",
                        "properties": [
                            {"name": "day", "logicalType": "date"},
                            {"name": "ward", "logicalType": "string", "relationships": [{"to": "leeds.wards.code"}]},
                        ],
                    }
                ],
                "slaProperties": [{"property": "latency", "value": 2, "unit": "d", "element": "day"}],
            }
        )
    )
    said = command("contract", "check", source, "--contract", contract)
    assert said.code == 0
    assert "  - The newest value of day is " in said.out
    assert "days old; the data contract promises at most 2 days." in said.out
    assert "  - The data was not held against leeds/wards: that takes a node which has it.\n" in said.out


def test_a_messy_file_is_checked_by_the_reading_to_accept(command: Command, tmp_path: Path) -> None:
    contract = tmp_path / "c.yaml"
    drafted = command("contract", "draft", MESSY, "-o", contract)
    assert "The file is not clean" in drafted.err
    said = command("contract", "check", MESSY, "--contract", contract)
    assert said.code == 0
    assert "Of 3,161 rows in the source 3,155 were kept" in said.out
    told = command("contract", "check", MESSY, "--contract", contract, "--json").document()
    assert f"--accept {told['reading']}" in said.out


def test_two_contracts_are_compared_in_words_and_in_json(command: Command, contract: Path) -> None:
    new = contract.with_name("new.yaml")
    new.write_text(contract.read_text().replace("name: beds", "name: places").replace("    required: true\n", "", 1))
    said = command("contract", "diff", contract, new)
    assert said.code == 4
    assert "breaking    ward code may now be empty." in said.out
    assert "1.0.0 to 1.0.0 is none; call it 2.0.0." in said.out
    told = command("contract", "diff", contract, new, "--json")
    assert (told.code, told.document()["verdict"], told.document()["asks_for"]) == (4, "breaking", "major")
    new.write_text(new.read_text().replace("version: 1.0.0", "version: 2.0.0"))
    assert command("contract", "diff", contract, new).code == 0
    same = command("contract", "diff", contract, contract)
    assert (same.code, same.out) == (0, "Nothing changed that the contract promises.\n")


def test_what_is_no_contract_or_no_file_is_said(command: Command, source: Path, tmp_path: Path) -> None:
    assert command("contract", "check", source, "--contract", tmp_path / "none.yaml").code == 1
    assert command("contract", "check", source, "--contract", source).code == 2
    assert command("contract", "diff", source, source).code == 2
    assert command("contract", "draft", tmp_path / "none.csv").code == 1
    assert command("contract", "draft", source, "-o", tmp_path / "no folder" / "x.yaml").code == 1


PEOPLE = [
    {"nhs number": number, "surname": name, "dob": f"19{50 + at % 40}-01-0{1 + at % 9}", "state": "ill"}
    for at, (number, name) in enumerate(
        [("4505577104", "Okafor"), ("9434765919", "Reid"), ("9876543210", "Shah"), ("4010232137", "Bello")] * 10
    )
]


def test_every_form_that_is_published_is_drafted_from_and_checked(command: Command, tmp_path: Path) -> None:
    (tmp_path / "people.json").write_text(json.dumps({"meta": [1], "people": PEOPLE}))
    text = "\n".join(f"{each['nhs number']}{each['surname']:<10}{each['dob']}" for each in PEOPLE)
    (tmp_path / "people.dat").write_text(text + "\n")
    (tmp_path / "layout.csv").write_text("name,start,length\nnhs number,1,10\nsurname,11,10\ndob,21,10\n")
    with zipfile.ZipFile(tmp_path / "people.zip", "w") as packed:
        packed.writestr("a.csv", "x,y\n1,2\n")
        packed.writestr("b.json", json.dumps(PEOPLE))
    for name, *choice in (
        ("people.json", "--element", "people"),
        ("people.dat", "--layout", tmp_path / "layout.csv"),
        ("people.zip", "--member", "b.json"),
    ):
        contract = tmp_path / f"{name}.yaml"
        drafted = command("contract", "draft", tmp_path / name, "-o", contract, *choice)
        assert drafted.code == 0, drafted.err
        fields = {each.name: each for each in read_contract(contract.read_bytes()).fields}
        assert {fields[each].classification for each in ("nhs number", "surname", "dob")} == {Classification.PERSONAL}
        assert fields["nhs number"].validator == "nhs-number"
        document = contract.read_text()
        assert "pass the check of an NHS number" in document
        assert not any(value in document for each in PEOPLE for value in each.values() if value != "ill")
        said = command("contract", "check", tmp_path / name, "--contract", contract, *choice)
        assert (said.code, "40 rows" in said.out) == (0, True), said.out
