"""What the commands say of a source by address: what of it is wanted, and what lets its reader in."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import Parameter

from commonweal.core import InputError, UnreadableFileError

from .progress import sending, working

if TYPE_CHECKING:
    from commonweal.adapters.local_source import LocalSource
    from commonweal.adapters.wire import NodeClient

_FILE = "sqlite:///"


@Parameter(name="*")
@dataclass(frozen=True)
class SourceOptions:
    """What of an address is wanted, and by what it lets its reader in."""

    table: str = ""
    "of a database: the table, as TABLE or SCHEMA.TABLE."

    query: str = ""
    "of a database: one SELECT."

    user: str = ""
    "the database's user, or the identifier of the access key."

    password_file: Path | None = None
    "a file with the password, the access key's secret or the token (default: $COMMONWEAL_SOURCE_PASSWORD)."

    def form(self, address: str) -> dict[str, str]:
        """Return them with the address as a form of the API; a SQLite file's path becomes whole.

        Raises:
            UnreadableFileError: the password's file cannot be read.
        """
        if address.startswith(_FILE):
            address = f"{_FILE}{Path(address.removeprefix(_FILE)).absolute()}"
        given = {"table": self.table, "query": self.query, "user": self.user}
        return {"address": address, **given, "password": self._password()}

    def _password(self) -> str:
        if self.password_file is None:
            return os.environ.get("COMMONWEAL_SOURCE_PASSWORD", "")  # noqa: TID251
        try:
            return self.password_file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise UnreadableFileError(f"{self.password_file} cannot be read as a password.") from None


NOTHING = SourceOptions()
"""Nothing is said of an address."""


def find_local(source: str, options: SourceOptions) -> "LocalSource":
    """Return the file or the address that a command names, to be read here and not by a node.

    Raises:
        InputError: a table, query or user is given with a file, which has none.
        UnreadableFileError: the password's file cannot be read.
    """
    from commonweal.adapters.remote import RemoteSource, is_address

    if is_address(source):
        return RemoteSource(**options.form(source))
    if options != NOTHING:
        raise InputError(
            f"{source} is a file, which has no table, query or user to choose.",
            advice="Leave those options out, or name an address, such as sqlite:////PATH.",
        )
    return Path(source)


def name_local(source: "LocalSource") -> str:
    """Return a source as it is shown: a path, or an address without its user and what comes after a question mark."""
    from commonweal.adapters.remote import parse_address

    return str(source) if isinstance(source, Path) else parse_address(source.address).shown


def words_of_local(source: "LocalSource") -> str:
    """Return what a source is called: by its table, or else by its file, without the ending."""
    if not isinstance(source, Path) and source.table:
        return source.table.rpartition(".")[2]
    return Path(name_local(source)).stem


def stage(node: "NodeClient", source: str, form: str, options: SourceOptions) -> dict[str, Any]:
    """Send a file, or have the node read an address; return the upload and its form as parts of a form of the API."""
    from commonweal.adapters.remote import is_address

    if not is_address(source):
        return {"upload": _send(node, Path(source)), "format": form}
    with working("The node reads it"):
        fetched = node.post("/api/v1/uploads/address", options.form(source))
    return {"upload": fetched["upload"], "format": form if form != "auto" else fetched["format"]}


def _send(node: "NodeClient", source: Path) -> str:
    size = source.stat().st_size if source.is_file() else 0
    with sending(f"Sending {source.name}", size) as sent:
        return node.upload(source, sent)
