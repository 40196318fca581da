"""The process in which foreign binary forms are read: content on standard input, CSV on standard output."""

import json
import resource
import sys
from collections.abc import Callable, Mapping
from typing import BinaryIO

from commonweal.publish import SourceError

from .apart import MEMORY, REFUSED, SECONDS
from .arrow_rows import write_arrow
from .layer_rows import write_layer
from .rows import RowWriter
from .sheets import write_sheet
from .telling import Taken

READERS: Mapping[str, Callable[[BinaryIO, dict[str, str], RowWriter], Taken]] = {
    "arrow": write_arrow,
    "geopackage": write_layer,
    "workbook": write_sheet,
}


def limit_this_process() -> None:
    """Bound the memory and the computing of this process, and let it leave no image of itself when it fails."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def main(reader: str, options: str) -> int:
    """Read by one of the readers and say on standard error what was taken, or why not."""
    limit_this_process()
    try:
        writer = RowWriter(sys.stdout.buffer)
        taken = READERS[reader](sys.stdin.buffer, json.loads(options), writer)
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
