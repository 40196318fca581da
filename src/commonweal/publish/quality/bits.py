"""Counts whole numbers that repeat in bits, one for each number: in a table of them each takes 40 bytes."""

from collections.abc import Sequence

from sqlglot import exp

from commonweal.publish.kinds import FieldType
from commonweal.publish.model import Field

from .plan import CheckPlan, key_cells, key_value

BITS = 1 << 28
"""How far apart whole numbers may lie for a bit to stand for each: 32 MB in each thread."""


def may_take_bits(keys: Sequence[Field]) -> bool:
    """Say whether a key is one whole number."""
    return len(keys) == 1 and keys[0].type is FieldType.INTEGER


def compile_span(keys: Sequence[Field], header: Sequence[str], first: int) -> exp.Select:
    """Return the query for the least and the greatest value of a key of one field in the source's first rows."""
    value = key_value(keys, header)
    return exp.select(*_ends(value)).from_(key_cells(keys, header, first))


def compile_bits(plan: CheckPlan, places: Sequence[int]) -> exp.Select:
    """Return a plan's `query` with the counts of uniqueness at these places of its checks made in bits.

    After what `query` answers stand, for each place, the least and the greatest value. Its count holds where these are
    less than `BITS` apart: numbers share a bit that are so far apart, or a multiple of it.
    """
    query = plan.query.copy()
    counts = list(query.expressions)
    for place in places:
        value = key_value(plan.checks[place].keys, plan.header)
        counts[1 + place] = count_in_bits(value, _folded(value), 0, BITS - 1)
        counts += _ends(value)
    query.set("expressions", counts)
    return query


def count_in_bits(value: exp.Expr, bit: exp.Expr, least: int, most: int) -> exp.Expr:
    """Return the aggregate for how many values repeat one of an earlier row, `bit` being a value's own in the span."""
    ends = [exp.cast(exp.Literal.number(each), exp.DType.BIGINT) for each in (least, most)]
    bits = exp.Anonymous(this="bitstring_agg", expressions=[bit.copy(), *ends])
    distinct = exp.Coalesce(
        this=exp.Anonymous(this="bit_count", expressions=[bits]), expressions=[exp.Literal.number(0)]
    )
    return exp.Sub(this=exp.Count(this=value.copy()), expression=distinct)


def _folded(value: exp.Expr) -> exp.Expr:
    return exp.BitwiseAnd(this=value.copy(), expression=exp.Literal.number(BITS - 1))


def _ends(value: exp.Expr) -> list[exp.Expr]:
    return [exp.Min(this=value.copy()), exp.Max(this=value.copy())]
