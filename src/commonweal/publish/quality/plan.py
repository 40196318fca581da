"""Compiles a data contract into one query over a source."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlglot import exp

from commonweal.publish.kinds import FieldType
from commonweal.publish.model import DataContract, Dimension, Field, Finding
from commonweal.publish.promises import Freshness

from .across import Beside, key_checks, listed, reference_checks, rule_checks
from .checks import FIRST_ROWS, Check, field_checks, surplus, together
from .values import CELLS, ROW, SOURCE, Cell, column_of, least, typed_value


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """Every check of one source: what the header alone shows, and the one query that shows the rest.

    `query` reads a relation `source` of text columns `c1`, `c2` … in the header's order, and for each other dataset
    that was held the relation that `relation_of` names. It answers one row: the row count, then for each check its
    count, then for each of `freshness` its newest value. It holds every value of every unique field, and of every other
    dataset the fields it reads; `lean` answers the same in memory that does not grow with the source, with 0 for the
    counts of uniqueness, which `compile_surplus` gives. `numbered` selects nothing yet: it is what both read, with
    `row`, the 1-based row number of the source, which makes an engine read in one thread.
    """

    contract: DataContract
    header: tuple[str, ...]
    checks: tuple[Check, ...]
    header_findings: tuple[Finding, ...]
    query: exp.Select
    lean: exp.Select
    numbered: exp.Select
    freshness: tuple[Freshness, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueShare:
    """The share `number` (from 0) of `of` shares of a field's values, about equal; equal values are in one share."""

    number: int = 0
    of: int = 1

    def of_values(self, value: exp.Expr) -> exp.Expr:
        """Return the condition that a value is there and is in this share."""
        given = value.copy().is_(exp.null()).not_()
        if self.of == 1:
            return given
        place = exp.Mod(this=exp.Anonymous(this="hash", expressions=[value.copy()]), expression=_number(self.of))
        return exp.and_(given, exp.EQ(this=place, expression=_number(self.number)))


EVERY_VALUE = ValueShare()


def compile_checks(
    contract: DataContract, header: Sequence[str], *, held: Sequence[str] = (), at: datetime | None = None
) -> CheckPlan:
    """Return the plan that checks a source with this header against a data contract in one pass.

    Args:
        contract: what it is held to.
        header: the names of its columns.
        held: the other datasets that can be read; a promise about another one is told as not checked.
        at: the moment of publication; without it nothing is said of freshness.
    """
    cells = cells_of(contract, header)
    joined = list(reference_checks(contract.promises, cells, held))
    checks = (
        *(check for cell in cells.values() for check in field_checks(cell)),
        *key_checks(contract.promises.keys, cells),
        *rule_checks(contract, cells),
        *(check for _, each in joined for check in each),
    )
    lean = (replace(check, count=_number(0)) if check.keys else check for check in checks)
    fresh = tuple(each for each in contract.promises.freshness if at is not None and each.field in cells)
    newest = [newest_of(cells[each.field], at) for each in fresh if at is not None]
    beside = [each for each, _ in joined]
    return CheckPlan(
        contract=contract,
        header=tuple(header),
        checks=checks,
        header_findings=(*_header_findings(contract, header), *_unheld_findings(contract, held)),
        query=_counting(checks, newest, _relation(cells, beside)),
        lean=_counting(lean, newest, _relation(cells, beside)),
        numbered=_relation(cells, beside, exp.column(ROW)),
        freshness=fresh,
    )


def compile_faults(plan: CheckPlan, places: Sequence[int]) -> exp.Select:
    """Return the query for the rows that break a promise, in the source's order: the number, and which they break.

    `places` are those of the checks in the plan, none of them of uniqueness; the answer has a column for each.
    """
    faults = [plan.checks[place].fault for place in places]
    return plan.numbered.select(exp.column(ROW), *faults).where(exp.or_(*faults))


def compile_surplus(keys: Sequence[Field], header: Sequence[str], share: ValueShare = EVERY_VALUE) -> exp.Select:
    """Return the query for how many rows of a share of a key's values repeat an earlier row: one number."""
    value = key_value(keys, header)
    return exp.select(surplus(value)).from_(key_cells(keys, header)).where(share.of_values(value))


