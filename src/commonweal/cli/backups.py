"""The commands of backup: a node in one file while it serves, and a home made of such a file again."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from commonweal.core import CommonwealError, Outcome

from .operating import HERE, HOME, read_checkpoint, where_the_secret_is
from .rendering import say, show_json
from .session import Folder, Target, connect

if TYPE_CHECKING:
    from commonweal.node import BackupManifest, Restored


class BackupBrokenError(CommonwealError):
    """A backup ended before its last byte: the node was stopped, or found that something it holds is not whole."""

    code = "backup.broken"
    outcome = Outcome.UNREACHABLE
    default_advice = "Repeat the command; if it breaks off again, stop the node and run `commonweal audit verify`."


Days = Annotated[int, Parameter(validator=Number(gte=1, lte=3650))]


def register(app: App) -> None:
    """Add the commands to the command line."""
    app.command(backup)
    app.command(restore)


def backup(file: Path, /, *, keep_days: Days | None = None, target: Target = HERE) -> None:
    """Back up a whole node into one file, while it serves: database, sealed files, log, sealed keys, settings.

    Every digest and the node's signature are verified as it arrives; if it breaks off, nothing is left. It holds no
    unlock secret.

    Args:
        file: the file to write, mode 0600; or a folder that exists: the backup is then named by its node and moment,
            and expired backups of that node there are removed.
        keep_days: in how many days it expires and can no longer be restored (default: the node's setting).
        target: the node.
    """
    from commonweal.core import SystemClock
    from commonweal.node import remove_expired

    place, manifest = _fetch(file, target, {} if keep_days is None else {"keep_days": str(keep_days)})
    for gone, old in remove_expired(file, manifest, SystemClock().now()) if file.is_dir() else ():
        sys.stderr.write(f"Removed {gone}: it expired on {old.expires:%-d %B %Y}.\n")
    show_json(_as_json(place, manifest)) if target.json else say(*_told(place, manifest, target))


def _fetch(file: Path, target: Target, query: dict[str, str]) -> tuple[Path, "BackupManifest"]:
    from commonweal.adapters.wire import UnreachableError
    from commonweal.node import keep_backup

    begun = False
    try:
        with connect(target) as node:
            fingerprint = str(node.get("/health")["log_key"])
            with node.stream("/api/v1/backup", **query) as pieces:
                begun = True
                return keep_backup(pieces, file, fingerprint=fingerprint)
    except UnreachableError:
        if begun:
            raise BackupBrokenError("The node broke the backup off; nothing of it was kept.") from None
        raise


def _as_json(place: Path, manifest: "BackupManifest") -> dict[str, Any]:
    return {"file": str(place), **manifest.as_json()}


def _told(place: Path, manifest: "BackupManifest", target: Target) -> tuple[str, ...]:
    return (
        f"Backed up node {manifest.node} of {manifest.body} to {place}: {manifest.log_size} events, "
        f"{manifest.index.members} files, {manifest.index.size:,} bytes, all verified.",
        f"It can be restored until {manifest.expires:%-d %B %Y}.",
        f"It holds no unlock secret. {_secret(target)}",
    )


def _secret(target: Target) -> str:
    from commonweal.node import read_settings

    if target.node:
        return "That secret is where the node's operator keeps it: without it nobody can open what is restored."
    return where_the_secret_is(read_settings(target.folder()))


def restore(file: Path, /, *, against: Path | None = None, key: str = "", place: Folder = HOME) -> None:
    """Make a home folder of a backup, and prove all of it first; needs no secret, and opens nothing to anybody.

    Args:
        file: the backup.
        against: a checkpoint kept from before, which the restored log must extend.
        key: the fingerprint of the log's key that is expected.
        place: the folder to make.
    """
    from commonweal.node import restore_home

    home = place.folder()
    done = restore_home(file, home, against=read_checkpoint(against), fingerprint=key)
    if place.json:
        return show_json(
            {
                "home": str(home),
                "verified": True,
                "sealed_files": done.report.sealed_files,
                "secret": done.secret or None,
                "shut": done.shut,
                **done.manifest.as_json(),
            }
        )
    return say(*_restored(home, done))


def _restored(home: Path, done: "Restored") -> tuple[str, ...]:
    manifest = done.manifest
    opens = f"Its unlock secret is here and fits ({done.secret})." if done.secret else f"Before `serve`: {done.missing}"
    if done.shut:
        opens += f" Sealed files that stay shut, because their keys have been destroyed since: {done.shut}."
    return (
        f"Restored node {manifest.node} of {manifest.body} in {home}, as of {manifest.made:%-d %B %Y at %H:%M} UTC: "
        f"{manifest.log_size} signed events, sealed files: {done.report.sealed_files}, all verified.",
        opens,
        "What was revoked, withdrawn or shredded since then no longer is: do it again. Recipients' tokens from before "
        "then work until they expire. The next start records `node.restored` and ends every sign-in.",
        "Never again start the node that this one replaces: two that sign one log fork it.",
    )
