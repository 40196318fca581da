"""Use cases of audit: read one's own events, prove one of them, verify a whole home folder."""

from dataclasses import dataclass
from pathlib import Path

from commonweal.adapters.blobs import LocalBlobs
from commonweal.adapters.sql import LogProof, open_stopped, verify_home_log
from commonweal.adapters.sql.datasets import list_sealed_files
from commonweal.audit import LogEvent, LogKey, LogReport, LogRow
from commonweal.core import CommonwealError, Event, Json, ProofError
from commonweal.identity import Permission

from .callers import Caller
from .parts import BLOBS, DATABASE, LOG, Parts
from .settings import read_settings


class Auditing:
    """The log, as its parties may see it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def events(
        self, caller: Caller, *, subject: str = "", name: str = "", after: int = -1, limit: int = 100
    ) -> list[LogEvent]:
        """Return events of the caller's body, in the order of the log; the operator sees all."""
        caller.require(Permission.READ_LOG, caller.person.body)
        found = self._parts.log.find_events(
            body=None if caller.is_operator else caller.person.body,
            subject=subject or None,
            name=name or None,
            after=after,
            limit=limit,
        )
        self._view(caller, "events.viewed", subject or "log")
        return found

    def prove(self, caller: Caller, index: int) -> tuple[LogRow, LogProof]:
        """Return an event that the caller may see and the proof that it is in the log."""
        mine = self.events(caller, after=index - 1, limit=1)
        if not mine or mine[0].index != index:
            raise ProofError(f"The log holds no event {index} of {caller.person.body}.")
        return self._parts.log.event_at(index), self._parts.log.inclusion_proof(index)

    def _view(self, caller: Caller, name: str, subject: str) -> None:
        event = Event(name, self._parts.clock.now(), caller.person.body, subject, caller.actor())
        self._parts.record(event)

    def health(self) -> dict[str, Json]:
        """Return what `/health` says: it answers while the log is stopped, and says so."""
        settings = self._parts.settings
        stopped = self._parts.writer.stopped or self._parts.log.failure
        return {
            "status": "stopped" if self._parts.writer.stopped else "ok",
            "why": stopped or "",
            "node": settings.node,
            "body": settings.body,
            "origin": settings.origin,
            "log_key": self._parts.log.key.fingerprint,
            "pack": self._parts.pack.digest,
            "policies": self._parts.policy.digest,
        }


@dataclass(frozen=True, slots=True)
class HomeReport:
    """What verifying a home folder proved: the log, and how many sealed files hold what the log says."""

    log: LogReport
    sealed_files: int
    fingerprint: str


def verify_home(home: Path, *, against: bytes | None = None, fingerprint: str = "") -> HomeReport:
    """Prove a stopped copy of a home folder, anywhere, without the unlock secret.

    1. The public key in the home is the one whose fingerprint the caller was given, if one was.
    2. The log proves itself (`verify_log` lists the steps), and extends the checkpoint `against`.
    3. Every sealed file that is held has the digest that was recorded when it was written.

    Raises:
        ProofError: a step fails; the message names the event, tile or file.
        StoreError: the folder cannot be read.
    """
    settings = read_settings(home)
    # 1
    key = LogKey(settings.origin, bytes.fromhex(settings.public_key))
    if fingerprint and fingerprint != key.fingerprint:
        raise ProofError(
            "The log's public key is not the one expected.", advice="Compare with `/health` of the node you know."
        )
    # 2
    report = verify_home_log(home / DATABASE, home / LOG, key, against=against)
    # 3
    with open_stopped(home / DATABASE) as engine, engine.connect() as connection:
        held = list_sealed_files(connection)
    blobs = LocalBlobs(home / BLOBS)
    for each in held:
        _verify_blob(blobs, each.id, each.digest)
    return HomeReport(report, len(held), key.fingerprint)


def _verify_blob(blobs: LocalBlobs, sealed_file: str, digest: str) -> None:
    try:
        found = blobs.digest(sealed_file)
    except CommonwealError:
        raise ProofError(f"Sealed file {sealed_file} is missing.") from None
    if found != digest:
        raise ProofError(f"Sealed file {sealed_file} is not what was written.")
