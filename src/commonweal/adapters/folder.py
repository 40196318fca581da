"""The node's folder: one lock, small files written whole, private ones with mode 0600."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path

from commonweal.core import StoreError, StoreFullError


class FolderInUseError(StoreError):
    """Another process holds the folder's lock; there is only one writer."""

    code = "store.in-use"
    default_advice = "Stop the other `commonweal` process, or let this command speak to it."


class FolderLock:
    """Holds a folder's lock file until closed; the kernel lets go of it if the process dies."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            FolderInUseError: another process has it.
        """
        self._file = (folder / "lock").open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise FolderInUseError(f"Another process is using {folder}.") from None

    def close(self) -> None:
        """Let go of the lock."""
        self._file.close()


def is_locked(folder: Path) -> bool:
    """Say whether another process holds the folder's lock."""
    try:
        with (folder / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a small file so that a reader, or a power cut, sees the old content or the new, never half.

    Raises:
        StoreFullError: the disk is full; the old content stands.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFullError(f"The disk is full: {path.name} was not written.") from None
        raise StoreError(
            f"{path} cannot be written: {error.strerror}.", advice="Check the folder's owner and permissions."
        ) from None


def make_private_folder(path: Path) -> None:
    """Make a folder (and its parents) that only its owner can enter."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
