import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from commonweal.adapters.sql import Log
from commonweal.audit import (
    EntryNotFoundError,
    Frontier,
    LogForkError,
    LogProofError,
    leaf_hash,
    verify_checkpoint,
    verify_consistency,
    verify_inclusion,
)
from commonweal.core import StoreError

if TYPE_CHECKING:
    from tests.adapters.sql.conftest import Store

    Open = Callable[[Path], Store]

PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def tiles(store: "Store") -> set[str]:
    folder = store.home / "log"
    return {file.relative_to(folder).as_posix() for file in folder.glob("tile/**/*") if file.is_file()}


def test_an_empty_log_is_signed_so_that_a_lost_checkpoint_is_known(store: "Store") -> None:
    assert store.log.sign_pending().size == 0
    assert store.verify().size == 0
    (store.home / "log" / "checkpoint").unlink()
    with pytest.raises(LogProofError, match="checkpoint is missing"):
        store.verify()


def test_a_commit_is_signed_and_published_within_a_second(store: "Store") -> None:
    store.log.start()
    store.record("agr-1")
    deadline = time.monotonic() + 1
    while verify_checkpoint(store.log.checkpoint(), store.log.key).size == 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert store.log.failure is None
    store.log.close()
    assert store.verify().pending == 0


def test_a_clean_stop_signs_what_is_pending(store: "Store") -> None:
    store.log.start()
    store.record_many(3)
    store.log.close()
    assert (store.verify().size, store.verify().pending) == (3, 0)


def test_events_after_the_checkpoint_are_pending(store: "Store") -> None:
    store.record_many(3)
    store.log.sign_pending()
    store.record_many(2)
    assert (store.verify().size, store.verify().pending) == (3, 2)


def test_a_partial_tile_goes_when_its_successor_is_written(store: "Store") -> None:
    store.record_many(3)
    store.log.sign_pending()
    assert tiles(store) == {"tile/entries/000.p/3", "tile/0/000.p/3"}
    store.record_many(2)
    store.log.sign_pending()
    assert tiles(store) == {"tile/entries/000.p/5", "tile/0/000.p/5"}
    store.record_many(252)
    store.log.sign_pending()
    full = {"tile/entries/000", "tile/0/000", "tile/1/000.p/1"}
    assert tiles(store) == full | {"tile/entries/001.p/1", "tile/0/001.p/1"}
    assert not (store.home / "log" / "tile" / "0" / "000.p").exists()


def test_a_reader_with_an_older_checkpoint_still_gets_its_tiles(store: "Store") -> None:
    store.record_many(3)
    store.log.sign_pending()
    hashes, entries = store.log.tile_bytes("tile/0/000.p/3"), store.log.tile_bytes("tile/entries/000.p/3")
    for count in (2, 300):
        store.record_many(count)
        store.log.sign_pending()
        assert store.log.tile_bytes("tile/0/000.p/3") == hashes
        assert store.log.tile_bytes("tile/entries/000.p/3") == entries


@pytest.mark.parametrize("path", ["tile/0/000.p/4", "tile/0/001", "tile/9/000", "../node.db", "checkpoint", ""])
def test_a_tile_that_is_not_there_is_not_found(store: "Store", path: str) -> None:
    store.record_many(3)
    store.log.sign_pending()
    with pytest.raises(EntryNotFoundError):
        store.log.tile_bytes(path)


def test_proofs_lead_to_the_published_checkpoint(store: "Store") -> None:
    store.record_many(100)
    old = store.log.sign_pending()
    store.record_many(400)
    store.log.sign_pending()
    proof = store.log.inclusion_proof(257)
    signed = verify_checkpoint(proof.checkpoint, store.log.key)
    leaf = leaf_hash(store.log.event_at(257).entry)
    verify_inclusion(leaf, 257, proof.size, proof.hashes, signed.root)
    extension = store.log.consistency_proof(100)
    verify_consistency(100, extension.size, extension.hashes, old.root, signed.root)


def test_a_proof_of_what_is_not_signed_is_not_found(store: "Store") -> None:
    with pytest.raises(EntryNotFoundError, match="not published"):
        store.log.checkpoint()
    store.log.sign_pending()
    store.record("pending")
    with pytest.raises(EntryNotFoundError):
        store.log.inclusion_proof(0)
    with pytest.raises(EntryNotFoundError):
        store.log.consistency_proof(0)
    with pytest.raises(EntryNotFoundError):
        store.log.event_at(1)


def test_events_are_found_by_body_subject_and_name_and_paged(store: "Store") -> None:
    store.record("agr-1", body="dwp")
    store.record("agr-2", body="lambeth")
    store.record("agr-1", body="dwp", name="thing.read")
    find = store.log.find_events
    assert [found.index for found in find()] == [0, 1, 2]
    assert [found.index for found in find(body="dwp")] == [0, 2]
    assert [found.index for found in find(subject="agr-1", after=0)] == [2]
    assert [found.index for found in find(name="thing.read")] == [2]
    assert [found.index for found in find(limit=1, after=0)] == [1]
    assert find(body="dwp", subject="agr-2") == []
    assert find(subject="agr-2")[0].event == store.event("agr-2", body="lambeth")


def test_a_question_by_body_or_subject_uses_its_index(store: "Store") -> None:
    query = "SELECT 1 FROM audit_event WHERE CASE WHEN json_valid(event) THEN json_extract(event, '$.{}') END = ''"
    with store.reading.connect() as connection:
        for field in ("body", "subject"):
            plan = connection.execute(text("EXPLAIN QUERY PLAN " + query.format(field))).all()
            assert f"USING INDEX audit_event_{field}" in str(plan)


