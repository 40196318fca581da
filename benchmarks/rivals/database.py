"""The rival of the database: PostgreSQL, where a policy shows the recipient's role its rows and a grant its fields."""

import io
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow
from adbc_driver_postgresql import dbapi
from pyarrow import csv

from benchmarks.delivery_slice import SELECT, WHERE, Plain
from benchmarks.rivals.programs import get_program

_OWNER = "postgres"
_QUERY = f"SELECT {SELECT} FROM claims"
_TABLE = f"""
CREATE TABLE claims (person bigint, number text, born date, claimed date, postcode text, council text COLLATE "C",
    benefit text, status text, award double precision, score double precision);
CREATE ROLE recipient LOGIN;
GRANT SELECT ({SELECT}) ON claims TO recipient;
ALTER TABLE claims ENABLE ROW LEVEL SECURITY;
CREATE POLICY slice ON claims FOR SELECT TO recipient USING ({WHERE});
"""


class Database:
    """A running server that holds the dataset, and the recipient's two open connections to it."""

    def __init__(self, server: "_Server", schema: pyarrow.Schema) -> None:
        self._schema = schema
        self._psycopg = psycopg.connect(server.address("recipient"), autocommit=True)
        self._adbc: Any = dbapi.connect(server.address("recipient"), autocommit=True)
        with self._psycopg.cursor() as cursor, self._adbc.cursor() as other:
            other.execute("SELECT pg_backend_pid()::bigint")
            backends = [cursor.execute("SELECT pg_backend_pid()").fetchone(), other.fetchone()]
        self.pids = (server.pid, *(int(row[0]) for row in backends if row))

    def copy(self) -> pyarrow.Table:
        """Read what the recipient's role sees by COPY as CSV."""
        held = io.BytesIO()
        with self._psycopg.cursor() as cursor, cursor.copy(f"COPY ({_QUERY}) TO STDOUT (FORMAT csv, HEADER)") as copy:
            for piece in copy:
                held.write(piece)
        types = {field.name: field.type for field in self._schema}
        held.seek(0)
        return csv.read_csv(held, convert_options=csv.ConvertOptions(column_types=types))

    def adbc(self) -> pyarrow.Table:
        """Read the same by ADBC, in PostgreSQL's binary form."""
        with self._adbc.cursor() as cursor:
            cursor.execute(_QUERY)
            table: pyarrow.Table = cursor.fetch_arrow_table()
        return table

    def close(self) -> None:
        """Close the connections."""
        self._psycopg.close()
        self._adbc.close()


class _Server:
    """PostgreSQL in a folder of its own, reached by a socket in that folder; never as root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = _free_port()
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("PostgreSQL is not running")
        return self._process.pid

    def address(self, role: str) -> str:
        return f"postgresql://{role}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, _OWNER, _OWNER)
        options = ["--username", _OWNER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        initdb = self._command("initdb", "--pgdata", str(self._data), *options)
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=self._folder)
        settings = {
            "port": self._port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._folder,
            "shared_buffers": "1GB",
            "max_wal_size": "4GB",
        }
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = self._command("postgres", "-D", str(self._data), *given)
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=self._folder)
        self._wait()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)

    def _command(self, program: str, *arguments: str) -> list[str]:
        become = ["setpriv", f"--reuid={_OWNER}", f"--regid={_OWNER}", "--init-groups", "--"]
        return [*(become if os.geteuid() == 0 else []), str(get_program(program)), *arguments]

    def _wait(self) -> None:
        limit = time.monotonic() + 60
        while time.monotonic() < limit and self._process is not None and self._process.poll() is None:
            with suppress(psycopg.OperationalError), psycopg.connect(self.address(_OWNER)):
                return
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not start")


@contextmanager
def database(plain: Plain, schema: pyarrow.Schema, folder: Path) -> Iterator[Database]:
    """Run PostgreSQL with the whole dataset loaded, vacuumed and behind its policy until the block ends."""
    server = _Server(folder)
    server.start()
    try:
        _load(server, plain)
        held = Database(server, schema)
        try:
            yield held
        finally:
            held.close()
    finally:
        server.stop()


def _load(server: _Server, plain: Plain) -> None:
    with psycopg.connect(server.address(_OWNER), autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLE)
        with duckdb.connect() as source, cursor.copy("COPY claims FROM STDIN (FORMAT csv)") as copy:
            for batch in source.sql(f"FROM read_parquet('{plain.path}')").to_arrow_reader(100_000):
                held = io.BytesIO()
                csv.write_csv(batch, held, csv.WriteOptions(include_header=False))
                copy.write(held.getvalue())
        cursor.execute("VACUUM ANALYZE claims")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
