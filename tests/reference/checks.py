"""Every check of a data contract, and how its breach is told, by running them all over a source that fails them."""

import ast
from collections.abc import Iterator

from commonweal.publish import DataContract, Field, FieldType, Finding, compile_checks, findings_from

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
    """Return a finding of each check, told of a field `amount`."""
    return list({each.check: each for each in _findings()}.values())


def _findings() -> Iterator[Finding]:
    amount = Field(name="amount", type=FieldType.INTEGER, **STRICT)  # type: ignore[arg-type]
    contract = DataContract("example", "1", "Example", "", (amount,), minimum_rows=2)
    checked = compile_checks(contract, ["amount", "other"])
    counts = (1, *(each for _ in checked.checks for each in (len(ROWS), list(ROWS))))
    yield from findings_from(checked, counts, {"amount": list(ROWS)}).findings
    two = DataContract("example", "1", "Example", "", (amount, Field("name", FieldType.STRING)))
    for promised, header in ((contract, ["other"]), (two, ["amount"])):
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
        "The dimensions are those of the UK Government Data Quality Framework. What is said is of a field `amount`.",
        table(("check", "what it holds the source to", "dimension", "what it says"), rows),
    )
