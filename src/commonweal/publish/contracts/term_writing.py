"""The promises about a table as a whole, written as ODCS 3.1 in the form that `Terms` reads back."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from open_data_contract_standard.model import DataQuality, Relationship, ServiceLevelAgreementProperty

from commonweal.publish.limits import ENGINE, SEVERITY, write_limit
from commonweal.publish.promises import Limit, Period, Promises, Reference

TABLE = "data"
"""The name of the table in a document that is written."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def write_table_rules(promises: Promises) -> Iterator[DataQuality]:
    """Yield the quality rules of the table that `Terms` reads back; a primary key stands on its fields."""
    for key in promises.keys:
        if not key.primary:
            operator, more = write_limit(key.limit)
            terms = {"metric": "duplicateValues", "arguments": {"properties": list(key.fields)}, "mustBe": 0}
            yield _quality((terms if not operator else _without(terms, "mustBe") | operator) | more, "uniqueness")
    for rule in promises.rules:
        told: dict[str, Any] = {"rule": rule.rule} | ({"when": rule.when} if rule.when else {})
        yield _custom_rule(told, rule.limit, "consistency", {"name": rule.name} if rule.name else {})
    for each in promises.references:
        if not _is_shorthand(each):
            pairs = dict(zip(each.fields, each.targets, strict=True))
            yield _custom_rule({"reference": {"dataset": each.dataset, "fields": pairs}}, each.limit, "consistency")
    for held in promises.reconciliations:
        told = {"reconcile": {"dataset": held.dataset, "by": dict(held.by), "fields": dict(held.fields)}}
        yield _custom_rule(told, held.limit, "accuracy")
    if promises.volume is not None:
        severity = "error" if promises.volume.stops else "warning"
        told = {"volume": {"within": promises.volume.percent}}
        yield _quality(_custom_terms(told) | {"severity": severity}, "completeness")


def write_relationships(promises: Promises) -> list[Relationship]:
    """Return the relationships of the table that `Terms` reads back."""
    written = []
    for each in filter(_is_shorthand, promises.references):
        body, _, name = each.dataset.partition("/")
        severity = [] if each.limit.stops else [{"property": SEVERITY, "value": "warning"}]
        terms = {
            "from": [f"{TABLE}.{field}" for field in each.fields],
            "to": [f"{body}.{name}.{field}" for field in each.targets],
            "customProperties": severity or None,
        }
        written.append(Relationship.model_validate(terms))
    return written


def write_service_levels(promises: Promises) -> list[ServiceLevelAgreementProperty]:
    """Return the service levels that `Terms` reads back."""
    levels: list[tuple[str, Period, str | None, bool]] = [
        ("latency", each.within, each.field, each.stops) for each in promises.freshness
    ]
    if promises.frequency is not None:
        levels.append(("frequency", promises.frequency.every, None, promises.frequency.stops))
    return [_service_level(*each) for each in levels]


def _service_level(name: str, period: Period, field: str | None, stops: bool) -> ServiceLevelAgreementProperty:  # noqa: FBT001  one row of a table
    terms = {
        "property": name,
        "value": period.number,
        "unit": period.unit.value,
        "element": f"{TABLE}.{field}" if field else None,
        "customProperties": [{"property": SEVERITY, "value": "error"}] if stops else None,
    }
    return ServiceLevelAgreementProperty.model_validate(terms)


def _is_shorthand(reference: Reference) -> bool:
    names = (*reference.dataset.split("/"), *reference.fields, *reference.targets)
    plain = reference.limit in {Limit(), Limit(stops=False)}
    return plain and all(_WORD.fullmatch(each) for each in names)


def _custom_rule(
    told: dict[str, Any], limit: Limit, dimension: str, more: Mapping[str, Any] | None = None
) -> DataQuality:
    operator, outside = write_limit(limit)
    return _quality(_custom_terms(told | operator) | outside | dict(more or {}), dimension)


def _custom_terms(implementation: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "custom", "engine": ENGINE, "implementation": dict(implementation)}


def _quality(terms: Mapping[str, Any], dimension: str) -> DataQuality:
    return DataQuality.model_validate({**terms, "dimension": dimension})


def _without(terms: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in terms.items() if name != key}
