"""Bars on standard error, where that is a terminal: how far the sending is, and that the node is at work."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def sending(words: str, size: int) -> Iterator[Callable[[int], None]]:
    """Give what takes the number of bytes just sent of `size`; shown are the share, the rate and the time left."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress("{task.description}", *columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task(words, total=size)
        yield lambda count: progress.advance(task, count)


@contextmanager
def working(words: str) -> Iterator[None]:
    """Show that something is being done whose length is not known, and for how long it has been."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TimeElapsedColumn

    columns = (BarColumn(), TimeElapsedColumn())
    with Progress("{task.description}", *columns, console=Console(file=sys.stderr), transient=True) as progress:
        progress.add_task(words, total=None)
        yield
