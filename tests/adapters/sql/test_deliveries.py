"""What an agreement has given of late, counted from the log."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from tests.adapters.sql.conftest import NOW

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.deliveries import Given, count_given
from commonweal.core import Actor, Event

if TYPE_CHECKING:
    from tests.adapters.sql.conftest import Store

DAY = timedelta(hours=24)


def delivered(subject: str, rows: int, *, name: str = "delivery.authorised", ago: timedelta = timedelta()) -> Event:
    return Event(name, NOW - ago, "dwp", subject, Actor("tom", "lambeth"), {"rows": rows})


def test_only_what_was_authorised_under_it_within_the_day_counts(store: "Store") -> None:
    found: list[Given] = []

    def work(transaction: Transaction) -> None:
        for each in (
            delivered("agr-1", 5),
            delivered("agr-1", 7, ago=DAY - timedelta(microseconds=1)),
            delivered("agr-1", 100, ago=DAY),
            delivered("agr-1", 100, name="release.written"),
            delivered("agr-1", 100, name="delivery.completed"),
            delivered("agr-2", 100),
        ):
            transaction.record(each)
        found.append(count_given(transaction.connection, "agr-1", NOW - DAY))

    store.writer.submit(work)
    with store.reading.connect() as connection:
        found.append(count_given(connection, "agr-1", NOW - DAY))
        found.append(count_given(connection, "agr-3", NOW - DAY))
    assert found == [Given(2, 12), Given(2, 12), Given(0, 0)]


def test_the_count_is_answered_by_its_index(store: "Store") -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(store.reading, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    with store.reading.connect() as connection:
        count_given(connection, "agr-1", NOW - DAY)
        statement, values = asked[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert "USING INDEX audit_event_authorised" in str(plan)
