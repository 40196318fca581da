"""The examination behind `commonweal doctor`: what is wrong with a home folder, and how to mend it."""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from commonweal.adapters.folder import is_locked
from commonweal.core import CommonwealError, StoreFullError, SystemClock

from .custody import find_secret, open_custodian
from .parts import NODE_KEY
from .settings import read_settings
from .verifying import verify_home

_LEAST_FREE = 256 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of the examination."""

    check: str
    ok: bool
    detail: str


def examine_home(home: Path) -> list[Finding]:
    """Return what each check found, in the order in which a fault should be mended."""
    checks: dict[str, Callable[[Path], str]] = {
        "settings": _check_settings,
        "unlock secret": _check_secret,
        "custodian": _check_custodian,
        "log and sealed files": _check_log,
        "free space": _check_space,
    }
    return [_examine(name, check, home) for name, check in checks.items()]


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


def _check_space(home: Path) -> str:
    free = shutil.disk_usage(home if home.exists() else home.absolute().parent).free
    if free < _LEAST_FREE:
        raise StoreFullError(f"Only {free >> 20} MiB are free.")
    return f"{free >> 30} GiB free"
