import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import IntegrityError

from commonweal.adapters.sql import (
    StoreBusyError,
    StoreDamagedError,
    Transaction,
    migrate,
    open_reading,
    open_stopped,
    open_writing,
)
from commonweal.core import InputError, StoreError, StoreFullError

if TYPE_CHECKING:
    from tests.adapters.sql.conftest import Store

DURABLE = {
    "journal_mode": "wal",
    "synchronous": 2,
    "secure_delete": 1,
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "temp_store": 2,
}


def pragmas(connection: Connection) -> dict[str, Any]:
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in (*DURABLE, "query_only")}


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'node.db'}"


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[Engine]:
    engine = open_writing(url_of(tmp_path))
    yield engine
    engine.dispose()


def test_every_connection_is_durable_and_readers_only_read(store: "Store") -> None:
    def look(transaction: Transaction) -> dict[str, Any]:
        transaction.record(store.event("pragma"))
        return pragmas(transaction.connection)

    assert store.writer.submit(look) == DURABLE | {"query_only": 0}
    with store.reading.connect() as one, store.reading.connect() as two:
        assert pragmas(one) == pragmas(two) == DURABLE | {"query_only": 1}


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_a_lost_synchronous_full_would_be_seen(writing: Engine, level: str) -> None:
    @event.listens_for(writing, "checkout")
    def weaken(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(f"PRAGMA synchronous={level}")

    with writing.connect() as connection:
        assert pragmas(connection) != DURABLE | {"query_only": 0}


def test_a_reader_cannot_write(store: "Store") -> None:
    with store.reading.connect() as connection, pytest.raises(StoreError, match="may not be written"):
        connection.execute(text("INSERT INTO thing VALUES ('x')"))


def test_a_transaction_of_the_writer_takes_the_lock_at_once(writing: Engine, tmp_path: Path) -> None:
    other = open_writing(url_of(tmp_path))
    with writing.begin(), other.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.cursor().execute("PRAGMA busy_timeout=0")
        with pytest.raises(StoreBusyError, match="another process"):
            connection.begin()
    other.dispose()


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://host/db"])
def test_only_a_file_is_a_store(url: str) -> None:
    with pytest.raises(InputError, match="sqlite:///PATH"):
        open_writing(url)


def test_a_missing_store_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_reading(url_of(tmp_path)).connect()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_named_so(tmp_path: Path) -> None:
    (tmp_path / "node.db").write_bytes(b"PK\x03\x04 not a database at all" * 100)
    with pytest.raises(StoreDamagedError, match="not a database") as caught:
        migrate(open_writing(url_of(tmp_path)))
    assert "backup" in caught.value.advice()


def test_a_damaged_page_is_named_so(store: "Store") -> None:
    for number in range(200):
        store.record(f"agr-{number}", note="x" * 200)
    store.close()
    path = store.home / "node.db"
    content = bytearray(path.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 16] = b"\xff" * 16
    path.write_bytes(content)
    with open_stopped(path) as engine, pytest.raises(StoreDamagedError, match="is damaged"):
        engine.connect()


def test_a_database_without_our_tables_is_a_store_error(tmp_path: Path) -> None:
    engine = open_writing(url_of(tmp_path))
    with engine.connect() as connection, pytest.raises(StoreError) as caught:
        connection.execute(text("SELECT secret_column FROM nowhere WHERE a = :a"), {"a": "secret value"})
    assert "secret" not in str(caught.value) + caught.value.advice()
    engine.dispose()


def test_a_full_database_is_a_full_store(writing: Engine) -> None:
    with writing.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE big (content BLOB)")
        connection.exec_driver_sql("PRAGMA max_page_count=2")
        with pytest.raises(StoreFullError):
            connection.exec_driver_sql("INSERT INTO big VALUES (zeroblob(100000))")


def test_a_broken_constraint_is_left_to_the_store_that_made_it(writing: Engine) -> None:
    with writing.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE only (name TEXT PRIMARY KEY)")
        connection.execute(text("INSERT INTO only VALUES ('x')"))
        with pytest.raises(IntegrityError):
            connection.execute(text("INSERT INTO only VALUES ('x')"))


def test_a_stopped_copy_is_read_with_its_write_ahead_log_and_left_as_it_was(store: "Store", tmp_path: Path) -> None:
    store.record("agr-1")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("node.db", "node.db-wal"):
        shutil.copyfile(store.home / name, copy / name)
    before = {file.name: file.read_bytes() for file in copy.iterdir()}
    with open_stopped(copy / "node.db") as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_event")).scalar_one() == 1
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


def test_a_stopped_copy_that_cannot_be_copied_is_a_store_error(
    store: "Store", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.record("agr-1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    with pytest.raises(StoreError, match="temporary folder"), open_stopped(store.home / "node.db"):
        pass


def test_a_stopped_copy_without_a_write_ahead_log_is_read_in_place(store: "Store") -> None:
    store.record("agr-1")
    store.close()
    path = store.home / "node.db"
    assert not path.with_name("node.db-wal").exists()
    with open_stopped(path) as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_event")).scalar_one() == 1
        assert not path.with_name("node.db-shm").exists()


def test_a_copy_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not there"), open_stopped(tmp_path / "node.db"):
        pass


def test_migrating_twice_changes_nothing(store: "Store") -> None:
    store.record("agr-1")
    migrate(store.writing)
    assert store.subjects() == ["agr-1"]


def test_a_store_of_the_first_revision_is_brought_up_to_date(store: "Store") -> None:
    store.record("agr-1")
    with store.writing.begin() as connection:
        connection.execute(text("ALTER TABLE sign_in DROP COLUMN operator"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    migrate(store.writing)
    with store.writing.begin() as connection:
        connection.execute(text("SELECT operator FROM sign_in"))
    assert store.subjects() == ["agr-1"]


def test_a_store_of_a_newer_version_is_refused(store: "Store") -> None:
    with store.writing.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version"):
        migrate(store.writing)


def test_only_the_log_s_tables_are_named_like_the_log(store: "Store") -> None:
    with store.reading.connect() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
    named = {name for name in tables if any(word in name for word in ("event", "leaf", "audit"))}
    assert named == {"audit_event", "audit_checkpoint"}
