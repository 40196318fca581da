"""An agreement on the wire: ODRL 2.2 in JSON-LD."""

from collections.abc import Iterator
from datetime import datetime

from commonweal.core import Json, to_rfc3339
from commonweal.request import Operator, RowCondition

from .model import Agreement

_CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
_OPERATORS = {
    Operator.EQUALS: "eq",
    Operator.NOT_EQUALS: "neq",
    Operator.LESS: "lt",
    Operator.LESS_OR_EQUAL: "lteq",
    Operator.GREATER: "gt",
    Operator.GREATER_OR_EQUAL: "gteq",
    Operator.IN: "isAnyOf",
}


def to_odrl(agreement: Agreement, *, base: str) -> dict[str, Json]:
    """Return the agreement as an ODRL 2.2 `Agreement` in JSON-LD; `base` is the node's address without a final `/`.

    One permission to `read` the dataset's fields and rows, constrained by purpose and time, with the
    discloser's duties to tokenise fields and to seal what it releases to a recipient. Conditions limit it to readers
    (`recipient`), doors (`deliveryChannel`) and an amount a day; a bar on sharing onward prohibits to `distribute`; the
    recipient is obliged to `delete`, and both to `reviewPolicy`. Fields, tokenising, sealing and amounts are terms of
    the node's own profile (ODRL Information Model 2.2, section 4). It holds the values of row
    conditions: it is for the parties, never for the log.
    """
    parties: dict[str, Json] = {
        "assigner": f"{base}/bodies/{agreement.discloser}",
        "assignee": f"{base}/bodies/{agreement.recipient}",
    }
    permission: dict[str, Json] = {
        "action": "read",
        "target": _target(agreement, base),
        "constraint": _constraints(agreement, base),
    }
    if duties := _duties(agreement, base):
        permission["duty"] = duties
    others = {"prohibition": _prohibitions(agreement, base), "obligation": _obligations(agreement, base)}
    return {
        "@context": [_CONTEXT, {"cw": f"{base}/odrl-profile#"}],
        "@type": "Agreement",
        "uid": f"{base}/agreements/{agreement.id}",
        "profile": f"{base}/odrl-profile",
        **parties,
        "permission": [permission],
        **{name: rules for name, rules in others.items() if rules},
    }


def _target(agreement: Agreement, base: str) -> Json:
    fields = _constraint("cw:field", "isAnyOf", [*agreement.fields])
    return {
        "@type": "AssetCollection",
        "source": f"{base}/datasets/{agreement.dataset}",
        "refinement": [fields, *(_row_refinement(each) for each in agreement.rows)],
    }


def _row_refinement(condition: RowCondition) -> Json:
    values: Json = [*condition.values] if condition.operator is Operator.IN else condition.values[0]
    return {"cw:field": condition.field, **_constraint("cw:value", _OPERATORS[condition.operator], values)}


def _constraints(agreement: Agreement, base: str) -> list[Json]:
    return [
        _constraint("purpose", "eq", {"@id": f"{base}/purposes/{agreement.purpose}"}),
        _constraint("dateTime", "gteq", _moment(agreement.starts)),
        _constraint("dateTime", "lt", _moment(agreement.ends)),
        *_conditions(agreement, base),
    ]


def _conditions(agreement: Agreement, base: str) -> Iterator[dict[str, Json]]:
    asked = agreement.conditions
    if asked.readers:
        yield _constraint("recipient", "isAnyOf", [{"@id": f"{base}/people/{each}"} for each in asked.readers])
    if asked.doors:
        yield _constraint("deliveryChannel", "isAnyOf", [*asked.doors])
    if asked.deliveries_per_day:
        yield _constraint("cw:deliveriesPerDay", "lteq", asked.deliveries_per_day)
    if asked.rows_per_day:
        yield _constraint("cw:rowsPerDay", "lteq", asked.rows_per_day)


def _prohibitions(agreement: Agreement, base: str) -> list[Json]:
    return [_rule("distribute", agreement.recipient, agreement, base)] if agreement.conditions.bars_onward else []


def _obligations(agreement: Agreement, base: str) -> list[Json]:
    asked, found = agreement.conditions, list[Json]()
    if asked.keep_days is not None:
        after: Json = {"@value": f"P{asked.keep_days}D", "@type": "xsd:duration"}
        found.append(_rule("delete", agreement.recipient, agreement, base, _constraint("cw:afterEnd", "lteq", after)))
    if asked.review is not None:
        by = _constraint("dateTime", "lteq", {"@value": asked.review.isoformat(), "@type": "xsd:date"})
        found += [
            _rule("reviewPolicy", each, agreement, base, by) for each in (agreement.discloser, agreement.recipient)
        ]
    return found


def _rule(action: str, body: str, agreement: Agreement, base: str, constraint: Json = None) -> Json:
    rule: dict[str, Json] = {
        "action": action,
        "assignee": f"{base}/bodies/{body}",
        "target": f"{base}/datasets/{agreement.dataset}",
    }
    return rule if constraint is None else {**rule, "constraint": [constraint]}


def _duties(agreement: Agreement, base: str) -> list[Json]:
    tokenise: list[Json] = [_duty("cw:tokenise", agreement, base, {"cw:field": each}) for each in agreement.tokenised]
    if not agreement.sealed_to:
        return tokenise
    return [*tokenise, _duty("cw:seal", agreement, base, {"cw:sealedTo": agreement.sealed_to})]


def _duty(action: str, agreement: Agreement, base: str, terms: dict[str, Json]) -> Json:
    return {
        "action": action,
        "assignee": f"{base}/bodies/{agreement.discloser}",
        "target": f"{base}/datasets/{agreement.dataset}",
        **terms,
    }


def _constraint(left: str, operator: str, right: Json) -> dict[str, Json]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _moment(moment: datetime) -> Json:
    return {"@value": to_rfc3339(moment), "@type": "xsd:dateTime"}
