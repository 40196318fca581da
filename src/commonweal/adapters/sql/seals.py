"""Rows that are sealed: an HMAC-SHA-256 under a secret of the node, over the table, the row's name and all it holds."""

import hmac
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, LargeBinary, Row, Table, cast, select, update
from sqlalchemy.sql import Select

from commonweal.core import Outcome, ProofError, StoreError

from .state import access_request, agreement

SEALED_TABLES: tuple[Table, ...] = (access_request, agreement)
_OPTION = "commonweal_row_seal"
_SEAL = "seal"


class RecordAlteredError(ProofError):
    """A stored agreement or access request is not as the node wrote it: another hand edited it or put it there."""

    code = "store.altered"
    outcome = Outcome.ALTERED
    default_advice = (
        "Nothing was read or changed. Stop the node, keep its folder as evidence, and restore a backup that verifies."
    )


class RowSeal:
    """Seals rows under one secret, kept in memory for as long as the node runs."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def lend(self, *engines: Engine) -> None:
        """Have every connection that these engines open from now on seal and verify by this secret."""
        for engine in engines:
            engine.update_execution_options(**{_OPTION: self})

    def of(self, table: str, columns: Mapping[str, bytes]) -> bytes:
        """Return the seal of a row: 32 bytes over the table's name and each column's, each with its length."""
        parts = (each for name in sorted(columns) for each in (name.encode(), columns[name]))
        message = b"".join(len(each).to_bytes(8, "big") + each for each in (table.encode(), *parts))
        return hmac.digest(self._secret, message, "sha256")


def with_seal(connection: Connection, table: Table, values: Mapping[str, str]) -> dict[str, Any]:
    """Return a whole row of a sealed table with its seal, to be written; all its values are text."""
    seal = _seal_of(connection).of(table.name, {name: value.encode() for name, value in values.items()})
    return {**values, _SEAL: seal}


@cache
def select_sealed(table: Table) -> "Select[Any]":
    """Return the query of a sealed table's rows, every column as raw bytes, whatever a damaged file holds."""
    columns: list[Any] = [cast(each, LargeBinary).label(each.name) for each in table.columns]
    return select(*columns)


def read_sealed(
    connection: Connection, table: Table, query: "Select[Any]", values: Mapping[str, str] | None = None
) -> list[Row[Any]]:
    """Return the rows that a query of `select_sealed` finds with these values, once the seal of each is verified.

    Raises:
        RecordAlteredError: a row is not what this node wrote there.
    """
    seal = _seal_of(connection)
    rows = connection.execute(query, values).all()
    for row in rows:
        columns = _columns(row)
        if not hmac.compare_digest(row.seal or b"", seal.of(table.name, columns)):
            what = table.name.replace("_", " ")
            raise RecordAlteredError(f"A stored {what} was altered outside the node, so it is not read.")
    return list(rows)


def seal_rows(connection: Connection) -> dict[str, int]:
    """Seal every row that has no seal, as a home of before there were seals holds, and return how many by table."""
    seal, counts = _seal_of(connection), {}
    for table in SEALED_TABLES:
        rows = connection.execute(select_sealed(table).where(table.c.seal.is_(None))).all()
        for row in rows:
            this = update(table).where(table.c.id == row.id.decode())
            connection.execute(this.values(seal=seal.of(table.name, _columns(row))))
        counts[table.name] = len(rows)
    return counts


def _columns(row: Row[Any]) -> dict[str, bytes]:
    return {name: value or b"" for name, value in row._mapping.items() if name != _SEAL}  # noqa: SLF001  its own API


def _seal_of(connection: Connection) -> RowSeal:
    found = connection.get_execution_options().get(_OPTION)
    if not isinstance(found, RowSeal):
        raise StoreError("The secret that seals records was not given, so none is read or written.")
    return found
