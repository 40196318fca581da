"""Databases by address: PostgreSQL, MariaDB and SQLite, each started for real."""

import csv
import io
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql  # type: ignore[import-untyped]  # no stubs here
import pytest
from tests.adapters.remote.servers import PASSWORD, mariadb, postgresql, serve_mariadb, serve_postgresql

from commonweal.adapters.remote import (
    AddressRefusedError,
    Guard,
    Limits,
    MissingDriverError,
    QueryError,
    RemoteSource,
    SourceBrokenOffError,
    SourceLimitError,
    SourceUnreachableError,
    find_source,
)
from commonweal.core import CommonwealError
from commonweal.publish import SourceError

CANARY = "QUARTZCANARY"
ROWS = 20_000
Execute = Callable[[str], None]


class Database:
    """A database that can be read by its address and changed by statements."""

    def __init__(self, address: str, execute: Execute, guard: Guard, password: str = PASSWORD) -> None:
        self.address, self.execute, self.guard, self.password = address, execute, guard, password

    def pieces(self, *, limits: Limits | None = None, **wanted: str) -> Iterator[bytes]:
        source = find_source(RemoteSource(self.address, password=self.password, **wanted))
        return source.read(self.guard, limits)

    def text(self, **wanted: Any) -> str:
        return b"".join(self.pieces(**wanted)).decode()

    def rows(self, **wanted: Any) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.text(**wanted), newline="")))

    @property
    def scheme(self) -> str:
        return urlsplit(self.address).scheme


def _executing(connect: Callable[[], Any]) -> Execute:
    def execute(statement: str) -> None:
        with closing(connect()) as connection:
            connection.cursor().execute(statement)
            connection.commit()

    return execute


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    folder = tmp_path_factory.mktemp("databases")
    file, guard = folder / "bodies.sqlite", Guard(["127.0.0.0/8", str(folder)])
    with serve_postgresql() as first, serve_mariadb() as second:
        ports = [int(urlsplit(each).port or 0) for each in (first, second)]
        found = {
            "postgresql": Database(first, _executing(lambda: psycopg.connect(**postgresql(ports[0]))), guard),
            "mariadb": Database(second, _executing(lambda: pymysql.connect(**mariadb(ports[1]))), guard),
            "sqlite": Database(f"sqlite:///{file}", _executing(lambda: sqlite3.connect(file)), guard, ""),
        }
        for database in found.values():
            _fill(database.execute)
        yield found


def _fill(execute: Execute) -> None:
    execute("CREATE TABLE beds (ward VARCHAR(20) PRIMARY KEY, opened DATE, price DECIMAL(12,2), note VARCHAR(40))")
    values = "('b', '2026-01-02', 1234567.50, ''), ('a', NULL, NULL, NULL), ('c', '2026-03-01', 0.10, 'x, \"y\"\n€')"
    execute(f"INSERT INTO beds VALUES {values}")  # noqa: S608  a literal of this test's
    execute("CREATE TABLE many (n INTEGER PRIMARY KEY, state INTEGER, filler VARCHAR(200))")
    numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000)"
    blocks = f"(SELECT n FROM ({numbers} SELECT n FROM c) t WHERE n <= {ROWS // 1000}) b"  # noqa: S608
    rows = f"SELECT (b.n - 1) * 1000 + a.n, 1, '{'x' * 100}' FROM ({numbers} SELECT n FROM c) a"  # noqa: S608
    execute(f"INSERT INTO many {rows} CROSS JOIN {blocks}")


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def database(request: pytest.FixtureRequest, databases: dict[str, Database]) -> Database:
    return databases[request.param]


def test_a_table_comes_in_the_order_of_its_key(database: Database) -> None:
    price = "1234567.5" if database.scheme == "sqlite" else "1234567.50"  # SQLite keeps no places of a decimal
    tenth = "0.1" if database.scheme == "sqlite" else "0.10"
    assert database.text(table="beds") == (
        f'ward,opened,price,note\r\na,,,\r\nb,2026-01-02,{price},""\r\nc,2026-03-01,{tenth},"x, ""y""\n€"\r\n'
    )
    assert database.text(table="beds") == database.text(table="beds")


