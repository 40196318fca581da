"""Rotation: a key gets its next version, and every wrap under an earlier one passes to it while reading goes on.

What is left to do is read from the header rows themselves, so the work resumes after any stop (ADR 18).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event as Signal
from threading import Lock, Thread

from sqlalchemy import Connection

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.datasets import SealedFile
from commonweal.adapters.sql.wraps import Wrap, count_wraps, list_behind, replace_wrap
from commonweal.core import Actor, CommonwealError, Event, InputError, Json, ProofError, StoreError
from commonweal.keys import (
    HeaderRow,
    KekContext,
    KekReference,
    KeyPurpose,
    KeyRecord,
    KeyState,
    UnknownKeyError,
    rewrap_all,
)
from commonweal.node.parts import LINK_SECRET, RECORDS_SECRET, SOURCE_SECRET, Parts

from .source_secrets import SourceSecrets

BATCH = 100
_RETRY_SECONDS = 5.0
_PROCESS = Actor("the node", "")


@dataclass(frozen=True, slots=True)
class Rotation:
    """How far the wraps of a key-encryption key have passed to its current version; `failure` is why not further."""

    kek: KekReference
    left: int
    total: int
    failure: str = ""


class UnrotatableKeyError(InputError):
    """A key that is not rotated in place."""

    code = "keys.unrotatable"
    default_advice = "`commonweal keys exposure KEY` says what to do about such a key instead."


class Rotating:
    """Makes next versions of keys, and passes wraps on to them in the background."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._secrets = SourceSecrets(parts)
        self._failures: dict[str, str] = {}
        self._lock = Lock()
        self._wanted = Signal()
        self._closed = Signal()
        self._thread: Thread | None = None

    def verify_rotatable(self, key_id: str) -> KeyRecord:
        """Return the record of the current version of a key that can be rotated.

        Raises:
            UnknownKeyError: no such key is held.
            UnrotatableKeyError: it signs the log, seals records, or makes the tokens of an agreement.
        """
        record = self._current(key_id)
        if record.purpose is KeyPurpose.SIGNING:
            raise UnrotatableKeyError(f"{key_id} signs the log, whose readers know it by this very key.")
        if key_id == RECORDS_SECRET:
            raise UnrotatableKeyError(f"{key_id} seals agreements: those that it sealed would no longer be read.")
        if record.purpose is KeyPurpose.TOKENS and key_id not in {LINK_SECRET, SOURCE_SECRET}:
            raise UnrotatableKeyError(f"{key_id} makes the tokens of an agreement: others would no longer match.")
        return record

    def foresee(self, key_id: str) -> tuple[str, ...]:
        """Return what rotating a key will do, in sentences; errors as `verify_rotatable`."""
        record = self.verify_rotatable(key_id)
        made = f"{key_id} gets version {record.version + 1}."
        if record.purpose is KeyPurpose.RECEIVING:
            return made, "What was sealed to earlier versions still opens; give senders the new recipient."
        if record.purpose is KeyPurpose.TOKENS:
            return made, "The version before is destroyed, and what it signed is no longer accepted."
        with self._parts.read() as connection:
            _, wraps = count_wraps(connection, KekReference(key_id, record.version))
        return made, f"Wraps that pass to it: {wraps}. No data is touched, and reading goes on."

    def _current(self, key_id: str) -> KeyRecord:
        for record in reversed(self._parts.custodian.list_keys()):
            if record.key_id == key_id and record.state is KeyState.ACTIVE:
                return record
        raise UnknownKeyError("The custodian holds no such key.")

    def rotate(self, key_id: str, body: str, actor: Actor) -> int:
        """Make the next version of a key of a body, begin to pass its wraps on, and return the version.

        The version is made between two units of work, so that no wrap under the last one is recorded after it.
        """
        record, now = self.verify_rotatable(key_id), self._parts.clock.now()

        def work(transaction: Transaction) -> int:
            version = self._make_version(record)
            facts: dict[str, Json] = {"key": key_id, "purpose": record.purpose.value, "version": version}
            transaction.record(Event("key.rotated", now, body, key_id, actor, facts))
            return version

        version = self._parts.writer.submit(work)
        self.resume()
        return version

    def _make_version(self, record: KeyRecord) -> int:
        custodian = self._parts.custodian
        if record.purpose is KeyPurpose.KEY_ENCRYPTION:
            return custodian.rotate_kek(record.key_id).version
        custodian.rotate_secret(record.key_id, record.purpose)
        return record.version + 1

    def rotations(self) -> list[Rotation]:
        """Return how far each key-encryption key that has more than one version is."""
        with self._parts.read() as connection:
            counts = {
                kek: (*count_wraps(connection, kek), self._secrets.count_behind(connection, kek))
                for kek in self._rotated()
            }
        return [
            Rotation(kek, left + secrets, total + secrets, self._failures.get(kek.kek_id, ""))
            for kek, (left, total, secrets) in counts.items()
        ]

    def _rotated(self) -> list[KekReference]:
        return [
            KekReference(each.key_id, each.version)
            for each in self._parts.custodian.list_keys()
            if each.purpose is KeyPurpose.KEY_ENCRYPTION and each.state is KeyState.ACTIVE and each.version > 1
        ]

    def resume(self) -> None:
        """Pass on in the background what is left, if anything is."""
        with self._lock:
            if self._closed.is_set() or not self._behind():
                return
            self._wanted.set()
            if self._thread is None:
                self._thread = Thread(target=self._run, name="commonweal-rotation", daemon=True)
                self._thread.start()

    def _behind(self) -> list[KekReference]:
        with self._parts.read() as connection:
            return [kek for kek in self._rotated() if self._count_behind(connection, kek)]

    def _count_behind(self, connection: Connection, kek: KekReference) -> int:
        return count_wraps(connection, kek)[0] or self._secrets.count_behind(connection, kek)

    def _run(self) -> None:
        while not self._closed.is_set():
            self._wanted.wait()
            self._wanted.clear()
            while self._try() and not self._closed.wait(_RETRY_SECONDS):
                pass

    def _try(self) -> bool:
        """Pass on what is left and say whether it is worth trying again by itself."""
        self._failures = {}
        again = False
        for kek in self._behind():
            try:
                self.pass_on(kek)
            except CommonwealError as error:
                self._failures[kek.kek_id] = str(error)
                again |= not isinstance(error, ProofError)
        return again and not self._closed.is_set()

    def pass_on(self, kek: KekReference) -> None:
        """Pass every wrap under an earlier version to `kek`, the current one, a batch to a transaction.

        Raises:
            ProofError: some wraps, or what some schedules need, are damaged; all others were passed on.
            CustodianUnavailableError: the device does not answer; what was passed on stays so.
        """
        after, damaged = "", 0
        while not self._closed.is_set() and (batch := self._next(kek, after)):
            after = batch[-1].file.id
            made = rewrap_all(self._parts.custodian, kek, [(each.row, _context(each.file)) for each in batch])
            fresh = [(each.row, new) for each, new in zip(batch, made, strict=True) if new is not None]
            damaged += len(batch) - len(fresh)
            if fresh:
                self._replace(kek, batch[0].file.body, fresh)
        told = [f"{damaged} wraps under {kek.kek_id} are damaged and stay as they are."] if damaged else []
        if left := self._pass_on_secrets(kek):
            told.append(
                f"What {left} schedules of {kek.kek_id} need to read their sources is damaged and stays as it is; "
                "remove them and make them again."
            )
        if told:
            raise ProofError(" ".join(told))

    def _pass_on_secrets(self, kek: KekReference) -> int:
        """Pass on what the schedules of the key's body need to read their sources; return how many do not open."""
        now = self._parts.clock.now()
        with self._parts.read() as connection:
            body, behind = self._secrets.body_behind(connection, kek), self._secrets.count_behind(connection, kek)
            if not self._secrets.count_openable(connection, kek):
                return behind

        def work(transaction: Transaction) -> int:
            passed = self._secrets.pass_on(transaction.connection, kek)
            left = self._secrets.count_behind(transaction.connection, kek)
            facts: dict[str, Json] = {"key": kek.kek_id, "version": kek.version, "wraps": passed, "left": left}
            transaction.record(Event("wraps.passed-on", now, body, kek.kek_id, _PROCESS, facts))
            return left

        return self._parts.writer.submit(work)

    def _next(self, kek: KekReference, after: str) -> list[Wrap]:
        with self._parts.read() as connection:
            return list_behind(connection, kek, after=after, limit=BATCH)

    def _replace(self, kek: KekReference, body: str, rows: Sequence[tuple[HeaderRow, HeaderRow]]) -> None:
        now = self._parts.clock.now()

        def work(transaction: Transaction) -> None:
            done = sum(replace_wrap(transaction.connection, old, new) for old, new in rows)
            left, _ = count_wraps(transaction.connection, kek)
            facts: dict[str, Json] = {"key": kek.kek_id, "version": kek.version, "wraps": done, "left": left}
            transaction.record(Event("wraps.passed-on", now, body, kek.kek_id, _PROCESS, facts))

        self._parts.writer.submit(work)

    def finish(self, kek_id: str) -> None:
        """Pass on all wraps of one key before returning; errors as `pass_on`."""
        self.pass_on(self._parts.custodian.current_kek(kek_id))
        if self._parts.custodian.current_kek(kek_id) in self._behind():
            raise StoreError(f"The node is stopping while the wraps of {kek_id} are passed on.")

    def close(self) -> None:
        """Stop after the batch in hand."""
        with self._lock:
            self._closed.set()
            self._wanted.set()
        if self._thread is not None:
            self._thread.join()


def _context(file: SealedFile) -> KekContext:
    return KekContext(file.body, file.dataset, str(file.version), file.agreement)
