"""A relay between a node and the device that holds its keys, which can lose the connection at the worst moment."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 1 << 16


class Relay:
    """Carries bytes both ways between its own port of loopback and another one.

    Once `lose` is set, a request that holds it reaches the other side, its answer does not come back, and the
    relay lets nobody through until `mend`.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lost = threading.Event()
        self._open: list[socket.socket] = []
        self.port = int(self._listener.getsockname()[1])
        self.lose = b""

    @property
    def is_lost(self) -> bool:
        """Whether the connection was lost."""
        return self._lost.is_set()

    def mend(self) -> None:
        """Let everybody through again."""
        self.lose = b""
        self._lost.clear()

    def run(self) -> None:
        """Carry until `close`."""
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                if self._lost.is_set():
                    here.close()
                    continue
                there = socket.create_connection(("127.0.0.1", self._target))
                self._open += [here, there]
                for one, other, watched in ((here, there, True), (there, here, False)):
                    threading.Thread(target=self._carry, args=(one, other, watched), daemon=True).start()

    def close(self) -> None:
        """Let go of everything."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            each.close()

    def _carry(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                loses = watched and self.lose and self.lose in piece
                if loses:
                    self._lost.set()
                elif self._lost.is_set():
                    break
                target.sendall(piece)
            for each in (source, target):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def relaying(target: int) -> Iterator[Relay]:
    """Relay to a port of loopback while a block runs."""
    relay = Relay(target)
    runner = threading.Thread(target=relay.run)
    runner.start()
    try:
        yield relay
    finally:
        relay.close()
        runner.join()
