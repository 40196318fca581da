"""Real databases for tests: PostgreSQL and MariaDB, each in a temporary folder on a free port of loopback."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pymysql  # type: ignore[import-untyped]  # no stubs here
from tests.ports.devices import free_port

POSTGRESQL = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "QUARTZCANARY pass:w@rd"


def _eventually(connects: Callable[[], object], process: "subprocess.Popen[bytes]") -> None:
    limit = time.monotonic() + 30
    while True:
        try:
            connects()
        except (psycopg.OperationalError, pymysql.OperationalError):
            assert process.poll() is None, "the database ended before it answered"
            assert time.monotonic() < limit, "the database did not answer within a minute"
            time.sleep(0.05)
        else:
            return


def _as_other(folder: Path, user: str) -> list[str]:
    """Return what makes a command run as another user where this one is root, which databases refuse."""
    if os.geteuid():
        return []
    shutil.chown(folder, user)
    return ["setpriv", f"--reuid={user}", "--clear-groups", "--"]


@contextmanager
def _folder() -> Iterator[Path]:
    """Lend a folder that another user may be given; pytest closes its own to all but one."""
    with TemporaryDirectory(prefix="commonweal-database-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def serve_postgresql() -> Iterator[str]:
    """Serve PostgreSQL and yield the address of a database whose user `reader` has the password."""
    with _folder() as folder:
        yield from _serve_postgresql(folder)


def _serve_postgresql(folder: Path) -> Iterator[str]:
    other, data, port = _as_other(folder, "postgres"), folder / "data", free_port()
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    make = [f"--pgdata={data}", "--username=reader", f"--pwfile={secret}", "--auth=scram-sha-256", "--no-sync"]
    _run([*other, str(POSTGRESQL / "initdb"), "--encoding=UTF8", *make])
    options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", "fsync=off", "-k", str(folder)]
    with (folder / "log").open("wb") as log:
        command = [*other, str(POSTGRESQL / "postgres"), "-D", str(data), *options]
        with subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                _eventually(lambda: psycopg.connect(**postgresql(port)).close(), process)
                yield f"postgresql://reader@127.0.0.1:{port}/postgres"
            finally:
                process.terminate()


def postgresql(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "user": "reader", "password": PASSWORD, "dbname": "postgres"}


@contextmanager
def serve_mariadb() -> Iterator[str]:
    """Serve MariaDB and yield the address of a database whose user `reader` has the password."""
    with _folder() as folder:
        yield from _serve_mariadb(folder)


def _serve_mariadb(folder: Path) -> Iterator[str]:
    other, data, port = _as_other(folder, "mysql"), folder / "data", free_port()
    make = [f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
    _run([*other, "mariadb-install-db", "--no-defaults", *make])
    started = folder / "init.sql"
    started.write_text(
        "CREATE DATABASE bodies CHARACTER SET utf8mb4;\n"
        f"CREATE USER reader@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO reader@'%';\n"
    )
    started.chmod(0o644)
    options = [f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 's'}"]
    options += [f"--pid-file={folder / 'pid'}", f"--init-file={started}", "--innodb-flush-log-at-trx-commit=0"]
    with (folder / "log").open("wb") as log:
        command = [*other, "/usr/sbin/mariadbd", "--no-defaults", *options]
        with subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                _eventually(lambda: pymysql.connect(**mariadb(port)).close(), process)
                yield f"mariadb://reader@127.0.0.1:{port}/bodies"
            finally:
                process.terminate()


def mariadb(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "user": "reader", "password": PASSWORD, "database": "bodies"}
