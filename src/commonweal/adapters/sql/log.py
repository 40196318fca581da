"""The log as the node uses it: signed and published behind the writer, and asked questions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event as Signal
from threading import Thread

from sqlalchemy import Engine, func, select
from sqlalchemy.sql import Select

from commonweal.audit import (
    Checkpoint,
    EntryNotFoundError,
    LogEvent,
    LogKey,
    LogProofError,
    LogRow,
    ReadHash,
    consistency_proof,
    hashes_in_tiles,
    inclusion_proof,
    parse_event,
    parse_tile_path,
    verify_checkpoint,
)
from commonweal.core import CommonwealError, to_rfc3339

from .publisher import CHECKPOINT, Publisher
from .rows import log_row, select_rows
from .tables import audit_event, event_field
from .tile_files import TileFiles, read_file
from .writer import Writer

_GATHER_SECONDS = 0.2
_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LogProof:
    """A Merkle proof and the signed note it leads to: enough for anyone to check it alone.

    `hashes` are in the order of RFC 9162, for the tree of `size` entries that `checkpoint` signs.
    """

    hashes: tuple[bytes, ...]
    size: int
    checkpoint: bytes


class Log:
    """The node's audit log: tiles and a signed checkpoint within a second of each commit.

    `folder` is the public part (`tile/…` and `checkpoint`, C2SP tlog-tiles); `sign` makes Ed25519
    signatures with the private half of `key`. Questions may be asked from any thread.
    """

    def __init__(
        self, writer: Writer, reading: Engine, folder: Path, key: LogKey, sign: Callable[[bytes], bytes]
    ) -> None:
        self.key = key
        self._writer = writer
        self._reading = reading
        self._folder = folder
        self._files = TileFiles(folder)
        self._publisher = Publisher(writer, reading, folder, key, sign)
        self._failure: str | None = None
        self._closing = Signal()
        self._thread: Thread | None = None

    @property
    def failure(self) -> str | None:
        """Return why the last publication failed, or None; events stay durable and pending meanwhile."""
        return self._failure

    def start(self) -> None:
        """Sign what is pending, then follow the writer on a thread of its own.

        Raises:
            LogForkError: the store does not extend the checkpoint that was published.
            StoreError: the store or the folder cannot be read or written.
        """
        self.sign_pending()
        self._thread = Thread(target=self._follow, name="commonweal-log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread and sign what is pending; the writer must still be open.

        Raises:
            CommonwealError: as for `sign_pending`; the events are kept and signed at the next start.
        """
        if self._thread is not None:
            self._closing.set()
            self._writer.committed.set()
            self._thread.join()
            self._thread = None
        self.sign_pending()

    def sign_pending(self) -> Checkpoint:
        """Sign and publish every durable event now; return the checkpoint that covers them.

        A new log has its empty tree signed, so that a checkpoint that is missing later is known to be lost.

        Raises:
            LogForkError: the store does not extend what was signed or published.
            LogProofError: an event or the published checkpoint is damaged.
            StoreError: the store or the folder cannot be read or written (`StoreFullError`: the disk is full).
        """
        return self._publisher.publish()

    def _follow(self) -> None:
        committed = self._writer.committed
        while not self._closing.is_set():
            committed.wait()
            committed.clear()
            self._closing.wait(_GATHER_SECONDS)
            try:
                self._publisher.publish()
                self._failure = None
            except CommonwealError as error:
                self._failure = str(error)
            except Exception:  # noqa: BLE001  whatever the custodian raises, signing is tried again
                self._failure = "the log's key could not sign the checkpoint"
            if self._failure is not None:
                self._closing.wait(_RETRY_SECONDS)
                committed.set()

    def event_at(self, index: int) -> LogRow:
        """Return the event at `index` with the salt that opens its commitment; for its parties only.

        Raises:
            EntryNotFoundError: there is no such event.
        """
        with self._reading.connect() as connection:
            row = connection.execute(select_rows().where(audit_event.c.idx == index)).one_or_none()
        if row is None:
            raise EntryNotFoundError(f"the log has no event {index}")
        return log_row(row)

    def find_events(
        self,
        *,
        body: str | None = None,
        subject: str | None = None,
        name: str | None = None,
        after: int = -1,
        limit: int = 1000,
    ) -> list[LogEvent]:
        """Return the events that match every filter given, from index `after` + 1 on, at most `limit`.

        Raises:
            LogProofError: a stored event is damaged.
        """
        query = select_rows().where(audit_event.c.idx > after).limit(limit)
        return self._events(query, body=body, subject=subject, name=name)

    def find_newest(
        self,
        *,
        body: str | None = None,
        subject: str | None = None,
        name: str | None = None,
        without: Sequence[str] = (),
        before: int | None = None,
        limit: int = 1000,
    ) -> list[LogEvent]:
        """Return the events that match every filter given, newest first, at most `limit`.

        `before` leaves out what is at that index or later, `without` the events of those names.

        Raises:
            LogProofError: a stored event is damaged.
        """
        query = select_rows().order_by(None).order_by(audit_event.c.idx.desc()).limit(limit)
        if before is not None:
            query = query.where(audit_event.c.idx < before)
        if without:
            query = query.where(event_field("name").not_in(without))
        return self._events(query, body=body, subject=subject, name=name)

    def find_newest_of_each(
        self, names: Sequence[str], *, body: str | None = None, before: datetime | None = None
    ) -> list[LogEvent]:
        """Return the newest event of each of `names` for each subject: of one body or all, and before a moment or ever.

        Raises:
            LogProofError: a stored event is damaged.
        """
        named, subject = event_field("name"), event_field("subject")
        newest = select(func.max(audit_event.c.idx)).where(named.in_(names)).group_by(named, subject)
        if body is not None:
            newest = newest.where(event_field("body") == body)
        if before is not None:
            newest = newest.where(event_field("at") < to_rfc3339(before))
        return self._events(select_rows().where(audit_event.c.idx.in_(newest.scalar_subquery())))

    def count_events(self, *, subject: str) -> dict[str, tuple[int, int]]:
        """Return for each name how many events there are of a subject, and the sum of their `bytes`."""
        named, sent = event_field("name"), func.coalesce(func.sum(event_field("facts.bytes")), 0)
        query = select(named, func.count(), sent).select_from(audit_event).group_by(named)
        query = query.where(event_field("subject") == subject)
        with self._reading.connect() as connection:
            return {str(row[0]): (int(row[1]), int(row[2])) for row in connection.execute(query)}

    def _events(self, query: "Select[tuple[int, bytes, bytes, bytes]]", **filters: str | None) -> list[LogEvent]:
        for field, wanted in filters.items():
            if wanted is not None:
                query = query.where(event_field(field) == wanted)
        with self._reading.connect() as connection:
            rows = [log_row(row) for row in connection.execute(query)]
        return [LogEvent(row.index, parse_event(row.event)) for row in rows]

    def inclusion_proof(self, index: int) -> LogProof:
        """Return the proof that event `index` is under the published checkpoint.

        Raises:
            EntryNotFoundError: the event does not exist, or is not signed yet.
        """
        note, size, read_hash = self._tree()
        if not 0 <= index < size:
            raise EntryNotFoundError(f"the published log of {size} events has no event {index}")
        return LogProof(inclusion_proof(index, size, read_hash), size, note)

    def consistency_proof(self, old: int) -> LogProof:
        """Return the proof that the published checkpoint extends the log of `old` entries.

        Raises:
            EntryNotFoundError: `old` is zero or above the published size.
        """
        note, size, read_hash = self._tree()
        if not 0 < old <= size:
            raise EntryNotFoundError(f"the published log of {size} events does not extend one of {old}")
        return LogProof(consistency_proof(old, size, read_hash), size, note)

    def _tree(self) -> tuple[bytes, int, ReadHash]:
        note = self.checkpoint()
        size = verify_checkpoint(note, self.key).size
        return note, size, hashes_in_tiles(self._files.read, size)

    def checkpoint(self) -> bytes:
        """Return the published checkpoint, a signed note.

        Raises:
            EntryNotFoundError: nothing has been published yet.
        """
        note = read_file(self._folder / CHECKPOINT)
        if note is None:
            raise EntryNotFoundError("the log has not published a checkpoint yet")
        return note

    def tile_bytes(self, path: str) -> bytes:
        """Return the tile or entry bundle at `path`, such as `tile/0/000.p/5`.

        Raises:
            EntryNotFoundError: the log has no such tile, or `path` names none.
        """
        try:
            tile = parse_tile_path(path)
        except LogProofError as error:
            raise EntryNotFoundError(str(error)) from error
        return self._files.read(tile)
