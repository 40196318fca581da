"""Compiles a data contract into one query over a source, and its answer into sentences."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from .kinds import FieldType
from .model import DataContract, Dimension, Field, Finding, QualityResult
from .validating import validator_of

FIRST_ROWS = 5
UNIQUE = "unique"
SOURCE = "source"
ROW = "row"

_BLANK = r"[\s\x{a0}]*"
_DATE = r"\d{4}-\d{2}-\d{2}"
_SHAPES = {
    FieldType.INTEGER: r"[+-]?\d{1,19}",
    FieldType.NUMBER: r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?",
    FieldType.DATE: _DATE,
    FieldType.TIMESTAMP: _DATE + r"T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})",
    FieldType.BOOLEAN: r"(?i)true|false",
}
_SQL_TYPES = {
    FieldType.STRING: exp.DType.VARCHAR,
    FieldType.INTEGER: exp.DType.BIGINT,
    FieldType.NUMBER: exp.DType.DOUBLE,
    FieldType.DATE: exp.DType.DATE,
    FieldType.TIMESTAMP: exp.DType.TIMESTAMPTZ,
    FieldType.BOOLEAN: exp.DType.BOOLEAN,
}
_FORMS = {
    FieldType.INTEGER: "a whole number in plain digits",
    FieldType.NUMBER: "a number in plain digits with a point for decimals",
    FieldType.DATE: "a date written as YYYY-MM-DD",
    FieldType.TIMESTAMP: "a date and time with its offset, such as 2020-04-01T09:00:00Z",
    FieldType.BOOLEAN: "true or false",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One promise of a data contract about one field's values, and how a breach of it is told.

    `count` and `rows` are aggregates over the relation `source`: how many rows break the promise, and which are the
    first of them (NULL for uniqueness, where `compile_repeats` finds them). A check that does not stop a source only
    tells.
    """

    name: str
    field: Field
    dimension: Dimension
    told: str
    count: exp.Expr
    rows: exp.Expr
    stops: bool = True


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """Every check of one source: what the header alone shows, and the one query that shows the rest.

    `query` reads a relation `source` of text columns `c1`, `c2` … in the header's order and `row`, the 1-based row
    number. It answers one row: the row count, then for each check its count and its first row numbers. It holds every
    value of every unique field; `lean` answers the same in constant memory, with 0 for the counts of uniqueness, which
    `compile_surplus` then gives.
    """

    contract: DataContract
    header: tuple[str, ...]
    checks: tuple[Check, ...]
    header_findings: tuple[Finding, ...]
    query: exp.Select
    lean: exp.Select


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


def compile_checks(contract: DataContract, header: Sequence[str]) -> CheckPlan:
    """Return the plan that checks a source with this header against a data contract in one pass."""
    present = [each for each in contract.fields if each.name in header]
    checks = tuple(check for each in present for check in _checks(each, column_of(each.name, header)))
    lean = (replace(check, count=_number(0)) if check.name == UNIQUE else check for check in checks)
    return CheckPlan(
        contract=contract,
        header=tuple(header),
        checks=checks,
        header_findings=tuple(_header_findings(contract, header)),
        query=_counting(checks),
        lean=_counting(lean),
    )


def compile_surplus(field: Field, header: Sequence[str], share: ValueShare = EVERY_VALUE) -> exp.Select:
    """Return the query for how many values of a share of a unique field repeat that of an earlier row: one number."""
    value = typed_value(field, column_of(field.name, header))
    return exp.select(_surplus(value)).from_(SOURCE).where(share.of_values(value))


