import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from commonweal.adapters.sql import Transaction, UnrecordedWorkError, Writer, open_writing
from commonweal.audit import EventFormError, LogForkError, commit
from commonweal.core import LogStoppedError, StoreError, StoreFullError, SystemClock

if TYPE_CHECKING:
    from tests.adapters.sql.conftest import Store

    Open = Callable[[Path], Store]


def test_state_and_event_are_kept_together(store: "Store") -> None:
    assert [store.make("one"), store.make("two")] == [0, 1]
    assert (store.things(), store.subjects()) == (["one", "two"], ["one", "two"])


def test_each_event_has_a_salt_of_its_own_and_the_entry_that_commits_to_it(store: "Store") -> None:
    store.record("same")
    store.record("same")
    one, two = store.log.event_at(0), store.log.event_at(1)
    assert one.event == two.event
    assert one.salt != two.salt
    assert one.entry == commit(one.salt, one.event)


def test_many_callers_share_commits_and_lose_nothing(store: "Store") -> None:
    with ThreadPoolExecutor(32) as callers:
        indexes = list(callers.map(store.make, [f"thing-{number}" for number in range(500)]))
    assert sorted(indexes) == list(range(500))
    assert len(store.things()) == len(set(store.subjects())) == 500


def test_a_unit_that_fails_is_undone_alone(store: "Store") -> None:
    start = Barrier(2)

    def attempt(name: str) -> int | str:
        start.wait()
        try:
            return store.make(name)
        except IntegrityError:
            return "refused"

    store.make("taken")
    for round_number in range(20):
        with ThreadPoolExecutor(2) as callers:
            answers = list(callers.map(attempt, ["taken", f"free-{round_number}"]))
        assert answers == ["refused", round_number + 1]
    assert len(store.things()) == len(store.subjects()) == 21
    assert store.writer.stopped is None


def test_an_exception_of_the_work_undoes_its_state_and_events(store: "Store") -> None:
    def work(transaction: Transaction) -> None:
        transaction.connection.execute(text("INSERT INTO thing VALUES ('half')"))
        transaction.record(store.event("half"))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        store.writer.submit(work)
    assert (store.things(), store.subjects()) == ([], [])
    assert store.record("next") == 0


def test_even_an_exit_inside_the_work_is_told_and_the_writer_goes_on(store: "Store") -> None:
    def work(transaction: Transaction) -> None:
        raise SystemExit(3)

    with pytest.raises(LogStoppedError, match="unforeseen fault"):
        store.writer.submit(work)
    assert store.record("next") == 0


def test_a_change_without_an_event_is_refused(store: "Store") -> None:
    def work(transaction: Transaction) -> None:
        transaction.connection.execute(text("INSERT INTO thing VALUES ('silent')"))

    with pytest.raises(UnrecordedWorkError):
        store.writer.submit(work)
    assert store.things() == []


def test_an_event_that_cannot_be_committed_undoes_the_change(store: "Store") -> None:
    def work(transaction: Transaction) -> None:
        transaction.connection.execute(text("INSERT INTO thing VALUES ('x')"))
        transaction.record(store.event("x", note="\ud800"))

    with pytest.raises(EventFormError):
        store.writer.submit(work)
    assert store.things() == []


def test_work_must_not_submit_more_work(store: "Store") -> None:
    with pytest.raises(RuntimeError, match="wait for itself"):
        store.writer.submit(lambda _transaction: store.record("inner"))


def test_a_failed_commit_reaches_every_caller_of_its_group(store: "Store") -> None:
    # A deferred constraint is only checked at COMMIT, and so fails the commit itself.
    with store.writing.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        reference = "parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED"
        connection.exec_driver_sql(f"CREATE TABLE child ({reference})")
    together = Barrier(8)

    def orphan(transaction: Transaction) -> None:
        transaction.record(store.event("orphan"))
        transaction.connection.exec_driver_sql("INSERT INTO child VALUES (7)")

    def call(_: int) -> str:
        together.wait()
        with pytest.raises(LogStoppedError):
            store.writer.submit(orphan)
        return "told"

    with ThreadPoolExecutor(8) as callers:
        assert list(callers.map(call, range(8))) == ["told"] * 8
    assert store.subjects() == []
    assert store.record("next") == 0
    assert store.writer.stopped is None


