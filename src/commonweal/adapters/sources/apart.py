"""Runs a reader of foreign binary forms in a process of its own, with little memory and time, over pipes only."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from threading import Thread, Timer
from typing import IO

from .telling import Content, Output, Taken, refuse

MEMORY = 2 << 30
"""Bytes of address space that a reader may take."""

SECONDS = 120
"""Seconds of computing, and three times as many of waiting, after which a reader is stopped."""

_PIECE = 1 << 18
_MOST_TOLD = 1 << 20
_KEPT = ("LD_LIBRARY_PATH", "PATH", "SYSTEMROOT")
REFUSED = 3


def convert_apart(reader: str, content: Content, options: dict[str, str], output: Output, what: str) -> Taken:
    """Let a reader of `foreign.READERS` turn the content into CSV and return what it says it took.

    The reader gets the content on its standard input, so nothing of it lies on a disk. `options["seconds"]` gives it
    less time than `SECONDS`.

    Raises:
        SourceError: the reader refuses it, fails, or needs more memory or time than it has.
    """
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    process = subprocess.Popen(  # noqa: S603  this Python, and a module of ours
        [sys.executable, "-I", "-m", f"{__package__}.foreign", reader, json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**environment, "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"},
    )
    with process, _stopped_in_the_end(process):
        feeding = _Feeding(content, process)
        told = _Telling(process)
        assert process.stdout is not None  # noqa: S101  it is a pipe
        while piece := process.stdout.read1(_PIECE):  # type: ignore[attr-defined]  # a pipe is buffered
            output.write(piece)
        code = process.wait()
        feeding.finish()
        return _answer(code, told.finish(), what, int(options.get("seconds", SECONDS)))


def _answer(code: int, told: dict[str, object], what: str, seconds: int) -> Taken:
    if code == REFUSED and isinstance(told.get("refused"), str):
        raise refuse(str(told["refused"]), str(told.get("advice", "")))
    if code == 0 and isinstance(told.get("what"), str):
        notes = told.get("notes", [])
        listed = tuple(str(each) for each in notes) if isinstance(notes, list) else ()
        return Taken(str(told["what"]), listed, guessed=bool(told.get("guessed")))
    if code < 0 or code == 1:
        raise refuse(
            f"{what} is damaged, or needs more than {MEMORY >> 30} GiB of memory or {seconds} seconds to be read.",
            "Save the table alone in a new file, or as CSV.",
        )
    raise refuse(f"{what} cannot be read.")


@contextlib.contextmanager
def _stopped_in_the_end(process: subprocess.Popen[bytes]) -> Iterator[None]:
    limit = Timer(SECONDS * 3, process.kill)
    limit.daemon = True
    limit.start()
    try:
        yield
    finally:
        limit.cancel()
        if process.poll() is None:
            process.kill()


class _Feeding(Thread):
    """Gives a process its input; an error met on the way is raised by `finish`."""

    def __init__(self, content: Content, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self._content = content
        self._process = process
        self._error: Exception | None = None
        self.start()

    def run(self) -> None:
        pipe = self._process.stdin
        try:
            self._content.seek(0)
            with contextlib.suppress(BrokenPipeError):
                self._feed(pipe)
        except Exception as error:  # noqa: BLE001  raised again by `finish`
            self._error = error
            self._process.kill()

    def _feed(self, pipe: IO[bytes] | None) -> None:
        if pipe is not None:
            with pipe:
                while piece := self._content.read(_PIECE):
                    pipe.write(piece)

    def finish(self) -> None:
        self.join()
        if self._error is not None:
            raise self._error


class _Telling(Thread):
    """Takes in what a process says on its standard error: its last line is a JSON object."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._told = b""
        self.start()

    def run(self) -> None:
        pipe = self._process.stderr
        while pipe is not None and (piece := pipe.read(_PIECE)):
            self._told = (self._told + piece)[-_MOST_TOLD:]

    def finish(self) -> dict[str, object]:
        self.join()
        try:
            found = json.loads(self._told.strip().splitlines()[-1])
        except (ValueError, IndexError):
            return {}
        return found if isinstance(found, dict) else {}
