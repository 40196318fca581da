"""Every check of a data contract, and how its breach is told, by running them all over a source that fails them."""

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime

from commonweal.publish import (
    VALIDATORS,
    Circumstances,
    DataContract,
    Field,
    FieldType,
    Finding,
    FormerVersion,
    Frequency,
    Freshness,
    Period,
    Promises,
    Reconciliation,
    Reference,
    RowRule,
    UniqueKey,
    Unit,
    Volume,
    compile_checks,
    findings_from,
)

from .source import PRODUCT, Source
from .tables import code, page, table
from .words import explain

QUALITY = "publish/quality/"
MAKERS = {"Finding", "_breaking", "_check"}

STRICT = {"required": True, "unique": True, "minimum": 0.0, "maximum": 100.0, "pattern": "[0-9]+", "allowed": ("1",)}
ROWS = (3, 7)
CODES = "leeds/wards"
PROMISED = Promises(
    keys=(UniqueKey(("amount", "ward")),),
    rules=(RowRule("paid >= due"),),
    references=(Reference(("ward",), CODES, ("code",)),),
    reconciliations=(Reconciliation(CODES, (("ward", "code"),), (("amount", "population"),)),),
    freshness=(Freshness("paid", Period(2, Unit.DAY)),),
    frequency=Frequency(Period(1, Unit.MONTH)),
    volume=Volume(20),
)
TOLD = Circumstances(
    datetime(2026, 11, 22, 9, tzinfo=UTC), (FormerVersion(datetime(2026, 9, 1, tzinfo=UTC), 50),), ((CODES, 4),)
)

ACROSS = {
    "{rule: 'closed >= opened', when: 'status = 'closed''}": "every row keeps the condition, or those for which "
    "`when` is true",
    "relationships: [{from: [t.ward], to: [BODY.NAME.code]}]": "the values stand in that dataset",
    "{reference: {dataset: BODY/NAME, fields: {ward: code}}}": "the same, for names that a relationship cannot hold",
    "{reconcile: {dataset: BODY/NAME, by: {ward: code}, fields: {people: population}}}": "the row of the other dataset "
    "with the same `by` has the same `fields`",
    "{volume: {within: 20}}": "the number of rows is within so many per cent of the middle one of the last five "
    "versions",
    "slaProperties: [{property: latency, value: 2, unit: d, element: t.day}]": "the newest value that is not in the "
    "future is at most so old at publication",
    "slaProperties: [{property: frequency, value: 1, unit: month}]": "a version comes that soon after the one before",
}


def find_checks(source: Source = PRODUCT) -> set[str]:
    """Return the name of every check, from where the code makes one."""
    literal = {
        call.node.args[0].value
        for call in source.calls
        if call.place.module.startswith(QUALITY) and call.name in MAKERS and isinstance(call.node.args[0], ast.Constant)
    }
    return {str(each) for each in literal} | {"unique"}


def show_findings() -> list[Finding]:
    """Return a finding of each check, told of a field `amount` or `postcode`."""
    return list({each.check: each for each in _findings()}.values())


def _findings() -> Iterator[Finding]:
    amount = Field(name="amount", type=FieldType.INTEGER, **STRICT)  # type: ignore[arg-type]  # parts of several types
    postcode = Field(name="postcode", type=FieldType.STRING, validator="postcode")
    contract = DataContract("example", "1", "Example", "", (amount, postcode), minimum_rows=2)
    checked = compile_checks(contract, ["amount", "postcode", "other"])
    rows = dict.fromkeys(range(len(checked.checks)), ROWS)
    yield from findings_from(checked, (1, *(len(ROWS) for _ in checked.checks)), rows).findings
    yield from _findings_across()
    one = DataContract("example", "1", "Example", "", (amount,), minimum_rows=2)
    two = DataContract("example", "1", "Example", "", (amount, Field("name", FieldType.STRING)))
    for promised, header in ((one, ["other"]), (two, ["amount"])):
        plan = compile_checks(promised, header)
        yield from findings_from(plan, (5, *(0 for _ in plan.checks))).findings