def test_a_query_chooses_and_names(database: Database) -> None:
    query = "SELECT ward AS \"Ward\", '10:30' AS at FROM beds WHERE note LIKE '%x%' OR ward = ':a' ;"
    if database.scheme == "mariadb":
        query = query.replace('"', "`")
    assert database.rows(query=query) == [["Ward", "at"], ["c", "10:30"]]


def test_a_table_that_changes_while_it_is_read_gives_one_state(database: Database) -> None:
    if database.scheme == "sqlite":
        database.execute("PRAGMA journal_mode=WAL")  # else the writer would have to wait
    pieces = database.pieces(table="many")
    read = [next(pieces)]
    database.execute("UPDATE many SET state = state + 1")
    database.execute("DELETE FROM many WHERE n > 19000")
    table = list(csv.reader(io.StringIO(b"".join([*read, *pieces]).decode())))
    assert len(table) == ROWS + 1
    assert len({row[1] for row in table[1:]}) == 1
    assert len(database.rows(table="many")) == 19_001
    database.execute("INSERT INTO many SELECT n + 10000, 2, filler FROM many WHERE n > 9000 AND n <= 10000")


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_a_connection_that_dies_half_way_is_refused(databases: dict[str, Database], scheme: str) -> None:
    database = databases[scheme]
    pieces = database.pieces(query="SELECT a.n, a.filler FROM many a CROSS JOIN many b")
    next(pieces)
    kill = {
        "postgresql": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'commonweal'",
        "mariadb": "KILL USER reader",
    }
    try:
        database.execute(kill[scheme])
    except pymysql.err.Error:  # its own connection is killed too
        assert scheme == "mariadb"
    with pytest.raises(SourceBrokenOffError) as broken:
        for _ in pieces:
            pass
    assert CANARY not in str(broken.value)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM beds",
        "SELECT 1; DROP TABLE beds",
        "DROP TABLE beds",
        "SELECT * INTO copied FROM beds",
        "SELECT * FROM beds FOR UPDATE",
        "WITH gone AS (DELETE FROM beds RETURNING *) SELECT * FROM gone",
        "PRAGMA table_info(beds)",
        "ATTACH 'other.db' AS other",
        "COPY beds TO '/tmp/beds'",
        "SELECT FROM WHERE ((",
        "",
    ],
)
def test_a_query_that_does_not_only_read_is_refused(database: Database, query: str) -> None:
    with pytest.raises(QueryError):
        database.text(query=query)
    assert len(database.rows(table="beds")) == 4


@pytest.mark.parametrize(
    ("scheme", "query"),
    [
        ("postgresql", "SELECT query_to_xml('DELETE FROM beds', true, true, '')"),
        ("sqlite", "SELECT load_extension('other')"),
        ("sqlite", "SELECT * FROM pragma_journal_mode('DELETE')"),
    ],
)
def test_the_database_itself_lets_nothing_be_written(databases: dict[str, Database], scheme: str, query: str) -> None:
    with pytest.raises(SourceUnreachableError):
        databases[scheme].text(query=query)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({}, QueryError),
        ({"table": "beds", "query": "SELECT 1"}, QueryError),
        ({"table": "no such table"}, SourceUnreachableError),
        ({"query": "SELECT 'QUARTZCANARY' + 1 FROM nowhere"}, SourceUnreachableError),
        ({"query": "SELECT 1 AS a, 2 AS a"}, SourceError),
    ],
)
def test_what_cannot_be_read_is_said_without_a_value(
    database: Database, wanted: dict[str, str], error: type[CommonwealError]
) -> None:
    with pytest.raises(error) as refused:
        database.text(**wanted)
    assert CANARY not in str(refused.value) + refused.value.advice()


