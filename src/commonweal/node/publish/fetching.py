"""Use cases of sources by address: what lies behind one becomes a staged upload, as if it had been sent."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from commonweal.adapters.remote import Guard, Remote, find_source
from commonweal.adapters.remote import RemoteSource as SourceCommand
from commonweal.core import Event, Json
from commonweal.identity import Permission
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.node.settings import secret_folder

from .staging import StagedSource, Staging

__all__ = ["FetchStoppedError", "Fetched", "Fetching", "SourceCommand"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched: the staged source, its address as it may be shown, and whether it is CSV made here."""

    staged: StagedSource
    address: str
    is_table: bool


class Fetching:
    """Reads sources by address, from where the node's operator lets it."""

    def __init__(self, parts: Parts, staging: Staging) -> None:
        self._parts = parts
        self._staging = staging
        self._guard = Guard(parts.settings.source_hosts, kept_out=(parts.home, secret_folder(parts.settings.node)))

    def fetch(self, caller: Caller, wanted: SourceCommand, *, goes_on: Callable[[], bool] = lambda: True) -> Fetched:
        """Stage what an address names; recorded before anything is connected to.

        Raises:
            RoleError: the person may not publish for their body.
            SourceAddressError: the address is none.
            AddressRefusedError: the node does not go there.
            SourceUnreachableError: it does not answer.
            SourceBrokenOffError: it ended half-way; nothing of it was kept.
            FetchStoppedError: `goes_on` said no.
        """
        caller.require(Permission.PUBLISH, caller.person.body)
        remote = find_source(wanted)
        self._parts.record(self._event(caller, remote))
        pieces = remote.read(self._guard)
        with closing(pieces):
            staged = self._staging.receive(caller, _while(goes_on, pieces))
        return Fetched(staged, remote.shown, remote.is_table)

    def _event(self, caller: Caller, remote: Remote) -> Event:
        wanted = remote.wanted
        facts: dict[str, Json] = {"address": remote.shown}
        if wanted.table:
            facts["table"] = wanted.table
        if wanted.query:
            facts["query_digest"] = sha256(wanted.query.encode()).hexdigest()
        person = caller.person
        return Event("source.fetched", self._parts.clock.now(), person.body, person.id, caller.actor(), facts)


def verify_source_hosts(entries: Sequence[str]) -> tuple[str, ...]:
    """Return what a node may be allowed to read sources from; folders become whole paths.

    Raises:
        InputError: an entry is no host, network or folder.
    """
    allowed = tuple(str(Path(each).absolute()) if each.startswith((".", "/")) else each for each in entries)
    Guard(allowed)
    return allowed


class FetchStoppedError(Exception):
    """The node is stopping; what was being read will be read again when it runs."""


def _while(goes_on: Callable[[], bool], pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if not goes_on():
            raise FetchStoppedError
        yield piece
