"""What the tests of backup and restore share: a backup that was kept, and who takes one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.datasets import add_sealed_file
from commonweal.core import Actor, CommonwealError, Event, SystemClock
from commonweal.keys import KekContext
from commonweal.node import BackupManifest, Node, keep_backup
from commonweal.node.backups.manifest import read_backup_manifest

if TYPE_CHECKING:
    from tests.conftest import Agreed, Home, ServedHere

Serving = Callable[["Home"], AbstractContextManager["ServedHere"]]
BODY = "cabinet-office"
SECRET = "a secret that only these tests know"  # that of tests/conftest.py


@dataclass(frozen=True)
class Kept:
    """A backup, the home it is of, and what its recipient read."""

    file: Path
    home: "Home"
    agreed: "Agreed"
    read: bytes
    manifest: BackupManifest
    session: str


@dataclass(frozen=True)
class Later:
    """The machine's clock, moved on."""

    by: timedelta

    def now(self) -> datetime:
        return SystemClock().now() + self.by


def back_up(served: "ServedHere", place: Path, days: int | None = None) -> Path:
    """Take a backup by HTTP, proved as it arrives."""
    query = {} if days is None else {"keep_days": days}
    with served.client.stream("GET", "/api/v1/backup", headers=served.person(), params=query) as answer:
        assert answer.status_code == 200, answer.read()
        expected = int(answer.headers["content-length"])
        found, _ = keep_backup(answer.iter_bytes(), place, fingerprint=served.node.parts.log.key.fingerprint)
    assert found.stat().st_size == expected
    assert found.stat().st_mode & 0o777 == 0o600
    return found


def rows(served: "ServedHere", agreed: "Agreed") -> bytes:
    answer = served.send("GET", agreed.data_path("csv"), agreed.reader)
    assert answer.status_code == 200, answer.text
    return answer.content


def left(home: "Home") -> list[str]:
    """Return what a backup left of itself in a home."""
    unfinished = [each.name for each in (home.folder / "blobs" / "unfinished").iterdir()]
    return [*unfinished, *(each.name for each in home.folder.glob("backing-up*"))]


def manifest_of(file: Path) -> BackupManifest:
    with file.open("rb") as opened:
        return read_backup_manifest(opened)


def verify_refused(act: Callable[[], object], code: str, ending: int) -> CommonwealError:
    with pytest.raises(CommonwealError) as refused:
        act()
    assert (refused.value.code, refused.value.outcome.exit_code) == (code, ending), refused.value
    return refused.value


def seal_large(node: Node, size: int) -> None:
    """Have the Cabinet Office's node hold one more sealed file, of `size` mebibytes."""
    with node.files.seal("sf-large") as sealing:
        for _ in range(size):
            sealing.writer.write(bytes(1 << 20))
    described, headers = node.files.wrap(sealing, KekContext(BODY, f"{BODY}/trial", "1", "trial"), f"kek-{BODY}")

    def work(transaction: Transaction) -> None:
        add_sealed_file(transaction.connection, described, headers)
        event = Event("dataset.published", node.parts.clock.now(), BODY, f"{BODY}/trial", Actor("a trial", BODY))
        transaction.record(event)

    node.parts.writer.submit(work)
