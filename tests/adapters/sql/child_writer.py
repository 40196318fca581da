"""A process to be killed: 32 callers store things, and say so only when `make` has returned."""

import os
import sys
from itertools import count
from pathlib import Path
from threading import Thread

from tests.adapters.sql.conftest import Store

CALLERS = 32


def call(store: Store, name: str) -> None:
    for number in count():
        thing = f"{name}-{number}"
        store.make(thing)
        os.write(1, f"{thing}\n".encode())


def main(home: str, name: str, publishing: str) -> None:
    store = Store.open(Path(home))
    if publishing == "publishing":
        store.log.start()
    for caller in range(CALLERS):
        Thread(target=call, args=(store, f"{name}-{caller}")).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