def compile_repeats(
    keys: Sequence[Field], header: Sequence[str], share: ValueShare = EVERY_VALUE, first: int | None = None
) -> exp.Select:
    """Return the query for the first rows in which a value of a share of a key comes back.

    It answers one column of row numbers. It costs a grouping, so it runs only for a key that failed. With `first`, only
    so many of the source's first rows are looked at: what they repeat, they repeat in the whole of it too.
    """
    value = key_value(keys, header)
    second = exp.Bracket(this=least(2, exp.column(ROW)), expressions=[exp.Literal.number(2)], offset=1)
    repeats = (
        exp.select(exp.alias_(second, "again"))
        .from_(key_cells(keys, header, first))
        .where(share.of_values(value))
        .group_by(value)
        .having(exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1)))
    )
    return repeats.order_by("again").limit(FIRST_ROWS)


def key_value(keys: Sequence[Field], header: Sequence[str]) -> exp.Expr:
    """Return the one value that a key's fields make, from the columns `vn` of their places in the header."""
    return together([Cell(each, list(header).index(each.name) + 1).value for each in keys])


def key_cells(keys: Sequence[Field], header: Sequence[str], first: int | None = None) -> exp.Subquery:
    """Return the relation of a key's values as `vn` and `row`, of the source's first rows or of all."""
    columns = [(each, column_of(each.name, header)) for each in keys]
    values = [exp.alias_(typed_value(each, column), f"v{column.name[1:]}") for each, column in columns]
    query = exp.select(exp.column(ROW), *values).from_(SOURCE)
    return (query if first is None else query.limit(first)).subquery(CELLS)


def cells_of(contract: DataContract, header: Sequence[str]) -> dict[str, Cell]:
    """Return the cell of each field that the header has, in the data contract's order."""
    places = {name: number for number, name in reversed(list(enumerate(header, start=1)))}
    return {each.name: Cell(each, places[each.name]) for each in contract.fields if each.name in places}


def relation_over(plan: CheckPlan) -> exp.Select:
    """Return the query that selects nothing yet of the cells of a plan's source, without row numbers."""
    return _relation(cells_of(plan.contract, plan.header), ())


def _counting(checks: Iterable[Check], newest: Sequence[exp.Expr], relation: exp.Select) -> exp.Select:
    return relation.select(exp.Count(this=exp.Star()), *(check.count for check in checks), *newest)


def _relation(cells: dict[str, Cell], beside: Sequence[Beside], *more: exp.Expr) -> exp.Select:
    columns = [column for cell in cells.values() for column in cell.columns()] or [exp.null()]
    relation = exp.Select().from_(exp.select(*more, *columns).from_(SOURCE).subquery(CELLS))
    for each in beside:
        relation = relation.join(each.rows.subquery(each.alias), on=each.on, join_type="left")
    return relation


def newest_of(cell: Cell, at: datetime) -> exp.Expr:
    """Return the aggregate for the newest value that is not after the moment; one in the future proves nothing."""
    day = cell.field.type is FieldType.DATE
    text = at.date().isoformat() if day else at.isoformat()
    now = exp.cast(exp.Literal.string(text), exp.DType.DATE if day else exp.DType.TIMESTAMPTZ)
    past = exp.LTE(this=cell.value, expression=now)
    return exp.Max(this=exp.case().when(past, cell.value))


def _header_findings(contract: DataContract, header: Sequence[str]) -> Iterator[Finding]:
    """Tell how the header differs. A header cell that the contract does not know may be data, so it is not quoted."""
    promised = contract.field_names()
    if not set(promised) & set(header):
        sentence = (
            "The first line of the data names no field of the data contract; the data needs a header line with "
            f"the fields {listed(promised)}."
        )
        yield Finding("header", "", Dimension.CONSISTENCY, 1, (), sentence)
        return
    for name in promised:
        if name not in header:
            sentence = f"The data has no field {name}, which the data contract promises."
            yield Finding("missing-field", name, Dimension.COMPLETENESS, 1, (), sentence)
    for number, name in enumerate(header, start=1):
        if name not in promised:
            sentence = (
                f"Column {number} of the data has a name that the data contract does not promise; take the column "
                "out, or add it to the data contract."
            )
            yield Finding("extra-field", "", Dimension.CONSISTENCY, 1, (), sentence)


def _unheld_findings(contract: DataContract, held: Sequence[str]) -> Iterator[Finding]:
    for dataset in contract.promises.reads():
        if dataset not in held:
            sentence = f"The data was not held against {dataset}: that takes a node which has it."
            yield Finding("not-held", "", Dimension.CONSISTENCY, 0, (), sentence, stops=False)


def _number(number: int) -> exp.Expr:
    return exp.Literal.number(number)
