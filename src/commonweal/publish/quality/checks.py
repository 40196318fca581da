"""The promises about one field's values, each as a condition that a row at fault meets."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from commonweal.publish.kinds import FieldType
from commonweal.publish.model import Dimension, Field
from commonweal.publish.promises import NONE_MAY, FieldRule, Limit, Metric
from commonweal.publish.validating import validator_of

from .values import Cell, matches

FIRST_ROWS = 5
UNIQUE = "unique"
CONFUSION = "confusion"

_FORMS = {
    FieldType.INTEGER: "a whole number in plain digits",
    FieldType.NUMBER: "a number in plain digits with a point for decimals",
    FieldType.DATE: "a date written as YYYY-MM-DD",
    FieldType.TIMESTAMP: "a date and time with its offset, such as 2020-04-01T09:00:00Z",
    FieldType.BOOLEAN: "true or false",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One promise of a data contract about the rows of a source, and how a breach of it is told.

    `fault` is true of a row of the relation `cells` that breaks the promise, and `count` the aggregate that counts
    them; of uniqueness no row shows by itself that it breaks it. `subject` and `told` begin the sentence.
    `field` is empty where the promise is about several. `keys` are the fields that together are unique, for a check of
    that. What is found is told where it is beyond the `limit`.
    """

    name: str
    field: str
    dimension: Dimension
    subject: str
    told: str
    fault: exp.Expr = dataclasses.field(default_factory=exp.null)
    count: exp.Expr = dataclasses.field(default_factory=exp.null)
    limit: Limit = NONE_MAY
    keys: tuple[Field, ...] = ()


def field_checks(cell: Cell) -> Iterator[Check]:
    """Yield the checks of everything that a data contract promises about one field."""
    field, given, column = cell.field, cell.given, cell.text
    if field.required:
        yield _missing(field, cell)
    if field.type is not FieldType.STRING:
        wrong = exp.and_(given, cell.value.is_(exp.null()))
        yield _breaking("type", field, f"is not {_FORMS[field.type]}", wrong)
    yield from _range_checks(field, cell.value)
    if field.pattern:
        unlike = exp.and_(given, matches(column, field.pattern).not_())
        yield _breaking("pattern", field, "does not have the form that the data contract gives", unlike)
    if field.allowed:
        listed = column.isin(*[exp.Literal.string(each) for each in field.allowed])
        yield _breaking(
            "allowed", field, "is not one of the values that the data contract lists", exp.and_(given, listed.not_())
        )
    yield from _validator_checks(field, given, column)
    if field.unique:
        yield _repeating(field, cell)
    for rule in field.rules:
        yield from _limited(rule, cell)


def breaking(check: Check, fault: exp.Expr) -> Check:
    """Return the check of the rows that meet `fault`."""
    row = exp.case().when(fault.copy(), exp.Literal.number(1))
    return replace(check, fault=fault, count=exp.Count(this=row))


def repeating(check: Check, cells: Iterable[Cell]) -> Check:
    """Return the check with the aggregate that counts the rows whose values together repeat those of an earlier row."""
    listed = tuple(cells)
    value = together([each.value for each in listed])
    return replace(check, count=surplus(value), keys=tuple(each.field for each in listed))


def together(values: list[exp.Column]) -> exp.Expr:
    """Return the one value that several make, NULL where one of them is."""
    if len(values) == 1:
        return values[0]
    named = [exp.PropertyEQ(this=exp.to_identifier(each.name), expression=each) for each in values]
    given = exp.and_(*(each.copy().is_(exp.null()).not_() for each in values))
    return exp.case().when(given, exp.Struct(expressions=named))


def surplus(value: exp.Expr) -> exp.Expr:
    """Return the aggregate that counts how many values repeat one of an earlier row."""
    distinct = exp.Count(this=exp.Distinct(expressions=[value.copy()]))
    return exp.Sub(this=exp.Count(this=value.copy()), expression=distinct)


def _limited(rule: FieldRule, cell: Cell) -> Iterator[Check]:
    match rule.metric:
        case Metric.MISSING:
            yield replace(_missing(cell.field, cell), limit=rule.limit)
        case Metric.DUPLICATE:
            yield replace(_repeating(cell.field, cell), limit=rule.limit)
        case Metric.INVALID:
            alone = Field(cell.field.name, FieldType.STRING, pattern=rule.pattern, allowed=rule.allowed)
            yield from (replace(each, limit=rule.limit) for each in field_checks(Cell(alone, cell.place)))


def _missing(field: Field, cell: Cell) -> Check:
    told = "is empty, and the data contract requires a value"
    return _breaking("required", field, told, exp.not_(cell.given), Dimension.COMPLETENESS)


def _validator_checks(field: Field, given: exp.Expr, column: exp.Expr) -> Iterator[Check]:
    validator = validator_of(field)
    if validator is None:
        return
    day = f" that was open on {field.valid_on.isoformat()}" if field.valid_on else ""
    wrong = exp.and_(validator.sql(column).not_(), given.copy())
    found = _breaking("validator", field, f"is not a valid {validator.name}{day}", wrong)
    yield replace(found, limit=field.validator_limit)
    if validator.confusable:
        told = f"would be a valid {validator.name} if O and 0, or I and 1, changed places (look before you correct it)"
        meant = exp.and_(wrong.copy(), validator.sql_confusable(column))
        yield replace(_breaking("confusion", field, told, meant), limit=Limit(stops=False))


def _range_checks(field: Field, value: exp.Expr) -> Iterator[Check]:
    if field.minimum is not None:
        below = exp.LT(this=value, expression=exp.Literal.number(field.minimum))
        yield _breaking("minimum", field, f"is below {field.minimum:g}", below)
    if field.maximum is not None:
        above = exp.GT(this=value, expression=exp.Literal.number(field.maximum))
        yield _breaking("maximum", field, f"is above {field.maximum:g}", above)


def _breaking(name: str, field: Field, told: str, fault: exp.Expr, dimension: Dimension = Dimension.VALIDITY) -> Check:
    return breaking(Check(name, field.name, dimension, field.name, told), fault)


def _repeating(field: Field, cell: Cell) -> Check:
    told = "repeats the value of an earlier row"
    check = Check(UNIQUE, field.name, Dimension.UNIQUENESS, field.name, told)
    return repeating(check, [cell])