def test_work_that_makes_sqlite_undo_everything_leaves_nothing_behind(store: "Store") -> None:
    store.make("taken")

    def work(transaction: Transaction) -> None:
        transaction.record(store.event("half"))
        transaction.connection.execute(text("INSERT OR ROLLBACK INTO thing VALUES ('taken')"))

    with pytest.raises(LogStoppedError):
        store.writer.submit(work)
    assert store.make("next") == 1
    assert store.things() == store.subjects() == ["taken", "next"]


def test_more_callers_than_a_group_holds_are_all_served(store: "Store") -> None:
    gate = Event()

    def wait(transaction: Transaction) -> int:
        gate.wait()
        return transaction.record(store.event("first"))

    with ThreadPoolExecutor(301) as callers:
        first = callers.submit(store.writer.submit, wait)
        others = [callers.submit(store.record, f"agr-{number}") for number in range(300)]
        time.sleep(0.2)
        gate.set()
        assert sorted([first.result(), *(other.result() for other in others)]) == list(range(301))


def test_a_full_store_stops_the_writer_until_there_is_room(store: "Store") -> None:
    store.log.sign_pending()
    kept = store.make("kept")

    def limit(pages: int) -> None:
        with store.writing.connect() as connection:
            driver = connection.connection.dbapi_connection
            assert driver is not None
            driver.cursor().execute(f"PRAGMA max_page_count={pages}")

    limit(1)
    with pytest.raises(StoreFullError):
        fill(store)
    full = store.things()
    assert len(full) == len(store.subjects()) >= kept + 1
    limit(1_000_000)
    assert store.make("after") == len(full)
    assert store.writer.stopped is None


def fill(store: "Store") -> None:
    for number in range(100):
        store.make(f"thing-{number}", note="x" * 4000)


def test_a_closed_writer_finishes_its_queue_and_takes_no_more(store: "Store") -> None:
    with ThreadPoolExecutor(8) as callers:
        answers = [callers.submit(store.make, f"thing-{number}") for number in range(8)]
        for answer in answers:
            answer.result()
    store.writer.close()
    store.writer.close()
    with pytest.raises(StoreError, match="stopping"):
        store.make("late")
    assert len(store.things()) == 8


def test_a_second_writer_takes_turns_and_reads_the_index_afresh(store: "Store", opened: "Open") -> None:
    other = opened(store.home)
    assert [store.record("a"), other.record("b"), store.record("c"), other.record("d")] == [0, 1, 2, 3]


def test_a_checkpoint_is_replaced_only_where_it_was_read(store: "Store") -> None:
    store.writer.replace_checkpoint(None, b"one")
    store.writer.replace_checkpoint(b"one", b"two")
    for seen in (None, b"one"):
        with pytest.raises(LogForkError):
            store.writer.replace_checkpoint(seen, b"three")


def test_a_lost_database_stops_the_writer_with_a_sentence(tmp_path: Path) -> None:
    engine = open_writing(f"sqlite:///{tmp_path / 'absent' / 'node.db'}")
    writer = Writer(engine, SystemClock())
    with pytest.raises(LogStoppedError, match="cannot be opened") as caught:
        writer.submit(lambda _transaction: None)
    assert isinstance(caught.value.__cause__, StoreError)
    assert str(writer.stopped).startswith("The log cannot be written since 20")
    writer.close()


def test_a_stopped_writer_heals_by_itself(tmp_path: Path, opened: "Open") -> None:
    home = tmp_path / "home"
    engine = open_writing(f"sqlite:///{home / 'node.db'}")
    writer = Writer(engine, SystemClock())
    with pytest.raises(LogStoppedError):
        writer.submit(lambda _transaction: None)
    home.mkdir()
    opened(home)
    deadline = time.monotonic() + 10
    while writer.stopped and time.monotonic() < deadline:
        time.sleep(0.02)
    assert writer.stopped is None
    writer.close()
    engine.dispose()
