"""Where a node may go: names are resolved once, each address is judged, and only a judged one is connected to."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from commonweal.core import InputError

from .errors import AddressRefusedError, SourceUnreachableError

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
_Ip: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_EMBEDDING = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))
"""Networks whose addresses stand for IPv4 addresses (RFC 6052, 8215, 3056, 4380, 4291)."""

_METADATA = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "169.254.169.254", "fd00:ec2::254")))
"""Where clouds answer with credentials of the machine that asks."""


def resolve_name(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, in the order in which the system would try them.

    Raises:
        OSError: there is no such host.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Guard:
    """Judges addresses by what the node's operator allowed: names, networks, and folders of SQLite files.

    No file in a folder that is `kept_out` is read, whatever was allowed.

    Raises:
        InputError: an entry that is allowed is no name, network or absolute folder.
    """

    def __init__(
        self, allowed: Sequence[str] = (), *, resolve: Resolve = resolve_name, kept_out: Sequence[Path] = ()
    ) -> None:
        self._kept_out = [each.resolve() for each in kept_out]
        self._folders = [Path(each).resolve() for each in allowed if each.startswith("/")]
        self._networks: list[_Network] = []
        self._names: set[str] = set()
        for each in allowed:
            if not each.startswith("/"):
                self._take_in(each)
        self._resolve = resolve

    def _take_in(self, entry: str) -> None:
        try:
            self._networks.append(ipaddress.ip_network(entry))
        except ValueError:
            if not entry or set("/: *") & set(entry):
                raise InputError(
                    "An entry of `source_hosts` is no host, network or folder.",
                    advice="Use names such as db.example.gov.uk, networks such as 10.1.0.0/16, or absolute folders.",
                ) from None
            self._names.add(entry.lower().rstrip("."))

    def require(self, host: str, port: int, *, listed: bool = False) -> tuple[str, ...]:
        """Return the addresses of a host that may be connected to, each judged just now; nothing else may be.

        Args:
            host: a name, or an address as text.
            port: the port.
            listed: whether only what the operator allowed will do, as for databases.

        Raises:
            AddressRefusedError: one of its addresses is private, special or not allowed.
            SourceUnreachableError: there is no such host.
        """
        try:
            found = [ipaddress.ip_address(each.partition("%")[0]) for each in self._resolve(host, port)]
        except (OSError, UnicodeError, ValueError):
            found = []
        if not found:
            raise SourceUnreachableError("The host of that address is not known.")
        for each in found:
            self._judge(host.lower().rstrip("."), each, listed=listed)
        return tuple(map(str, found))

    def _judge(self, host: str, address: _Ip, *, listed: bool) -> None:
        if host in self._names or any(address in each for each in self._networks):
            return
        if listed:
            raise AddressRefusedError("The node reads from no database on that host: nobody allowed it.")
        if not is_public(address):
            raise AddressRefusedError(
                "The node does not go there: the address is of this machine, of a private network or a special one."
            )

    def require_file(self, path: str) -> Path:
        """Return the path of a SQLite file that lies in an allowed folder, links followed.

        Raises:
            AddressRefusedError: it does not.
            SourceUnreachableError: there is no such file.
        """
        found = Path(path).resolve()
        if not _lies_in(found, self._folders) or _lies_in(found, self._kept_out):
            raise AddressRefusedError("The node reads no SQLite file in that folder: nobody allowed it.")
        if not found.is_file():
            raise SourceUnreachableError("There is no such file.", advice="Check the path.")
        return found


def _lies_in(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(each) for each in folders)


def is_public(address: _Ip) -> bool:
    """Say whether an address is of the public internet, and hides no other within it."""
    if isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped is not None or any(address in each for each in _EMBEDDING)
    ):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in _METADATA


def is_metadata(address: _Ip) -> bool:
    """Say whether a cloud answers there with credentials of the machine that asks."""
    return address in _METADATA
