"""Bars on standard error, where that is a terminal: how far the sending is, and how far the node's work."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

_PERIOD = 0.25
"""Seconds between two questions of how far the node is."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of `size` bytes the node has read, and about how many rows these are, if that is known."""

    size: int
    read: int
    rows: int | None


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


@contextmanager
def following(words: str, ask: Callable[[], Reach | None]) -> Iterator[None]:
    """Show how far the node is in the block, as `ask` tells until it has no more: rows, their rate and the time left.

    `ask` is called by another thread. The time is that of the pass over the source which runs: what the node counts
    in what it wrote comes after it.
    """
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), "{task.fields[rows]}", TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        progress.add_task(words, total=None, rows="")
        ended = Event()
        asking = Thread(target=_keep_asking, args=(progress, ask, ended))
        asking.start()
        try:
            yield
        finally:
            ended.set()
            asking.join()


def _keep_asking(progress: "Progress", ask: Callable[[], Reach | None], ended: Event) -> None:
    while not ended.wait(_PERIOD) and (reach := ask()) is not None:
        _show(progress, reach)


def _show(progress: "Progress", reach: Reach) -> None:
    """Show one answer; what was read falls where a new pass begins."""
    task = progress.tasks[0]
    if reach.read < task.completed:
        progress.reset(task.id)
    progress.update(task.id, total=reach.size, completed=reach.read, rows=_rows(reach, task.speed))


def _rows(reach: Reach, speed: float | None) -> str:
    """Return the rows in words, and their rate where `speed`, in bytes a second, is known."""
    if not (reach.rows and reach.read):
        return ""
    rate = f", {speed * reach.rows / reach.read:,.0f} a second" if speed else ""
    return f"about {reach.rows:,} rows{rate}"
