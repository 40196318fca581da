"""Work too big for memory is done in parts or refused; either way nothing spills, and nothing can make it spill."""

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from tests.adapters.duckdb.conftest import Bench, contract_of

from commonweal.adapters.duckdb import EngineMemoryError, Exporter, Limits, Publisher, Releaser, connect, cover
from commonweal.adapters.duckdb.engine import row_group, session
from commonweal.adapters.duckdb.reader import opened_source
from commonweal.adapters.duckdb.uniqueness import SHARES, find_repeats, run_checks
from commonweal.adapters.sealed import SealedFiles
from commonweal.deliver import ReleasePlan
from commonweal.publish import Field, FieldType, SourceFormat, compile_checks

LITTLE = Limits("52MiB", 1)
NARROW = Limits("8MiB", 1)
PEOPLE = 400_000
CONTRACT = contract_of(
    Field("id", FieldType.STRING, required=True, unique=True),
    Field("share", FieldType.NUMBER, unique=True),
    Field("group", FieldType.INTEGER, minimum=0),
)


def people(repeated: int = 0) -> bytes:
    """Return distinct people, then the first of them again."""
    numbers = [*range(PEOPLE), *range(0, repeated * 1000, 1000)]
    rows = (b"a long enough name of person %d,%d.5,%d\n" % (number, number, number % 7) for number in numbers)
    return b"id,share,group\n" + b"".join(rows)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, where the engine would spill by default."""
    monkeypatch.chdir(tmp_path)

    return tmp_path


@contextmanager
def watched(folder: Path) -> Iterator[None]:
    """Look at a folder again and again while a block runs; no file may appear in it."""
    seen, ended = set[Path](), threading.Event()

    def look() -> None:
        while not ended.is_set():
            seen.update(folder.rglob("*"))
            time.sleep(0.002)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
    assert not seen


@pytest.mark.parametrize(
    "statement",
    [
        "SET temp_directory = 'spill'",
        "SET GLOBAL temp_directory = 'spill'",
        "PRAGMA temp_directory = 'spill'",
        "RESET temp_directory",
        "SET max_temp_directory_size = '1GB'",
        "RESET max_temp_directory_size",
        "SET memory_limit = '64GB'",
        "SET lock_configuration = false",
        "RESET lock_configuration",
        "SET enable_external_access = true",
        "ATTACH 'spill.db'",
        "EXPORT DATABASE 'spill'",
    ],
)
def test_nothing_makes_a_connection_spill(here: Path, statement: str) -> None:
    with connect(SealedFiles()) as connection, watched(here):
        with pytest.raises(duckdb.Error):
            connection.execute(statement)
        assert connection.execute("SELECT current_setting('temp_directory')").fetchall() in ([("",)], [(None,)])
        assert connection.execute("FROM duckdb_temporary_files()").fetchall() == []


@pytest.mark.parametrize("repeated", [0, 7])
def test_more_unique_values_than_memory_holds_are_checked_in_shares(bench: Bench, here: Path, repeated: int) -> None:
    source = people(repeated)
    with watched(here), Publisher(bench.files, LITTLE) as engine:
        in_shares = engine.check(bench.offer(source), SourceFormat.CSV, CONTRACT)
        assert engine._connection.execute("FROM duckdb_temporary_files()").fetchall() == []
    at_once = bench.check(source, CONTRACT)
    assert in_shares == at_once
    assert [(each.check, each.count) for each in at_once.findings] == [("unique", repeated)] * (2 if repeated else 0)
    assert [each.rows for each in at_once.findings] == [tuple(PEOPLE + n for n in range(1, 6))] * len(at_once.findings)


def test_those_values_do_not_fit_at_once(bench: Bench) -> None:
    """What makes the test above one of shares: the whole query fails with so little memory."""
    url, plan = bench.offer(people()), compile_checks(CONTRACT, ("id", "share", "group"))
    with session(bench.files, LITTLE) as connection, opened_source(connection, bench.files, url, SourceFormat.CSV):
        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute(plan.query.sql("duckdb")).fetchall()
        assert run_checks(connection, plan, plan.query.sql("duckdb"))[0] == PEOPLE
        assert find_repeats(connection, CONTRACT.fields[:1], plan.header, PEOPLE) == []
    assert list(SHARES) == sorted(SHARES)


def test_what_fits_in_no_share_is_refused(bench: Bench, here: Path) -> None:
    with (
        watched(here),
        Publisher(bench.files, NARROW) as engine,
        pytest.raises(EngineMemoryError) as refused,
    ):
        engine.check(bench.offer(people()), SourceFormat.CSV, CONTRACT)
    assert "person" not in str(refused.value)


@pytest.mark.parametrize("key", [None, "ab" * 32])
def test_a_version_or_release_that_does_not_fit_has_no_end(bench: Bench, here: Path, key: str | None) -> None:
    """What was begun is no sealed file: it lacks its last chunk, so that no reader takes it for one."""
    version, _ = bench.publish(people(), CONTRACT)
    plan = ReleasePlan(("id", "share"), (), frozenset({"id"} if key else ()))
    half_written = io.BytesIO()
    with watched(here):
        with Publisher(bench.files, NARROW) as engine, pytest.raises(EngineMemoryError):
            engine.write_version(bench.offer(people()), SourceFormat.CSV, CONTRACT, bench._accept(half_written))
        with pytest.raises(EngineMemoryError):
            Releaser(bench.files, Limits("1MiB", 1)).release(version, plan, key, bench._accept(half_written))
        with pytest.raises(EngineMemoryError):
            b"".join(Exporter(bench.files, Limits("1MiB", 1)).csv(version))


def test_released_and_exported_in_little_memory_alike(bench: Bench, here: Path) -> None:
    version, written = bench.publish(people(), CONTRACT)
    with watched(here):
        little = Releaser(bench.files, Limits("64MiB", 1))
        out = io.BytesIO()
        plan = ReleasePlan(("id", "group"), (), frozenset({"id"}))
        assert little.release(version, plan, "ab" * 32, bench._accept(out)) == written.rows
        url = bench.offer_sealed(out.getvalue())
        told = b"".join(Exporter(bench.files, Limits("64MiB", 1)).csv(url))
    much, _ = bench.release(version, plan.fields, (), plan.tokenised, "ab" * 32)
    assert told == b"".join(Exporter(bench.files).csv(much))


def test_sums_that_do_not_fit_are_refused(bench: Bench, here: Path) -> None:
    query = (
        "SELECT 'T' || range AS trust, DATE '2020-04-01' AS as_at, 'item ' || range AS item, 1.0 AS stock, "
        "1.0 AS daily_use FROM range(300000)"
    )
    url = bench.offer(bench.parquet(query))
    with watched(here), pytest.raises(EngineMemoryError):
        cover(bench.files, {url: ("t/stock", 1)}, NARROW)


@pytest.mark.parametrize(
    ("columns", "rows"), [(0, 122_880), (1, 122_880), (32, 122_880), (33, 61_440), (400, 8_192), (5_000, 2_048)]
)
def test_row_groups_of_wide_tables_have_fewer_rows(columns: int, rows: int) -> None:
    assert row_group(columns) == rows


def test_a_wide_table_is_written_in_little_memory(bench: Bench, here: Path) -> None:
    names = [f"f{number}" for number in range(100)]
    lines = (
        ",".join(f"{(row * 7919 + each * 104_729) % 999_983} value" for each in range(100)) for row in range(50_000)
    )
    source = "\n".join((",".join(names), *lines)).encode()
    contract = contract_of(*(Field(name, FieldType.STRING) for name in names))
    with watched(here), Publisher(bench.files, Limits("300MiB", 2)) as engine:
        out = io.BytesIO()
        assert engine.write_version(bench.offer(source), SourceFormat.CSV, contract, bench._accept(out)).rows == 50_000
