"""The examination behind `commonweal doctor`: what is wrong with a home folder, and how to mend it."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from commonweal.adapters.folder import is_locked
from commonweal.adapters.sql import open_reading, open_stopped, read_events
from commonweal.core import CommonwealError, StoreFullError, SystemClock, from_rfc3339

from .audit.verifying import verify_home
from .custody import find_secret, open_custodian
from .parts import NODE_KEY
from .settings import DATABASE, read_settings

_LEAST_FREE = 256 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of the examination; one that `warns` is no fault, and still worth a look."""

    check: str
    ok: bool
    detail: str
    warns: bool = False

    @property
    def verdict(self) -> str:
        """Return `ok`, `warn` or `FAIL`."""
        return "FAIL" if not self.ok else "warn" if self.warns else "ok"


def examine_home(home: Path) -> list[Finding]:
    """Return what each check found, in the order in which a fault should be mended."""
    checks: dict[str, Callable[[Path], str]] = {
        "settings": _check_settings,
        "unlock secret": _check_secret,
        "custodian": _check_custodian,
        "log and sealed files": _check_log,
        "free space": _check_space,
    }
    return [*(_examine(name, check, home) for name, check in checks.items()), _examine_backups(home)]


def _examine(name: str, check: Callable[[Path], str], home: Path) -> Finding:
    try:
        return Finding(name, ok=True, detail=check(home))
    except CommonwealError as error:
        return Finding(name, ok=False, detail=f"{error} {error.advice()}")


def _check_settings(home: Path) -> str:
    settings = read_settings(home)
    return f"node {settings.node} of {settings.body}"


def _check_secret(home: Path) -> str:
    settings = read_settings(home)
    return find_secret(home, settings.node, settings.custodian).place


def _check_custodian(home: Path) -> str:
    settings = read_settings(home)
    secret = find_secret(home, settings.node, settings.custodian)
    with closing(open_custodian(home, settings.custodian, secret, SystemClock())) as custodian:
        custodian.sign(NODE_KEY, b"commonweal doctor")
        keys = custodian.list_keys()
    return f"{len(keys)} keys in {keys[0].place}"


def _check_log(home: Path) -> str:
    if is_locked(home):
        return "the node is running; verify a stopped copy, or ask /health"
    report = verify_home(home)
    return f"{report.log.size} events, {report.log.pending} pending, {report.sealed_files} sealed files"


def _examine_backups(home: Path) -> Finding:
    name = "backups"
    try:
        made = find_last_backup(home)
    except CommonwealError as error:
        return Finding(name, ok=False, detail=f"{error} {error.advice()}")
    if made is None:
        return Finding(name, ok=True, warns=True, detail="none was ever made; `commonweal backup FILE` makes one")
    begun, expires = made
    said = f"the last was made on {begun:%-d %B %Y}"
    if expires <= SystemClock().now():
        return Finding(name, ok=True, warns=True, detail=f"{said} and expired on {expires:%-d %B %Y}")
    return Finding(name, ok=True, detail=f"{said} and expires on {expires:%-d %B %Y}")


def find_last_backup(home: Path) -> tuple[datetime, datetime] | None:
    """Return when the last backup of a home was begun and when it expires, or None; the node may be running.

    Raises:
        StoreError: the database cannot be read.
        ProofError: an event is damaged.
    """
    read_settings(home)
    database = home / DATABASE
    with ExitStack() as opened:
        if is_locked(home):
            engine = open_reading(f"sqlite:///{database.resolve()}")
            opened.callback(engine.dispose)
        else:
            engine = opened.enter_context(open_stopped(database))
        found = read_events(opened.enter_context(engine.connect()), "node.backed-up")
    if not found:
        return None
    return found[-1].event.at, from_rfc3339(str(found[-1].event.facts["expires"]))


def _check_space(home: Path) -> str:
    free = shutil.disk_usage(home if home.exists() else home.absolute().parent).free
    if free < _LEAST_FREE:
        raise StoreFullError(f"Only {free >> 20} MiB are free.")
    return f"{free >> 30} GiB free"
