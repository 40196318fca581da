import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonweal.adapters.sql import verify_home_log
from commonweal.audit import LogForkError, LogKey, LogProofError
from commonweal.core import Outcome, ProofError, StoreError

if TYPE_CHECKING:
    from tests.adapters.sql.conftest import Store

    Open = Callable[[Path], Store]

EVENTS = 259
PAGE = 4096


@pytest.fixture
def stopped(store: "Store") -> "Store":
    """A stopped home with full and partial tiles, and two pending events."""
    store.record_many(EVENTS)
    store.log.sign_pending()
    store.record("pending-1")
    store.record("pending-2")
    store.close()
    return store


def change(store: "Store", statement: str, *values: object) -> None:
    connection = sqlite3.connect(store.home / "node.db")
    connection.execute("PRAGMA ignore_check_constraints=ON")
    changed = connection.execute(statement, values).rowcount
    connection.commit()
    connection.close()
    assert changed == 1


def flip(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0x20]) + content[place + 1 :]


def test_a_stopped_home_verifies(stopped: "Store") -> None:
    report = stopped.verify()
    assert (report.size, report.pending) == (EVENTS, 2)


@pytest.mark.parametrize("index", [0, 100, EVENTS - 1, EVENTS, EVENTS + 1])
@pytest.mark.parametrize("column", ["salt", "event", "entry"])
@pytest.mark.parametrize("as_text", [False, True])
def test_a_flipped_byte_of_an_event_is_found(stopped: "Store", column: str, index: int, *, as_text: bool) -> None:
    connection = sqlite3.connect(stopped.home / "node.db")
    query = f"SELECT CAST({column} AS BLOB) FROM audit_event WHERE idx = ?"  # noqa: S608  our own column names
    (content,) = connection.execute(query, (index,)).fetchone()
    connection.close()
    cast = "CAST(? AS TEXT)" if as_text else "?"
    statement = f"UPDATE audit_event SET {column} = {cast} WHERE idx = ?"  # noqa: S608
    change(stopped, statement, flip(content, len(content) // 2), index)
    with pytest.raises(LogProofError, match=f"event {index} is not what") as caught:
        stopped.verify()
    assert caught.value.outcome is Outcome.UNPROVEN


@pytest.mark.parametrize("index", [0, 100, EVENTS - 1, EVENTS])
@pytest.mark.parametrize("moved", [-1, 1_000_000, 2**62])
def test_a_changed_index_is_found(stopped: "Store", index: int, moved: int) -> None:
    change(stopped, "UPDATE audit_event SET idx = ? WHERE idx = ?", moved, index)
    with pytest.raises(LogProofError, match="index 0 is missing" if moved < 0 else f"index {index} is missing"):
        stopped.verify()


@pytest.mark.parametrize("index", [0, 100, EVENTS - 1])
def test_a_removed_event_is_found(stopped: "Store", index: int) -> None:
    change(stopped, "DELETE FROM audit_event WHERE idx = ?", index)
    with pytest.raises(LogProofError, match=f"index {index} is missing"):
        stopped.verify()


def test_every_flipped_byte_of_the_stored_checkpoint_is_found(stopped: "Store") -> None:
    note = stopped.log.checkpoint()
    for place in range(len(note)):
        change(stopped, "UPDATE audit_checkpoint SET note = ?", flip(note, place))
        with pytest.raises(LogProofError):
            stopped.verify()
    change(stopped, "UPDATE audit_checkpoint SET note = ?", note)
    assert stopped.verify().size == EVENTS


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_checkpoint SET id = 2",
        "INSERT INTO audit_checkpoint SELECT 2, note FROM audit_checkpoint",
        "DELETE FROM audit_checkpoint",
    ],
)
def test_another_row_of_the_checkpoint_is_found(stopped: "Store", statement: str) -> None:
    change(stopped, statement)
    with pytest.raises(LogProofError, match="checkpoint"):
        stopped.verify()


def test_every_flipped_byte_of_the_published_checkpoint_is_found(stopped: "Store") -> None:
    file = stopped.home / "log" / "checkpoint"
    note = file.read_bytes()
    for place in range(len(note)):
        file.write_bytes(flip(note, place))
        with pytest.raises(LogProofError):
            stopped.verify()


