"""The process in which foreign binary forms are read: content on standard input, CSV on standard output."""

import json
import resource
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import BinaryIO, TypeAlias

from commonweal.publish import SourceError

from .apart import MEMORY, REFUSED, SECONDS
from .rows import RowWriter
from .telling import Taken

Reader: TypeAlias = Callable[[BinaryIO, dict[str, str], RowWriter], Taken]

READERS: Mapping[str, tuple[str, str]] = {
    "arrow": ("arrow_rows", "write_arrow"),
    "geopackage": ("layer_rows", "write_layer"),
    "workbook": ("sheets", "write_sheet"),
}
"""Where the reader of each form lies: only the one that is needed is loaded."""


def find_reader(name: str) -> Reader:
    """Return one of the readers."""
    module, function = READERS[name]
    reader: Reader = getattr(import_module(f".{module}", __package__), function)
    return reader


def limit_this_process(seconds: int = SECONDS) -> None:
    """Bound the memory and the computing of this process, and let it leave no image of itself when it fails."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def main(reader: str, options: str) -> int:
    """Read by one of the readers and say on standard error what was taken, or why not."""
    chosen = json.loads(options)
    limit_this_process(int(chosen.get("seconds", SECONDS)))
    try:
        writer = RowWriter(sys.stdout.buffer)
        taken = find_reader(reader)(sys.stdin.buffer, chosen, writer)
        writer.finish()
        sys.stdout.buffer.flush()
    except SourceError as error:
        return _say({"refused": str(error), "advice": error.advice()}, REFUSED)
    return _say({"what": taken.what, "notes": taken.notes, "guessed": taken.guessed}, 0)


def _say(told: dict[str, object], code: int) -> int:
    sys.stderr.write(f"\n{json.dumps(told)}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
