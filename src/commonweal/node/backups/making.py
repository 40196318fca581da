"""Use cases of backup: the whole of a node in one file while it serves, and until when such files last."""

import json
import shutil
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from commonweal.adapters.archive import Index, archive_size, gathered, write_archive
from commonweal.adapters.new_file import explained
from commonweal.adapters.sql import Log, Transaction
from commonweal.adapters.sql.bodies import remove_sign_ins
from commonweal.adapters.sql.datasets import list_sealed_files
from commonweal.audit import LogEvent
from commonweal.core import Actor, Event, InputError, Json, StoreError, from_rfc3339, new_identifier, to_rfc3339
from commonweal.identity import Permission, RoleError
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.node.settings import DATABASE, MAX_BACKUP_DAYS, RESTORED

from .contents import Contents, settle_contents
from .manifest import BackupManifest

_ASIDE = "backing-up-"
_PAGE = 1000
_EXPIRIES = {"node.backed-up": "expires", "node.restored": "others_expire"}
"""The events that tell of backups, and the fact of each that says until when one lasts."""


def last_backup_expiry(log: Log, at: datetime) -> datetime | None:
    """Return when the last of the backups expires that may hold what the node held at `at`; None if none was ever made.

    Counted are the backups begun at or before that moment, which their events name, and after a restore those that the
    node may have made since the backup that was restored. Copies of the home made by other means are not known here.
    """
    found = [
        from_rfc3339(str(each.event.facts[fact]))
        for name, fact in _EXPIRIES.items()
        for each in _every(log, name)
        if each.event.at <= at
    ]
    return max(found, default=None)


def _every(log: Log, name: str) -> list[LogEvent]:
    found: list[LogEvent] = []
    while page := log.find_events(name=name, after=found[-1].index if found else -1, limit=_PAGE):
        found += page
    return found


class Backup:
    """One backup on its way out: its bytes, in order, once. Close it whether or not they were all taken."""

    def __init__(self, contents: Contents, manifest: BackupManifest, parts: Parts, undoing: ExitStack) -> None:
        self.size = manifest.index.size
        self.name = f"{manifest.backup}.tar"
        self._undoing = undoing
        self._parts = parts
        self._manifest = manifest
        at = int(manifest.made.timestamp())
        self._pieces = gathered(write_archive(contents.members, size=self.size, at=at, seal=self._seal))

    def _seal(self, index: Index) -> bytes:
        return replace(self._manifest, index=index).sign(self._parts.custodian)

    def __iter__(self) -> Self:
        """Return the backup itself."""
        return self

    def __next__(self) -> bytes:
        """Return the next bytes.

        Raises:
            ProofError: a sealed file is not what was written.
            CustodianUnavailableError: the manifest could not be signed.
        """
        return next(self._pieces)

    def close(self) -> None:
        """Let go of what was kept for it. Safe to repeat."""
        self._pieces.close()
        self._undoing.close()


class BackingUp:
    """Makes backups of a node that serves."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def begin(self, caller: Caller, keep_days: int | None = None) -> Backup:
        """Begin a whole backup: database, sealed files, log, keys as they lie sealed, and settings.

        1. Only the node's operator in their own name: it holds every body's records.
        2. The event `node.backed-up` is durable, and under the checkpoint that the backup holds.
        3. The database is copied at one moment; what it names is kept until the backup is closed.

        Args:
            caller: who asks.
            keep_days: in how many days the backup expires, 1 to 3650; None takes the node's setting.

        Raises:
            RoleError: another person asks.
            InputError: no such number of days.
            StoreFullError: the node's disk has no room for a copy of its database.
            BackupUnsettledError: keys or sealed files went faster than the database could be copied.
            ProofError: a sealed file is missing.
        """
        # 1
        self._require_operator(caller)
        days = self._parts.settings.backup_days if keep_days is None else keep_days
        if not 1 <= days <= MAX_BACKUP_DAYS:
            raise InputError(f"A backup is kept 1 to {MAX_BACKUP_DAYS} days.")
        # 2
        now, name = self._parts.clock.now(), new_identifier("bak")
        expires = now + timedelta(days=days)
        self._record(caller, name, now, expires)
        self._parts.log.sign_pending()
        # 3
        with ExitStack() as undoing:
            with explained(self._parts.home):
                folder = undoing.enter_context(TemporaryDirectory(prefix=_ASIDE, dir=self._parts.home))
            contents = settle_contents(self._parts, Path(folder), undoing)
            manifest = self._manifest(contents, name, now, expires)
            return Backup(contents, manifest, self._parts, undoing.pop_all())

    def _require_operator(self, caller: Caller) -> None:
        body = self._parts.settings.body
        caller.require(Permission.MANAGE_KEYS, body)
        if not caller.is_operator:
            reason = "A backup holds the records and sealed keys of every body of the node."
            raise RoleError("Only the node's own operator, in their own name, may back it up.", reasons=(reason,))

    def _record(self, caller: Caller, backup: str, now: datetime, expires: datetime) -> None:
        with self._parts.read() as connection:
            held = list_sealed_files(connection)
        size = sum(each.payload_size for each in held) + (self._parts.home / DATABASE).stat().st_size
        facts: dict[str, Json] = {
            "expires": to_rfc3339(expires),
            "log_size": self._parts.log.find_newest(limit=1)[0].index + 1,
            "blobs": len(held),
            "bytes": size,
        }
        body = self._parts.settings.body
        self._parts.record(Event("node.backed-up", now, body, backup, caller.actor(), facts))

    def _manifest(self, contents: Contents, name: str, made: datetime, expires: datetime) -> BackupManifest:
        settings = self._parts.settings
        return BackupManifest(
            backup=name,
            node=settings.node,
            origin=settings.origin,
            body=settings.body,
            custodian=settings.custodian,
            key=bytes.fromhex(settings.public_key),
            made=made,
            expires=expires,
            log_size=contents.checkpoint.size,
            log_root=contents.checkpoint.root.hex(),
            index=Index("", len(contents.members), archive_size(contents.members)),
        )

    def start(self) -> None:
        """Remove what a crash left of a backup; of a restored home, record that it is one and end every sign-in."""
        for left in self._parts.home.glob(f"{_ASIDE}*"):
            shutil.rmtree(left)
        place = self._parts.home / RESTORED
        if place.exists():
            self._record_restored(place)
            place.unlink()

    def _record_restored(self, place: Path) -> None:
        try:
            told = json.loads(place.read_bytes())
            facts: dict[str, Json] = {"log_size": int(told["log_size"]), "others_expire": str(told["others_expire"])}
            backup = str(told["backup"])
        except (OSError, ValueError, TypeError, KeyError):
            raise StoreError(f"{place} is damaged.", advice="Restore the backup again, into a new folder.") from None
        settings = self._parts.settings
        actor = Actor(settings.operator, settings.body)
        restored = Event("node.restored", self._parts.clock.now(), settings.body, backup, actor, facts)

        def work(transaction: Transaction) -> None:
            remove_sign_ins(transaction.connection)
            transaction.record(restored)

        self._parts.writer.submit(work)
