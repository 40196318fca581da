from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from commonweal.audit import LogForkError, LogKey, LogProofError, LogReport, Tile, commit, sign_checkpoint
from commonweal.core import Outcome

MakeLog = Callable[..., Any]


@pytest.mark.parametrize(("count", "signed"), [(0, 0), (1, 0), (1, 1), (256, 256), (300, 257), (600, 513)])
def test_a_log_verifies_and_counts_what_is_pending(log_of: MakeLog, count: int, signed: int) -> None:
    log = log_of(count, signed=signed)
    report: LogReport = log.verify()
    assert (report.size, report.pending) == (signed, count - signed)


def test_a_checkpoint_kept_earlier_is_extended(log_of: MakeLog) -> None:
    assert log_of(600, signed=600).verify(log_of(300, signed=300).note).size == 600


def test_a_shorter_log_than_the_checkpoint_kept_is_a_fork(log_of: MakeLog) -> None:
    with pytest.raises(LogForkError, match="has 299 signed entries, a checkpoint given has 300"):
        log_of(400, signed=299).verify(log_of(300, signed=300).note)


def test_another_history_than_the_checkpoint_kept_is_a_fork(log_of: MakeLog) -> None:
    with pytest.raises(LogForkError, match="differs from the checkpoint given for 300 entries"):
        log_of(600, signed=600).verify(log_of(300, signed=300, subject="agr-2").note)


def test_a_missing_event_is_named(log_of: MakeLog) -> None:
    log = log_of(300, signed=300)
    del log.rows[123]
    with pytest.raises(LogProofError, match="must have index 123 is missing") as caught:
        log.verify()
    assert caught.value.outcome is Outcome.UNPROVEN


def test_missing_last_events_are_named(log_of: MakeLog) -> None:
    log = log_of(300, signed=300)
    del log.rows[298:]
    with pytest.raises(LogProofError, match="from index 298 to 299 are missing"):
        log.verify()


def test_an_event_rewritten_with_its_own_entry_is_found_in_its_tile(log_of: MakeLog) -> None:
    log = log_of(300, signed=300)
    row = log.rows[7]
    log.rows[7] = replace(row, event=b"{}", entry=commit(row.salt, b"{}"))
    with pytest.raises(LogProofError, match="tile/entries/000 does not hold what the events give"):
        log.verify()


def test_a_log_rewritten_with_its_tiles_is_found_by_its_root(log_of: MakeLog) -> None:
    log, other = log_of(300, signed=300), log_of(300, signed=300, subject="agr-2")
    log.rows, log.tiles = other.rows, other.tiles
    with pytest.raises(LogProofError, match="the root over 300 entries"):
        log.verify()


def test_a_missing_tile_is_named(log_of: MakeLog) -> None:
    log = log_of(300, signed=300)
    del log.tiles[Tile(0, 0)]
    with pytest.raises(LogProofError, match="tile/0/000 is missing"):
        log.verify()


@pytest.mark.parametrize("tile", [Tile(0, 9), Tile(2, 0, 1), Tile(0, 1, 200)])
def test_a_tile_beyond_the_events_is_named(log_of: MakeLog, tile: Tile) -> None:
    log = log_of(300, signed=300)
    log.tiles[tile] = bytes(32 * tile.width)
    with pytest.raises(LogProofError, match=tile.path):
        log.verify()


def test_a_partial_tile_left_from_before_is_checked_too(log_of: MakeLog) -> None:
    log, earlier = log_of(300, signed=300), log_of(5, signed=5)
    log.tiles |= earlier.tiles
    assert log.verify().size == 300
    log.tiles[Tile(0, 0, 5)] = bytes(160)
    with pytest.raises(LogProofError, match=r"tile/0/000\.p/5"):
        log.verify()


def test_a_wrong_root_over_no_entries_is_found(log_of: MakeLog, key: LogKey, sign: Callable[[bytes], bytes]) -> None:
    log = log_of(1, signed=0)
    log.note = sign_checkpoint(sign, key, 0, bytes(32))
    with pytest.raises(LogProofError, match="the root over 0 entries"):
        log.verify()