def compile_repeats(field: Field, header: Sequence[str], share: ValueShare = EVERY_VALUE) -> exp.Select:
    """Return the query for the first rows in which a value of a share of a unique field comes back.

    It answers one column of row numbers. It costs a grouping, so it runs only for a field that failed.
    """
    value = typed_value(field, column_of(field.name, header))
    second = exp.Bracket(this=_least(2, exp.column(ROW)), expressions=[exp.Literal.number(2)], offset=1)
    repeats = (
        exp.select(exp.alias_(second, "again"))
        .from_(SOURCE)
        .where(share.of_values(value))
        .group_by(value)
        .having(exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1)))
    )
    return repeats.order_by("again").limit(FIRST_ROWS)


def findings_from(
    plan: CheckPlan,
    answer: Sequence[object],
    repeats: Mapping[str, Sequence[int]] | None = None,
    number: Callable[[int], int] = int,
) -> QualityResult:
    """Return what the query's one row says, in words: stopping findings first, then the most frequent.

    Args:
        plan: the plan whose query was run.
        answer: the row it answered.
        repeats: for each unique field that failed, the first rows in which a value comes back.
        number: gives the number by which a row is to be told, for the number the engine gave it.
    """
    total = _whole(answer[0])
    findings = list(plan.header_findings)
    for check, count, rows in zip(plan.checks, answer[1::2], answer[2::2], strict=True):
        first = (repeats or {}).get(check.field.name, ()) if check.name == UNIQUE else rows
        if _whole(count):
            findings.append(_breach(check, _whole(count), tuple(map(number, _rows(first)))))
    if total < plan.contract.minimum_rows:
        findings.append(_too_few(total, plan.contract.minimum_rows))
    findings.sort(key=lambda each: (not each.stops, -each.count))
    return QualityResult(rows=total, findings=tuple(findings))


def typed_value(field: Field, column: exp.Expr) -> exp.Expr:
    """Return the expression for a text column's value in the field's type.

    NULL where the text is blank or not of the type's form; the form is ISO 8601 for dates and times, plain digits
    for numbers.
    """
    given = exp.case().when(_is_blank(column).not_(), column.copy())
    if field.type is FieldType.STRING:
        return given
    cast = exp.TryCast(this=column.copy(), to=exp.DataType.build(_SQL_TYPES[field.type]), safe=True)
    sound: exp.Expr = _matches(column, _SHAPES[field.type])
    if field.type is FieldType.NUMBER:
        sound = exp.and_(sound, exp.func("isfinite", cast.copy()))
    if field.type is FieldType.DATE:
        sound = exp.and_(sound, exp.GT(this=column.copy(), expression=exp.Literal.string("0001")))
    return exp.case().when(sound, cast)


def column_of(name: str, header: Sequence[str]) -> exp.Column:
    """Return the column of the relation `source` that holds the header's cell `name`."""
    return exp.column(f"c{list(header).index(name) + 1}")


def _checks(field: Field, column: exp.Column) -> Iterator[Check]:
    given = _is_blank(column).not_()
    if field.required:
        told = "is empty, and the data contract requires a value"
        yield _breaking("required", field, told, _is_blank(column), Dimension.COMPLETENESS)
    if field.type is not FieldType.STRING:
        wrong = exp.and_(given, typed_value(field, column).is_(exp.null()))
        yield _breaking("type", field, f"is not {_FORMS[field.type]}", wrong)
    yield from _range_checks(field, typed_value(field, column))
    if field.pattern:
        unlike = exp.and_(given, _matches(column, field.pattern).not_())
        yield _breaking("pattern", field, "does not have the form that the data contract gives", unlike)
    if field.allowed:
        listed = column.isin(*[exp.Literal.string(each) for each in field.allowed])
        yield _breaking(
            "allowed", field, "is not one of the values that the data contract lists", exp.and_(given, listed.not_())
        )
    yield from _validator_checks(field, given, column)
    if field.unique:
        yield _repeating(field, typed_value(field, column))