def test_another_process_continues_where_this_one_stopped(store: "Store", opened: "Open") -> None:
    store.record_many(300)
    store.log.sign_pending()
    old = store.log.checkpoint()
    store.close()
    again = opened(store.home)
    again.record_many(300)
    assert again.log.sign_pending().size == 600
    assert again.verify(against=old).size == 600


def test_two_processes_that_sign_in_turn_make_one_log(store: "Store", opened: "Open") -> None:
    other = opened(store.home)
    for turn in (store, other, store, other):
        turn.record_many(100)
        turn.log.sign_pending()
    assert store.verify().size == 400


def test_lost_tiles_are_written_again_from_the_entries(store: "Store", opened: "Open") -> None:
    store.record_many(300)
    store.log.sign_pending()
    expected = tiles(store)
    store.close()
    shutil.rmtree(store.home / "log" / "tile")
    again = opened(store.home)
    again.log.sign_pending()
    assert tiles(again) == expected
    assert again.verify().size == 300


@pytest.mark.parametrize("step", ["before the note", "before the checkpoint", "before the clean-up"])
def test_a_crash_while_publishing_leaves_a_log_that_verifies(
    store: "Store", opened: "Open", tmp_path: Path, step: str
) -> None:
    store.record_many(3)
    store.log.sign_pending()
    before, pending, crashed = (tmp_path.parent / f"{tmp_path.name}-{name}" for name in ("a", "b", "c"))
    shutil.copytree(store.home, before)
    store.record_many(300)
    shutil.copytree(store.home, pending)
    store.log.sign_pending()
    shutil.copytree(pending if step == "before the note" else store.home, crashed)
    shutil.copytree(store.home / "log" / "tile", crashed / "log" / "tile", dirs_exist_ok=True)
    shutil.copytree(before / "log" / "tile", crashed / "log" / "tile", dirs_exist_ok=True)
    if step != "before the clean-up":
        shutil.copyfile(before / "log" / "checkpoint", crashed / "log" / "checkpoint")
    again = opened(crashed)
    assert again.verify().size == (3 if step == "before the note" else 303)
    again.log.sign_pending()
    assert again.verify().size == 303


def test_a_store_rolled_back_behind_its_checkpoint_is_never_signed(store: "Store", opened: "Open") -> None:
    store.record_many(3)
    store.log.sign_pending()
    old = store.home.with_name(f"{store.home.name}-old")
    shutil.copytree(store.home, old)
    store.record_many(3)
    store.log.sign_pending()
    shutil.copyfile(store.home / "log" / "checkpoint", old / "log" / "checkpoint")
    with pytest.raises(LogForkError, match="older than the checkpoint"):
        opened(old).log.sign_pending()


def test_a_rewritten_history_is_never_signed(store: "Store", opened: "Open") -> None:
    store.record_many(5)
    store.log.sign_pending()
    store.close()
    again = opened(store.home)
    with again.writing.begin() as connection:
        connection.execute(text("UPDATE audit_event SET entry = zeroblob(32) WHERE idx = 2"))
    shutil.rmtree(again.home / "log" / "tile")
    again.record("more")
    with pytest.raises(LogForkError, match="do not lead to the checkpoint"):
        again.log.sign_pending()


def test_tiles_that_tell_another_history_are_never_grown(store: "Store", opened: "Open") -> None:
    store.record_many(3)
    store.log.sign_pending()
    store.close()
    forged = Frontier()
    for _ in range(3):
        forged.append(bytes(32))
    for tile, content in forged.partial_tiles():
        (store.home / "log" / tile.path).write_bytes(content)
    again = opened(store.home)
    again.record("more")
    assert again.log.sign_pending().size == 4
    assert again.verify().size == 4


def test_a_gap_in_the_events_is_never_signed(store: "Store") -> None:
    store.record_many(5)
    with store.writing.begin() as connection:
        connection.execute(text("DELETE FROM audit_event WHERE idx = 2"))
    with pytest.raises(LogProofError, match="index 2 is missing"):
        store.log.sign_pending()


def test_signing_with_another_key_is_found_before_it_is_published(store: "Store") -> None:
    other = Log(store.writer, store.reading, store.home / "log", store.log.key, Ed25519PrivateKey.generate().sign)
    with pytest.raises(LogProofError, match="does not verify"):
        other.sign_pending()
    assert not (store.home / "log" / "checkpoint").exists()


def test_a_key_that_fails_for_a_while_is_reported_and_tried_again(store: "Store") -> None:
    class Custodian:
        ready = True

        def sign(self, content: bytes) -> bytes:
            if not self.ready:
                raise ConnectionError("the device is away")
            return PRIVATE_KEY.sign(content)

    custodian = Custodian()
    log = Log(store.writer, store.reading, store.home / "log", store.log.key, custodian.sign)
    log.start()
    custodian.ready = False
    store.record("agr-1")
    wait_until(lambda: log.failure is not None)
    assert log.failure == "the log's key could not sign the checkpoint"
    custodian.ready = True
    wait_until(lambda: log.failure is None)
    log.close()
    assert store.verify().size == 1


def test_a_folder_that_fails_for_a_while_is_reported_and_tried_again(store: "Store") -> None:
    folder, away = store.home / "log", store.home / "away"
    store.log.start()
    folder.rename(away)
    folder.write_bytes(b"a file where the folder should be")
    store.record("agr-1")
    wait_until(lambda: store.log.failure is not None)
    assert "public files" in str(store.log.failure)
    folder.unlink()
    away.rename(folder)
    wait_until(lambda: store.log.failure is None)
    assert store.verify().size == 1
    store.log.close()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_log_folder_that_cannot_be_written_is_a_store_error(store: "Store") -> None:
    (store.home / "log").write_bytes(b"a file where the folder should be")
    with pytest.raises(StoreError, match="public files"):
        store.log.sign_pending()
