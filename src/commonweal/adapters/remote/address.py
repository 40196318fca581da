"""The address of a source: what it names, and how it is told to others."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from .errors import SourceAddressError

DATABASES = frozenset({"postgresql", "mariadb", "mysql", "mssql", "oracle", "sqlite"})
WEB = frozenset({"http", "https"})
OBJECTS = "s3"
SCHEMES = DATABASES | WEB | {OBJECTS}

_ADDRESS = re.compile(r"[a-z][a-z0-9+]*://")
_LONGEST = 4096
_HOST = re.compile(r"[A-Za-z0-9._:\-\[\]%]*")
_TLS = frozenset({"verify", "require", "off"})
_OPTIONS: Mapping[str, frozenset[str]] = {"s3": frozenset({"endpoint", "region"}), "sqlite": frozenset()}
_OF_DATABASES = frozenset({"tls"})


def is_address(text: str) -> bool:
    """Say whether a text is meant as an address and not as the path of a file."""
    return _ADDRESS.match(text) is not None


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """Where a source lies, what of it is wanted, and by what it lets a reader in.

    `table` or `query` chooses from a database. `user` is a database's user or the identifier of an access key;
    `password` is its password or secret, or a bearer token of a web address.
    """

    address: str
    table: str = ""
    query: str = ""
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart. `path` is a database's name, a file's path or an object's key, decoded."""

    scheme: str
    host: str
    port: int | None
    user: str
    path: str
    options: Mapping[str, str]

    @property
    def shown(self) -> str:
        """The address as events, logs and people see it: no user, no password, nothing after a question mark."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{host}{port}/{self.path}"[:_LONGEST]


def parse_address(text: str) -> Address:
    """Take an address apart.

    Raises:
        SourceAddressError: it is none, of a kind that is not read, or it holds a password.
    """
    if len(text) > _LONGEST or not text.isprintable() or any(each.isspace() for each in text):
        raise SourceAddressError("The address is too long, or has a space or a control character in it.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise SourceAddressError("That is not the address of a source.") from None
    scheme = parts.scheme.lower()
    if scheme not in SCHEMES:
        raise SourceAddressError("No source is read from addresses of that kind.")
    _verify_bare(parts.password, parts.username if scheme in WEB else None, parts.fragment)
    host = parts.hostname or ""
    _verify_host(scheme, host, parts.path[1:])
    options = {} if scheme in WEB else _options(scheme, parts.query)
    path = parts.path[1:] if scheme in WEB else unquote(parts.path[1:])
    return Address(scheme, host, port, unquote(parts.username or ""), path, options)


def _verify_bare(password: str | None, web_user: str | None, fragment: str) -> None:
    if password is not None or web_user is not None:
        raise SourceAddressError(
            "An address must not hold a password: addresses are shown and logged.",
            advice="Leave it out, and give it by --password-file or COMMONWEAL_SOURCE_PASSWORD.",
        )
    if fragment:
        raise SourceAddressError("The address has a part after a #, which names nothing.")


def _verify_host(scheme: str, host: str, path: str) -> None:
    if scheme == "sqlite":
        if host or not path.startswith("/"):
            raise SourceAddressError("A SQLite file is named sqlite:////PATH, with four strokes and no host.")
        return
    if not host or not _HOST.fullmatch(host):
        raise SourceAddressError("The address names no host.")


def _options(scheme: str, query: str) -> dict[str, str]:
    given = dict(parse_qsl(query, keep_blank_values=True))
    allowed = _OPTIONS.get(scheme, _OF_DATABASES)
    if unknown := sorted(set(given) - allowed):
        raise SourceAddressError(
            f"An address of that kind takes no option {unknown[0][:40]!r}.",
            advice=f"It takes {', '.join(sorted(allowed))}." if allowed else "It takes none.",
        )
    if given.get("tls", "verify") not in _TLS:
        raise SourceAddressError("The option tls is verify, require or off.")
    return given
