"""A folder that is filled whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commonweal.core import InputError

from .new_file import explained


@contextmanager
def filling(folder: Path) -> Iterator[None]:
    """Make a folder for the block to fill; if the block fails, the folder is as it was: empty, or not there.

    Raises:
        InputError: it holds something already.
        StoreError: it cannot be made.
    """
    folder = folder.resolve()  # `a/..` is what it is once it is made, which may hold something
    was_there = folder.exists()
    if was_there and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder.", advice="Name a new folder with --home.")
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with explained(folder):
            folder.chmod(0o700)
        yield
    except BaseException:
        for each in folder.iterdir():
            shutil.rmtree(each, ignore_errors=True) if each.is_dir() else each.unlink(missing_ok=True)
        if not was_there:
            folder.rmdir()
        raise
