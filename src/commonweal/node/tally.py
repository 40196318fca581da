"""The tally of open deliveries: many hits become one `delivery.completed`, within 60 seconds (decision 9)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Signal
from threading import Lock, Thread

from commonweal.adapters.sql import Writer
from commonweal.core import Actor, Clock, CommonwealError, Event, Json
from commonweal.deliver import Delivery, complete, refuse

QUIET = timedelta(seconds=10)
LONGEST = timedelta(seconds=45)
KEPT = timedelta(hours=1)


@dataclass(slots=True)
class _Count:
    delivery: Delivery
    discloser: str
    actor: Actor
    sent: int = 0
    hits: int = 0
    whole: int = 0
    clients: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None
    refused: bool = False


class Tally:
    """Counts the hits of each delivery and writes the counts to the log."""

    def __init__(self, clock: Clock, writer: Writer) -> None:
        self._clock = clock
        self._writer = writer
        self._counts: dict[str, _Count] = {}
        self._lock = Lock()
        self._stop = Signal()
        self._thread = Thread(target=self._run, name="tally", daemon=True)
        self._thread.start()

    def open(self, delivery: Delivery, discloser: str, actor: Actor) -> None:
        """Begin to count a delivery."""
        with self._lock:
            self._counts[delivery.id] = _Count(delivery, discloser, actor)

    def find(self, delivery_id: str) -> Delivery | None:
        """Return a delivery that is still open, or None."""
        with self._lock:
            count = self._counts.get(delivery_id)
        return None if count is None else count.delivery

    def hit(self, delivery: Delivery, *, sent: int, whole: bool, client: str) -> None:
        """Count one hit: bytes sent, whether it was answered whole, and the client's product name."""
        now = self._clock.now()
        with self._lock:
            count = self._counts.get(delivery.id)
            if count is None:
                return
            count.sent += sent
            count.hits += 1
            count.whole += whole
            count.clients.add(client[:80])
            count.first = count.first or now
            count.last = now

    def cut(self, delivery: Delivery, reasons: Sequence[str]) -> None:
        """Record once that the open streams of a delivery were cut."""
        with self._lock:
            count = self._counts.get(delivery.id)
            if count is None or count.refused:
                return
            count.refused = True
        self._record_refusal(count, reasons)

    def refuse(self, delivery: Delivery, reasons: Sequence[str]) -> None:
        """Record that a hit of a delivery was refused."""
        with self._lock:
            count = self._counts.get(delivery.id)
        if count is not None:
            self._record_refusal(count, reasons)

    def _record_refusal(self, count: _Count, reasons: Sequence[str]) -> None:
        event = refuse(
            at=self._clock.now(),
            discloser=count.discloser,
            subject=count.delivery.agreement,
            door=count.delivery.door,
            reasons=reasons,
            actor=count.actor,
        )
        self._writer.submit(lambda transaction: transaction.record(event))

    def close(self) -> None:
        """Write what has been counted and stop."""
        self._stop.set()
        self._thread.join()
        self._flush(everything=True)

    def _run(self) -> None:
        while not self._stop.wait(2):
            self._flush(everything=False)

    def _flush(self, *, everything: bool) -> None:
        for count in self._take_due(everything=everything):
            event = complete(
                count.delivery,
                at=self._clock.now(),
                discloser=count.discloser,
                actor=count.actor,
                counts={
                    "bytes": count.sent,
                    "hits": count.hits,
                    "whole": count.whole,
                    "clients": list[Json](sorted(count.clients)),
                },
            )
            self._record(event)

    def _record(self, event: Event) -> None:
        try:
            self._writer.submit(lambda transaction: transaction.record(event))
        except CommonwealError:
            return  # the writer is stopped and says so itself; the authorisation stands in the log

    def _take_due(self, *, everything: bool) -> list[_Count]:
        now = self._clock.now()
        due = []
        with self._lock:
            for key, count in list(self._counts.items()):
                if count.hits and (everything or _is_due(count, now)):
                    due.append(count)
                    self._counts[key] = _Count(count.delivery, count.discloser, count.actor, refused=count.refused)
                elif count.delivery.expires + KEPT <= now:
                    del self._counts[key]
        return due


def _is_due(count: _Count, now: datetime) -> bool:
    if count.first is None or count.last is None:
        return False
    return now - count.last >= QUIET or now - count.first >= LONGEST
