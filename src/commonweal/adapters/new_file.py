"""A large file in the making: written aside by one process, durable before it has its name, gone if that fails."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from commonweal.core import StoreError, StoreFullError

from .durable import sync_folder


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turn the failure to read or write at `place` into a `StoreFullError` or a `StoreError` that names it."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFullError(
                f"The disk is full: {place} was not written.", advice="Free space on that disk, or name another."
            ) from None
        raise StoreError(
            f"{place} cannot be read or written: {error.strerror}.",
            advice="Check the folder, its owner and permissions.",
        ) from None


@contextmanager
def written_aside(aside: Path) -> Iterator[BinaryIO]:
    """Open a file for one writer, mode 0600 and empty; after the block it has been given its name, or is removed.

    What a killed writer left there is overwritten.

    Raises:
        StoreFullError: the disk is full.
        StoreError: the folder cannot be written, or another process is writing there.
    """
    with explained(aside), os.fdopen(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+b") as file:
        _lock(file, aside)
        try:
            file.truncate(0)
            yield file
        finally:
            _remove(file, aside)


def _remove(file: BinaryIO, aside: Path) -> None:
    """Remove what was written aside, unless it has its name by now and another's file lies there."""
    with suppress(FileNotFoundError):
        if os.path.samestat(aside.stat(), os.fstat(file.fileno())):
            aside.unlink()


def _lock(file: BinaryIO, aside: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StoreError(
            f"Another process is writing {aside}.", advice="Wait for it to end, or name another file."
        ) from None


def give_name(file: BinaryIO, aside: Path, place: Path) -> None:
    """Make what was written aside durable, then call it `place`, in the same folder.

    Raises:
        StoreFullError: the disk is full.
        StoreError: the file cannot be written.
    """
    with explained(place):
        file.flush()
        os.fsync(file.fileno())
        aside.replace(place)
        sync_folder(place.parent)


@contextmanager
def new_file(place: Path) -> Iterator[BinaryIO]:
    """Open a file that must not exist, mode 0600, with the folders above it; its bytes are durable after the block.

    Raises:
        StoreFullError: the disk is full.
        StoreError: the file cannot be written, or something has that name.
    """
    with explained(place):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