def _findings_across() -> Iterator[Finding]:
    """Yield a finding of each check that looks at more than one field, or beyond the source."""
    kinds = {"amount": FieldType.INTEGER, "ward": FieldType.STRING, "due": FieldType.DATE, "paid": FieldType.DATE}
    fields = tuple(Field(name, kind) for name, kind in kinds.items())
    contract = DataContract("example", "1", "Example", "", fields, promises=PROMISED)
    plan = compile_checks(contract, list(kinds), held=(CODES,), at=TOLD.at)
    rows = dict.fromkeys(range(len(plan.checks)), ROWS)
    answer = (5, *(len(ROWS) for _ in plan.checks), date(2026, 11, 1))
    yield from findings_from(plan, answer, rows, circumstances=TOLD).findings
    plan = compile_checks(contract, list(kinds))
    yield from findings_from(plan, (5, *(0 for _ in plan.checks))).findings


def write_quality() -> str:
    """Return the page of quality checks."""
    findings = {each.check: each for each in show_findings()}
    meanings = explain("checks", find_checks())
    rows = [(code(name), meanings[name], each.dimension.value, each.sentence) for name, each in findings.items()]
    return page(
        "Quality checks",
        "What `commonweal publish` holds a source to before anything of it is stored. The rules stand in the data "
        "contract (ODCS 3.1); all of them are checked in one pass, and every finding is told at once, the worst "
        "first. A finding names the first rows and never a value. A source that is stopped leaves an event "
        "`publication.stopped`, and nothing else.",
        "The dimensions are those of the UK Government Data Quality Framework. What is said is of a field `amount`, or "
        "of a field `postcode` with the validator of that name.",
        table(("check", "what it holds the source to", "dimension", "what it says"), rows),
        "## Limits and severity",
        "Without a limit no row may break a promise. `mustBeLessThan` and `mustBeLessOrEqualTo` allow some, and with "
        "`unit: percent` so many in a hundred of all rows. They stand in a library metric (nullValues, invalidValues, "
        "duplicateValues), or in the `implementation` of a rule for the engine `commonweal`. What breaks a promise of "
        "`severity: warning` travels with the version as a finding; everything else stops it. A relationship and a "
        "service level say it as the custom property `commonweal.severity`; a service level and the volume only warn "
        "unless they say `error`.",
        "## Promises across fields, datasets and versions",
        "They stand on the table. A primary key of several properties is one key, in the order of "
        "`primaryKeyPosition`; duplicateValues with `arguments: {properties: [a, b]}` is another.",
        table(("in the data contract", "what it asks"), [(code(form), asks) for form, asks in ACROSS.items()]),
        "A row rule is one condition over the contract's fields: `=`, `<>`, `<`, `<=`, `>`, `>=`, `in`, `between`, `is "
        "null`, `is not null`, `and`, `or`, `not`, texts, numbers, dates written as text, `true`, `false`, and `+ - * "
        "/` of numbers or one date minus another, in days. It has no function. Where a value that it needs is empty, a "
        "row does not break it. What was reckoned is compared to six decimal places.",
        "A dataset may be held against another of its own body, or an open one, on the same node; the version that was "
        "read is kept in the result and in the event. Accuracy is *not measured* unless a contract names a reference "
        "dataset to reconcile with. Without a node (`commonweal contract check`) neither other datasets nor versions "
        "before are there, and the answer says so.",
        "## Validators",
        "A validator holds the values of a field to a published rule. It is a rule of type custom for the engine "
        "`commonweal`, which other tools pass over: `{type: custom, engine: commonweal, implementation: {validator: "
        "nhs-number}}`. `nhs-trust` goes by a register, and takes the day as `on: 2020-04-01` beside it. Spaces where "
        "the rule prints them make no difference; small letters do. What may have been meant is never put in place of "
        "what stands there.",
        table(("validator", "of", "rule"), [(code(each.code), each.name, each.rule) for each in VALIDATORS.values()]),
    )
