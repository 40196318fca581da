"""Staging: a source on its way in, sealed under a key that only this process has, so no plaintext touches the disk."""

import hmac
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import TypeVar

from commonweal.core import InputError, NotFoundError, new_identifier
from commonweal.identity import Permission
from commonweal.keys import PayloadWriter, new_file_key
from commonweal.node.callers import Caller
from commonweal.node.files import SealedContent
from commonweal.node.parts import SOURCE_SECRET, Parts

from .following import Progress, Reach

MAXIMUM_SOURCE = 16 << 30
MAXIMUM_STAGED = 64
STAGED_LIFE = timedelta(hours=1)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StagedSource:
    """A source as it arrived: who may publish it, its keyed digest (`mac`), length in bytes, its key, and when.

    `sender` is the person who sent it, and `progress` says how far it has been read while it is published.
    """

    id: str
    body: str
    sender: str
    mac: str
    size: int
    payload_size: int
    received: datetime
    file_key: bytes = field(repr=False)
    progress: Progress = field(repr=False, compare=False)


class Staging:
    """Receives sources and keeps them until they are published or dropped."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._staged: dict[str, StagedSource] = {}
        self._lock = Lock()

    def receive(self, caller: Caller, chunks: Iterable[bytes]) -> StagedSource:
        """Take in a source as it streams, from a person who may publish.

        Raises:
            InputError: it is larger than 16 GiB, or too many sources wait to be published.
            StoreFullError: the disk is full; nothing of it is kept.
            RoleError: the person may not publish for their body.
        """
        caller.require(Permission.PUBLISH, caller.person.body)
        self._drop_forgotten()
        with self._lock:
            if len(self._staged) >= MAXIMUM_STAGED:
                raise InputError("Too many sources wait to be published.", advice="Publish those, or wait an hour.")
        name = new_identifier("stage")
        mac = hmac.new(self._parts.custodian.get_secret(SOURCE_SECRET), digestmod=sha256)
        file_key = new_file_key()
        with self._parts.blobs.create(name) as raw:
            writer = PayloadWriter(raw, file_key)
            for chunk in _digested(chunks, mac.update):
                writer.write(chunk)
                if writer.tell() > MAXIMUM_SOURCE:
                    raise InputError("The source is larger than 16 GiB.", advice="Publish it in parts.")
            writer.close()
            raw.commit(durable=False)
        staged = StagedSource(
            id=name,
            body=caller.person.body,
            sender=caller.person.id,
            mac=mac.hexdigest(),
            size=writer.plain_size,
            payload_size=writer.payload_size,
            received=self._parts.clock.now(),
            file_key=file_key,
            progress=Progress(writer.plain_size),
        )
        with self._lock:
            self._staged[name] = staged
        return staged

    def _drop_forgotten(self) -> None:
        now = self._parts.clock.now()
        with self._lock:
            forgotten = [each.id for each in self._staged.values() if now - each.received > STAGED_LIFE]
        for staged_id in forgotten:
            self.drop(staged_id)

    def get(self, caller: Caller, staged_id: str) -> StagedSource:
        """Return a staged source of the caller's body.

        Raises:
            NotFoundError: it is unknown, of another body, or was dropped when the node restarted.
        """
        with self._lock:
            found = self._staged.get(staged_id)
        if found is None or found.body != caller.person.body:
            raise _unknown(staged_id)
        return found

    def follow(self, caller: Caller, staged_id: str) -> Reach:
        """Return how far a staged source has been read, to the person who sent it and may publish it still.

        Raises:
            NotFoundError: somebody else sent it, or as `get`.
            RoleError: the person may not publish for their body any more.
        """
        staged = self.get(caller, staged_id)
        if staged.sender != caller.person.id:
            raise _unknown(staged_id)
        caller.require(Permission.PUBLISH, staged.body)
        return staged.progress.reach()

    def open(self, staged: StagedSource) -> SealedContent:
        """Return a reader of a staged source's bytes; close it after."""
        return SealedContent(self._parts.blobs.open(staged.id), staged.file_key, staged.payload_size)

    @contextmanager
    def rewriting(self, write: Callable[[PayloadWriter], T]) -> Iterator[tuple[SealedContent, T]]:
        """Give a reader of what `write` wrote, sealed like a source and gone after the block, and what it returned."""
        name, file_key = new_identifier("stage"), new_file_key()
        with self._parts.blobs.create(name) as raw:
            writer = PayloadWriter(raw, file_key)
            result = write(writer)
            writer.close()
            raw.commit(durable=False)
        try:
            with SealedContent(self._parts.blobs.open(name), file_key, writer.payload_size) as content:
                yield content, result
        finally:
            self._parts.blobs.delete(name)

    def drop(self, staged_id: str) -> None:
        """Forget a staged source, if it is still there; its key goes with it."""
        with self._lock:
            found = self._staged.pop(staged_id, None)
        if found is not None:
            self._parts.blobs.delete(staged_id)


def _unknown(staged_id: str) -> NotFoundError:
    return NotFoundError(f"No upload {staged_id} waits here.", advice="Send the file again.")


def _digested(chunks: Iterable[bytes], update: Callable[[bytes], object]) -> Iterator[bytes]:
    """Yield the chunks; a thread beside digests each while the caller seals it, and is done at the end."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        digesting: Future[object] | None = None
        for chunk in chunks:
            if digesting is not None:
                digesting.result()
            digesting = beside.submit(update, chunk)
            yield chunk
