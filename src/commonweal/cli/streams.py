"""Where a command's bytes come from and go to: standard input and output, or files, each written whole or not."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

STANDARD = Path("-")
"""Stands for standard input or output."""


@contextmanager
def reading(path: Path) -> Iterator[BufferedReader]:
    """Open a file to read."""
    if path == STANDARD:
        yield cast("BufferedReader", sys.stdin.buffer)
        return
    with path.open("rb") as file:
        yield file


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write, mode 0600, that takes its name when the block ends well and is gone when it does not."""
    if path == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