def test_a_flipped_byte_of_any_tile_is_found(stopped: "Store") -> None:
    files = [file for file in (stopped.home / "log" / "tile").rglob("*") if file.is_file()]
    assert len(files) == 5
    for file in files:
        content = file.read_bytes()
        for place in (0, 1, len(content) // 2, len(content) - 1):
            file.write_bytes(flip(content, place))
            with pytest.raises(LogProofError, match="tile/"):
                stopped.verify()
        file.write_bytes(content)
    assert stopped.verify().size == EVENTS


def test_any_removed_or_cut_tile_is_found(stopped: "Store") -> None:
    for file in [file for file in (stopped.home / "log" / "tile").rglob("*") if file.is_file()]:
        content = file.read_bytes()
        for rest in (b"", content[:-1]):
            file.write_bytes(rest)
            with pytest.raises(LogProofError, match="tile/"):
                stopped.verify()
        file.unlink()
        with pytest.raises(LogProofError, match="is missing"):
            stopped.verify()
        file.write_bytes(content)


def test_files_beside_the_tiles_do_not_matter(stopped: "Store") -> None:
    (stopped.home / "log" / "tile" / "README").write_text("a note left by an operator")
    (stopped.home / "log" / "unfinished").write_bytes(b"what a killed writer leaves")
    assert stopped.verify().size == EVENTS


def test_another_key_verifies_nothing(stopped: "Store") -> None:
    other = LogKey("node.example/log", bytes(32))
    with pytest.raises(LogProofError, match="not signed by this log's key"):
        verify_home_log(stopped.home / "node.db", stopped.home / "log", other)


def test_a_log_extends_the_checkpoint_that_another_body_kept(store: "Store") -> None:
    store.record("one")
    store.log.sign_pending()
    kept = store.log.checkpoint()
    store.record("two")
    store.log.sign_pending()
    assert store.verify(against=kept).size == 2
    with pytest.raises(LogProofError):
        store.verify(against=b"not a checkpoint")


def test_a_rolled_back_home_is_refused_against_the_checkpoint_kept(stopped: "Store", opened: "Open") -> None:
    kept_home = stopped.home.with_name(f"{stopped.home.name}-kept")
    shutil.copytree(stopped.home, kept_home)
    newer = opened(kept_home)
    newer.log.sign_pending()
    with pytest.raises(LogForkError, match=f"has {EVENTS} signed entries"):
        stopped.verify(against=newer.log.checkpoint())


def test_a_forked_home_is_refused_against_the_checkpoint_kept(stopped: "Store", opened: "Open") -> None:
    fork = stopped.home.with_name(f"{stopped.home.name}-fork")
    shutil.copytree(stopped.home, fork)
    other = opened(fork)
    change(stopped, "DELETE FROM audit_event WHERE idx = ?", EVENTS)
    change(stopped, "DELETE FROM audit_event WHERE idx = ?", EVENTS + 1)
    other.log.sign_pending()
    again = opened(stopped.home)
    again.record("another history")
    again.record("of the same length")
    again.log.sign_pending()
    with pytest.raises(LogForkError, match="differs from the checkpoint"):
        again.verify(against=other.log.checkpoint())


def test_a_killed_home_s_write_ahead_log_is_read(store: "Store", tmp_path: Path) -> None:
    store.log.sign_pending()
    store.record("only in the write-ahead log")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("node.db", "node.db-wal"):
        shutil.copyfile(store.home / name, copy / name)
    report = verify_home_log(copy / "node.db", store.home / "log", store.log.key)
    assert (report.size, report.pending) == (0, 1)


def test_verifying_writes_nothing(stopped: "Store") -> None:
    def listing() -> dict[str, tuple[int, bytes]]:
        files = [file for file in stopped.home.rglob("*") if file.is_file()]
        return {str(file): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}

    for path in (stopped.home, stopped.home / "log"):
        path.chmod(0o500)
    before = listing()
    stopped.verify()
    assert listing() == before
    for path in (stopped.home, stopped.home / "log"):
        path.chmod(0o700)


def test_a_database_that_is_not_there_is_a_store_error(tmp_path: Path, stopped: "Store") -> None:
    with pytest.raises(StoreError, match="not there"):
        verify_home_log(tmp_path / "nowhere.db", tmp_path / "log", stopped.log.key)


def test_damage_anywhere_in_the_file_is_told_in_a_sentence_or_harms_nothing(stopped: "Store") -> None:
    path = stopped.home / "node.db"
    content = path.read_bytes()
    found = 0
    for page in range(0, len(content), PAGE):
        for place in (0, 3, 8, 100, PAGE - 1):
            path.write_bytes(flip(content, page + place))
            try:
                stopped.verify()
            except (ProofError, StoreError):
                found += 1
    assert found
