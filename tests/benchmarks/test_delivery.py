"""The delivery claim runs whole at a tiny size: every route gives the limit's table, and the record is complete."""

import json
from pathlib import Path

import pyarrow
import pytest
from benchmarks.delivery import run
from benchmarks.delivery_slice import contract, make_plain, verify_same
from benchmarks.measure import Scale
from benchmarks.rivals.programs import MissingProgramsError, get_program, require_programs

from commonweal.publish import read_contract

ROUTES = {
    "limit_duckdb",
    "limit_duckdb_frame",
    "ours_cold",
    "ours_warm",
    "ours_cold_client",
    "ours_warm_client",
    "parquet_age",
    "csv_age",
    "csv_gpg",
    "csv_7z_fast",
    "csv_7z_default",
    "csv_zip_aes",
    "sftp_parquet",
    "postgresql_copy",
    "postgresql_adbc",
}
KEYS = {"name", "claim", "goal", "ratio", "ok", "runs", "rivals", "measures", "notes", "machine", "versions", "quick"}


def test_every_route_gives_the_same_table_and_the_record_is_complete(tmp_path: Path) -> None:
    scale = Scale("tiny", 1)
    record = json.loads(run(scale).write(tmp_path, scale).read_bytes())
    assert record.keys() >= KEYS
    assert set(record["rivals"]) == ROUTES
    assert all(costs.keys() == {"wall", "cpu", "ratio"} for costs in record["rivals"].values())
    assert [each["goal"] for each in record["measures"]] == ["≤ 2.2", "≤ 0.6", "≤ 1.05"]
    assert record["quick"] is True
    assert record["notes"]["slice_fields"] == 8
    assert 0 < record["notes"]["slice_rows"] < 5_000
    assert record["notes"]["wire_bytes"] > 0


def test_another_table_is_not_accepted(tmp_path: Path) -> None:
    expected = make_plain(tmp_path / "plain.parquet", rows=1_000).table()
    verify_same(expected.take(list(reversed(range(expected.num_rows)))), expected, "the same rows in another order")
    for other in (expected.slice(1), _with_another_award(expected)):
        with pytest.raises(AssertionError, match="a rival delivered another table"):
            verify_same(other, expected, "a rival")


def _with_another_award(table: pyarrow.Table) -> pyarrow.Table:
    awards = [None, *table["award"].to_pylist()[1:]]
    return table.set_column(table.column_names.index("award"), "award", pyarrow.array(awards, pyarrow.float64()))


def test_the_contract_of_the_dataset_is_one() -> None:
    assert len(read_contract(contract().encode()).fields) == 10


def test_missing_programs_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("benchmarks.rivals.programs._ELSEWHERE", (str(tmp_path),))
    with pytest.raises(MissingProgramsError, match=r"7zz, gpg.*apt-get install 7zip gnupg"):
        require_programs(["7zz", "gpg"])
    with pytest.raises(MissingProgramsError, match="apt-get install openssh-server"):
        get_program("sshd")
