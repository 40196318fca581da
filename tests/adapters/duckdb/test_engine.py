"""Every connection spills nothing, reaches nothing else, and cannot be talked out of it."""

from pathlib import Path

import duckdb
import pytest

from commonweal.adapters.duckdb import EngineError, EngineMemoryError, Limits, connect
from commonweal.adapters.duckdb.engine import session
from commonweal.adapters.sealed import SealedFiles

SETTINGS = "SELECT value FROM duckdb_settings() WHERE name = ?"
SMALL = Limits(memory="64MiB", threads=2)
TOO_BIG = "SELECT count(*) FROM (SELECT DISTINCT hash(range), 'canary' || range FROM range(20000000))"


@pytest.mark.parametrize("files", [None, SealedFiles()], ids=["bare", "with sealed files"])
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("temp_directory", ""),
        ("max_temp_directory_size", "0 bytes"),
        ("autoload_known_extensions", "false"),
        ("autoinstall_known_extensions", "false"),
        ("allow_community_extensions", "false"),
        ("allow_persistent_secrets", "false"),
        ("python_enable_replacements", "false"),
        ("enable_external_file_cache", "false"),
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),
        ("TimeZone", "UTC"),
    ],
)
def test_every_connection_is_closed_off(files: SealedFiles | None, setting: str, value: str) -> None:
    with connect(files) as connection:
        assert connection.execute(SETTINGS, [setting]).fetchall() in ([(value,)], [(value == "true",)])


@pytest.mark.parametrize(
    "statement",
    [
        "SET temp_directory = '{folder}'",
        "SELECT * FROM read_csv('{folder}/secret.csv')",
        "SELECT * FROM read_text('{folder}/secret.csv')",
        "COPY (SELECT 1) TO '{folder}/out.parquet' (FORMAT parquet)",
        "ATTACH '{folder}/other.db'",
        "INSTALL httpfs",
        "SELECT * FROM leaked",
    ],
)
def test_nothing_else_is_reached(tmp_path: Path, statement: str) -> None:
    leaked = [1]
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with connect(SealedFiles()) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement.format(folder=tmp_path))
    assert leaked
    assert [each.name for each in tmp_path.iterdir()] == ["secret.csv"]


def test_work_that_does_not_fit_is_refused_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EngineMemoryError) as refused, session(SealedFiles(), SMALL) as connection:
        connection.execute(TOO_BIG)
    assert refused.value.code == "engine.out-of-memory"
    assert "canary" not in str(refused.value)
    assert "memory" in refused.value.advice()
    assert not list(tmp_path.iterdir())


def test_the_engines_words_are_not_passed_on() -> None:
    with pytest.raises(EngineError) as failed, session(SealedFiles()) as connection:
        connection.execute("SELECT CAST('canary' AS INTEGER)")
    assert "canary" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
