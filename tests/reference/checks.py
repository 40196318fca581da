"""Every check of a data contract, and how its breach is told, by running them all over a source that fails them."""

import ast
from collections.abc import Iterator

from commonweal.publish import VALIDATORS, DataContract, Field, FieldType, Finding, compile_checks, findings_from

from .source import PRODUCT, Source
from .tables import code, page, table
from .words import explain

QUALITY = "publish/quality.py"
MAKERS = {"Finding", "_breaking"}

STRICT = {"required": True, "unique": True, "minimum": 0.0, "maximum": 100.0, "pattern": "[0-9]+", "allowed": ("1",)}
ROWS = (3, 7)


def find_checks(source: Source = PRODUCT) -> set[str]:
    """Return the name of every check, from where the code makes one."""
    literal = {
        call.node.args[0].value
        for call in source.calls
        if call.place.module == QUALITY and call.name in MAKERS and isinstance(call.node.args[0], ast.Constant)
    }
    return {str(each) for each in literal} | {"unique"}


def show_findings() -> list[Finding]:
    """Return a finding of each check, told of a field `amount` or `postcode`."""
    return list({each.check: each for each in _findings()}.values())


def _findings() -> Iterator[Finding]:
    amount = Field(name="amount", type=FieldType.INTEGER, **STRICT)  # type: ignore[arg-type]
    postcode = Field(name="postcode", type=FieldType.STRING, validator="postcode")
    contract = DataContract("example", "1", "Example", "", (amount, postcode), minimum_rows=2)
    checked = compile_checks(contract, ["amount", "postcode", "other"])
    counts = (1, *(each for _ in checked.checks for each in (len(ROWS), list(ROWS))))
    yield from findings_from(checked, counts, {"amount": list(ROWS)}).findings
    one = DataContract("example", "1", "Example", "", (amount,), minimum_rows=2)
    two = DataContract("example", "1", "Example", "", (amount, Field("name", FieldType.STRING)))
    for promised, header in ((one, ["other"]), (two, ["amount"])):
        plan = compile_checks(promised, header)
        yield from findings_from(plan, (5, *(0 for _ in plan.checks for _ in range(2)))).findings


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
        "## Validators",
        "A validator holds the values of a field to a published rule. It is a rule of type custom for the engine "
        "`commonweal`, which other tools pass over: `{type: custom, engine: commonweal, implementation: {validator: "
        "nhs-number}}`. `nhs-trust` goes by a register, and takes the day as `on: 2020-04-01` beside it. Spaces where "
        "the rule prints them make no difference; small letters do. What may have been meant is never put in place of "
        "what stands there.",
        table(("validator", "of", "rule"), [(code(each.code), each.name, each.rule) for each in VALIDATORS.values()]),
    )
