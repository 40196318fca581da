"""Where a person's own machine may go for them: wherever they name, but not wherever a stranger sends it from there."""

import ipaddress
from pathlib import Path

from .errors import AddressRefusedError, SourceUnreachableError
from .guard import Guard, Resolve, is_metadata, is_public, resolve_name


class OwnGuard(Guard):
    """Judges what one reading connects to on behalf of the person who named its address (ADR 28).

    1. The host that the address names may lie anywhere, on this machine and in private networks too.
    2. What it redirects to may be private only where all before it was, and never answers for a cloud's machine.
    3. Any SQLite file that the person may read is read.

    It keeps where the reading has been, so make one for each.
    """

    def __init__(self, *, resolve: Resolve = resolve_name) -> None:
        super().__init__(resolve=resolve)
        self._has_begun = False
        self._was_public = False

    def require(self, host: str, port: int, *, listed: bool = False) -> tuple[str, ...]:
        """Return the addresses of a host that may be connected to; errors as `Guard.require`."""
        found = super().require(host, port, listed=listed)
        self._has_begun = True
        self._was_public |= any(is_public(ipaddress.ip_address(each)) for each in found)
        return found

    def _judge(self, host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address, *, listed: bool) -> None:
        del host, listed
        # 1, 2
        if not self._has_begun or is_public(address):
            return
        if self._was_public or is_metadata(address):
            raise AddressRefusedError(
                "The address leads from the public internet into a private network, or to this machine.",
                advice="If that is meant, give the address that it leads to.",
            )

    def require_file(self, path: str) -> Path:
        """Return the path of a SQLite file.

        Raises:
            SourceUnreachableError: there is no such file.
        """
        # 3
        found = Path(path).resolve()
        if not found.is_file():
            raise SourceUnreachableError("There is no such file.", advice="Check the path.")
        return found
