"""Databases by address: one state of a table or of a query's answer, streamed as CSV, and never written to."""

import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy.exc
from sqlalchemy import URL, Connection, CursorResult, Engine, create_engine
from sqlalchemy.pool import NullPool

from .address import Address, RemoteSource
from .cells import write_rows
from .errors import MissingDriverError, SourceBrokenOffError, SourceUnreachableError
from .guard import Guard
from .limits import Limits, Meter
from .query import statement_of, verify_choice
from .sqlite_file import open_file

_CONNECT_SECONDS = 10
_FETCHED = 1000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of database is spoken to: its driver, what installs that, its port, and how a reading begins."""

    driver: str
    installs: str
    port: int
    begin: Callable[[Connection, Limits], object]
    arguments: Callable[[Address, str, Limits], dict[str, Any]] = lambda *_: {}
    isolation: Mapping[str, Any] | None = None


def read_database(guard: Guard, address: Address, wanted: RemoteSource, limits: Limits) -> Iterator[bytes]:
    """Yield a table, or the answer to a query, as CSV: one state of the database, however long reading takes.

    Raises:
        QueryError: what is wanted is neither a table nor one SELECT.
        AddressRefusedError: nobody allowed that host, or that folder.
        MissingDriverError: the driver is not installed.
        SourceUnreachableError: it does not answer, or refuses the user, the table or the query.
        SourceBrokenOffError: the connection ended half-way, or the database stopped the query.
        SourceError: it gives what is no text.
    """
    verify_choice(wanted, address.scheme)
    meter = Meter(limits)
    begun = False
    try:
        with _opened(guard, address, wanted, limits) as (connection, begin):
            begin(connection, limits)
            streaming = connection.execution_options(stream_results=True, max_row_buffer=_FETCHED)
            with _streamed(connection, streaming.execute(statement_of(connection, wanted))) as result:
                for piece in write_rows(tuple(result.keys()), result):
                    begun = True
                    meter.count(len(piece))
                    yield piece
    except (sqlalchemy.exc.SQLAlchemyError, OSError) as error:
        raise _explain(error, begun=begun) from None


@contextmanager
def _opened(
    guard: Guard, address: Address, wanted: RemoteSource, limits: Limits
) -> Iterator[tuple[Connection, Callable[[Connection, Limits], object]]]:
    if address.scheme == "sqlite":
        engine, kind = open_file(guard.require_file(address.path), limits), _SQLITE
    else:
        engine, kind = _engine(guard, address, wanted, limits)
    try:
        with engine.connect() as connection:
            yield connection.execution_options(**(kind.isolation or {})), kind.begin
    finally:
        engine.dispose()


def _engine(guard: Guard, address: Address, wanted: RemoteSource, limits: Limits) -> tuple[Engine, _Kind]:
    kind = _KINDS[address.scheme]
    port = address.port or kind.port
    [at, *_] = guard.require(address.host, port, listed=True)
    url = URL.create(
        kind.driver,
        username=wanted.user or address.user or None,
        password=wanted.password or None,
        host=address.host,
        port=port,
        database=address.path or None,
    )
    try:
        engine = create_engine(
            url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args=kind.arguments(address, at, limits),
        )
    except (ModuleNotFoundError, sqlalchemy.exc.NoSuchModuleError):
        raise MissingDriverError(f"That kind of database needs a driver: pip install {kind.installs}.") from None
    return engine, kind


@contextmanager
def _streamed(connection: Connection, result: CursorResult[Any]) -> Iterator[CursorResult[Any]]:
    """Lend a result; one that is not read to its end goes with its connection, and the rest is not waited for."""
    left: Any = getattr(result.cursor, "_result", None)
    with closing(result):
        try:
            yield result
        except BaseException:
            if hasattr(left, "unbuffered_active"):
                left.unbuffered_active = False  # PyMySQL would read all that is left, even from a dead server
            connection.invalidate()
            raise


def _explain(error: Exception, *, begun: bool) -> Exception:
    """Return what a driver's failure means; its own words may quote values, so only its code is told."""
    origin = getattr(error, "orig", None)
    code = getattr(origin, "sqlstate", None) or next(iter(getattr(origin, "args", ())), "")
    told = f" (code {code})" if isinstance(code, int) or (isinstance(code, str) and code.isalnum()) else ""
    if begun:
        return SourceBrokenOffError(f"The database broke off{told}; nothing of what came was kept.")
    return SourceUnreachableError(f"The database does not answer, or refuses what was asked{told}.")


def _tls(address: Address) -> str:
    """Return how a connection is protected: verified, unless it stays on this machine or the address says otherwise."""
    return address.options.get("tls", "off" if address.host in _LOOPBACK else "verify")


def _authorities() -> str:
    import certifi

    return os.environ.get("SSL_CERT_FILE") or certifi.where()


def _of_postgresql(address: Address, at: str, limits: Limits) -> dict[str, Any]:
    modes = {"verify": "verify-full", "require": "require", "off": "disable"}
    return {
        "hostaddr": at,
        "sslmode": modes[_tls(address)],
        "sslrootcert": _authorities() if _tls(address) == "verify" else "",
        "connect_timeout": _CONNECT_SECONDS,
        "application_name": "commonweal",
        "passfile": os.devnull,
        "options": f"-c statement_timeout={limits.statement * 1000} -c DateStyle=ISO -c client_encoding=UTF8",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }


class _NamedContext(ssl.SSLContext):
    """Verifies the name that was asked for, though the connection is to the address that was judged."""

    name = ""

    def wrap_socket(self, sock: Any, *_: Any, **__: Any) -> ssl.SSLSocket:
        return super().wrap_socket(sock, server_hostname=self.name)


def _of_mariadb(address: Address, at: str, limits: Limits) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "host": at,
        "connect_timeout": _CONNECT_SECONDS,
        "read_timeout": limits.statement,
        "write_timeout": int(limits.stall),
        "charset": "utf8mb4",
        "local_infile": False,
    }
    if _tls(address) == "off":
        return {**arguments, "ssl_disabled": True}
    context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.name = address.host
    if _tls(address) == "verify":
        context.load_verify_locations(_authorities())
    else:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return {**arguments, "ssl": context}


def _begin_mariadb(connection: Connection, limits: Limits) -> None:
    milliseconds = limits.statement * 1000
    limit = (
        f"max_statement_time = {limits.statement}"
        if _is_mariadb(connection)
        else f"max_execution_time = {milliseconds}"
    )
    connection.exec_driver_sql(f"SET SESSION {limit}")
    connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


def _is_mariadb(connection: Connection) -> bool:
    return bool(getattr(connection.dialect, "is_mariadb", False))


def _leave(*_: object) -> None:
    """Begin as the driver does by itself."""


def _begin_oracle(connection: Connection, _: Limits) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_MARIADB = _Kind("mysql+pymysql", "'commonweal[mariadb]'", 3306, _begin_mariadb, _of_mariadb)
_SQLITE = _Kind("sqlite", "", 0, _leave)
_KINDS: Mapping[str, _Kind] = {
    "postgresql": _Kind("postgresql+psycopg", "'commonweal[postgresql]'", 5432, _leave, _of_postgresql, _SNAPSHOT),
    "mariadb": _MARIADB,
    "mysql": _MARIADB,
    # Not tried: nothing to try them on.
    "mssql": _Kind("mssql+pymssql", "pymssql", 1433, _leave, isolation={"isolation_level": "SNAPSHOT"}),
    "oracle": _Kind("oracle+oracledb", "oracledb", 1521, _begin_oracle),
}
