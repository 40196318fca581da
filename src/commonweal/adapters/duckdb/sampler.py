"""Shows what the cells at fault look like without showing them: their shape, for the steward who is to mend them."""

from collections.abc import Mapping, Sequence

import duckdb
from sqlglot import exp

from commonweal.publish import column_of

from .engine import sql_of

LONGEST_SHAPE = 40
_MARKS, _DIGITS, _LETTERS, _UNSEEN = r"\pM", r"\pN", r"\pL", r"[\pC\pZ]"


def sample_shapes(
    connection: duckdb.DuckDBPyConnection, header: Sequence[str], wanted: Mapping[str, Sequence[int]]
) -> dict[str, dict[int, str]]:
    """Return for each field the shapes of its cells in `wanted` rows of the relation `source`, by row, in one pass.

    A letter is shown as A, a digit as 9, and other characters stay; a shape is cut to 40 characters. The engine makes
    the shapes, so that no value leaves it. Fields that the source does not have are left out.
    """
    fields = [name for name in wanted if name in header and wanted[name]]
    rows = sorted({row for name in fields for row in wanted[name]})
    if not rows:
        return {}
    shapes = [_shape(column_of(name, header)) for name in fields]
    listed = [exp.Literal.number(row) for row in rows]
    query = (
        exp.select(exp.column("row"), *shapes).from_("source").where(exp.column("row").isin(*listed)).order_by("row")
    )
    found = connection.execute(sql_of(query)).fetchall()
    return {
        name: {each[0]: each[place] or "" for each in found if each[0] in set(wanted[name])}
        for place, name in enumerate(fields, start=1)
    }


def _shape(column: exp.Expr) -> exp.Expr:
    shape = column
    for pattern, sign in ((_MARKS, ""), (_DIGITS, "9"), (_LETTERS, "A"), (_UNSEEN, " ")):
        arguments = [shape, *(exp.Literal.string(each) for each in (pattern, sign, "g"))]
        shape = exp.Anonymous(this="regexp_replace", expressions=arguments)
    return exp.Anonymous(this="left", expressions=[shape, exp.Literal.number(LONGEST_SHAPE)])
