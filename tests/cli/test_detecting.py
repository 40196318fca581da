"""`commonweal inspect` says what each field is likely to reveal, and what some of them reveal together."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Said

from commonweal.adapters.held_rows import HeldRows
from commonweal.cli.story.claimants import make_claimants, write_claimants

SHARED = Path(__file__).parents[3] / "shared" / "data"
Command = Callable[..., Said]


def test_the_claimants_of_the_demonstration_are_told_by_their_values(command: Command, tmp_path: Path) -> None:
    claimants = make_claimants()
    write_claimants(tmp_path / "claimants.csv", claimants)
    said = command("inspect", tmp_path / "claimants.csv", "--json")
    told = {each["name"]: each for each in said.document()["fields"]}
    assert {each["classification"] for each in told.values()} == {"personal"}
    assert "all 500 sampled values have the form of a National Insurance number" in told["nino"]["evidence"]
    assert "begin like names of people" in told["name"]["evidence"]
    assert "pass the check of a postcode" in told["postcode"]["evidence"]
    assert "it stands beside nino" in told["award"]["evidence"]
    assert "20,000 are alone in theirs" in said.document()["notes"][-1]
    for each in claimants[:200]:
        assert each.nino not in said.out
        assert each.postcode not in said.out


def test_withheld_counts_of_a_real_table_are_disclosive(command: Command) -> None:
    source = SHARED / "claimants" / "lambeth-lsoa-council-tax-benefits-2012.csv"
    told = {each["name"]: each for each in command("inspect", source, "--json").document()["fields"]}
    assert told["Benefits claimants over 65"]["classification"] == "disclosive"
    assert "12 marks stand where a small count was withheld" in told["Benefits claimants over 65"]["evidence"]
    assert told["Row Labels"]["classification"] == "not-personal"
    assert "pass the check of a GSS code" in told["Row Labels"]["evidence"]


def test_rows_are_held_up_to_a_limit_and_in_whole_pieces() -> None:
    rows = HeldRows(most=10)
    assert [rows.write(b"123456"), rows.write(b"789012"), rows.write(b"3")] == [6, 6, 1]
    assert (rows.size, rows.is_whole, rows.read()) == (6, False, b"123456")
    twin = rows.reopen()
    assert (rows.tell(), twin.tell(), twin.seek(-2, 2), twin.read(1), twin.tell()) == (6, 0, 4, b"5", 5)
    twin.close()
    assert twin.read() == b"6"
