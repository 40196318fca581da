"""Compiles one pass that writes a source's values and stops at the first row with a fault, and what is left to count.

A source that keeps its data contract need not be read twice, once to be checked and once to be written.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlglot import exp

from commonweal.publish.model import Field
from commonweal.publish.promises import NONE_MAY

from .bits import count_in_bits
from .checks import CONFUSION, surplus
from .plan import EVERY_VALUE, CheckPlan, ValueShare, cells_of, key_value, newest_of, relation_over
from .values import CELLS

WRITTEN = "written"
"""The relation of what was written: the data contract's fields by their names, typed."""


def is_strict(plan: CheckPlan) -> bool:
    """Say whether the first row with a fault settles that a source does not pass.

    It does not where a promise allows some such rows, or only warns of them; nor where rows are held against those of
    another dataset. The source has to have the fields that are promised, and no others.
    """
    rows = (check for check in plan.checks if not check.keys and check.name != CONFUSION)
    held = plan.contract.promises.reads()
    return not (plan.header_findings or held) and all(check.limit == NONE_MAY for check in rows)


def compile_sound(plan: CheckPlan) -> exp.Select:
    """Return the query for the typed values of a source, of a strict plan; a row with a fault is an error.

    It does not check what is unique: `compile_written_surplus` does.
    """
    cells = list(cells_of(plan.contract, plan.header).values())
    faults = [check.fault.copy() for check in plan.checks if not check.keys and check.name != CONFUSION]
    values: list[exp.Expr] = [each.value for each in cells]
    if faults:
        stop = exp.Anonymous(this="error", expressions=[exp.Literal.string("fault")])
        values[0] = exp.case().when(exp.or_(*faults), stop).else_(values[0])
    named = [exp.alias_(each, cell.field.name, quoted=True) for each, cell in zip(values, cells, strict=True)]
    return relation_over(plan).select(*named)


def compile_rest(plan: CheckPlan, at: datetime | None) -> exp.Select:
    """Return the query over `written` for what a plan's `lean` answers, once `compile_sound` has found no fault."""
    newest = [newest_of(cells_of(plan.contract, plan.header)[each.field], at) for each in plan.freshness if at]
    zeros = [exp.Literal.number(0) for _ in plan.checks]
    fields = [each for each in plan.contract.fields if each.name in {fresh.field for fresh in plan.freshness}]
    return _written(fields, plan.header).select(exp.Count(this=exp.Star()), *zeros, *newest)


def compile_written_surplus(
    keys: Sequence[Field], header: Sequence[str], share: ValueShare = EVERY_VALUE
) -> exp.Select:
    """Return the query over `written` for how many rows of a share of a key's values repeat an earlier row."""
    value = key_value(keys, header)
    return _written(keys, header).select(surplus(value)).where(share.of_values(value))


def compile_written_span(key: Field, header: Sequence[str]) -> exp.Select:
    """Return the query over `written` for the least and the greatest value of a key of one field."""
    value = key_value([key], header)
    return _written([key], header).select(exp.Min(this=value), exp.Max(this=value.copy()))


def compile_written_bits(key: Field, header: Sequence[str], least: int, most: int) -> exp.Select:
    """Return the query for what `compile_written_surplus` counts of whole numbers in a span: a bit stands for each."""
    value = key_value([key], header)
    return _written([key], header).select(count_in_bits(value, value, least, most))


def _written(fields: Sequence[Field], header: Sequence[str]) -> exp.Select:
    places = [(each.name, list(header).index(each.name) + 1) for each in fields]
    values: list[exp.Expr] = [exp.alias_(exp.column(name, quoted=True), f"v{place}") for name, place in places]
    return exp.Select().from_(exp.select(*(values or [exp.null()])).from_(WRITTEN).subquery(CELLS))