def _validator_checks(field: Field, given: exp.Expr, column: exp.Expr) -> Iterator[Check]:
    validator = validator_of(field)
    if validator is None:
        return
    day = f" that was open on {field.valid_on.isoformat()}" if field.valid_on else ""
    wrong = exp.and_(validator.sql(column).not_(), given.copy())
    yield _breaking("validator", field, f"is not a valid {validator.name}{day}", wrong)
    if validator.confusable:
        told = f"would be a valid {validator.name} if O and 0, or I and 1, changed places (look before you correct it)"
        meant = exp.and_(wrong.copy(), validator.sql_confusable(column))
        yield replace(_breaking("confusion", field, told, meant), stops=False)


def _range_checks(field: Field, value: exp.Expr) -> Iterator[Check]:
    if field.minimum is not None:
        below = exp.LT(this=value, expression=exp.Literal.number(field.minimum))
        yield _breaking("minimum", field, f"is below {field.minimum:g}", below)
    if field.maximum is not None:
        above = exp.GT(this=value, expression=exp.Literal.number(field.maximum))
        yield _breaking("maximum", field, f"is above {field.maximum:g}", above)


def _breaking(name: str, field: Field, told: str, fault: exp.Expr, dimension: Dimension = Dimension.VALIDITY) -> Check:
    row = exp.case().when(fault, exp.column(ROW))
    return Check(name, field, dimension, told, count=exp.Count(this=row), rows=_least(FIRST_ROWS, row.copy()))


def _repeating(field: Field, value: exp.Expr) -> Check:
    told = "repeats the value of an earlier row"
    return Check(UNIQUE, field, Dimension.UNIQUENESS, told, count=_surplus(value), rows=exp.null())


def _surplus(value: exp.Expr) -> exp.Expr:
    distinct = exp.Count(this=exp.Distinct(expressions=[value.copy()]))
    return exp.Sub(this=exp.Count(this=value.copy()), expression=distinct)


def _counting(checks: Iterable[Check]) -> exp.Select:
    aggregates = [exp.Count(this=exp.Star()), *(each for check in checks for each in (check.count, check.rows))]
    return exp.select(*aggregates).from_(SOURCE)


def _header_findings(contract: DataContract, header: Sequence[str]) -> Iterator[Finding]:
    """Tell how the header differs. A header cell that the contract does not know may be data, so it is not quoted."""
    promised = contract.field_names()
    if not set(promised) & set(header):
        sentence = (
            "The first line of the data names no field of the data contract; the data needs a header line with "
            f"the fields {_listed(promised)}."
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


def _breach(check: Check, count: int, rows: tuple[int, ...]) -> Finding:
    where = ""
    if rows:
        first = "the first are rows" if count > len(rows) else "rows" if len(rows) > 1 else "row"
        where = f" ({first} {_listed([str(each) for each in rows])})"
    number = "1 row" if count == 1 else f"{count:,} rows"
    sentence = f"{check.field.name} {check.told} in {number}{where}."
    return Finding(check.name, check.field.name, check.dimension, count, rows, sentence, check.stops)


def _too_few(rows: int, least: int) -> Finding:
    number = "1 row" if rows == 1 else f"{rows:,} rows"
    sentence = f"The data has {number}; the data contract requires at least {least:,}."
    return Finding("minimum-rows", "", Dimension.COMPLETENESS, least - rows, (), sentence)


def _is_blank(column: exp.Expr) -> exp.Expr:
    return exp.or_(column.is_(exp.null()), _matches(column, _BLANK))


def _matches(column: exp.Expr, pattern: str) -> exp.Expr:
    return exp.func("regexp_full_match", column.copy(), exp.Literal.string(pattern), dialect="duckdb")


def _least(number: int, row: exp.Expr) -> exp.Expr:
    return exp.Min(this=row, expressions=[_number(number)])


def _number(number: int) -> exp.Expr:
    return exp.Literal.number(number)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("the engine answered a check with something other than a count")
    return value


def _rows(value: object) -> tuple[int, ...]:
    return tuple(_whole(each) for each in value) if isinstance(value, Sequence) else ()
