"""The tally of open deliveries: many hits become one `delivery.completed`, within 60 seconds (decision 9)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Signal
from threading import Lock, Thread

from commonweal.adapters.sql import Transaction, Writer
from commonweal.core import Actor, Clock, CommonwealError, Event, Json
from commonweal.deliver import Delivery, complete, refuse

QUIET = timedelta(seconds=10)
LONGEST = timedelta(seconds=45)
KEPT = timedelta(hours=1)


@dataclass(slots=True)
class _Count:
    sent: int = 0
    hits: int = 0
    whole: int = 0
    clients: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None

    def add(self, sent: int, client: str, at: datetime) -> None:
        self.sent += sent
        self.clients.add(client)
        self.first = self.first or at
        self.last = at

    def merge(self, other: "_Count") -> None:
        self.sent += other.sent
        self.hits += other.hits
        self.whole += other.whole
        self.clients |= other.clients
        self.first = min(filter(None, (self.first, other.first)), default=None)
        self.last = max(filter(None, (self.last, other.last)), default=None)

    def counted(self) -> dict[str, Json]:
        clients = list[Json](sorted(self.clients))
        return {"bytes": self.sent, "hits": self.hits, "whole": self.whole, "clients": clients}


@dataclass(slots=True)
class _Open:
    """A delivery that may still be hit; `is_held` while an act is done to its agreement, and ever after its end."""

    delivery: Delivery
    discloser: str
    actor: Actor
    count: _Count = field(default_factory=_Count)
    live: "set[Hit]" = field(default_factory=set)
    is_cut: bool = False
    is_held: bool = False

    def take(self) -> _Count:
        taken, self.count = self.count, _Count()
        return taken

    def hold(self, at: datetime) -> _Count:
        self.is_held = True
        total = _Count()
        total.merge(self.count)
        for hit in self.live:
            hit.is_doubtful = True
            hit.count_in(total, at)
        return total

    def go_on(self, *, for_ever: bool) -> None:
        self.is_held = for_ever
        self.take()
        for hit in self.live:
            hit.sent, hit.is_counted = 0, True


class Hit:
    """One hit of a delivery while it is answered.

    Every byte is counted before it leaves. While an act is done to its agreement none is let through, and none after it
    before the agreement was asked again.
    """

    def __init__(self, tally: "Tally", opened: _Open, client: str) -> None:
        self._tally = tally
        self.opened = opened
        self.client = client[:80]
        self.sent = 0
        self.is_counted = False
        self.is_doubtful = False

    def count_in(self, count: _Count, at: datetime) -> None:
        """Add to a count what of this hit is in none yet."""
        if self.sent or not self.is_counted:
            count.add(self.sent, self.client, at)
            count.hits += not self.is_counted

    def admit(self, size: int) -> bool:
        """Count `size` bytes that are about to leave; False, nothing counted, where the agreement is asked first."""
        return self._tally.admit(self, size)

    def close(self, *, whole: bool) -> None:
        """Count the hit, answered whole or not; `delivery.completed` follows within 60 seconds."""
        self._tally.close_hit(self, whole=whole)


class Tally:
    """Counts the hits of each delivery and writes the counts to the log.

    Nothing that is counted is written after the event that ends the agreement: see `ending`. `policies` is the digest
    of those by which a stream is cut.
    """

    def __init__(self, clock: Clock, writer: Writer, policies: str) -> None:
        self._clock = clock
        self._policies = policies
        self._writer = writer
        self._opened: dict[str, _Open] = {}
        self._lock = Lock()
        self._stop = Signal()
        self._thread = Thread(target=self._run, name="tally", daemon=True)
        self._thread.start()

    def open(self, delivery: Delivery, discloser: str, actor: Actor) -> None:
        """Begin to count a delivery."""
        with self._lock:
            self._opened.setdefault(delivery.id, _Open(delivery, discloser, actor))

    def find(self, delivery_id: str) -> Delivery | None:
        """Return a delivery that is still open, or None."""
        with self._lock:
            opened = self._opened.get(delivery_id)
        return None if opened is None else opened.delivery

    def begin(self, delivery: Delivery, client: str) -> Hit:
        """Begin a hit of an open delivery for a client, by its product name; close it whatever happens."""
        with self._lock:
            opened = self._opened[delivery.id]
            opened.is_cut = opened.is_held
            hit = Hit(self, opened, client)
            opened.live.add(hit)
        return hit

    def admit(self, hit: Hit, size: int) -> bool:
        """As `Hit.admit`."""
        with self._lock:
            if hit.opened.is_held or hit.is_doubtful:
                hit.is_doubtful = hit.opened.is_held
                return False
            hit.sent += size
            return True

    def close_hit(self, hit: Hit, *, whole: bool) -> None:
        """As `Hit.close`."""
        with self._lock:
            hit.opened.live.discard(hit)
            hit.count_in(hit.opened.count, self._clock.now())
            hit.opened.count.whole += whole

    @contextmanager
    def ending(self, agreement: str) -> "Iterator[Ending]":
        """Lend what an act on an agreement does with its deliveries; undone when the block fails.

        From its `record` to the end of the block no byte of theirs is let through.
        """
        ending = Ending(self._clock, self._lock, self._opened, agreement)
        try:
            yield ending
        except BaseException:
            ending.undo()
            raise
        ending.finish()

    def cut(self, delivery: Delivery, reasons: Sequence[str]) -> None:
        """Record once that the open streams of a delivery were cut."""
        with self._lock:
            opened = self._opened.get(delivery.id)
            if opened is None or opened.is_cut:
                return
            opened.is_cut = True
        self._record_refusal(opened, reasons)

    def refuse(self, delivery: Delivery, reasons: Sequence[str]) -> None:
        """Record that a hit of a delivery was refused."""
        with self._lock:
            opened = self._opened.get(delivery.id)
        if opened is not None:
            self._record_refusal(opened, reasons)

    def _record_refusal(self, opened: _Open, reasons: Sequence[str]) -> None:
        event = refuse(
            at=self._clock.now(),
            discloser=opened.discloser,
            subject=opened.delivery.agreement,
            door=opened.delivery.door,
            reasons=reasons,
            actor=opened.actor,
            policies=self._policies,
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
        due = self._find_due(everything=everything)
        if not due:
            return
        taken: list[tuple[_Open, _Count]] = []
        try:
            self._writer.submit(lambda transaction: self._write(transaction, due, taken))
        except CommonwealError:  # the writer is stopped and says so itself; the authorisation stands in the log
            with self._lock:
                for opened, count in taken:
                    opened.count.merge(count)

    def _write(self, transaction: Transaction, due: Sequence[_Open], taken: list[tuple[_Open, _Count]]) -> None:
        """Record what was counted, taken in the transaction itself: never after the end of its agreement."""
        at = self._clock.now()
        with self._lock:
            taken += [(each, each.take()) for each in due if each.count.first and not each.is_held]
        for opened, count in taken:
            transaction.record(_completed(opened, count, at))

    def _find_due(self, *, everything: bool) -> list[_Open]:
        now = self._clock.now()
        due = []
        with self._lock:
            for key, opened in list(self._opened.items()):
                if opened.count.first and not opened.is_held and (everything or _is_due(opened.count, now)):
                    due.append(opened)
                elif opened.delivery.expires + KEPT <= now and not opened.live:
                    del self._opened[key]
        return due


class Ending:
    """An act on an agreement, as its deliveries meet it: counted and held until it is done, or for ever."""

    def __init__(self, clock: Clock, lock: Lock, opened: dict[str, _Open], agreement: str) -> None:
        self._clock = clock
        self._lock = lock
        self._opened = opened
        self._agreement = agreement
        self._held: list[_Open] = []
        self._for_ever = False

    def record(self, transaction: Transaction, at: datetime, *, for_ever: bool) -> None:
        """Hold the deliveries, and record what they have sent, in the transaction of the act and before its event.

        A hit that is being answered is counted with the bytes that it was given so far, and as not whole.
        """
        self._for_ever = for_ever
        for opened, count in self._hold(at):
            if count.first is not None:
                transaction.record(_completed(opened, count, at))

    def _hold(self, at: datetime) -> list[tuple[_Open, _Count]]:
        with self._lock:
            self._held = [each for each in self._opened.values() if each.delivery.agreement == self._agreement]
            return [(each, each.hold(at)) for each in self._held]

    def finish(self) -> None:
        """Forget what was recorded: the act is done."""
        with self._lock:
            for opened in self._held:
                opened.go_on(for_ever=self._for_ever)

    def undo(self) -> None:
        """Let the deliveries go on: the agreement did not end."""
        with self._lock:
            for opened in self._held:
                opened.is_held = False


def _completed(opened: _Open, count: _Count, at: datetime) -> Event:
    return complete(opened.delivery, at=at, discloser=opened.discloser, actor=opened.actor, counts=count.counted())


def _is_due(count: _Count, now: datetime) -> bool:
    if count.first is None or count.last is None:
        return False
    return now - count.last >= QUIET or now - count.first >= LONGEST