def test_values_have_one_form(databases: dict[str, Database]) -> None:
    assert databases["postgresql"].rows(
        query="SELECT true AS a, 1e20::float8 AS b, 1.50::numeric AS c, '2026-06-01 06:30+01'::timestamptz::text AS d,"
        " '{\"k\": [1, null]}'::jsonb AS e, ARRAY[1,2] AS f, '26:00'::interval AS g, timestamp '2026-01-02 03:04' AS h"
    )[1] == [
        "true",
        "100000000000000000000",
        "1.50",
        databases["postgresql"].rows(query="SELECT '2026-06-01 06:30+01'::timestamptz::text AS d")[1][0],
        '{"k": [1, null]}',
        "[1, 2]",
        "P1DT7200S",
        "2026-01-02T03:04:00",
    ]
    assert databases["mariadb"].rows(query="SELECT TIME('06:30:00') AS a, 1 = 1 AS b, 18446744073709551615 AS c")[
        1
    ] == [
        "06:30:00",
        "1",
        "18446744073709551615",
    ]
    assert databases["sqlite"].text(query="SELECT NULL AS only") == 'only\r\n""\r\n'


def test_bytes_are_refused(databases: dict[str, Database]) -> None:
    for scheme, query in {
        "postgresql": "SELECT 'QUARTZCANARY'::bytea AS scan",
        "mariadb": "SELECT BINARY 'QUARTZCANARY' AS scan",
        "sqlite": "SELECT CAST('QUARTZCANARY' AS BLOB) AS scan",
    }.items():
        with pytest.raises(SourceError, match="'scan' holds bytes") as refused:
            databases[scheme].text(query=query)
        assert CANARY not in str(refused.value)


def test_a_slow_statement_is_stopped(database: Database) -> None:
    slow = {
        "postgresql": "SELECT pg_sleep(30)",
        "mariadb": "SELECT SLEEP(30), a.n FROM many a CROSS JOIN many b ORDER BY RAND()",
        "sqlite": "SELECT count(*) AS n FROM many a CROSS JOIN many b CROSS JOIN many c",
    }[database.scheme]
    with pytest.raises((SourceUnreachableError, SourceBrokenOffError)):
        list(database.pieces(query=slow, limits=Limits(statement=1)))


def test_too_much_is_refused(database: Database) -> None:
    with pytest.raises(SourceLimitError):
        list(database.pieces(table="many", limits=Limits(size=100_000)))


def test_a_wrong_password_opens_nothing(databases: dict[str, Database]) -> None:
    for scheme in ("postgresql", "mariadb"):
        wrong = Database(databases[scheme].address, databases[scheme].execute, databases[scheme].guard, CANARY)
        with pytest.raises(SourceUnreachableError) as refused:
            wrong.text(table="beds")
        assert CANARY not in str(refused.value)


@pytest.mark.parametrize("allowed", [(), ("10.0.0.0/8", "db.example.gov.uk", "/srv/elsewhere")])
def test_only_allowed_hosts_and_folders_are_read(database: Database, allowed: Sequence[str]) -> None:
    closed = Database(database.address, database.execute, Guard(allowed), database.password)
    with pytest.raises(AddressRefusedError):
        closed.text(table="beds")


def test_tls_is_what_the_address_says(databases: dict[str, Database]) -> None:
    for scheme in ("postgresql", "mariadb"):
        found = databases[scheme]
        for wanted in ("verify", "require"):
            asked = Database(f"{found.address}?tls={wanted}", found.execute, found.guard)
            with pytest.raises(SourceUnreachableError):
                asked.text(table="beds")
        assert Database(f"{found.address}?tls=off", found.execute, found.guard).rows(table="beds")


@pytest.mark.parametrize("scheme", ["mssql", "oracle"])
def test_a_missing_driver_is_named(scheme: str) -> None:
    source = find_source(RemoteSource(f"{scheme}://127.0.0.1/bodies", table="beds"))
    with pytest.raises(MissingDriverError, match="pip install"):
        list(source.read(Guard(["127.0.0.1"])))


def test_a_link_out_of_an_allowed_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "secret.db").write_bytes(b"")
    (tmp_path / "open" / "link.db").symlink_to(tmp_path / "secret.db")
    source = find_source(RemoteSource(f"sqlite:///{tmp_path}/open/link.db", table="beds"))
    with pytest.raises(AddressRefusedError):
        list(source.read(Guard([str(tmp_path / "open")])))
