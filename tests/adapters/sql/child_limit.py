"""A process whose files may not grow: it meets a failing disk, says how, and goes on when the limit is lifted."""

import json
import resource
import sys
from pathlib import Path

from tests.adapters.sql.conftest import Store

from commonweal.core import CommonwealError


def limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def meet_the_limit(store: Store) -> CommonwealError:
    for number in range(1000):
        try:
            store.make(f"thing-{number}", note="x" * 2000)
        except CommonwealError as error:
            return error
    raise AssertionError("the disk never failed")


def main(home: str) -> None:
    store = Store.open(Path(home))
    store.log.sign_pending()
    limit((store.home / "node.db-wal").stat().st_size + 100_001)
    error, stopped = meet_the_limit(store), store.writer.stopped
    kept = len(store.things())
    limit(resource.RLIM_INFINITY)
    store.make("after")
    store.log.sign_pending()
    answer = {
        "error": error.code,
        "stopped": stopped,
        "healed": store.writer.stopped is None,
        "kept": kept,
        "things": store.things() == store.subjects(),
        "size": store.verify().size,
    }
    store.close()
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
