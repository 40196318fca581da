"""Files of this machine are drafted from and checked as the gate would, in little memory and with no plaintext left."""

import csv
import io
import random
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from commonweal.core import UnreadableFileError
from commonweal.node.publish.local_files import DraftedFile, check_file, draft_contract
from commonweal.publish import Classification, FieldType, SourceError, read_contract, write_draft

DATA = files("commonweal.cli.story") / "data"
MESSY = Path(str(DATA / "lambeth-payments-2012-06.csv"))
CONTRACT = Path(str(DATA / "spending.odcs.yaml"))
CELLS = st.one_of(
    st.sampled_from(["", " ", "0", "1", "12", "007", "+44", "-3.5", "1e5", "1e400", "9" * 25, "true", "FALSE"]),
    st.sampled_from(["2020-02-29", "2020-02-30", "01/04/2020", "2020-04-01T09:00:00Z", "*", "£1,200", "E09000022"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
    st.integers().map(str),
    st.floats().map(str),
)
NAMES = ("id", "status", "beds", "amount", "day", "no: 'yes' #", "ward code", "x")


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Columns of few values each, so that now and then all of them are of one type, or differ, or come back."""
    width, height = draw(st.integers(1, 5)), draw(st.integers(0, 40))
    pools = [draw(st.lists(CELLS, min_size=1, max_size=12)) for _ in range(width)]
    seed = draw(st.integers(0, 9999))
    chosen = random.Random(seed)
    counted = [f"{chosen.choice('ABC')}{n:04}" for n in range(height)]
    rows = [[chosen.choice(pool) for pool in pools] for _ in range(height)]
    if draw(st.booleans()):
        for row, code in zip(rows, counted, strict=True):
            row[0] = code
    return [list(NAMES[:width]), *rows]


def drafted(path: Path) -> DraftedFile:
    return draft_contract(path, identifier="table", title="Table")


def write_csv(path: Path, rows: list[list[str]]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode())
    return path


@settings(max_examples=60)
@given(rows=tables(), is_parquet=st.booleans())
def test_a_source_keeps_the_contract_that_was_drafted_from_it(
    rows: list[list[str]], is_parquet: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("table")
    if is_parquet:
        source = folder / "table.parquet"
        columns = {name: [row[at] for row in rows[1:]] for at, name in enumerate(rows[0])}
        parquet.write_table(
            pyarrow.table({name: pyarrow.array(each, "string") for name, each in columns.items()}), source
        )
    else:
        source = write_csv(folder / "table.csv", rows)
    try:
        found = drafted(source)
    except SourceError:
        return
    contract = read_contract(write_draft(found.draft).encode())
    assert contract.fields == found.draft.contract().fields
    checked = check_file(source, contract)
    assert checked.quality.passed, [each.sentence for each in checked.quality.findings]


def test_a_messy_file_is_drafted_from_as_it_reads_and_keeps_its_draft() -> None:
    found = drafted(MESSY)
    assert found.reading is not None
    assert (found.reading.kept, found.draft.minimum_rows) == (3155, 1577)
    kinds = [each.field.type for each in found.draft.fields]
    assert kinds == [FieldType.STRING] * 3 + [FieldType.DATE, FieldType.NUMBER, FieldType.STRING]
    checked = check_file(MESSY, found.draft.contract())
    assert checked.quality.passed
    assert checked.reading is not None
    assert checked.reading.identifier == found.reading.identifier


def test_faults_have_the_row_numbers_of_the_file_as_a_person_sees_it(tmp_path: Path) -> None:
    source = tmp_path / "wards.csv"
    source.write_text("Beds by ward\n\nward,day,beds\n" + "".join(f"W{n},{n:02}/04/2020,{n}\n" for n in range(1, 21)))
    contract = drafted(source).draft.contract()
    source.write_text(source.read_text().replace("W7,", ","))
    checked = check_file(source, contract)
    assert not checked.quality.passed
    stopping = [each.sentence for each in checked.quality.findings if each.stops]
    assert stopping == ["ward is empty, and the data contract requires a value in 1 row (row 10)."]


def test_typed_columns_of_parquet_keep_their_types(tmp_path: Path) -> None:
    days = pyarrow.array([18000 + n for n in range(30)], pyarrow.date32())
    columns = {
        "id": [f"AB{n:04}" for n in range(30)],
        "nhs number": [4_000_000_000 + n for n in range(30)],
        "day": days,
        "price": [n + 0.5 for n in range(30)],
        "open": [bool(n % 2) for n in range(30)],
        "status": ["live" if n % 2 else "closed" for n in range(30)],
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
    fields = {each.field.name: each.field for each in drafted(tmp_path / "t.parquet").draft.fields}
    assert [each.type.value for each in fields.values()] == ["string", "string", "date", "number", "boolean", "string"]
    assert fields["id"].unique
    assert fields["id"].pattern == "[A-Z]{2}[0-9]{4}"
    assert fields["nhs number"].unique
    assert fields["nhs number"].classification is Classification.PERSONAL
    assert fields["status"].allowed == ()  # in a table of people even words that name nobody stand in no document
    assert fields["price"].minimum is None


def test_a_wide_table_is_surveyed_in_several_passes(tmp_path: Path) -> None:
    names = [f"beds {n}" for n in range(150)]
    rows = [[str(row * n) for n in range(150)] for row in range(1, 4)]
    found = drafted(write_csv(tmp_path / "wide.csv", [names, *rows]))
    assert [each.field.name for each in found.draft.fields] == names
    assert {each.field.type for each in found.draft.fields} == {FieldType.INTEGER}


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    contract = read_contract(CONTRACT.read_bytes())
    with pytest.raises(UnreadableFileError):
        check_file(tmp_path / "none.csv", contract)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(SourceError):
        check_file(tmp_path / "broken.parquet", contract)
    (tmp_path / "ragged.csv").write_text("a,b\n1\n")
    with pytest.raises(SourceError, match="Row 1 of the CSV has 1 field"):
        check_file(tmp_path / "ragged.csv", contract)


def test_a_file_with_another_header_is_told_so_as_it_came(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    checked = check_file(tmp_path / "other.csv", read_contract(CONTRACT.read_bytes()))
    assert checked.reading is None
    assert checked.quality.findings[0].check == "header"


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    check_file(MESSY, drafted(MESSY).draft.contract())
    assert not list(tmp_path.iterdir())


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for size in (200_000, 1_600_000):
        source = tmp_path / f"{size}.csv"
        with source.open("w") as file:
            file.write("code,beds\n")
            file.writelines(f"A{n:08},{n % 97}\n" for n in range(size))
        contract = tmp_path / f"{size}.yaml"
        contract.write_text(
            write_draft(drafted(tmp_path / "200000.csv").draft).replace("unique: true", "unique: false")
        )
        peaks.append(_peak("check_file", source, contract))
    assert peaks[1] < peaks[0] * 1.6, peaks


def _peak(name: str, source: Path, contract: Path) -> int:
    """Return the most memory that a process of its own took, in KiB."""
    program = (
        "import resource, sys; from pathlib import Path; from commonweal.publish import read_contract;"
        f"from commonweal.node.publish.local_files import {name};"
        f"assert {name}(Path(sys.argv[1]), read_contract(Path(sys.argv[2]).read_bytes())).quality.passed;"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(source), str(contract)], capture_output=True, check=True, text=True
    )
    return int(done.stdout)
