"""What is asked of a database: one table in the order of its key, or one SELECT that only reads."""

import re

import sqlglot
from sqlalchemy import Connection, Select, TextClause, column, inspect, select, table, text
from sqlalchemy.exc import NoSuchTableError
from sqlglot import exp

from .address import RemoteSource
from .errors import QueryError, SourceUnreachableError

LONGEST_QUERY = 100_000

_NAME = re.compile(r"(?:(?P<schema>[^.]+)\.)?(?P<name>[^.]+)")
_DIALECTS = {"postgresql": "postgres", "mariadb": "mysql", "mysql": "mysql", "mssql": "tsql"}
_WRITING = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Transaction, exp.Set, exp.Pragma, exp.Use)


def verify_choice(wanted: RemoteSource, scheme: str) -> None:
    """Accept a choice of one table or one query that only reads.

    Raises:
        QueryError: it is neither.
    """
    if bool(wanted.table) == bool(wanted.query):
        raise QueryError("Of a database either a table or a query is read.", advice="Give --table or --query.")
    if wanted.table and not _NAME.fullmatch(wanted.table):
        raise QueryError("That is not the name of a table.", advice="Give TABLE or SCHEMA.TABLE.")
    if wanted.query:
        verify_query(wanted.query, scheme)


def verify_query(query: str, scheme: str) -> None:
    """Accept one SELECT, also with common table expressions; errors as `verify_choice`."""
    if len(query) > LONGEST_QUERY:
        raise QueryError("The query is too long.")
    try:
        found = sqlglot.parse(query, dialect=_DIALECTS.get(scheme, scheme))
    except (sqlglot.errors.SqlglotError, RecursionError):
        raise QueryError("The query cannot be understood as SQL.") from None
    statements = [each for each in found if each is not None]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise QueryError("The query is not one SELECT.")
    within = (each for each in statements[0].walk() if not isinstance(each, exp.Query))
    if any(isinstance(each, _WRITING) for each in within):
        raise QueryError("The query does more than read.")


def statement_of(connection: Connection, wanted: RemoteSource) -> Select[tuple[object, ...]] | TextClause:
    """Return what to execute; a table is read in the order of its primary key, so that the same rows are the same text.

    Raises:
        SourceUnreachableError: there is no such table.
    """
    if wanted.query:
        return text(wanted.query.strip().rstrip(";").replace(":", r"\:"))
    named = _NAME.fullmatch(wanted.table)
    schema, name = (named["schema"], named["name"]) if named else (None, wanted.table)
    found = inspect(connection)
    try:
        columns = [str(each["name"]) for each in found.get_columns(name, schema)]
        key = found.get_pk_constraint(name, schema)["constrained_columns"]
    except NoSuchTableError:
        raise SourceUnreachableError("The database has no such table that this user may see.") from None
    source = table(name, *map(column, columns), schema=schema)
    return select(*source.c).order_by(*(source.c[each] for each in key))
