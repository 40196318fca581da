"""Reading whatever an address names."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .address import DATABASES, OBJECTS, Address, RemoteSource, parse_address
from .errors import QueryError
from .limits import Limits

if TYPE_CHECKING:
    from .guard import Guard


@dataclass(frozen=True, slots=True)
class Remote:
    """A source that can be read: its address as it may be shown, and whether what comes is CSV made here."""

    address: Address
    wanted: RemoteSource

    @property
    def shown(self) -> str:
        """Return the address without user, password and options."""
        return self.address.shown

    @property
    def is_table(self) -> bool:
        """Say whether what comes is CSV whatever it holds, as from a database."""
        return self.address.scheme in DATABASES

    def read(self, guard: "Guard", limits: Limits | None = None) -> Generator[bytes, None, None]:
        """Yield the source's bytes; close the iterator to let go early.

        Raises:
            CommonwealError: as `read_web`, `read_object` and `read_database`.
        """
        yield from self._reading(guard, limits or Limits())

    def _reading(self, guard: "Guard", limits: Limits) -> Iterator[bytes]:
        if self.is_table:
            from .database import read_database

            return read_database(guard, self.address, self.wanted, limits)
        return self._asking(guard, limits)

    def _asking(self, guard: "Guard", limits: Limits) -> Iterator[bytes]:
        from .objects import read_object
        from .web import GuardedClient, read_web

        read = read_object if self.address.scheme == OBJECTS else read_web
        with GuardedClient(guard, limits) as client:
            yield from read(client, self.address, self.wanted, limits)


def find_source(wanted: RemoteSource) -> Remote:
    """Return the source that an address names; nothing is connected to yet.

    Raises:
        SourceAddressError: it is no address, or holds what does not belong in it.
        QueryError: a table or query is wanted of what is no database.
    """
    address = parse_address(wanted.address)
    if address.scheme in DATABASES:
        from .query import verify_choice

        verify_choice(wanted, address.scheme)
    elif wanted.table or wanted.query:
        raise QueryError("A table or a query is chosen from a database only.")
    return Remote(address, wanted)
